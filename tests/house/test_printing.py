import io
import shutil
import socket
import unittest
from unittest.mock import patch

import lxml.html

from odoo.tests import TransactionCase, tagged
from odoo.tools.pdf import PdfFileReader

from ..common import ServiceContractCommon

DOCUMENT = """
<html><body><main>
  <div class="header o_company"><p>Seller</p></div>
  <div class="article" data-oe-model="account.move" data-oe-id="7"><p>Lines</p></div>
  <div class="footer"><p>Bank</p><div>Page <span class="page"/></div></div>
</main></body></html>
"""
STATE = "odoo.addons.service_contract.models.common.ir_actions_report._wkhtml"


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

    def test_documents_carry_their_styles(self):
        for is_patched in (False, True):
            with self.subTest(is_patched=is_patched):
                bodies, _ids, header, footer, _arguments = self.prepare(self.report, is_patched)
                for part in (*bodies, header, footer):
                    self.assertNotIn("/web/assets/", str(part))
                    self.assertIn(".o_report_layout_", str(part))
                    self.assertEqual("Liberation Sans" in str(part), not is_patched)

    def test_documents_of_others_ask_for_their_styles(self):
        other = self.report.copy({"model": "res.partner"})
        self.assertIn("/web/assets/", str(self.prepare(other, False)[0][0]))


@tagged("post_install", "-at_install")
@unittest.skipUnless(shutil.which("wkhtmltopdf"), "wkhtmltopdf is not installed")
class TestPrintedSheet(ServiceContractCommon):
    """A sheet printed by a script, while no web server answers."""

    def test_text_is_text_without_a_server(self):
        self.company.service_default_level_id = self.level
        session = self.create_session([("2026-03-09 13:00:00", 3605)])
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"http://127.0.0.1:{silent.getsockname()[1]}"
            self.env["ir.config_parameter"].sudo().set_param("report.url", address)
            content, _kind = (
                self.env["ir.actions.report"]
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf("service_contract.report_service_session_sheet", session.ids)
            )
            silent.settimeout(0)
            with self.assertRaises(BlockingIOError, msg="the server was asked for something"):
                silent.accept()
        text = PdfFileReader(io.BytesIO(content)).pages[0].extract_text()
        self.assertIn(session.name, text)
        self.assertIn("60.00", text)
