import ast
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ...models.common.client_actions import get_window
from ..common import ServiceContractCommon

ROOT = Path(__file__).parents[2]
MODULE = "service_contract"
# Odoo itself refuses to delete these.
KEPT = {"base.user_admin", "uom.product_uom_hour", "uom.product_uom_unit", "MANAGER"}


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestDeletedRecords(ServiceContractCommon):
    """What an administrator deleted is named, and how it comes back; no bare external id."""

    def delete(self, xmlid):
        self.env.ref(xmlid).sudo().unlink()

    def assertMissing(self, words, act):
        pattern = f"{words} is missing: .*by upgrading “.+” in Apps"
        with self.assertRaisesRegex(UserError, pattern):
            act()

    def test_mail_templates(self):
        contract = self.create_contract(regime="consumer", start="2025-10-01")
        self.customer.email = "customer@example.com"
        session = self.create_session([("2026-06-10 09:00:00", 31)])
        cases = [
            (
                "renewal_notice_mail_template",
                "notices of renewal",
                lambda: contract.commitment_ids._send_notices(),
            ),
            (
                "service_session_sheet_mail_template",
                "intervention sheets",
                session.with_user(self.user_manager)._get_sheet_template,
            ),
            (
                "service_session_settlement_mail_template",
                "settled sheets",
                session.with_user(self.user_manager)._send_settlement,
            ),
            (
                "service_appointment_mail_template",
                "appointments",
                session.with_user(self.user_manager)._tell_appointment,
            ),
        ]
        for name, words, act in cases:
            with self.subTest(name):
                self.delete(f"{MODULE}.{name}")
                self.assertMissing(f"The e-mail template of {words}", act)

    def test_a_batch_puts_the_words_in_the_inbox(self):
        """The notices of many contracts: each waits with the sentence, not with an external id."""
        contract = self.create_contract(regime="consumer", start="2025-10-01")
        self.customer.email = "customer@example.com"
        self.delete(f"{MODULE}.renewal_notice_mail_template")
        contract.commitment_ids.with_user(self.user_manager).action_send_notice()
        row = self.env["service.exception"].search([("job", "=", "notice")])
        self.assertIn("The e-mail template of notices of renewal is missing", row.detail)

    def test_a_request_by_mail_arrives_all_the_same(self):
        self.delete(f"{MODULE}.service_request_template")
        self.company.service_acknowledge_requests = True
        session = self.create_session([], done=False, contact_id=self.customer.id)
        session._acknowledge()
        row = self.env["service.exception"].search([("job", "=", "acknowledge")])
        self.assertEqual(row.res_id, session.id)
        self.assertIn("The e-mail template of requests received is missing", row.detail)

    def test_documents_and_windows(self):
        contract = self.create_contract(regime="consumer")
        self.create_session([("2026-05-10 09:00:00", 31)])
        statement = self.env["service.session.statement"].with_user(self.user_technician)
        cases = [
            (
                "renewal_notice_report",
                "The letter of renewal",
                contract.commitment_ids.with_user(self.user_sales).action_preview_notice,
            ),
            (
                "service_session_statement_report",
                "The statement of sessions",
                statement.create({"month": "2026-05-01"}).action_pdf,
            ),
            (
                "service_contract_report",
                "The document “service_contract_report”",
                contract.with_user(self.user_manager).action_make_document,
            ),
            (
                "service_charge_action",
                "The window “service_charge_action”",
                lambda: get_window(self.env, f"{MODULE}.service_charge_action"),
            ),
        ]
        for name, words, act in cases:
            with self.subTest(name):
                self.delete(f"{MODULE}.{name}")
                self.assertMissing(words, act)

    def test_scheduled_actions(self):
        self.delete(f"{MODULE}.service_billing_run_cron")
        self.assertMissing(
            "The scheduled action that goes on with billing runs",
            self.env["service.billing.run"]._call_job,
        )
        self.delete(f"{MODULE}.service_sending_cron")
        self.assertMissing(
            "The scheduled action that sends invoices", self.env["account.move"]._call_sender
        )

    def test_sequences(self):
        """No contract is called “/” because somebody put its numbers away."""
        self.env["ir.sequence"].search([("code", "=", "service.contract")]).active = False
        self.assertMissing("The sequence that numbers “.+”", self.create_contract)

    def test_nothing_else_is_taken_for_granted(self):
        """No code of the add-on asks for a record without saying what is missing without it."""
        found = set()
        for folder in ("models", "wizards", "controllers", "reports"):
            for path in (ROOT / folder).rglob("*.py"):
                found |= {
                    f"{path.relative_to(ROOT)}: {asked}"
                    for asked in self._find_asked(ast.parse(path.read_text()))
                    if asked not in KEPT
                }
        self.assertFalse(found)

    def _find_asked(self, tree):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "ref" and len(node.args) + len(node.keywords) == 1:
                yield getattr(node.args[0], "value", None) or ast.unparse(node.args[0])
