import io

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-10 12:00:00")
class TestStatement(ServiceContractCommon):
    """The monthly statement of sessions, and its equality with the charges."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.tz = "Europe/Paris"
        cls.company.service_default_level_id = cls.level
        cls.contract = cls.create_contract()
        cls.included = cls.create_session(
            [("2026-03-03 08:00:00", 1801, "Front Desk")], contract_id=cls.contract.id
        )
        cls.billed = cls.create_session(
            [("2026-03-09 13:00:00", 3605, "=Server")], is_off_contract=True
        )
        cls.create_session([("2026-03-10 13:00:00", 60)], done=False)
        cls.create_session([("2026-04-01 08:00:00", 60)], is_off_contract=True)

    def wizard(self, user=None, **vals):
        wizard = self.env["service.session.statement"].with_user(user or self.user_manager)
        return wizard.create({"month": "2026-03-17", "company_id": self.company.id, **vals})

    def workbook(self, wizard):
        content, kind = self.env["ir.actions.report"]._render_xlsx(
            "service_contract.session_statement", wizard.ids, {}
        )
        self.assertEqual(kind, "xlsx")
        return openpyxl.load_workbook(io.BytesIO(content))

    def test_content(self):
        (statement,) = self.wizard()._get_statements()
        self.assertEqual(statement.partner, self.customer)
        self.assertEqual(statement.month, "March 2026")
        rows = statement.total.rows
        self.assertEqual([row.session for row in rows], [self.included, self.billed])
        first, second = rows
        self.assertEqual((first.start, first.stop), ("09:00:00", "09:30:01"), "in Paris")
        self.assertEqual((first.covered_minutes, first.billed_minutes), (60, 0))
        self.assertEqual((first.included_amount, first.amount_untaxed), (60.0, 0.0))
        self.assertEqual((second.covered_minutes, second.billed_minutes), (0, 90))
        self.assertEqual(second.amount_untaxed, 90.0)
        self.assertEqual(second.sentences, self.billed.charge_ids[0]._explain())

    def test_groups(self):
        (statement,) = self.wizard()._get_statements()
        self.assertEqual(
            [(group.name, len(group.rows)) for group in statement.contracts],
            [(self.contract.name, 1), ("Without contract", 1)],
        )
        self.assertEqual(
            {group.name: group.sum("seconds") for group in statement.levels},
            {self.level_unlimited.name: 1801, self.level.name: 3605},
        )

    def test_sums_equal_the_charges(self):
        """To the cent, tax included prices as well (invariant 2)."""
        level = self.create_level(
            "Incl.",
            "per_intervention",
            first=self.product_block_incl,
            following=self.product_next_incl,
        )
        for day in range(11, 16):
            self.create_session(
                [(f"2026-03-{day} 08:00:00", 3601)], is_off_contract=True, level_id=level.id
            )
        (statement,) = self.wizard()._get_statements()
        sessions = self.env["service.session"].browse(
            row.session.id for row in statement.total.rows
        )
        charges = sessions.charge_ids
        self.assertEqual(len(sessions), 7)
        for name in ("amount_untaxed", "amount_total"):
            expected = self.company.currency_id.round(sum(charges.mapped(name)))
            self.assertEqual(self.company.currency_id.round(statement.total.sum(name)), expected)
            by_contract = sum(group.sum(name) for group in statement.contracts)
            self.assertEqual(self.company.currency_id.round(by_contract), expected)

    def test_waived_charges_count_no_more(self):
        self.waive(self.billed.with_user(self.user_manager).charge_ids)
        (statement,) = self.wizard()._get_statements()
        self.assertEqual(statement.total.sum("amount_total"), 0)

    def test_customers_chosen(self):
        other = self.create_customer("Customer B")
        self.create_session([("2026-03-04 08:00:00", 60)], customer=other)
        names = [item.partner.name for item in self.wizard()._get_statements()]
        self.assertEqual(names, ["Customer A", "Customer B"])
        (statement,) = self.wizard(partner_ids=other.ids)._get_statements()
        self.assertEqual(statement.partner, other)

    def test_month_of_the_customer(self):
        """A session belongs to the month of its local date."""
        late = self.create_session(
            [("2026-03-31 21:30:00", 60)], is_off_contract=True, tz="Indian/Reunion"
        )
        (statement,) = self.wizard()._get_statements()
        self.assertNotIn(late, [row.session for row in statement.total.rows])

    def test_opened_from_customer_and_contract(self):
        contact = self.env["res.partner"].create({"name": "Zoe", "parent_id": self.customer.id})
        for record in (contact, self.contract):
            form = Form(
                self.env["service.session.statement"]
                .with_user(self.user_technician)
                .with_context(active_model=record._name, active_ids=record.ids)
            )
            self.assertEqual(form.partner_ids.ids, self.customer.ids)
            self.assertEqual(str(form.month), "2026-03-01", "the previous month")

    def test_nothing_to_print(self):
        wizard = self.wizard(month="2026-01-01")
        for action in (wizard.action_pdf, wizard.action_xlsx):
            with self.assertRaisesRegex(UserError, "no closed session"):
                action()

    def test_who_may_print(self):
        for user in (self.user_technician, self.user_manager, self.user_accountant):
            self.assertEqual(self.wizard(user).action_pdf()["type"], "ir.actions.report")
        for user in (self.user_sales, self.user_portal):
            with self.assertRaises(AccessError):
                self.wizard(user)

    def test_workbook(self):
        book = self.workbook(self.wizard(self.user_technician))
        sheet = book["Customer A"]
        header = [cell.value for cell in sheet[4]]
        lines = {row[1].value: row for row in sheet.iter_rows(min_row=5) if row[1].value}
        row = lines[self.billed.name]
        values = dict(zip(header, (cell.value for cell in row), strict=True))
        self.assertEqual(values["Workstation"], "=Server", "text, no formula")
        self.assertEqual(row[header.index("Workstation")].data_type, "s")
        self.assertEqual(values["Excluding Tax"], 90.0)
        self.assertEqual(values["Including Tax"], 108.0)
        self.assertEqual(values["Date"].date(), self.billed.date)
        self.assertEqual(values["Why this Price"], "\n".join(self.billed.charge_ids[0]._explain()))
        total = next(row for row in sheet.iter_rows(min_row=5) if row[0].value == "Total")
        charges = (self.billed | self.included).charge_ids
        self.assertEqual(
            total[header.index("Including Tax")].value, sum(charges.mapped("amount_total"))
        )
        self.assertEqual(total[header.index("Duration")].value.total_seconds(), 5406)

    def test_sheets_of_namesakes(self):
        name = "A very long name of a customer: [limited]/partner"
        for _number in range(2):
            customer = self.create_customer(name)
            self.create_session([("2026-03-04 08:00:00", 60)], customer=customer)
        names = self.workbook(self.wizard()).sheetnames
        self.assertEqual(len(names), 3)
        self.assertTrue(all(len(sheet_name) <= 31 for sheet_name in names))

    def test_names_that_no_sheet_bears(self):
        """Excel counts units of UTF-16, ignores capitals, and keeps some names for itself."""
        names = [
            "\N{FRIED SHRIMP} Poissonnerie du Vieux-Port de Marseille",
            "Poissonnerie du Vieux-Port de \N{FRIED SHRIMP}\N{FRIED SHRIMP}",
            "POISSONNERIE du Vieux-Port de \N{FRIED SHRIMP} 2",
            "'Le Quotidien'",
            "History",
            "historique",
            "[]:*?/\\",
            "Rapidité\x0bService",
        ]
        for name in names:
            self.create_session([("2026-03-04 08:00:00", 60)], customer=self.create_customer(name))
        book = self.workbook(self.wizard(self.user_technician))
        self.assertEqual(len({sheet_name.lower() for sheet_name in book.sheetnames}), 9)
        for sheet_name in book.sheetnames:
            self.assertLessEqual(len(sheet_name.encode("utf-16-le")), 62)
            self.assertEqual(sheet_name.strip("'"), sheet_name)
            self.assertNotIn(sheet_name.lower(), ("history", "historique"))
        titles = {sheet["A1"].value for sheet in book}
        self.assertFalse({*names[:7]} - titles, "the sheet itself says the whole name")

    def test_words_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        (statement,) = self.wizard()._get_statements()
        self.assertEqual(statement.month, "mars 2026")

    def test_page(self):
        with mute_logger("odoo.addons.base.models.ir_actions_report"):
            html = self.env["ir.actions.report"]._render_qweb_html(
                "service_contract.report_session_statement", self.wizard().ids
            )[0]
        page = html.decode()
        for text in (self.billed.name, "March 2026", "Without contract", "1:00:05"):
            self.assertIn(text, page)

    def test_query_count_is_flat(self):
        """Twelve sessions cost no more queries than three."""

        def measure():
            return self.count_queries(lambda: self.wizard()._get_statements())

        measure()
        few = measure()
        for day in range(11, 21):
            self.create_session([(f"2026-03-{day} 08:00:00", 60)], is_off_contract=True)
        self.assertLessEqual(measure(), few + 2)
