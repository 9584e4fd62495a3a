"""The gate's exceptions end, and who loses a mandate is asked for a new one (S36)."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..common import IBANS
from .test_mandate_life import MandateCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestWaiver(MandateCommon):
    def waive(self, contract, **vals):
        contract.with_user(self.user_manager).write(
            {"is_sepa_waived": True, "sepa_waiver_reason": "Changes banks", **vals}
        )

    def test_has_its_day(self):
        contract = self.create_contract(product=self.product_fibre, activate=False)
        self.waive(contract)
        contract = contract.with_user(self.user_manager)
        self.assertEqual(contract.sepa_waived_on, date(2026, 6, 15))
        with self.assertRaises(AccessError):
            contract.sepa_waived_on = "2026-01-01"
        contract.is_sepa_waived = False
        self.assertFalse(contract.sepa_waived_on)

    def test_given_at_creation(self):
        contract = self.create_contract(
            product=self.product_fibre,
            activate=False,
            is_sepa_waived=True,
            sepa_waiver_reason="Pays by transfer",
        )
        self.assertEqual(contract.sepa_waived_on, date(2026, 6, 15))

    def test_ends(self):
        contract = self.create_contract(product=self.product_fibre, activate=False)
        self.waive(contract, sepa_waived_until="2026-06-30")
        contract.with_user(self.user_sales).action_activate()
        with freeze_time("2026-06-30"):
            self.run_daily()
            self.assertFalse(self.get_matters(contract))
        with freeze_time("2026-07-01"):
            self.run_daily()
            matter = self.get_matters(contract, "mandate_lost")
            self.assertIn("requires a valid SEPA mandate", matter.detail)
            self.assertTrue(contract.mandate_loss)
            self.waive(contract, sepa_waived_until="2026-07-31")
            self.assertFalse(self.get_matters(contract))
            self.waive(contract, sepa_waived_until=False)
            self.assertFalse(contract.mandate_loss)

    def test_one_that_is_over_opens_nothing(self):
        contract = self.create_contract(product=self.product_fibre, activate=False)
        self.waive(contract, sepa_waived_until="2026-06-14")
        self.assertIn("none is given", contract.activation_issues)
        with self.assertRaises(UserError):
            contract.with_user(self.user_sales).action_activate()

    def test_an_active_contract_is_not_shut_out_by_a_past_day(self):
        contract = self.create_contract(product=self.product_fibre, activate=False)
        self.waive(contract)
        contract.action_activate()
        with self.assertRaisesRegex(ValidationError, "none is given"):
            self.waive(contract, sepa_waived_until="2026-06-14")

    def test_ended_exemption_takes_the_next_mandate(self):
        """The contract has none and is active: the customer's new mandate is what it lacks."""
        contract = self.create_contract(product=self.product_fibre, activate=False)
        self.waive(contract, sepa_waived_until="2026-06-30")
        contract.action_activate()
        other = self.create_contract(product=self.product_fibre, activate=False)
        self.waive(other)
        other.action_activate()
        with freeze_time("2026-07-01"):
            self.run_daily()
            mandate = self.create_mandate(self.customer, IBANS[1], state="draft")
            mandate.with_user(self.user_accountant).validate()
            self.assertEqual(contract.mandate_id, mandate)
            self.assertFalse(other.mandate_id, "it is exempt")
            self.assertFalse(self.get_matters(contract))

    def test_managers_alone(self):
        contract = self.create_contract(product=self.product_fibre, activate=False)
        with self.assertRaises(AccessError):
            contract.with_user(self.user_sales).sepa_waived_until = "2026-12-31"

    def test_ended_exemption_is_to_do(self):
        contract = self.create_contract(product=self.product_fibre, activate=False)
        self.waive(contract, sepa_waived_until="2026-06-30")
        contract.action_activate()
        self.env.flush_all()
        events = self.env["service.contract.event"].with_user(self.user_sales)
        domain = [("contract_id", "=", contract.id), ("kind", "=", "mandate")]
        self.assertFalse(events.search(domain))
        with freeze_time("2026-07-01"):
            self.assertTrue(events.search(domain))


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestLostMandate(MandateCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payer.email = "payer@example.com"
        cls.user_sales.email = "sales@example.com"

    def setUp(self):
        super().setUp()
        self.contract = self.create_debited_contract(user_id=self.user_sales.id)

    def get_mails(self, contract=None):
        return (contract or self.contract).message_ids.filtered("attachment_ids")

    def test_asked_from_the_contract(self):
        self.assertFalse(self.contract.mandate_loss)
        self.get_account().action_archive()
        contract = self.contract.with_user(self.user_sales)
        self.assertIn("was archived", contract.mandate_loss)
        contract.action_ask_mandate()
        mail = self.get_mails()
        self.assertEqual(mail.partner_ids, self.payer)
        self.assertIn("needs a new one", mail.body)
        new = contract._get_mandate_to_sign()
        self.assertNotEqual(new, self.mandate)
        self.assertIn(new.unique_mandate_reference, mail.attachment_ids.name)
        self.assertIn(new.unique_mandate_reference, mail.body)
        self.assertEqual(contract.mandate_id, self.mandate, "until the new one is valid")
        self.assertIn("asked for on 06/15/2026", self.get_matters(self.contract).detail)
        self.assertEqual(contract.activity_ids.user_id, self.user_sales)

    def test_the_new_one_takes_the_place(self):
        invoice = self.bill(self.contract).invoice_ids
        self.get_account().action_archive()
        self.contract.with_user(self.user_sales).action_ask_mandate()
        new = self.contract._get_mandate_to_sign().with_user(self.user_accountant)
        account = self.env["res.partner.bank"].create(
            {"acc_number": IBANS[1], "partner_id": self.payer.id}
        )
        new.write({"partner_bank_id": account.id, "signature_date": "2026-06-15"})
        new.validate()
        self.assertEqual((self.contract.mandate_id, invoice.mandate_id), (new, new))
        self.assertEqual(self.mandate.state, "cancel")
        self.assertFalse(self.get_matters(self.contract))
        self.assertFalse(self.contract.mandate_loss)
        self.assertFalse(self.contract.activity_ids)

    def test_asked_from_the_inbox_once_for_each_payer(self):
        second = self.create_debited_contract(user_id=self.user_sales.id)
        other = self.create_customer("Other", iban=IBANS[2], email="other@example.com")
        third = self.create_debited_contract(other, user_id=self.user_sales.id)
        for mandate in (self.mandate, other.valid_mandate_id):
            mandate.cancel()
        contracts = self.contract + second + third
        matters = self.env["service.exception"].union(*map(self.get_matters, contracts))
        self.assertEqual(matters.cause_id.code, "mandate_lost")
        action = matters[:1].with_user(self.user_accountant).action_mend_all()
        self.assertIn("contracts 3", action["params"]["message"])
        mails = self.env["mail.message"].union(*map(self.get_mails, contracts))
        self.assertEqual(mails.partner_ids, self.payer + other)
        self.assertEqual(len(mails), 2)
        self.assertEqual(set(contracts.mapped("mandate_asked_on")), {date(2026, 6, 15)})
        self.assertEqual(set(matters.mapped("state")), {"open"})

    def test_who_has_no_address_is_named(self):
        self.payer.email = False
        self.mandate.cancel()
        matter = self.get_matters(self.contract)
        with self.assertRaisesRegex(UserError, "Payer has no valid e-mail address"):
            matter.with_user(self.user_sales).action_mend()
        self.assertFalse(self.get_mails())

    def test_nothing_is_sent_by_itself(self):
        self.mandate.cancel()
        self.assertFalse(self.get_mails())
        self.assertTrue(self.get_matters(self.contract, "mandate_lost"))

    def test_lost_again_is_asked_again(self):
        self.mandate.cancel()
        self.contract.with_user(self.user_sales).action_ask_mandate()
        self.contract.mandate_id = self.create_mandate(self.payer, IBANS[1])
        self.contract.mandate_id.cancel()
        self.assertFalse(self.contract.mandate_asked_on)

    def test_contracts_that_have_one_ask_for_none(self):
        with self.assertRaisesRegex(UserError, "lacks no mandate"):
            self.contract.with_user(self.user_sales).action_ask_mandate()
