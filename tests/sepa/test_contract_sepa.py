"""The gate of families that are paid by SEPA direct debit (S36, invariant 3)."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..common import IBANS, ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestContractSepa(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payer = cls.create_customer("Payer", iban=IBANS[0])

    def get_inbox(self, contract, kind="sepa"):
        return self.env["service.exception"].search(
            [("contract_id", "=", contract.id), ("kind", "=", kind), ("state", "=", "open")]
        )

    def test_gate_says_what_is_missing(self):
        contract = self.create_contract(product=self.product_fibre, activate=False)
        self.assertEqual(contract.payment_method_line_id, self.method_sdd, "the family demands it")
        contract.payment_method_line_id = False
        self.assertIn("choose that payment method", contract.activation_issues)
        self.assertIn("“Fibre Access” requires a valid SEPA mandate", contract.activation_issues)
        self.assertIn("Customer A: none is given", contract.activation_issues)
        self.assertTrue(contract.is_mandate_missing)
        with self.assertRaisesRegex(UserError, f"{contract.name}\n(.*\n)?.*none is given"):
            contract.with_user(self.user_sales).action_activate()
        self.assertEqual(contract.state, "draft")

    def test_gate_opens_with_a_valid_mandate(self):
        contract = self.create_contract(self.payer, self.product_fibre)
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.mandate_id, self.payer.valid_mandate_id)

    def test_gate_names_the_mandate_to_validate(self):
        mandate = self.create_mandate(self.customer, IBANS[1], state="draft")
        contract = self.create_contract(
            product=self.product_fibre,
            activate=False,
            payment_method_line_id=self.method_sdd.id,
            mandate_id=mandate.id,
        )
        self.assertIn(mandate.unique_mandate_reference, contract.activation_issues)
        action = contract.action_open_mandates()
        self.assertEqual((action["res_model"], action["res_id"]), (mandate._name, mandate.id))
        mandate.validate()
        self.assertFalse(contract.activation_issues)
        contract.action_activate()

    def test_gate_button_makes_a_mandate_and_the_draft_takes_it(self):
        contract = self.create_contract(
            product=self.product_fibre,
            activate=False,
            payment_method_line_id=self.method_sdd.id,
        )
        action = contract.action_open_mandates()
        self.assertFalse(action["res_id"])
        account = self.env["res.partner.bank"].create(
            {"acc_number": IBANS[1], "partner_id": self.customer.id}
        )
        mandate = (
            self.env["account.banking.mandate"]
            .with_user(self.user_accountant)
            .with_context(**action["context"])
            .create({"partner_bank_id": account.id, "signature_date": "2026-06-01"})
        )
        self.assertEqual(mandate.partner_id, self.customer)
        mandate.validate()
        self.assertEqual(contract.mandate_id, mandate)
        contract.action_activate()
        self.assertEqual(contract.state, "active")

    def test_new_mandate_is_not_forced_on_those_who_pay_otherwise(self):
        contract = self.create_contract(activate=False)
        self.create_mandate(self.customer, IBANS[1], state="draft").validate()
        self.assertFalse(contract.mandate_id)

    def test_gate_refuses_the_mandate_of_another_customer(self):
        with self.assertRaisesRegex(ValidationError, "is not one of Customer A"):
            self.create_contract(
                product=self.product_fibre, mandate_id=self.payer.valid_mandate_id.id
            )

    def test_gate_holds_for_active_contracts(self):
        contract = self.create_contract(self.payer, self.product_fibre)
        with self.assertRaisesRegex(ValidationError, "none is given"):
            contract.mandate_id = False
        with self.assertRaisesRegex(ValidationError, "choose that payment method"):
            contract.payment_method_line_id = False

    def test_waiver_needs_a_manager_and_a_reason(self):
        contract = self.create_contract(product=self.product_fibre, activate=False)
        with self.assertRaises(AccessError):
            contract.with_user(self.user_sales).write(
                {"is_sepa_waived": True, "sepa_waiver_reason": "Because"}
            )
        with self.assertRaisesRegex(ValidationError, "say why"):
            contract.with_user(self.user_manager).is_sepa_waived = True
        contract.with_user(self.user_manager).with_context(
            tracking_disable=False, mail_notrack=False
        ).write({"is_sepa_waived": True, "sepa_waiver_reason": "Pays by transfer, agreed"})
        self.env.flush_all()
        self.env.cr.precommit.run()
        tracked = contract.message_ids.sudo().tracking_value_ids
        self.assertIn("Pays by transfer, agreed", tracked.mapped("new_value_char"))
        contract.with_user(self.user_sales).action_activate()
        self.assertEqual(contract.state, "active")
        with self.assertRaisesRegex(ValidationError, "none is given"):
            contract.with_user(self.user_manager).is_sepa_waived = False

    def test_revoked_mandate_goes_to_the_inbox(self):
        contract = self.create_contract(self.payer, self.product_fibre)
        for revoke in ("cancel", "_expire"):
            mandate = contract.mandate_id
            if revoke == "cancel":
                mandate.cancel()
            else:
                mandate.state = "expired"
            row = self.get_inbox(contract)
            self.assertEqual(len(row), 1)
            self.assertIn(mandate.unique_mandate_reference, row.detail)
            self.assertEqual(row.action_open_record()["res_id"], contract.id)
            contract.mandate_id = self.create_mandate(
                self.payer, IBANS[1 if revoke == "cancel" else 2]
            )
            self.assertFalse(self.get_inbox(contract), "a new mandate settles the matter")
        self.assertEqual(contract.state, "active")

    def test_mandate_given_back_settles_the_inbox(self):
        contract = self.create_contract(self.payer, self.product_fibre)
        contract.mandate_id.cancel()
        contract.mandate_id.back2draft()
        self.assertEqual(len(self.get_inbox(contract)), 1)
        contract.mandate_id.validate()
        self.assertFalse(self.get_inbox(contract))
