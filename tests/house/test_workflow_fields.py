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
        self.check_refused(
            contract, self.user_manager, {"state": "ended"}, {"date_end": "2026-06-30"}
        )

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

    def check_past(self, record, user, *cases):
        """Refuse what was typed until now, in the words of who may read them."""
        for vals in cases:
            with (
                self.subTest(vals, user=user.login),
                self.assertRaisesRegex(UserError, "can no longer change"),
            ):
                record.with_user(user).write(vals)

    def test_what_follows_from_a_contract_is_typed_by_nobody(self):
        """``charged_until = 2099``: never billed again, and nothing told of it."""
        draft = self.create_contract(activate=False)
        for contract in (draft, self.create_contract()):
            for user in (self.user_sales, self.user_manager):
                self.check_refused(
                    contract,
                    user,
                    {"charged_until": "2099-12-31"},
                    {"renewal_date": "2099-12-31"},
                    {"next_revision_date": "2099-12-31"},
                    {"revision_prepare_date": "2099-12-31"},
                    {"withdrawal_until": "2026-01-01"},
                    {"mrr": 0},
                    {"is_resting": True},
                    {"commercial_partner_id": self.env.company.partner_id.id},
                    {"signed_sha256": "0" * 64},
                )
                self.check_refused(
                    contract.line_ids,
                    user,
                    {"price_monthly": 0},
                    {"is_current": False},
                    {"previous_line_id": contract.line_ids.id},
                    {"company_id": contract.company_id.id},
                )

    def test_how_a_contract_was_concluded_is_typed_while_it_is_a_draft(self):
        """A waiver ticked later raised an exit's claim from 2,000.00 to 3,200.00 (L03, L19)."""
        conditions = self.env["service.conditions"].create(
            {"name": "Conditions", "code": "T", "version": "1"}
        )
        cases = (
            {"is_telecom_cap_waived": True},
            {"conclusion": "premises"},
            {"concluded_on": "2026-01-15"},
            {"is_off_activity": True},
            {"is_start_requested": True},
            {"conditions_id": conditions.id},
        )
        contract = self.create_contract(activate=False)
        for vals in cases:
            contract.with_user(self.user_sales).write(vals)
        contract.with_user(self.user_sales).write({"concluded_on": False})
        contract.action_activate()
        other = {"conclusion": "distance", "concluded_on": "2026-01-16", "conditions_id": False}
        flags = ("is_telecom_cap_waived", "is_off_activity", "is_start_requested")
        changes = [{name: value} for name, value in other.items()]
        changes += [{name: False} for name in flags]
        self.check_past(contract, self.user_sales, *changes)
        self.check_past(contract, self.user_manager, *changes)
        contract.with_user(self.user_sales).write({"conditions_id": conditions.id})

    def test_revisions_are_agreed_while_a_contract_goes_on(self):
        contract = self.create_contract()
        contract.with_user(self.user_sales).price_base_date = "2026-02-01"
        contract._set_ended(self.day("2026-06-14"))
        changes = (
            {"price_base_date": "2025-01-01"},
            {"index_base_month": "2025-01-01"},
            {"partner_shipping_id": self.env.company.partner_id.id},
            {"regime": "consumer"},
        )
        self.check_past(contract, self.user_manager, *changes)
        self.check_past(contract, self.user_sales, *changes[:3])

    def test_proofs_are_written_by_their_buttons(self):
        """The notice of a renewal decides whether a consumer may leave at any time (L01)."""
        term = self.create_contract(regime="consumer").commitment_ids
        message = term.contract_id.message_ids[:1]
        self.check_refused(
            term,
            self.user_manager,
            {"notice_sent_on": "2026-06-01"},
            {"notice_message_id": message.id},
            {"is_failure_told": True},
            {"notice_state": "sent"},
            {"user_id": self.user_sales.id},
        )

    def test_only_buttons_make_what_follows(self):
        contract = self.create_contract()
        for vals in (
            {"effective_date": "2026-06-30"},
            {"effective_date": "2026-06-30", "kind": "free", "residual_percent": 0},
        ):
            with self.assertRaisesRegex(AccessError, "cannot be created by hand"):
                contract.termination_ids.with_user(self.user_manager).create(
                    {"contract_id": contract.id, **vals}
                )
        for name, vals in (
            ("service.price.revision", {"effective_date": "2026-07-01"}),
            ("service.takeover", {"date": "2026-07-01"}),
        ):
            with self.assertRaisesRegex(AccessError, "cannot be created by hand"):
                self.env[name].with_user(self.user_manager).create(
                    {"contract_id": contract.id, **vals}
                )

    def test_the_key_of_a_model_opens_no_other(self):
        """A context travels on, with what a client gave: each model asks for its own key."""
        contract = self.create_contract().with_user(self.user_sales)._as_workflow()
        line = contract.line_ids
        self.assertFalse(line._is_own_call())
        for vals in ({"line_ids": [(1, line.id, {"quantity": 9})]}, {"line_ids": [(5, 0, 0)]}):
            with self.assertRaisesRegex(UserError, "is in force"):
                contract.write(vals)
        contract.note = "x"
        self.assertTrue(contract._is_own_call())
        self.assertFalse(contract.with_context(service_workflow=True)._is_own_call())

    def test_nobodys_defaults_reach_what_our_methods_make(self):
        """Whoever signs, what was sold is what was agreed."""
        defaults = self.env["ir.default"].sudo()
        user = self.user_sales.id
        for model, name, value in (
            ("service.contract.line", "date_start", "2099-01-01"),
            ("service.contract", "charged_until", "2099-01-01"),
            ("service.contract", "date_end", "2026-12-31"),
            ("service.contract", "is_start_requested", True),
        ):
            defaults.set(model, name, value, user_id=user)
        order = self.create_quote(self.product_support, user=self.user_sales)
        order.with_context(default_discount=100, default_date_start="2099-01-01").action_confirm()
        contract = order.sudo().service_contract_ids
        self.assertFalse(contract.charged_until or contract.date_end)
        self.assertFalse(contract.line_ids.date_start or contract.line_ids.discount)

    def test_no_context_hides_a_matter(self):
        contract = self.create_contract().with_user(self.user_sales)
        inbox = self.env["service.exception"].with_user(self.user_sales)
        inbox = inbox.with_context(default_state="done", default_user_id=self.user_sales.id)
        row = inbox._report(contract, "contract", "Look at this.")
        self.assertEqual((row.state, row.user_id.id), ("open", False))
        row = row.with_user(self.user_accountant)
        self.check_refused(
            row,
            self.user_accountant,
            {"state": "done"},
            {"res_id": 1},
            {"detail": "Nothing."},
            {"contract_id": False},
        )
        row.user_id = self.user_accountant
        row.action_done()
        self.assertEqual(row.state, "done")
        with self.assertRaisesRegex(AccessError, "cannot be created by hand"):
            row.with_user(self.user_manager).create({"name": "x", "res_id": 1})

    def test_an_order_keeps_what_it_was_concluded_with(self):
        order = self.create_quote(self.product_support, user=self.user_sales)
        self.check_refused(order, self.env.user, {"service_loss_allowed": 9999})
        self.check_refused(order.order_line, self.user_sales, {"service_is_recurring": False})
        order.action_confirm()
        for vals in (
            {"service_regime": "consumer"},
            {"service_is_small_firm": True},
            {"service_amendment_months": 48},
            {"service_amendment_mode": "extend"},
        ):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "is confirmed"):
                order.write(vals)

    def test_own_defaults_are_values(self):
        """What our own methods create takes the fields' defaults as any creation does."""
        defaults = self.env["service.contract"].sudo().default_get(["company_id", "state"])
        self.assertEqual(defaults, {"company_id": self.env.company.id, "state": "draft"})

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
