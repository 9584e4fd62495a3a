"""What only buttons write: no client, whatever it sends, can write it past them."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.common.service_workflow_mixin import LOCKS, MARKS
from ..amendment.common import AmendmentCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestWorkflowFields(AmendmentCommon):
    def check_refused(self, record, user, *cases):
        record = record.with_user(user).with_context(service_workflow=True)
        for vals in cases:
            with self.subTest(vals), self.assertRaisesRegex(AccessError, "use its buttons"):
                record.write(vals)

    def test_contract_in_force(self):
        contract = self.create_contract()
        self.check_refused(
            contract,
            self.user_sales,
            {"date_end": "2026-06-30"},
            {"date_end": False, "note": "x"},
            {"state": "ended"},
            {"conditions_snapshot": "<p>Other</p>"},
            {"document_sha256": "0" * 64},
            {"document_id": False},
        )
        self.check_refused(contract, self.user_manager, {"state": "ended"})

    def test_a_state_that_no_table_knows_is_refused_in_words(self):
        with self.assertRaisesRegex(UserError, "cannot become"):
            self.create_contract().sudo().state = "unknown"

    def test_draft_is_activated_by_its_gate_alone(self):
        contract = self.create_contract(activate=False, date_end="2026-12-31")
        self.check_refused(contract, self.user_sales, {"state": "active"})
        contract.with_user(self.user_sales).date_end = "2027-12-31"
        contract.with_user(self.user_sales).action_activate()
        self.assertEqual(contract.commitment_end, date(2026, 12, 31))

    def test_no_context_says_as_what_records_begin(self):
        """A client's context also reaches what our own methods create for it."""
        vals = self.create_contract(activate=False).copy_data()[0]
        forged = {"default_state": "active", "default_is_withdrawn": True}
        contracts = self.env["service.contract"].with_user(self.user_sales)
        for caller in (contracts, contracts.sudo(), contracts._as_workflow()):
            with self.subTest(caller.env.context, su=caller.env.su):
                contract = caller.with_context(**forged).create(vals)
                self.assertEqual((contract.state, contract.is_withdrawn), ("draft", False))

    def test_snapshot_holds_no_script(self):
        contract = self.create_contract(activate=False)
        contract.sudo().conditions_snapshot = "<p>A<script>alert(1)</script></p>"
        self.assertNotIn("script", contract.conditions_snapshot)

    def test_amendment(self):
        contract = self.create_contract(start="2026-06-01")
        cases = (
            {"state": "done"},
            {"is_level_pending": True},
            {"level_before_id": self.level_gold.id},
            {"before": {}},
            {"after": {"monthly": 0}},
            {"sale_order_id": False},
        )
        draft = self.draft(contract, level_id=self.level_gold.id, **self.allow())
        self.check_refused(draft, self.user_sales, *cases)
        self.check_refused(draft, self.user_manager, *cases)
        draft.action_confirm()
        self.check_refused(draft, self.user_sales, {"state": "draft"})
        self.assertEqual(draft.state, "done")

    def test_amendment_is_created_as_a_draft(self):
        contract = self.create_contract(start="2026-06-01")
        amendment = self.draft(contract, state="done", is_level_pending=True, before={"a": 1})
        self.assertEqual(amendment.state, "draft")
        self.assertFalse(amendment.is_level_pending or amendment.before)

    def test_only_levels_of_amendments_in_force_are_reached(self):
        contract = self.create_contract(start="2026-06-01")
        level = contract.level_id
        draft = self.draft(contract, "2026-06-15", level_id=self.level_gold.id)
        draft.sudo().is_level_pending = True
        contract._refresh_levels(self.day("2026-06-15"))
        self.assertEqual(contract.level_id, level)

    def test_every_mark_is_known_and_enforced(self):
        """A misspelt lock, or one on a model without the mixin, would hold nothing."""
        marked = [
            (model, field, mark)
            for model in self.env.values()
            for field in model._fields.values()
            for mark in MARKS
            if getattr(field, mark, None)
        ]
        self.assertTrue(marked)
        for model, field, mark in marked:
            value = getattr(field, mark)
            with self.subTest(str(field)):
                self.assertIn(value, LOCKS if mark == "lock" else (True,))
                self.assertIn(field.name, model._get_marked(mark, value))
