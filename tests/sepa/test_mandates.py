"""From a contract that waits for its mandate to an active one: who sold it is no dead end (S36)."""

from datetime import date

from freezegun import freeze_time
from lxml import etree, html

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import IBANS, ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestMandates(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "customer@example.com"
        cls.user_sales.email = "sales@example.com"

    def sell(self, start="2026-06-15", customer=None):
        """Confirm a quotation as the salesperson; return its contract, which waits."""
        order = self.create_quote(
            self.product_fibre, user=self.user_sales, start=start, customer=customer
        )
        order.action_confirm()
        contract = order.service_contract_ids.with_user(self.user_sales)
        self.assertEqual(contract.state, "draft")
        self.assertTrue(contract.is_mandate_missing)
        self.assertEqual(contract.user_id, self.user_sales)
        return contract

    def complete(self, mandate, iban=IBANS[1]):
        """Type in what the customer has signed, as the accountant, and validate it."""
        account = self.env["res.partner.bank"].create(
            {"acc_number": iban, "partner_id": mandate.partner_id.id}
        )
        mandate = mandate.with_user(self.user_accountant)
        mandate.write({"partner_bank_id": account.id, "signature_date": "2026-06-15"})
        mandate.validate()

    def test_asked_for_by_mail_with_the_form_to_sign(self):
        contract = self.sell()
        action = contract.action_ask_mandate()
        self.assertIn("customer@example.com", action["params"]["message"])
        mandate = contract.mandate_id
        self.assertEqual(
            (mandate.state, mandate.partner_id, mandate.format, mandate.company_id),
            ("draft", self.customer, "sepa_core", self.company),
        )
        message = contract.message_ids.filtered("attachment_ids")
        self.assertEqual(message.partner_ids, self.customer)
        self.assertIn(mandate.unique_mandate_reference, message.attachment_ids.name)
        self.assertEqual(contract.mandate_asked_on, date(2026, 6, 15))

    def test_nobody_but_accounting_signs(self):
        """Neither the context of a call nor the salesperson's own defaults make it valid (S36)."""
        account = self.env["res.partner.bank"].create(
            {"acc_number": IBANS[1], "partner_id": self.customer.id}
        )
        contract = self.sell().with_context(
            default_state="valid",
            default_partner_bank_id=account.id,
            default_signature_date="2026-06-01",
        )
        defaults = self.env["ir.default"].sudo()
        defaults.set("account.banking.mandate", "state", "valid", user_id=self.user_sales.id)
        contract._prepare_mandate()
        mandate = contract.mandate_id
        self.assertEqual(
            (mandate.state, mandate.partner_bank_id.id, mandate.signature_date),
            ("draft", False, False),
        )

    def test_the_form_says_who_may_debit_whom(self):
        contract = self.sell()
        contract._prepare_mandate()
        report = self.env["ir.actions.report"].with_user(self.user_sales)
        content, _kind = report._render_qweb_html(
            "service_contract.service_mandate_report", contract.ids
        )
        text = " ".join(html.fromstring(content).text_content().split())
        for words in (
            contract.mandate_id.unique_mandate_reference,
            "FR78ZZZ424242",
            f"you authorise {self.company.name} to send instructions to your bank",
            "within 8 weeks",
            "Customer A",
            "Lyon",
        ):
            self.assertIn(words, text)

    def test_who_sold_looks_after_it(self):
        contract = self.sell()
        contract.action_ask_mandate()
        contract.action_ask_mandate()
        activity = contract.activity_ids
        self.assertEqual(len(activity), 1, "asked again, there is one thing to do still")
        self.assertEqual(
            (activity.user_id, activity.date_deadline),
            (
                self.user_sales,
                date(2026, 6, 22),
            ),
        )
        self.assertIn(contract.mandate_id.unique_mandate_reference, activity.note)

    def test_without_an_address(self):
        self.customer.email = False
        contract = self.sell()
        with self.assertRaisesRegex(UserError, "Customer A has no valid e-mail address"):
            contract.action_ask_mandate()
        self.assertFalse(contract.mandate_id)

    def test_who_lacks_an_address_is_named_before_anybody_is_asked(self):
        self.customer.email = False
        contract = self.sell()
        self.assertIn("Customer A has no valid e-mail", contract.mandate_address_issue)
        view = etree.fromstring(contract.get_view(view_type="form")["arch"])
        buttons = view.xpath("//button[@name='action_ask_mandate']")
        self.assertEqual(len(buttons), 3)
        for button in buttons:
            self.assertIn("or mandate_address_issue", button.get("invisible"))
        self.customer.email = "customer@example.com"
        contract.invalidate_recordset()
        self.assertFalse(contract.mandate_address_issue)

    def test_sent_to_who_gets_the_invoices(self):
        contact = self.env["res.partner"].create(
            {
                "name": "Accounts",
                "type": "invoice",
                "parent_id": self.customer.id,
                "email": "accounts@example.com",
            }
        )
        contract = self.sell()
        contract.action_ask_mandate()
        message = contract.message_ids.filtered("attachment_ids")
        self.assertEqual(message.partner_ids, contact)
        self.assertEqual(contract.mandate_id.partner_id, self.customer, "the holder is the firm")

    def test_two_contracts_of_one_customer_ask_for_one_mandate(self):
        first, second = self.sell(), self.sell()
        first.action_ask_mandate()
        second.action_ask_mandate()
        self.assertEqual(first.mandate_id, second.mandate_id)
        self.complete(first.mandate_id)
        self.assertEqual((first.state, second.state), ("active", "active"))

    def test_nothing_to_ask_for(self):
        contract = self.create_contract(activate=False)
        with self.assertRaisesRegex(UserError, "lacks no mandate"):
            contract.with_user(self.user_sales).action_ask_mandate()

    def test_who_may_ask(self):
        contract = self.sell()
        for user in (self.user_technician, self.user_accountant):
            with self.assertRaises(AccessError):
                contract.with_user(user).action_ask_mandate()

    # ----- Validated -----

    def test_validating_activates_and_tells(self):
        contract = self.sell()
        contract.action_ask_mandate()
        self.complete(contract.mandate_id)
        self.assertEqual(contract.state, "active")
        self.assertFalse(contract.activity_ids)
        told = contract.message_ids.filtered(
            lambda message: self.user_sales.partner_id in message.partner_ids
        )
        self.assertIn(f"{contract.name} is active", told.body)
        self.assertIn(contract.mandate_id.unique_mandate_reference, told.body)

    def test_what_the_mandate_bills_at_once_is_told(self):
        """The contract begins in the past: who sold it reads what the next run bills."""
        contract = self.create_contract(
            product=self.product_fibre,
            start="2026-05-01",
            activate=False,
            user_id=self.user_sales.id,
        ).with_user(self.user_sales)
        contract.action_ask_mandate()
        self.complete(contract.mandate_id)
        self.assertEqual(contract.state, "active")
        told = contract.message_ids.filtered(
            lambda message: self.user_sales.partner_id in message.partner_ids
        )
        self.assertRegex(
            told.body, r"is active\. The start, 05/01/2026, is past\. Up to today 78.00"
        )

    def test_mandate_that_nobody_asked_for(self):
        """The accountant made it by himself: the sale is concluded."""
        contract = self.sell()
        mandate = self.create_mandate(self.customer, IBANS[1], state="draft")
        mandate.with_user(self.user_accountant).validate()
        self.assertEqual(contract.mandate_id, mandate)
        self.assertEqual(contract.state, "active")

    def test_draft_that_somebody_still_works_on(self):
        contract = self.create_contract(product=self.product_fibre, activate=False)
        self.create_mandate(self.customer, IBANS[1], state="draft").validate()
        self.assertEqual(contract.state, "draft")
        self.assertTrue(contract.mandate_id)
        self.assertFalse(contract.activation_issues)

    def test_what_lacks_more_stays_a_draft(self):
        contract = self.sell()
        contract.action_ask_mandate()
        contract.sudo().line_ids.unlink()
        self.complete(contract.mandate_id)
        self.assertEqual(contract.state, "draft")
        told = contract.message_ids.filtered(
            lambda message: self.user_sales.partner_id in message.partner_ids
        )
        self.assertIn("Add at least one recurring product", told.body)

    def test_mandate_of_another_customer(self):
        contract = self.sell()
        other = self.create_customer("Other")
        self.create_mandate(other, IBANS[1], state="draft").validate()
        self.assertEqual(contract.state, "draft")
        self.assertFalse(contract.mandate_id)

    def test_mandate_of_another_company(self):
        contract = self.sell()
        sister = self.setup_other_company(name="Sister")["company"]
        self.create_mandate(self.customer, IBANS[1], state="draft", company_id=sister.id).validate()
        self.assertEqual(contract.state, "draft")

    def test_new_mandate_for_a_lost_one(self):
        """An active contract whose mandate was cancelled takes the customer's next one."""
        payer = self.create_customer("Payer", iban=IBANS[0])
        contract = self.create_contract(payer, self.product_fibre, start="2026-06-01")
        contract.mandate_id.cancel()
        mandate = self.create_mandate(payer, IBANS[1], state="draft")
        mandate.validate()
        self.assertEqual(contract.mandate_id, mandate)
        self.assertEqual(contract.state, "active")

    # ----- To do -----

    def get_dates(self, contract):
        self.env.flush_all()
        self.env.invalidate_all()
        events = self.env["service.contract.event"].with_user(self.user_sales)
        found = events.search([("contract_id", "=", contract.id), ("kind", "=", "mandate")])
        return found.mapped("date")

    def test_missing_mandates_are_to_do(self):
        contract = self.sell(start="2026-09-01")
        self.assertEqual(len(self.get_dates(contract)), 1)
        contract.action_ask_mandate()
        self.assertEqual(self.get_dates(contract), [date(2026, 6, 15)])
        self.complete(contract.mandate_id)
        self.assertFalse(self.get_dates(contract))
        contract.sudo().mandate_id.cancel()
        self.assertEqual(len(self.get_dates(contract)), 1, "it was lost")

    def test_exempt_contracts_miss_no_mandate(self):
        contract = self.sell()
        contract.with_user(self.user_manager).write(
            {"is_sepa_waived": True, "sepa_waiver_reason": "Pays by transfer"}
        )
        self.assertFalse(self.get_dates(contract))

    # ----- The holder -----

    def test_holder_of_the_account_is_prefilled(self):
        """An IBAN typed in on the mandate's form is one of its holder."""
        view = self.env["account.banking.mandate"].get_view(view_type="form")
        field = etree.fromstring(view["arch"]).find(".//field[@name='partner_bank_id']")
        self.assertEqual(field.get("context"), "{'default_partner_id': partner_id}")
