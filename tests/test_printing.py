from unittest.mock import patch

import lxml.html

from odoo.tests import TransactionCase, tagged

DOCUMENT = """
<html><body><main>
  <div class="header o_company"><p>Seller</p></div>
  <div class="article" data-oe-model="account.move" data-oe-id="7"><p>Lines</p></div>
  <div class="footer"><p>Bank</p><div>Page <span class="page"/></div></div>
</main></body></html>
"""
STATE = "odoo.addons.service_contract.models.ir_actions_report._wkhtml"


@tagged("post_install", "-at_install")
class TestPrinting(TransactionCase):
    """An invoice says who sends it, whatever wkhtmltopdf prints it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env.ref("account.account_invoices")

    def prepare(self, report, is_patched):
        with patch(STATE) as state:
            state.return_value.is_patched_qt = is_patched
            return report._prepare_html(DOCUMENT, report_model=report.model)

    def test_without_patched_qt_the_letterhead_is_in_the_body(self):
        bodies, ids, header, _footer, arguments = self.prepare(self.report, False)
        texts = lxml.html.fromstring(str(bodies[0])).xpath("//p/text()")
        self.assertEqual(texts, ["Seller", "Lines", "Bank"])
        self.assertNotIn("Page", str(bodies[0]), "no number would stand behind it")
        self.assertNotIn("Seller", str(header))
        self.assertEqual(ids, [7])
        self.assertEqual(arguments["data-report-margin-top"], "12")

    def test_with_patched_qt_nothing_changes(self):
        bodies, _ids, header, footer, arguments = self.prepare(self.report, True)
        self.assertNotIn("Seller", str(bodies[0]))
        self.assertIn("Seller", str(header))
        self.assertIn("Bank", str(footer))
        self.assertFalse(arguments)

    def test_other_documents_are_left_alone(self):
        other = self.env["ir.actions.report"].search([("model", "=", "res.partner")], limit=1)
        other = other or self.report.copy({"model": "res.partner"})
        self.assertNotIn("Seller", str(self.prepare(other, False)[0][0]))

    def test_several_statements_are_one_document(self):
        """One record prints one statement for each customer, with any wkhtmltopdf."""
        report = self.env.ref("service_contract.service_session_statement_report")
        twice = DOCUMENT.replace("<html><body><main>", "").replace("</main></body></html>", "")
        document = f"<html><body><main>{twice}{twice}</main></body></html>"
        with patch(STATE) as state:
            state.return_value.is_patched_qt = False
            bodies = report._prepare_html(document, report_model=report.model)[0]
        self.assertEqual(len(bodies), 1)
        texts = lxml.html.fromstring(str(bodies[0])).xpath("//p/text()")
        self.assertEqual(texts, ["Seller", "Lines", "Bank"] * 2)
        self.assertIn("page-break-before", str(bodies[0]))
