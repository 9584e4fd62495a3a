"""Account numbers of customers are for accounting: others see their last four characters."""

import io

from freezegun import freeze_time
from lxml import etree, html
from openpyxl import load_workbook

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import IBANS
from .common import SepaCommon

MASKED = "••• •••• •••• •••• •••• •••• 0189"
SECRET = IBANS[0][4:-4]


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestMasking(SepaCommon):
    def setUp(self):
        super().setUp()
        self.user_sales.group_ids += self.env.ref("base.group_allow_export")
        self.user_accountant.group_ids += self.env.ref("base.group_allow_export")
        self.contract = self.create_debited_contract()
        self.account = self.mandate.partner_bank_id
        self.env.flush_all()
        self.env.invalidate_all()

    def assertHidden(self, value):
        self.assertNotIn(SECRET, "".join(filter(str.isalnum, str(value))))

    def assertShown(self, value):
        self.assertIn(SECRET, "".join(filter(str.isalnum, str(value))))

    def test_names_forms_and_searches(self):
        spec = {
            "partner_bank_id": {
                "fields": {"display_name": {}, "acc_number": {}, "sanitized_acc_number": {}}
            },
        }
        names = ["acc_number", "sanitized_acc_number", "display_name"]
        for user, check in (
            (self.user_sales, self.assertHidden),
            (self.user_technician, self.assertHidden),
            (self.user_accountant, self.assertShown),
        ):
            self.env.invalidate_all()
            mandate = self.mandate.with_user(user)
            account = self.account.with_user(user)
            with self.subTest(user.login):
                check(mandate.web_read(spec))
                check(account.display_name)
                check(account.read(names))
                check(account.search_read([("id", "=", account.id)], names))
                check(account.name_search(IBANS[0][:10]))
                check(account.web_search_read([("id", "=", account.id)], dict.fromkeys(names, {})))

    def test_masked_number_says_which_it_is(self):
        account = self.account.with_user(self.user_sales)
        self.assertEqual(account.display_name, MASKED)
        self.assertEqual(account.read(["acc_number"])[0]["acc_number"], MASKED)

    def test_exports(self):
        paths = [
            "partner_bank_id",
            "partner_bank_id/acc_number",
            "partner_bank_id/sanitized_acc_number",
            "partner_id/bank_ids/acc_number",
        ]
        for compatible in (True, False):
            mandate = self.mandate.with_context(import_compat=compatible)
            self.assertHidden(mandate.with_user(self.user_sales).export_data(paths))
            self.assertShown(mandate.with_user(self.user_accountant).export_data(paths))

    def test_groups_of_lists(self):
        """A list grouped by account names the groups."""
        mandates = self.env["account.banking.mandate"].with_user(self.user_sales)
        self.assertHidden(mandates.formatted_read_group([], ["partner_bank_id"], ["__count"]))

    def test_numbers_are_not_told_by_groups(self):
        """Neither a group of accounts, nor one of mandates, nor an aggregate has the number."""
        self.assertTrue(self.account)
        cases = (
            ("res.partner.bank", ["acc_number"], ["__count"]),
            ("res.partner.bank", ["sanitized_acc_number"], ["__count"]),
            ("res.partner.bank", ["partner_id"], ["acc_number:array_agg"]),
            ("res.partner.bank", [], ["sanitized_acc_number:max"]),
            ("account.banking.mandate", ["partner_bank_id.acc_number"], ["__count"]),
        )
        for model, groups, aggregates in cases:
            with self.subTest(model, groups=groups, aggregates=aggregates):
                for user in (self.user_sales, self.user_technician):
                    records = self.env[model].with_user(user)
                    with self.assertRaisesRegex(AccessError, "for accounting"):
                        records.formatted_read_group([], groups, aggregates)
                records = self.env[model].with_user(self.user_accountant)
                self.assertShown(records.formatted_read_group([], groups, aggregates))
        accounts = self.env["res.partner.bank"].with_user(self.user_sales)
        self.assertTrue(accounts.formatted_read_group([], ["bank_id"], ["__count"]))

    def test_account_of_an_ended_mandate(self):
        self.mandate.cancel()
        self.assertHidden(self.account.with_user(self.user_sales).read(["acc_number"]))

    def test_accounts_without_a_mandate_are_as_ever(self):
        account = self.env["res.partner.bank"].create(
            {"acc_number": IBANS[2], "partner_id": self.customer.id}
        )
        found = account.with_user(self.user_sales).read(["acc_number"])[0]["acc_number"]
        self.assertEqual(found.replace(" ", ""), IBANS[2])

    def test_signed_paper_and_history(self):
        """Who reads a mandate reads neither its scan, nor the numbers in its chatter."""
        self.mandate.sudo().scan = b"JVBERg=="
        mandate = self.mandate.with_user(self.user_sales)
        with self.assertRaises(AccessError):
            mandate.read(["scan"])
        self.assertNotIn('name="scan"', mandate.get_view(view_type="form")["arch"])
        draft = self.create_mandate(
            self.customer, IBANS[1], state="draft", partner_bank_id=False
        ).with_context(tracking_disable=False, mail_notrack=False)
        self.env.flush_all()
        self.env.cr.precommit.run()
        draft.partner_bank_id = self.env["res.partner.bank"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.env.flush_all()
        self.env.cr.precommit.run()
        draft.invalidate_recordset()
        values = draft.message_ids.sudo().tracking_value_ids.mapped("new_value_char")
        self.assertIn("••• •••• •••• •••• •••• •••• 2606", values)

    def test_printed_mandate(self):
        report = self.env["ir.actions.report"]
        for user, check in (
            (self.user_sales, self.assertHidden),
            (self.user_accountant, self.assertShown),
        ):
            content, _kind = report.with_user(user)._render_qweb_html(
                "service_contract.report_service_mandate", self.contract.ids
            )
            check(html.fromstring(content).text_content())

    def test_contract_page_and_what_it_prints(self):
        contract = self.contract.with_user(self.user_sales)
        self.assertHidden(contract.web_read({"mandate_id": {"fields": {"display_name": {}}}}))
        self.assertHidden(contract.export_data(["mandate_id", "mandate_id/partner_bank_id"]))
        content, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.user_sales)
            ._render_qweb_html("service_contract.report_service_contract", contract.ids)
        )
        self.assertHidden(etree.tostring(html.fromstring(content), encoding="unicode"))

    def test_control_sheet(self):
        """It goes from hand to hand: masked for whoever makes it."""
        order = self.collect(self.bill())
        content, _kind = self.env["ir.actions.report"]._render_xlsx(
            "service_contract.control_sheet", order.ids, {}
        )
        sheet = load_workbook(io.BytesIO(content)).active
        self.assertHidden([cell.value for row in sheet for cell in row])
