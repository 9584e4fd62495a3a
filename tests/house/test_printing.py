import io
import shutil
import socket
import unittest
from unittest.mock import patch

import lxml.html

from odoo import Command
from odoo.tests import TransactionCase, tagged
from odoo.tools.pdf import PdfFileReader

from ..common import ServiceContractCommon

DOCUMENT = """
  <div class="header o_company"><p>Seller</p></div>
  <div class="article" data-oe-model="{model}" data-oe-id="{record_id}"><p>Lines</p></div>
  <div class="footer"><p>Bank</p><div>Page <span class="page"/></div></div>
"""
STATE = "odoo.addons.service_contract.models.common.ir_actions_report._wkhtml"


def join_documents(*records):
    """Return what a report renders for some (model name, id), a document each."""
    parts = [DOCUMENT.format(model=model, record_id=record_id) for model, record_id in records]
    return f"<html><body><main>{''.join(parts)}</main></body></html>"


@tagged("post_install", "-at_install")
class TestPrinting(TransactionCase):
    """A document of ours says who sends it, whatever wkhtmltopdf prints it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env.ref("service_contract.service_contract_report")

    def prepare(self, report, is_patched):
        with patch(STATE) as state:
            state.return_value.is_patched_qt = is_patched
            return report._prepare_html(
                join_documents((report.model, 7)), report_model=report.model
            )

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
        several = join_documents((report.model, 7), (report.model, 7))
        with patch(STATE) as state:
            state.return_value.is_patched_qt = False
            bodies = report._prepare_html(several, report_model=report.model)[0]
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
class TestPrintedInvoice(ServiceContractCommon):
    """An invoice of charges keeps its letterhead and its styles; all others are Odoo's own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_level_id = cls.level
        cls.report = cls.env.ref("account.account_invoices")
        session = cls.create_session([("2026-03-09 13:00:00", 3605)])
        cls.plain = cls.create_plain_invoice({"product_id": cls.product_block.id})
        cls.billed = cls.create_plain_invoice(
            *(charge._prepare_invoice_line_vals() for charge in session.charge_ids)
        )

    @classmethod
    def create_plain_invoice(cls, *lines):
        return (
            cls.env["account.move"]
            ._as_billing()
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": cls.customer.id,
                    "invoice_date": "2026-03-31",
                    "invoice_line_ids": [Command.create(line) for line in lines],
                }
            )
        )

    def prepare(self, *moves, is_patched=False):
        html = join_documents(*(("account.move", move.id) for move in moves))
        with patch(STATE) as state:
            state.return_value.is_patched_qt = is_patched
            return self.report._prepare_html(html, report_model="account.move")

    def test_invoice_of_charges_says_who_sends_it(self):
        bodies, ids, header, _footer, arguments = self.prepare(self.billed)
        self.assertEqual(ids, self.billed.ids)
        self.assertIn("Seller", str(bodies[0]))
        self.assertNotIn("Seller", str(header))
        self.assertNotIn("/web/assets/", str(bodies[0]))
        self.assertEqual(arguments["data-report-margin-top"], "12")

    def test_its_credit_note_says_it_too(self):
        self.billed.action_post()
        refund = self.billed._reverse_moves()
        self.assertIn("Seller", str(self.prepare(refund)[0][0]))

    def test_plain_invoice_is_printed_as_odoo_does(self):
        for is_patched in (False, True):
            with self.subTest(is_patched=is_patched):
                bodies, ids, header, footer, arguments = self.prepare(
                    self.plain, is_patched=is_patched
                )
                self.assertEqual(ids, self.plain.ids)
                self.assertNotIn("Seller", str(bodies[0]))
                self.assertIn("Seller", str(header))
                self.assertIn("Bank", str(footer))
                self.assertIn("/web/assets/", str(bodies[0]))
                self.assertFalse(arguments)

    def test_among_others_it_is_printed_as_they_are(self):
        bodies, ids, *_parts = self.prepare(self.billed, self.plain, is_patched=True)
        self.assertEqual(ids, (self.billed + self.plain).ids)
        for body in bodies:
            self.assertIn("/web/assets/", str(body))


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
