"""One list of what needs a person, by cause: mended by its button, billed by another one.

Runs are the accountant's, who has the fewest rights that bill.
"""

from freezegun import freeze_time
from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import BillingRunCommon


class InboxCommon(BillingRunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.company_registry = "12345678200010"
        cls.inbox = cls.env["service.exception"]

    def create_contracts(self, count, product=None):
        contracts = self.env["service.contract"]
        for number in range(count):
            customer = self.create_customer(f"C{number}", company_registry="12345678200010")
            contracts += self.create_contract(customer, product, start="2026-06-01")
        return contracts

    def find(self, code, state="open"):
        return self.inbox.search([("cause_id.code", "=", code), ("state", "=", state)])

    def mend(self, code, user=None, **context):
        """Press the button of a cause's heading, and return what it opens."""
        cause = self.env["service.exception.cause"]._find(code)
        return cause.with_user(user or self.user_accountant).with_context(**context).action_mend()

    def open_wizard(self, action, user=None):
        wizards = self.env[action["res_model"]].with_user(user or self.user_accountant)
        return wizards.with_context(**action["context"]).create({})

    def bill_mended(self, user=None):
        return self.inbox.with_user(user or self.user_accountant).action_bill_mended()

    def create_partner_manager(self):
        groups = "account.group_account_invoice,base.group_partner_manager"
        return new_test_user(self.env, login="completer", groups=groups)

    def assertBilledOnce(self, contracts):  # noqa: N802
        charges = contracts.charge_ids
        self.assertEqual(set(charges.mapped("state")), {"invoiced"})
        self.assertEqual(len(charges.move_line_ids), len(charges))
        self.assertFalse(self.bill().invoice_ids & charges.invoice_id)
        self.assertEqual(len(charges.move_line_ids), len(charges))


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestInbox(InboxCommon):
    # ----- No tax -----

    def put_aside_without_tax(self, count=5):
        product = self.create_product("Untaxed", 80.0, recurring=self.family).sudo()
        contracts = self.create_contracts(count, product)
        product.taxes_id = False
        contracts.charge_ids.sudo()._as_workflow().tax_ids = False
        run = self.bill()
        return product, contracts, run

    def test_five_times_no_tax_by_one_button(self):
        product, contracts, run = self.put_aside_without_tax()
        matters = self.find("tax")
        self.assertEqual((len(matters), matters.run_id), (5, run))
        self.assertFalse(run.invoice_ids & contracts.charge_ids.invoice_id)
        self.assertIn("has no tax", matters[0].detail)
        wizard = self.open_wizard(self.mend("tax"))
        self.assertEqual(wizard.line_ids.product_id, product)
        self.assertEqual(wizard.line_ids.charge_count, 5)
        self.assertEqual(wizard.line_ids.tax_id, self.tax_excluded, "what services have")
        wizard.action_confirm()
        self.assertEqual(set(matters.mapped("state")), {"done"})
        taxes = self.company._get_taxes_of_service(product.product_tmpl_id)
        self.assertEqual(taxes, self.tax_excluded)
        self.assertEqual(run.mended_count, 5)
        self.bill_mended()
        self.assertEqual(run.mended_count, 0)
        self.assertEqual(set(contracts.charge_ids.invoice_id.mapped("amount_total")), {96.0})
        self.assertBilledOnce(contracts)

    def test_a_tax_that_was_archived(self):
        tax = self.tax_excluded.copy({"name": "Old tax"})
        product = self.create_product("Old", 80.0, tax=tax, recurring=self.family)
        contracts = self.create_contracts(2, product)
        tax.active = False
        run = self.bill()
        self.assertEqual(self.find("tax").run_id, run)
        self.assertIn("is archived", self.find("tax")[0].detail)
        wizard = self.open_wizard(self.mend("tax"))
        wizard.line_ids.tax_id = self.tax_excluded
        wizard.action_confirm()
        self.bill_mended()
        self.assertBilledOnce(contracts)

    def test_no_other_product_gets_a_tax_by_it(self):
        """Who bills says the tax of what waits for one, and nothing else of products."""
        self.put_aside_without_tax(1)
        other = self.create_product("Other", 10.0).sudo()
        before = other.taxes_id
        wizard = self.open_wizard(self.mend("tax"))
        with self.assertRaises(UserError):
            wizard.line_ids.write({"product_id": other.id, "tax_id": self.tax_included.id})
            wizard.action_confirm()
        self.assertEqual(other.taxes_id, before)
        purchase = self.company_data["default_tax_purchase"]
        wizard = self.open_wizard(self.mend("tax"))
        with self.assertRaises(UserError):
            wizard.line_ids.tax_id = purchase
            wizard.action_confirm()

    def test_what_is_mended_elsewhere_is_billed_too(self):
        product, contracts, _run = self.put_aside_without_tax(2)
        product.taxes_id = self.tax_excluded
        self.bill_mended()
        self.assertFalse(self.find("tax"))
        self.assertBilledOnce(contracts)

    def test_it_leaves_the_inbox_when_another_run_bills_it(self):
        product, contracts, run = self.put_aside_without_tax(2)
        product.taxes_id = self.tax_excluded
        self.bill()
        self.assertFalse(self.find("tax"))
        self.assertFalse(run.mended_count)
        self.assertBilledOnce(contracts)

    def test_a_company_that_charges_no_vat_needs_none(self):
        self.company.service_tax_exigibility = False
        _product, contracts, _run = self.put_aside_without_tax(1)
        self.assertFalse(self.find("tax"))
        self.assertEqual(contracts.charge_ids.state, "invoiced")

    # ----- Order numbers -----

    def test_one_order_number_a_row(self):
        contracts = self.create_contracts(3)
        contracts.partner_id.service_is_order_required = True
        run = self.bill()
        wizard = self.open_wizard(self.mend("order_number"))
        first, second, third = wizard.line_ids
        first.order_number, second.order_number = "PO 1", "PO 2"
        wizard.action_confirm()
        left = self.find("order_number")
        self.assertEqual(left, third.matter_id, "what has none stays")
        self.bill_mended()
        invoices = contracts.charge_ids.invoice_id
        self.assertEqual(set(invoices.mapped("ref")), {"PO 1", "PO 2"})
        self.assertEqual(self.find("order_number"), left, "it is the same matter")
        self.assertEqual(run.exception_count, 1)
        wizard = self.open_wizard(self.mend("order_number"))
        with self.assertRaises(UserError):
            wizard.action_confirm()

    def test_all_that_a_contract_lacks_is_told_at_once(self):
        """It is billed once both are mended, in whatever order."""
        _product, contracts, run = self.put_aside_without_tax(1)
        contracts.partner_id.service_is_order_required = True
        run.action_resume()
        self.assertEqual(run.exception_count, 2)
        self.open_wizard(self.mend("tax")).action_confirm()
        self.bill_mended()
        self.assertFalse(contracts.charge_ids.invoice_id)
        self.assertEqual(run.exception_count, 1)
        wizard = self.open_wizard(self.mend("order_number"))
        wizard.line_ids.order_number = "PO 1"
        wizard.action_confirm()
        self.bill_mended()
        self.assertBilledOnce(contracts)

    # ----- What failed -----

    def test_what_failed_is_billed_again(self):
        contracts = self.create_contracts(3)
        with self.break_contracts(contracts[:2]):
            self.bill()
            matters = self.find("billing")
            self.assertEqual(len(matters), 2)
            self.mend("billing")
            self.assertEqual(len(self.find("billing")), 2, "it is told again")
        self.mend("billing")
        self.assertFalse(self.find("billing"))
        self.assertBilledOnce(contracts)

    def test_the_gate(self):
        contracts = self.create_contracts(2)
        run = self.bill(start=False, expected_amount=1.0)
        run.action_start()
        self.assertTrue(run.is_gated)
        self.assertFalse(run.invoice_ids)
        self.mend("gate")
        self.assertEqual(self.find("gate", "done").run_id, run)
        self.bill_mended()
        self.assertFalse(run.is_gated)
        self.assertBilledOnce(contracts)

    def test_a_draft_that_cannot_be_posted_stays_until_it_is(self):
        """Billing again posts nothing: the matter is not settled by that."""
        contracts = self.create_contracts(1)
        run = self.bill()
        draft = contracts.charge_ids.invoice_id
        matter = self.inbox._report(draft, "billing", "No account", run_id=run.id)
        self.assertEqual(matter.cause_id.code, "posting")
        self.assertEqual(self.mend("posting")["res_model"], "account.move")
        run.action_resume()
        self.assertEqual(matter.state, "open")
        draft.action_post()
        self.bill()
        self.assertEqual(matter.state, "done")

    def test_what_was_credited_is_decided_by_somebody(self):
        """Credited to be made anew, and the new draft deleted: nobody is left to remember."""
        contract = self.create_contracts(1)
        invoice = self.bill().invoice_ids
        invoice.with_user(self.user_accountant).action_post()
        wizard = self.env["account.move.reversal"].with_user(self.user_accountant)
        wizard = wizard.with_context(active_model="account.move", active_ids=invoice.ids)
        anew = wizard.create({"journal_id": invoice.journal_id.id}).modify_moves()
        self.env["account.move"].browse(anew["res_id"]).unlink()
        charge = contract.charge_ids
        self.assertEqual(charge.state, "credited")
        self.assertFalse(self.bill().invoice_ids)
        matter = self.find("undecided")
        self.assertEqual(matter._get_records("service.contract"), contract)
        self.assertIn(charge.display_name, matter.detail)
        self.bill()
        self.assertEqual(self.find("undecided"), matter, "it is told once")
        action = self.mend("undecided")
        self.assertEqual((action["res_model"], action["res_id"]), (charge._name, charge.id))
        charge.with_user(self.user_accountant).action_owe()
        self.bill()
        self.assertEqual(matter.state, "done")
        self.assertEqual(charge.state, "invoiced")

    # ----- What invoices lack -----

    def test_a_siren_and_an_address(self):
        customer = self.create_customer("Gaps", street=False, company_registry=False)
        contract = self.create_contract(customer, start="2026-06-01")
        run = self.bill()
        self.assertEqual(contract.charge_ids.state, "invoiced", "it hinders no draft")
        self.assertFalse(run.exception_count)
        matters = self.find("siren") + self.find("address")
        matters = matters.filtered(lambda row: row.res_id == customer.id)
        self.assertEqual(len(matters), 2)
        accountant = matters.with_user(self.user_accountant)
        self.assertFalse(any(accountant.mapped("can_mend")))
        with self.assertRaises(AccessError):
            accountant[0].action_mend()
        user = self.create_partner_manager()
        wizard = self.open_wizard(self.mend("siren", user), user)
        line = wizard.line_ids.filtered(lambda line: line.partner_id == customer)
        line.write({"company_registry": "12345678200010"})
        wizard.action_confirm()
        self.assertEqual(matters.mapped("state"), ["done", "open"])
        self.bill()
        self.assertEqual(matters[1].state, "open")
        customer.street = "1 rue"
        self.bill()
        self.assertEqual(set(matters.mapped("state")), {"done"})

    def test_it_is_told_once(self):
        customer = self.create_customer("Gaps", company_registry=False)
        self.create_contract(customer, start="2026-05-01")
        with freeze_time("2026-05-15"):
            self.bill("2026-05-15")
        self.bill()
        self.assertEqual(len(self.find("siren").filtered(lambda it: it.res_id == customer.id)), 1)

    def test_what_was_archived(self):
        contract = self.create_contracts(1)
        contract.line_ids.product_id.sudo().active = False
        self.bill()
        self.assertEqual(contract.charge_ids.state, "invoiced")
        matter = self.find("product")
        self.assertIn("still billed", matter.detail)
        self.assertFalse(matter.with_user(self.user_accountant).can_mend)
        user = new_test_user(
            self.env,
            login="catalogue",
            groups="product.group_product_manager,account.group_account_invoice",
        )
        self.mend("product", user)
        self.assertTrue(contract.line_ids.product_id.active)
        self.assertEqual(matter.state, "done")

    # ----- Customers that have changed -----

    def test_take_over_for_all(self):
        contracts = self.create_contracts(3)
        contracts.partner_id.write(
            {"country_id": self.env.ref("base.re").id, "zip": "97400", "city": "Saint-Denis"}
        )
        matters = self.find("customer").filtered(lambda row: row.contract_id in contracts)
        self.assertEqual(len(matters), 3)
        accountant = matters.with_user(self.user_accountant)
        self.assertFalse(any(accountant.mapped("can_mend")))
        self.assertFalse(any(accountant.mapped("can_settle")), "it is a manager's to decide")
        wizard = self.open_wizard(self.mend("customer", self.user_manager), self.user_manager)
        mine = wizard.line_ids.filtered(lambda line: line.contract_id in contracts)
        (wizard.line_ids - mine).is_selected = False
        mine[0].is_selected = False
        wizard.action_apply()
        self.assertEqual(sorted(matters.mapped("state")), ["done", "done", "open"])

    def test_a_tax_that_does_not_suit(self):
        contract = self.create_contracts(1)
        product = contract.line_ids.product_id.sudo()
        product.taxes_id = self.company_data["default_tax_sale"]
        contract._report_tax_flaws()
        matter = self.find("tax_flaw").filtered(lambda row: row.contract_id == contract)
        self.assertTrue(matter)
        self.user_manager.group_ids += self.env.ref("product.group_product_manager")
        self.mend("tax_flaw", self.user_manager)
        self.assertEqual(matter.state, "done")

    # ----- Two people, companies, second doors -----

    def test_two_users_mend_at_once(self):
        self.put_aside_without_tax(1)
        first, second = (self.open_wizard(self.mend("tax")) for _number in range(2))
        first.action_confirm()
        with self.assertRaisesRegex(UserError, "settled already"):
            second.action_confirm()
        self.bill_mended()
        with self.assertRaisesRegex(UserError, "was mended since"):
            self.bill_mended()

    def test_a_run_shows_its_own(self):
        _product, _contracts, run = self.put_aside_without_tax(2)
        other = self.inbox._report(self.create_contracts(1), "billing", "No tax", "tax")
        action = run.with_user(self.user_accountant).action_open_exceptions()
        self.assertEqual(self.inbox.search(action["domain"]), self.find("tax") - other)
        wizard = self.open_wizard(self.mend("tax", inbox_run_id=run.id))
        self.assertNotIn(other, wizard.matter_ids)

    def test_another_companys_matters(self):
        sister = self.setup_other_company(name="Sister")["company"]
        foreign = self.create_contract(company_id=sister.id, start="2026-06-01")
        row = self.inbox._report(foreign, "billing", "No tax", "tax")
        with self.assertRaises(AccessError):
            row.with_user(self.user_accountant).action_mend()
        self.assertIn("all is settled", self.mend("tax")["params"]["message"])
        with self.assertRaises(AccessError):
            wizards = self.env["service.missing.tax"].with_user(self.user_accountant)
            wizards.create({"matter_ids": [Command.set(row.ids)]})

    def test_amounts_of_invoices_are_for_who_bills(self):
        """Who reads no invoice reads no matter of billing, whichever way he asks."""
        self.put_aside_without_tax(1)
        matter = self.find("tax")
        for user in (self.user_technician, self.user_sales):
            with self.subTest(user.login):
                theirs = self.inbox.with_user(user)
                self.assertFalse(theirs.search([("kind", "=", "billing")]))
                with self.assertRaises(AccessError):
                    matter.with_user(user).read(["detail"])
        for user in (self.user_accountant, self.user_manager):
            self.assertTrue(matter.with_user(user).read(["detail"]))

    def test_who_does_not_bill(self):
        self.put_aside_without_tax(1)
        matter = self.find("tax")
        for user in (self.user_technician, self.user_sales):
            self.assertFalse(matter.cause_id.with_user(user).can_mend)
            with self.assertRaises(AccessError):
                matter.with_user(user).action_mend()
            with self.assertRaises(AccessError):
                self.bill_mended(user)
        with self.assertRaises(AccessError):
            matter.with_user(self.user_accountant).write({"is_to_bill": True})
        with self.assertRaises(AccessError):
            self.env["service.exception.cause"].with_user(self.user_manager).create(
                {"name": "Mine", "code": "mine"}
            )

    def test_matters_of_two_causes_have_two_buttons(self):
        contract = self.create_contracts(1)
        rows = self.inbox._report(contract, "billing", "No tax", "tax")
        rows += self.inbox._report(contract, "billing", "No number", "order_number")
        with self.assertRaisesRegex(UserError, "one cause"):
            rows.with_user(self.user_accountant).action_mend()

    # ----- Headings -----

    def test_each_button_stands_at_its_heading_in_the_same_words(self):
        view = self.env.ref("service_contract.service_exception_view_list")
        groups = etree.fromstring(view.arch).find(".//groupby[@name='cause_id']")
        shown = {
            button.get("invisible").split("'")[1]: button.get("string")
            for button in groups.findall("button[@name='action_mend']")
        }
        causes = self.env["service.exception.cause"].search([("button", "!=", False)])
        self.assertEqual(shown, {cause.code: cause.button for cause in causes})

    def test_older_matters_get_their_cause(self):
        self.company.service_default_level_id = self.level
        contract = self.create_contracts(1)
        cases = {
            ("billing", "order_number", contract): "order_number",
            ("billing", "", contract): "billing",
            ("contract", "customer", contract): "customer",
            ("sepa", "", contract): "mandate",
            ("contract", "renewal", contract): "daily",
            ("session", "", self.create_session([("2026-06-10 09:00:00", 60)])): "sheet",
        }
        rows = {
            self.inbox._report(record, kind, "Look", job): code
            for (kind, job, record), code in cases.items()
        }
        self.inbox.union(*rows)._as_workflow().cause_id = False
        self.migrate("19.0.5.0.0/post-causes")
        for row, code in rows.items():
            self.assertEqual(row.cause_id.code, code)
