"""The contract as a document: what it says, and that it is kept as it was (S23, S32, S37)."""

import base64
import hashlib

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01")
class TestDocuments(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.conditions = cls.env["service.conditions"].create(
            {
                "name": "Conditions",
                "code": "TEST",
                "version": "1",
                "body": "<p>Liability is capped at the fee.</p>",
                "incident_procedure": "<p>Call before you open a ticket.</p>",
            }
        )
        cls.family.conditions_id = cls.conditions
        cls.work_type = cls.env["service.work.type"].create({"name": "Payment terminal"})
        cls.level_unlimited.write(
            {
                "scope_rule_ids": [
                    Command.create(
                        {
                            "work_type_id": cls.work_type.id,
                            "effect": "not_offered",
                            "note": "Ask your bank",
                        }
                    )
                ],
                "window_ids": [Command.create({"day": "0", "hour_from": 8, "hour_to": 12})],
            }
        )
        cls.env["service.checklist"].create(
            {
                "name": "Monthly check",
                "level_id": cls.level_unlimited.id,
                "work_type_id": cls.work_type.id,
                "item_ids": [Command.create({"name": name}) for name in ("Updates", "Backups")],
            }
        )
        cls.contract = cls.create_contract()

    def render(self, contract):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "service_contract.service_contract_report", contract.ids
        )
        return html.decode()

    def test_document_says_what_is_signed(self):
        """S23 incident procedure, S32 clauses, hours, scope, preventive work, prices (S21)."""
        html = self.render(self.contract)
        for text in (
            "Call before you open a ticket",
            "Liability is capped at the fee",
            "Payment terminal",
            "Not offered",
            "Ask your bank",
            "Updates, Backups",
            "Monday",
            "Support",
            "per 30 min",
        ):
            with self.subTest(text):
                self.assertIn(text, html)

    def test_discounts_are_printed_where_there_are_some(self):
        self.assertNotIn(">Discount<", self.render(self.contract))
        self.contract.line_ids.discount = 20
        self.assertIn(">Discount<", self.render(self.contract))

    def test_lines_say_when_they_run_where_not_with_the_contract(self):
        """Served now or later, in the customer's language; what is over is left out."""
        contract = self.create_contract(date_end="2026-12-31")
        cases = [
            ("Whole", {}, ""),
            ("Later", {"date_start": "2026-03-01"}, "from 03/01/2026 on"),
            ("Autumn", {"date_start": "2026-09-01", "date_end": "2026-11-30"}, "to 11/30/2026"),
            ("Until June", {"date_end": "2026-06-30"}, "until 06/30/2026"),
            ("Over", {"date_end": "2026-01-31"}, None),
        ]
        contract.line_ids.name = "Whole"
        for name, vals, _words in cases[1:]:
            contract.line_ids[0].copy({"contract_id": contract.id, "name": name, **vals})
        with freeze_time("2026-02-10"):
            html = self.render(contract)
            for name, _vals, words in cases:
                with self.subTest(name):
                    self.assertEqual(f">{name}<" in html, words is not None)
                    self.assertIn(words or "", html)
            self.assertEqual(contract.line_ids[0]._describe_days(), "")
            contract.partner_id.lang = self.env["res.lang"]._activate_lang("fr_FR").code
            self.assertIn("01/03/2026", self.render(contract))
        with freeze_time("2027-02-10"):
            self.assertIn(">Whole<", self.render(contract))

    def test_s37_conditions_are_those_signed(self):
        self.assertIn("Liability is capped", self.contract.conditions_snapshot)
        newer = self.conditions.copy({"version": "2", "body": "<p>Nothing is capped.</p>"})
        self.family.conditions_id = newer
        self.assertIn("Liability is capped", self.render(self.contract))
        draft = self.create_contract(activate=False)
        self.assertIn("Nothing is capped", self.render(draft))

    def test_document_is_kept_with_its_hash(self):
        contract = self.contract.with_user(self.user_sales)
        action = contract.action_make_document()
        content = contract.document_id.raw
        self.assertEqual(contract.document_sha256, hashlib.sha256(content).hexdigest())
        self.env.invalidate_all()
        self.assertTrue(contract.with_context(bin_size=True).is_document_intact)
        self.assertIn(str(contract.document_id.id), action["url"])

    def test_changed_document_is_not_shown_as_the_kept_one(self):
        self.contract.action_make_document()
        self.contract.document_id.sudo().raw = b"%PDF-1.4 something else"
        self.env.invalidate_all()
        self.assertFalse(self.contract.is_document_intact)
        with self.assertRaisesRegex(UserError, "has changed since"):
            self.contract.action_open_document()

    def test_earlier_document_stays_attached(self):
        self.contract.action_make_document()
        first = self.contract.document_id
        self.contract.action_make_document()
        self.assertNotEqual(self.contract.document_id, first)
        self.assertTrue(first.exists())

    def test_signed_copy_has_its_hash(self):
        content = b"%PDF-1.4 signed"
        self.contract.write({"signed_copy": base64.b64encode(content), "signed_copy_name": "s.pdf"})
        self.assertEqual(self.contract.signed_sha256, hashlib.sha256(content).hexdigest())

    def test_technicians_make_no_document(self):
        with self.assertRaises(AccessError):
            self.contract.with_user(self.user_technician).action_make_document()
        self.contract.action_cancel()
        with self.assertRaisesRegex(UserError, "cancelled"):
            self.contract.action_make_document()

    def test_amendment_repeats_what_goes_on(self):
        """S23, S32: an amendment says the hours, scope and prices of its level, and the clauses."""
        level = self.create_level("Night and day", "managed")
        level.scope_rule_ids = [
            Command.create({"work_type_id": self.work_type.id, "effect": "included"})
        ]
        amendments = self.env["service.amendment"]
        amendment = amendments.create(
            amendments._prepare_draft_vals(self.contract, self.day("2026-02-01"))
        )
        amendment.level_id = level
        amendment.reason_id = self.env.ref("service_contract.service_reason_exit_change")
        amendment.action_confirm()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "service_contract.service_amendment_report", amendment.ids
        )
        for text in (
            "Night and day",
            "At any time",
            "Payment terminal",
            "Included",
            "Call before you open a ticket",
            "Liability is capped at the fee",
        ):
            with self.subTest(text):
                self.assertIn(text, html.decode())
        self.assertNotIn("Not offered", html.decode())

    def test_amendment_is_kept_with_its_hash(self):
        amendments = self.env["service.amendment"]
        amendment = amendments.create(
            amendments._prepare_draft_vals(self.contract, self.day("2026-02-01"))
        )
        with self.assertRaises(UserError):
            amendment.action_make_document()
        amendment.line_ids.quantity = 3
        amendment.action_confirm()
        amendment.with_user(self.user_sales).action_make_document()
        self.assertTrue(amendment.is_document_intact)
        self.assertEqual(
            amendment.document_sha256, hashlib.sha256(amendment.document_id.raw).hexdigest()
        )
