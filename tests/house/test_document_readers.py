from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestDocumentReaders(ServiceContractCommon):
    """Who may read a record may print it, whatever the document draws in."""

    def test_contracts_with_checklists_are_printed_by_each_role(self):
        work = self.env["service.work.type"].search([], limit=1)
        contract = self.create_contract()
        contract.level_id.checklist_ids = [
            Command.create(
                {
                    "name": "Backups",
                    "work_type_id": work.id,
                    "item_ids": [Command.create({"name": "Restore a file"})],
                }
            )
        ]
        self.env.flush_all()
        for role in ("sales", "technician", "accountant", "manager"):
            with self.subTest(role):
                self.env.invalidate_all()
                user = getattr(self, f"user_{role}")
                reports = self.env["ir.actions.report"].with_user(user)
                html, _kind = reports._render_qweb_html(
                    "service_contract.service_contract_report", contract.ids
                )
                self.assertIn("Restore a file", html.decode())

    def test_sheets_are_printed_by_each_role(self):
        self.company.service_default_level_id = self.level
        session = self.create_session([("2026-03-02 09:00:00", 1800, "PC")])
        for role in ("sales", "technician", "accountant", "manager"):
            with self.subTest(role):
                self.env.invalidate_all()
                user = getattr(self, f"user_{role}")
                reports = self.env["ir.actions.report"].with_user(user)
                html, _kind = reports._render_qweb_html(
                    "service_contract.service_session_sheet_report", session.ids
                )
                self.assertIn("Technician", html.decode())

    def test_the_portal_prints_no_contract(self):
        contract = self.create_contract()
        reports = self.env["ir.actions.report"].with_user(self.user_portal)
        with self.assertRaises(AccessError):
            reports._render_qweb_html("service_contract.service_contract_report", contract.ids)
