"""A mandate is what was signed, lives with its account and lapses (L10, L13, L16)."""

from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import IBANS
from .common import SepaCommon

RES_PARTNER_BANK = "odoo.addons.service_contract.models.sepa.res_partner_bank"


class MandateCommon(SepaCommon):
    def get_account(self, mandate=None):
        return (mandate or self.mandate).partner_bank_id

    def get_matters(self, record, code=None):
        matters = self.env["service.exception"].search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("kind", "=", "sepa"),
                ("state", "=", "open"),
            ]
        )
        return matters.filtered(lambda matter: code in (None, matter.cause_id.code))

    def run_daily(self):
        self.run_cron("account_payment_sepa_direct_debit.sdd_mandate_expire_cron")

    def make_draft(self, **vals):
        return self.create_mandate(self.customer, IBANS[1], state="draft", **vals).with_user(
            self.user_accountant
        )


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestMandateReference(MandateCommon):
    def test_reference_that_a_bank_would_get_changed(self):
        """“Contrat n°12/é” went out as “Contrat ndeg12/e” (L16)."""
        mandate = self.make_draft()
        for reference, words in (
            ("Contrat n°12/é", "letters without accents"),
            ("A" * 36, "more than 35"),
            ("/A1", "slash"),
            ("A//1", "slash"),
            ("A1 ", "space"),
            ("  ", "empty"),
        ):
            with self.subTest(reference), self.assertRaisesRegex(ValidationError, words):
                mandate.unique_mandate_reference = reference
        with self.assertRaisesRegex(ValidationError, "letters without accents"):
            self.create_mandate(self.payer, IBANS[2], unique_mandate_reference="Contrat n°12/é")

    def test_reference_taken_over_from_paper(self):
        """The accountant types it in on the draft's form; once signed it stays."""
        form = Form(self.env["account.banking.mandate"].with_user(self.user_accountant))
        form.partner_id = self.customer
        form.unique_mandate_reference = "CONTRAT 12/2019-A"
        mandate = form.save()
        self.assertEqual(mandate.unique_mandate_reference, "CONTRAT 12/2019-A")
        account = self.env["res.partner.bank"].create(
            {"acc_number": IBANS[1], "partner_id": self.customer.id}
        )
        mandate.write({"partner_bank_id": account.id, "signature_date": "2019-04-01"})
        mandate.validate()
        with self.assertRaisesRegex(UserError, "is signed.*Replace the"):
            mandate.unique_mandate_reference = "OTHER"

    def test_reference_too_long_is_refused_not_cut(self):
        mandate = self.make_draft()
        with self.assertRaisesRegex(ValidationError, "more than 35"):
            mandate.unique_mandate_reference = "R" * 36
        mandate.unique_mandate_reference = "R" * 35

    def test_reference_of_another_mandate(self):
        """Banks compare references without regard to the case of letters."""
        self.make_draft(unique_mandate_reference="rum-1")
        other = self.create_customer("Other")
        with self.assertRaisesRegex(ValidationError, "of a mandate of Customer A"):
            self.create_mandate(other, IBANS[2], unique_mandate_reference="RUM-1")

    def test_reference_is_unique_for_a_creditor_not_for_a_company(self):
        """Two companies with one creditor identifier are one creditor to the bank (L16)."""
        self.make_draft(unique_mandate_reference="RUM-1")
        sister = self.setup_other_company(name="Sister")["company"]
        other = self.create_customer("Other")
        vals = {"unique_mandate_reference": "RUM-1", "company_id": sister.id, "state": "draft"}
        mandate = self.create_mandate(other, IBANS[2], **vals)
        mandate.unlink()
        sister.sepa_creditor_identifier = self.company.sepa_creditor_identifier
        with self.assertRaisesRegex(ValidationError, "banks tell mandates apart"):
            self.create_mandate(self.create_customer("Third"), IBANS[0], **vals)

    def test_copy_is_signed_by_nobody(self):
        copy = self.mandate.copy()
        self.assertEqual(
            (copy.state, copy.signature_date, copy.scan, copy.last_debit_date),
            ("draft", False, False, False),
        )
        self.assertNotEqual(copy.unique_mandate_reference, self.mandate.unique_mandate_reference)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestMandateValidity(MandateCommon):
    def test_consumers_are_never_debited_by_b2b(self):
        self.customer.service_regime = "consumer"
        mandate = self.make_draft(format="sepa_b2b", service_registered_on="2026-06-01")
        with self.assertRaisesRegex(UserError, "never debited by B2B"):
            mandate.validate()
        self.assertEqual(mandate.state, "draft")
        mandate.format = "sepa_core"
        mandate.validate()

    def test_consumer_by_the_company_default(self):
        self.customer.service_regime = False
        self.company.service_default_regime = "consumer"
        with self.assertRaisesRegex(UserError, "never debited by B2B"):
            self.make_draft(format="sepa_b2b", service_registered_on="2026-06-01").validate()

    def test_b2b_needs_its_registration(self):
        mandate = self.make_draft(format="sepa_b2b")
        with self.assertRaisesRegex(UserError, "since when the bank of Customer A"):
            mandate.validate()
        mandate.service_registered_on = "2026-06-10"
        mandate.validate()
        self.assertEqual(mandate.state, "valid")

    def test_every_sepa_account_is_taken(self):
        """Regulation 260/2012, art. 9: a German account is as good as a French one."""
        for iban in (IBANS[2], "PL61109010140000071219812874", "LT601010012345678901"):
            customer = self.create_customer(iban)
            mandate = self.create_mandate(customer, iban, state="draft")
            mandate.with_user(self.user_accountant).validate()
            self.assertEqual(mandate.state, "valid")

    def test_account_that_sepa_does_not_reach(self):
        mandate = self.create_mandate(self.customer, "TN5910006035183598478831", state="draft")
        with self.assertRaisesRegex(UserError, "“TN” cannot be debited"):
            mandate.with_user(self.user_accountant).validate()

    def test_unknown_bank_is_a_warning(self):
        mandate = self.make_draft()
        self.assertIn("bank of the account is not known", mandate.service_warnings)
        mandate.validate()
        bank = self.env["res.bank"].create({"name": "Bank", "bic": "AGRIFRPP"})
        self.get_account(mandate).sudo().bank_id = bank
        self.assertNotIn("bank of the account", mandate.service_warnings)
        self.assertIn("neither the signed paper", mandate.service_warnings)
        mandate.service_proof = "Envelope 2026-114"
        self.assertFalse(mandate.service_warnings)

    def test_banks_are_named_as_far_as_they_are_known(self):
        """By a registry, once: the second account of a bank finds it."""
        known = {IBANS[1]: ("Bank of Tests", "TESTFRP1XXX"), IBANS[0]: None}
        finder = f"{RES_PARTNER_BANK}.mandates.find_bank"
        with patch(finder, side_effect=known.get):
            mandate = self.make_draft()
            mandate.validate()
            second = self.create_mandate(self.create_customer("Second"), IBANS[1])
            third = self.create_mandate(self.create_customer("Third"), IBANS[0])
        bank = self.get_account(mandate).bank_id
        self.assertEqual((bank.name, bank.bic), known[IBANS[1]])
        self.assertEqual(self.get_account(second).bank_id, bank)
        self.assertFalse(self.get_account(third).bank_id)

    def test_archived_account(self):
        mandate = self.make_draft()
        self.get_account(mandate).sudo().action_archive()
        with self.assertRaisesRegex(UserError, "was archived"):
            mandate.validate()

    def test_all_faults_at_once(self):
        self.customer.service_regime = "consumer"
        mandate = self.make_draft(format="sepa_b2b")
        self.get_account(mandate).sudo().action_archive()
        with self.assertRaisesRegex(UserError, r"never debited by B2B(.|\n)*was archived"):
            mandate.validate()

    def test_made_valid_at_once_is_checked_as_well(self):
        with self.assertRaisesRegex(UserError, "since when the bank"):
            self.create_mandate(self.customer, IBANS[1], format="sepa_b2b")

    def test_what_was_signed_stays(self):
        other = self.env["res.partner.bank"].create(
            {"acc_number": IBANS[2], "partner_id": self.payer.id}
        )
        mandate = self.mandate.with_user(self.user_accountant)
        for name, value in (
            ("partner_bank_id", other.id),
            ("partner_id", self.customer.id),
            ("signature_date", "2024-01-01"),
            ("format", "sepa_b2b"),
            ("type", "oneoff"),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, "is signed"):
                mandate[name] = value
        for name in ("service_suspension", "service_signed_iban", "service_debited_iban"):
            with self.subTest(name), self.assertRaises(AccessError):
                mandate[name] = "x"

    def test_what_proves_debits_is_not_deleted(self):
        self.create_debited_contract()
        order = self.collect(self.bill())
        order.generated2uploaded()
        other = self.make_draft()
        for mandate in (self.mandate, self.create_mandate(self.customer, IBANS[2])):
            with self.assertRaisesRegex(UserError, "it proves debits"):
                mandate.unlink()
        self.mandate.cancel()
        with self.assertRaisesRegex(UserError, "it proves debits"):
            self.mandate.unlink()
        other.unlink()

    def test_debited_mandate_is_no_draft_again(self):
        """Under its reference another account would be signed, and no file would say so."""
        self.mandate.last_debit_date = "2026-06-01"
        self.mandate.cancel()
        with self.assertRaisesRegex(UserError, "was debited on 06/01/2026"):
            self.mandate.back2draft()


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestMandateAccount(MandateCommon):
    def setUp(self):
        super().setUp()
        self.contract = self.create_debited_contract()

    def assertSuspended(self, words):
        self.assertEqual(self.mandate.state, "suspended")
        self.assertIn(words, self.mandate.service_suspension)
        self.assertNotIn(IBANS[0][5:15], self.mandate.service_suspension)
        matter = self.get_matters(self.contract, "mandate_lost")
        self.assertEqual(len(matter), 1)
        self.assertIn(words, matter.detail)
        self.payer.invalidate_recordset(["valid_mandate_id"])
        self.assertFalse(self.payer.valid_mandate_id)

    def test_number_under_a_signed_mandate_is_frozen(self):
        account = self.get_account()
        user = self.user_sales
        user.sudo().group_ids += self.env.ref("base.group_partner_manager")
        for number in (IBANS[1], "•••• 0189"):
            for name in ("acc_number", "sanitized_acc_number"):
                with self.subTest(name), self.assertRaises(UserError):
                    account.with_user(user)[name] = number
        account.with_user(user).acc_number = "FR76 3000 6000 0112 3456 7890 189"
        self.assertEqual(self.mandate.state, "valid", "spaces are no other account")

    def test_archived_account_suspends(self):
        self.get_account().action_archive()
        self.assertSuspended("was archived")

    def test_deleted_account_suspends(self):
        """Odoo archives an account that is deleted on the contact's form."""
        self.payer.write({"bank_ids": [Command.delete(self.get_account().id)]})
        self.assertFalse(self.get_account().active)
        self.assertSuspended("was archived")

    def test_overwritten_account_suspends(self):
        self.get_account().sudo().acc_number = IBANS[1]
        self.assertSuspended("was overwritten")

    def test_account_of_another_holder_suspends(self):
        self.get_account().partner_id = self.customer
        self.assertSuspended("is one of Customer A now")

    def test_account_changed_behind_our_back(self):
        """By SQL, or by a module that knows nothing of mandates: the day's work finds it."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner_bank SET sanitized_acc_number = %s WHERE id = %s",
            [IBANS[1], self.get_account().id],
        )
        self.env.invalidate_all()
        self.run_daily()
        self.assertSuspended("was overwritten")

    def test_nothing_is_debited_meanwhile(self):
        run = self.bill(self.contract)
        self.get_account().action_archive()
        run.action_collect()
        self.assertFalse(run.order_ids)
        row = self.env["service.exception"]._get_open(run.invoice_ids, "sepa")
        self.assertIn("was archived", row.detail)

    def test_no_order_debits_an_account_changed_behind_our_back(self):
        """Not even before the day's work has found it."""
        order = self.env["account.payment.order"].create(
            {"payment_method_line_id": self.method_sdd.id, "payment_type": "inbound"}
        )
        lines = self.bill(self.contract).invoice_ids.line_ids.filtered("date_maturity")
        lines.create_payment_line_from_move_line(order)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner_bank SET sanitized_acc_number = %s WHERE id = %s",
            [IBANS[1], self.get_account().id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "was overwritten"):
            order.draft2open()

    def test_resumed_once_the_account_is_back(self):
        mandate = self.mandate.with_user(self.user_accountant)
        mandate.valid2final()
        self.get_account().action_archive()
        with self.assertRaisesRegex(UserError, "was archived.*Bring the account back"):
            mandate.action_resume()
        self.get_account().action_unarchive()
        mandate.action_resume()
        self.assertEqual((mandate.state, mandate.service_suspension), ("final", False))
        self.assertFalse(self.get_matters(self.contract))
        with self.assertRaisesRegex(UserError, "is not suspended"):
            mandate.action_resume()

    def test_suspended_mandate_can_be_cancelled(self):
        self.get_account().action_archive()
        self.mandate.with_user(self.user_accountant).cancel()
        self.assertEqual(self.mandate.state, "cancel")

    def test_contract_that_is_debited_by_choice_is_listed_too(self):
        """No family demands it: the customer wants it so, and loses as much by a dead mandate."""
        contract = self.create_debited_contract(
            product=self.product_support, payment_method_line_id=self.method_sdd.id
        )
        self.assertEqual(contract.mandate_id, self.mandate)
        self.assertFalse(contract.is_sepa_required)
        self.get_account().action_archive()
        self.assertIn("was archived", self.get_matters(contract, "mandate_lost").detail)

    def test_archived_customer_is_listed(self):
        self.payer.action_archive()
        matter = self.get_matters(self.contract, "archived_payer")
        self.assertIn("Payer is archived", matter.detail)
        self.assertEqual(self.mandate.state, "valid")
        found = self.env["account.banking.mandate"].search([("partner_id.active", "=", False)])
        self.assertIn(self.mandate, found)
        self.assertFalse(matter._look_again())
        self.payer.action_unarchive()
        self.assertTrue(matter._look_again())

    def test_customer_without_debits_is_archived_in_silence(self):
        self.customer.action_archive()
        self.assertFalse(
            self.env["service.exception"].search([("partner_id", "=", self.customer.id)])
        )


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestMandateLapse(MandateCommon):
    def test_lapses_36_months_after_the_last_debit(self):
        self.create_debited_contract()
        self.mandate.last_debit_date = "2023-06-16"
        self.assertEqual(self.mandate.service_lapses_on, date(2026, 6, 16))
        self.run_daily()
        self.assertEqual(self.mandate.state, "valid")
        self.mandate.last_debit_date = "2023-06-15"
        self.run_daily()
        self.assertEqual(self.mandate.state, "expired")
        bodies = " ".join(self.mandate.message_ids.mapped("body"))
        self.assertIn("not debited for 36 months", bodies)

    def test_counts_from_the_due_date_not_from_the_file(self):
        """The file is made days before the customer is debited (L13)."""
        self.create_debited_contract(
            payment_term_id=self.env.ref("account.account_payment_term_30days").id
        )
        order = self.collect(self.bill())
        order.generated2uploaded()
        due = order.payment_line_ids.date
        self.assertGreater(due, self.mandate.last_debit_date)
        self.assertEqual(self.mandate.service_lapses_on, due.replace(year=due.year + 3))

    def test_taken_over_mandate_does_not_lapse_at_once(self):
        """Signed in 2015 and debited elsewhere: nobody knows its last debit, unless he says so."""
        mandate = self.create_mandate(self.customer, IBANS[1], signature_date="2015-01-15")
        self.assertGreater(mandate.service_lapses_on, date(2028, 1, 1))
        self.run_daily()
        self.assertEqual(mandate.state, "valid")

    def test_not_while_its_file_is_on_its_way(self):
        self.create_debited_contract()
        order = self.collect(self.bill())
        self.mandate.last_debit_date = "2023-06-15"
        self.run_daily()
        self.assertEqual(self.mandate.state, "valid")
        order.generated2uploaded()
        self.run_daily()
        self.assertEqual(self.mandate.state, "valid", "it was debited now")

    def test_suspended_mandate_lapses_as_well(self):
        self.mandate.last_debit_date = "2023-06-15"
        self.get_account().action_archive()
        self.run_daily()
        self.assertEqual(self.mandate.state, "expired")

    def test_listed_before(self):
        search = self.env["account.banking.mandate"].get_view(view_type="search")["arch"]
        self.assertIn("today +3m", search)
        self.mandate.last_debit_date = "2023-08-01"
        self.create_mandate(self.customer, IBANS[1], last_debit_date="2023-10-01")
        found = self.env["account.banking.mandate"].search(
            [("state", "=", "valid"), ("service_lapses_on", "<", "today +3m")]
        )
        self.assertEqual(found, self.mandate)

    def test_the_contract_of_a_lapsed_mandate_is_listed(self):
        contract = self.create_debited_contract()
        self.mandate.last_debit_date = "2023-06-01"
        self.run_daily()
        self.assertTrue(self.get_matters(contract, "mandate_lost"))
