"""Another account, another mandate, bank mobility: all that is to be paid goes along (L15b)."""

from datetime import date

from freezegun import freeze_time
from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools.misc import file_path

from ...tools import sepa
from ..common import IBANS
from .common import XSD
from .test_mandate_life import MandateCommon


class ReplacementCommon(MandateCommon):
    def replace(self, user=None, mandate=None, **vals):
        """Use the wizard as the accountant does, from the mandate's button."""
        mandate = (mandate or self.mandate).with_user(user or self.user_accountant)
        action = mandate.action_replace()
        wizard = (
            self.env[action["res_model"]]
            .with_user(user or self.user_accountant)
            .with_context(**action["context"])
            .create(vals)
        )
        return wizard.action_confirm()

    def upload(self):
        order = self.collect(self.bill()).with_user(self.user_accountant)
        order.generated2uploaded()
        return order

    def bill_next(self):
        with freeze_time("2026-07-15"):
            run = self.create_run("2026-07-15", user=self.user_accountant)
            run.action_post_invoices()
            run.action_collect()
        return run.order_ids

    def read_file(self, order):
        xml = order.payment_file_id.raw
        self.assertEqual(sepa.validate_xsd(xml, file_path(XSD)), [])
        root = etree.fromstring(xml)
        return {
            node.findtext("{*}DrctDbtTx/{*}MndtRltdInf/{*}MndtId"): (
                node.findtext("{*}DbtrAcct/{*}Id/{*}IBAN"),
                node.findtext("{*}DrctDbtTx/{*}MndtRltdInf/{*}AmdmntInd"),
                node.findtext(
                    "{*}DrctDbtTx/{*}MndtRltdInf/{*}AmdmntInfDtls/{*}OrgnlDbtrAcct/{*}Id/{*}Othr/{*}Id"
                ),
                node.getparent().findtext("{*}PmtTpInf/{*}SeqTp"),
            )
            for node in root.iter("{*}DrctDbtTxInf")
        }


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestNewAccount(ReplacementCommon):
    def test_same_reference_amended_in_the_next_file_alone(self):
        contract = self.create_debited_contract()
        reference = self.mandate.unique_mandate_reference
        first = self.upload()
        self.assertEqual(self.read_file(first), {reference: (IBANS[0], None, None, "RCUR")})
        self.replace(way="amend", acc_number=IBANS[1])
        self.assertEqual(self.mandate.partner_bank_id.sanitized_acc_number, IBANS[1])
        self.assertEqual((self.mandate.state, contract.mandate_id), ("valid", self.mandate))
        second = self.bill_next()
        self.assertEqual(self.read_file(second), {reference: (IBANS[1], "true", "SMNDA", "RCUR")})
        with freeze_time("2026-07-16"):
            second.generated2uploaded()
        with freeze_time("2026-08-15"):
            run = self.create_run("2026-08-15", user=self.user_accountant)
            run.action_post_invoices()
            run.action_collect()
        self.assertEqual(self.read_file(run.order_ids), {reference: (IBANS[1], None, None, "RCUR")})

    def test_no_amendment_where_the_bank_has_seen_no_debit(self):
        self.create_debited_contract()
        self.replace(way="amend", acc_number=IBANS[1])
        order = self.collect(self.bill())
        reference = self.mandate.unique_mandate_reference
        self.assertEqual(self.read_file(order), {reference: (IBANS[1], None, None, "RCUR")})

    def test_a_file_that_never_went_out_tells_no_account(self):
        """The order was cancelled: the bank knows the account of the file before."""
        self.create_debited_contract()
        order = self.collect(self.bill())
        order.action_cancel()
        self.replace(way="amend", acc_number=IBANS[1])
        self.assertFalse(self.mandate.sudo()._get_amended())

    def test_others_in_the_file_are_not_amended(self):
        other = self.create_customer("Other", iban=IBANS[2])
        for customer in (self.payer, other):
            self.create_debited_contract(customer)
        self.upload()
        self.replace(way="amend", acc_number=IBANS[1])
        found = self.read_file(self.bill_next())
        self.assertEqual(
            {iban: amended for iban, amended, _id, _kind in found.values()},
            {IBANS[1]: "true", IBANS[2]: None},
        )

    def test_not_while_a_file_is_on_its_way(self):
        self.create_debited_contract()
        order = self.collect(self.bill())
        with self.assertRaisesRegex(UserError, f"is in {order.name}"):
            self.replace(way="amend", acc_number=IBANS[1])
        self.assertEqual(self.mandate.partner_bank_id.sanitized_acc_number, IBANS[0])

    def test_draft_orders_take_the_account(self):
        self.create_debited_contract()
        invoice = self.bill().invoice_ids
        order = self.env["account.payment.order"].create(
            {"payment_method_line_id": self.method_sdd.id, "payment_type": "inbound"}
        )
        invoice.line_ids.filtered("date_maturity").create_payment_line_from_move_line(order)
        self.replace(way="amend", acc_number=IBANS[1])
        self.assertEqual(order.payment_line_ids.partner_bank_id, self.mandate.partner_bank_id)

    def test_suspended_mandate_goes_on_with_another_account(self):
        contract = self.create_debited_contract()
        self.get_account().action_archive()
        self.assertTrue(self.get_matters(contract))
        self.replace(way="amend", acc_number=IBANS[1])
        self.assertEqual((self.mandate.state, self.mandate.service_suspension), ("valid", False))
        self.assertFalse(self.get_matters(contract))

    def test_archived_account_of_the_same_number_is_taken_again(self):
        account = self.env["res.partner.bank"].create(
            {"acc_number": IBANS[1], "partner_id": self.payer.id, "active": False}
        )
        self.replace(way="amend", acc_number=IBANS[1])
        self.assertEqual(self.mandate.partner_bank_id, account)
        self.assertTrue(account.active)

    def test_what_is_no_iban(self):
        for number, words in (
            ("FR7630006000011234567890180", "check"),
            ("123", "IBAN"),
            (False, "Give the new IBAN"),
            (IBANS[0], "debits that account already"),
        ):
            with self.subTest(number), self.assertRaisesRegex(Exception, words):
                self.replace(way="amend", acc_number=number)

    def test_account_out_of_sepa(self):
        with self.assertRaisesRegex(UserError, "cannot be debited by SEPA"):
            self.replace(way="amend", acc_number="TN5910006035183598478831")

    def test_b2b_is_registered_anew(self):
        self.mandate.sudo().write({"format": "sepa_b2b", "service_registered_on": "2026-01-01"})
        with self.assertRaisesRegex(UserError, "for the new account"):
            self.replace(way="amend", acc_number=IBANS[1])
        self.replace(way="amend", acc_number=IBANS[1], registered_on="2026-06-14")
        self.assertEqual(self.mandate.service_registered_on, date(2026, 6, 14))

    def test_ended_mandates_take_no_account(self):
        self.mandate.cancel()
        with self.assertRaisesRegex(UserError, "in force no more"):
            self.replace(way="amend", acc_number=IBANS[1])

    def test_the_company_decides_what_is_proposed(self):
        form = Form(
            self.env["service.mandate.replacement"].with_context(default_mandate_id=self.mandate.id)
        )
        self.assertEqual(form.way, "amend")
        self.company.service_iban_change = "new"
        form = Form(
            self.env["service.mandate.replacement"].with_context(default_mandate_id=self.mandate.id)
        )
        self.assertEqual(form.way, "new")

    def test_who_may(self):
        for user in (self.user_sales, self.user_technician):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.mandate.with_user(user).action_replace()
        wizards = self.env["service.mandate.replacement"].with_user(self.user_sales)
        with self.assertRaises(AccessError):
            wizards.create({"mandate_id": self.mandate.id, "way": "amend"})

    def test_mandate_of_another_company(self):
        sister = self.setup_other_company(name="Sister")["company"]
        mandate = self.create_mandate(
            self.create_customer("Theirs"), IBANS[2], company_id=sister.id
        )
        with self.assertRaises(AccessError):
            self.env["service.mandate.replacement"].with_user(self.user_accountant).create(
                {"mandate_id": mandate.id, "way": "amend", "acc_number": IBANS[1]}
            )


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestNewMandate(ReplacementCommon):
    def setUp(self):
        super().setUp()
        self.contract = self.create_debited_contract()
        self.invoice = self.bill().invoice_ids
        with freeze_time("2026-07-15"):
            self.draft = self.create_run("2026-07-15").invoice_ids
        self.quote = self.create_quote(self.product_fibre, customer=self.payer)
        self.quote.preferred_payment_method_line_id = self.method_sdd
        self.assertEqual(
            self.invoice.mandate_id + self.draft.mandate_id + self.quote.mandate_id, self.mandate
        )

    def assertMoved(self, mandate):
        records = (self.contract, self.invoice, self.draft, self.quote)
        for record in records:
            self.assertEqual(record.mandate_id, mandate, record.display_name)
        charges = self.contract.charge_ids.filtered(lambda one: one.state == "ready")
        self.assertLessEqual(charges.mandate_id, mandate)
        self.assertEqual(self.mandate.state, "cancel")
        self.assertEqual(self.contract.state, "active")
        self.assertFalse(self.get_matters(self.contract))

    def test_signed_already(self):
        """The accountant has no right to write contracts; this he may."""
        with self.assertRaises(AccessError):
            self.contract.with_user(self.user_accountant).check_access("write")
        action = self.replace(
            way="new",
            acc_number=IBANS[1],
            signature_date="2026-06-12",
            reference="CONTRAT 77",
            scan=b"JVBERg==",
        )
        mandate = self.env["account.banking.mandate"].browse(action["res_id"])
        self.assertEqual((mandate.state, mandate.unique_mandate_reference), ("valid", "CONTRAT 77"))
        self.assertEqual(mandate.partner_bank_id.sanitized_acc_number, IBANS[1])
        self.assertMoved(mandate)
        self.assertIn("contracts 1, drafts 1, open invoices 1", mandate.message_ids[:1].body)

    def test_to_sign(self):
        """The old one pays until the new one is valid."""
        action = self.replace(way="new")
        mandate = self.env["account.banking.mandate"].browse(action["res_id"])
        self.assertEqual((mandate.state, self.mandate.state), ("draft", "valid"))
        self.assertEqual(self.contract.mandate_id, self.mandate)
        account = self.env["res.partner.bank"].create(
            {"acc_number": IBANS[1], "partner_id": self.payer.id}
        )
        mandate = mandate.with_user(self.user_accountant)
        mandate.write({"partner_bank_id": account.id, "signature_date": "2026-06-15"})
        mandate.validate()
        self.assertMoved(mandate)

    def test_another_valid_one(self):
        other = self.create_mandate(self.payer, IBANS[1])
        self.replace(way="other", other_mandate_id=other.id)
        self.assertMoved(other)

    def test_another_ones(self):
        for state, customer in (("valid", self.customer), ("draft", self.payer)):
            other = self.create_mandate(customer, IBANS[1], state=state)
            with self.assertRaisesRegex(UserError, "another valid mandate of Payer"):
                self.replace(way="other", other_mandate_id=other.id)
        with self.assertRaisesRegex(UserError, "another valid mandate of Payer"):
            self.replace(way="other", other_mandate_id=self.mandate.id)

    def test_not_while_a_file_is_on_its_way(self):
        run = self.invoice.service_run_id
        order = self.collect(run)
        with self.assertRaisesRegex(UserError, f"is in {order.name}"):
            self.replace(way="new", acc_number=IBANS[1], signature_date="2026-06-12")
        self.assertEqual(self.mandate.state, "valid")

    def test_paid_invoices_keep_theirs(self):
        order = self.collect(self.invoice.service_run_id)
        order.with_user(self.user_accountant).generated2uploaded()
        self.assertIn(self.invoice.payment_state, ("in_payment", "paid"))
        self.replace(way="new", acc_number=IBANS[1], signature_date="2026-06-12")
        self.assertEqual(self.invoice.mandate_id, self.mandate, "it was debited under that one")
        self.assertEqual(self.mandate.state, "cancel")

    def test_of_a_lapsed_one(self):
        """Nothing is taken over by itself but contracts: open invoices go along."""
        self.mandate.sudo().state = "expired"
        self.replace(way="new", acc_number=IBANS[1], signature_date="2026-06-12")
        self.assertEqual(self.mandate.state, "expired")
        self.assertNotEqual(self.invoice.mandate_id, self.mandate)
        self.assertEqual(self.invoice.mandate_id, self.contract.mandate_id)

    def test_what_goes_along_is_said_before(self):
        form = Form(
            self.env["service.mandate.replacement"]
            .with_user(self.user_accountant)
            .with_context(default_mandate_id=self.mandate.id)
        )
        self.assertEqual(form.consequence, "Contracts: 1, drafts: 1, open invoices: 1.")

    def test_days_to_come(self):
        with self.assertRaisesRegex(ValidationError, "still to come"):
            self.replace(way="new", acc_number=IBANS[1], signature_date="2026-06-16")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestBankMobility(ReplacementCommon):
    def setUp(self):
        super().setUp()
        self.payer.service_regime = "consumer"

    def test_taken_over_at_once(self):
        self.replace(way="mobility", acc_number=IBANS[1], received_on="2026-06-10")
        self.assertEqual(self.mandate.partner_bank_id.sanitized_acc_number, IBANS[1])
        self.assertFalse(self.mandate.service_mobility_on)
        self.assertIn("taken over in time", self.mandate.message_ids[:1].body)

    def test_ten_working_days(self):
        """From Monday 29 June 2026: 14 July is a public holiday."""
        end = self.mandate._get_mobility_end(date(2026, 6, 29))
        self.assertEqual(end, date(2026, 7, 13))
        self.assertEqual(self.mandate._get_mobility_end(date(2026, 7, 1)), date(2026, 7, 16))

    def test_late(self):
        self.replace(way="mobility", acc_number=IBANS[1], received_on="2026-05-04")
        self.assertIn("taken over late", self.mandate.message_ids[:1].body)

    def test_firms_have_none(self):
        self.payer.service_regime = "professional"
        with self.assertRaisesRegex(UserError, "is no private person"):
            self.replace(way="mobility", acc_number=IBANS[1])

    def test_waits_for_a_file_and_is_taken_over_by_itself(self):
        self.create_debited_contract()
        order = self.collect(self.bill())
        self.replace(way="mobility", acc_number=IBANS[1], received_on="2026-06-12")
        mandate = self.mandate
        self.assertEqual(mandate.partner_bank_id.sanitized_acc_number, IBANS[0])
        self.assertEqual(mandate.service_mobility_until, date(2026, 6, 26))
        matter = self.get_matters(mandate, "mobility")
        self.assertIn("06/26/2026", matter.detail)
        with self.assertRaisesRegex(UserError, "is in"):
            matter.with_user(self.user_accountant).action_mend()
        self.run_daily()
        self.assertEqual(mandate.partner_bank_id.sanitized_acc_number, IBANS[0])
        order.with_user(self.user_accountant).generated2uploaded()
        self.run_daily()
        self.assertEqual(mandate.partner_bank_id.sanitized_acc_number, IBANS[1])
        self.assertFalse(self.get_matters(mandate))
        self.assertEqual(mandate.sudo()._get_amended(), mandate, "the next file says so")

    def test_the_inbox_takes_over(self):
        self.create_debited_contract()
        order = self.collect(self.bill())
        self.replace(way="mobility", acc_number=IBANS[1], received_on="2026-06-12")
        order.action_cancel()
        self.get_matters(self.mandate).with_user(self.user_accountant).action_mend()
        self.assertEqual(self.mandate.partner_bank_id.sanitized_acc_number, IBANS[1])
        self.assertFalse(self.get_matters(self.mandate))
        with self.assertRaisesRegex(UserError, "No bank mobility notice waits"):
            self.mandate.with_user(self.user_accountant).action_take_over_mobility()


@tagged("post_install", "-at_install")
class TestChangedAccountIsOfTheDebtor(ReplacementCommon):
    def test_same_number_of_another_customer_is_another_account(self):
        other = self.env["res.partner.bank"].create(
            {"acc_number": IBANS[1], "partner_id": self.customer.id}
        )
        self.replace(way="amend", acc_number=IBANS[1])
        account = self.mandate.partner_bank_id
        self.assertNotEqual(account, other)
        self.assertEqual(account.partner_id, self.payer)
        self.assertEqual(self.payer.bank_ids.filtered("mandate_ids"), account)

    def test_the_old_account_stays_with_the_customer(self):
        before = self.mandate.partner_bank_id
        self.replace(way="amend", acc_number=IBANS[1])
        self.assertTrue(before.active)
        self.payer.write({"bank_ids": [Command.delete(before.id)]})
        self.assertEqual(self.mandate.state, "valid", "it is not the mandate's any more")
