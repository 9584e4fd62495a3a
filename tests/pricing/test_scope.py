from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import HALF_HOUR, ScopeCommon


@tagged("post_install", "-at_install")
class TestScope(ScopeCommon):
    def test_a_work_type_is_asked_for(self):
        session = self.record(self.env["service.work.type"])
        self.assertIn("choose a work type", session.scope_warning)
        with self.assertRaisesRegex(UserError, "choose a work type"):
            session.action_done()
        self.level_unlimited.scope_rule_ids.unlink()
        session.action_done()
        self.assertTrue(session.is_included)

    def test_where_all_work_is_treated_alike_none_must_be_named(self):
        work = self.create_work_type("Complaint", "billed", level=self.level)
        vals = {"is_off_contract": True, "work_type": self.env["service.work.type"]}
        session = self.close(**vals)
        self.assertEqual(session.amount_untaxed, 30.0)
        other = self.record(**vals, connections=self.later)
        rule = work.scope_rule_ids
        for change in (
            {"effect": "not_offered"},
            {"is_reason_required": True},
            {"is_approval_required": True},
        ):
            with self.subTest(change=change), self.env.cr.savepoint() as savepoint:
                rule.write(change)
                with self.assertRaisesRegex(UserError, "choose a work type"):
                    other.action_done()
                savepoint.rollback()
        work.perimeter = "warranty"
        with self.assertRaisesRegex(UserError, "choose a work type"):
            other.action_done()

    def test_equipment_is_asked_for_where_no_work_is_named(self):
        """What is covered only by the list is not guessed either (S17)."""
        self.level_unlimited.scope_rule_ids.unlink()
        self.level_unlimited.is_limited_to_covered = True
        self.env["service.equipment"].create({"name": "SRV", "partner_id": self.customer.id})
        session = self.record(self.env["service.work.type"])
        with self.assertRaisesRegex(UserError, "choose what was worked on"):
            session.action_done()

    def test_s05_included_work(self):
        session = self.close(self.remote)
        self.assertEqual(session.billing_state, "included")
        self.assertIn("“Remote” is included at this level", session.price_explanation)

    def test_s10_s18_travel_is_billed_at_every_level(self):
        session = self.close(self.travel)
        self.assertEqual(session.amount_untaxed, 30.0)
        self.assertIn("“Road” is billed at every level", session.price_explanation)
        self.create_rule(self.travel, "included")
        self.assertEqual(self.close(self.travel, connections=self.later).amount_untaxed, 30.0)

    later = [("2026-03-02 15:00:00", HALF_HOUR, "PC")]

    def create_rule(self, work_type, effect):
        return self.env["service.scope.rule"].create(
            {
                "level_id": self.level_unlimited.id,
                "work_type_id": work_type.id,
                "effect": effect,
            }
        )

    def test_s19_a_reason_is_mandatory(self):
        session = self.record(self.business)
        self.assertIn("only with a reason", session.scope_warning)
        with self.assertRaisesRegex(UserError, "“Business software”.*only with a reason"):
            session.action_done()
        session.scope_reason_id = self.vendor
        self.assertFalse(session.scope_warning)
        session.action_done()
        self.assertEqual(session.amount_untaxed, 30.0)
        self.assertEqual(session.approval_state, "none")
        for words in ("“Business software” is billed", "support unreachable"):
            self.assertIn(words, session.price_explanation)

    def test_s20_not_offered_work_is_not_closed_silently(self):
        session = self.record(self.terminal)
        for words in ("does not offer “Payment terminal”", "a manager lets it pass"):
            self.assertIn(words, session.scope_warning)
        with self.assertRaisesRegex(UserError, "does not offer"):
            session.with_user(self.user_manager).action_done()
        session.scope_reason_id = self.vendor
        with self.assertRaisesRegex(UserError, "Ask a manager to close"):
            session.action_done()
        session.with_user(self.user_manager).action_done()
        self.assertEqual(session.amount_untaxed, 30.0)
        self.assertIn("was let pass: Vendor", session.price_explanation)

    def test_a_closed_session_cannot_slip_out_of_its_scope(self):
        session = self.close(self.remote).with_user(self.user_manager)
        for work_type, words in ((self.terminal, "does not offer"), (self.business, "reason")):
            with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                session.work_type_id = work_type
        session.work_type_id = self.travel
        self.assertEqual(session.amount_untaxed, 30.0)

    def test_a_replaced_session_asks_nothing(self):
        self.create_tariff(self.level_unlimited, channel="on_site")
        visit = self.close(self.remote, channel="on_site")
        session = self.record(self.terminal, connections=self.later)
        session.replaced_by_id = visit
        session.action_done()
        self.assertEqual(session.billing_state, "nothing")

    def test_a_session_replaced_no_more_is_checked(self):
        self.create_tariff(self.level_unlimited, channel="on_site")
        visit = self.close(self.remote, channel="on_site")
        session = self.record(self.terminal, connections=self.later)
        session.replaced_by_id = visit
        session.action_done()
        with self.assertRaisesRegex(UserError, "does not offer"), self.env.cr.savepoint():
            session.replaced_by_id = False
        unnamed = self.record(
            self.env["service.work.type"], connections=[("2026-03-03 09:00:00", 60, "NEW")]
        )
        unnamed.replaced_by_id = visit
        unnamed.action_done()
        with self.assertRaisesRegex(UserError, "choose a work type"), self.env.cr.savepoint():
            unnamed.replaced_by_id = False
        self.assertEqual(unnamed.billing_state, "nothing")
        unnamed.with_user(self.user_manager).work_type_id = self.remote
        unnamed.replaced_by_id = False
        self.assertEqual(unnamed.billing_state, "included")

    def test_s22_a_breach_bills_included_work(self):
        session = self.close(self.remote, self.breach)
        self.assertEqual(session.amount_untaxed, 30.0)
        self.assertEqual(session.billing_state, "on_hold")
        self.assertEqual(session.charge_ids.hold_cause, "approval")
        self.assertIn("in spite of the contract: Rule breach", session.price_explanation)

    def test_other_rules_change_no_closed_session(self):
        session = self.close(self.remote)
        charge = session.charge_ids
        self.level_unlimited.scope_rule_ids.filtered(
            lambda rule: rule.work_type_id == self.remote
        ).effect = "billed"
        self.assertEqual(session.charge_ids, charge)
        self.assertIn("“Remote” is included", session.price_explanation)

    def test_form_of_a_technician(self):
        form = Form(self.env["service.session"].with_user(self.user_technician))
        form.partner_id = self.customer
        form.work_type_id = self.terminal
        self.assertIn("does not offer", form.scope_warning)
        form.scope_reason_id = self.vendor
        self.assertIn("Ask a manager", form.scope_warning)
        form.work_type_id = self.remote
        self.assertFalse(form.scope_warning)

    def test_exceptions_alone_leave_ordinary_work_to_choose(self):
        """A level whose scope names but exceptions offers general types, or asks for none."""
        level = self.create_level("Exceptions", "unlimited", self.family_sepa)
        self.assertFalse(level._is_work_type_decisive())
        level.scope_rule_ids = [Command.create({"work_type_id": self.travel.id})]
        general = self.env["service.work.type"].create({"name": "Anything"})
        self.assertIn(general, level._get_offered_work_types())
        self.assertTrue(level._is_work_type_decisive())
        others = self.env["service.work.type"].search([("scope_rule_ids", "=", False)])
        self.level_unlimited.scope_rule_ids = [
            Command.create({"work_type_id": work.id}) for work in others
        ]
        self.assertEqual(level._get_offered_work_types(), self.travel)
        self.assertFalse(level._is_work_type_decisive())

    def test_work_types_of_other_levels_are_refused_at_every_door(self):
        foreign = self.env["service.work.type"].create({"name": "Foreign"})
        other = self.create_level("Other", "unlimited")
        other.scope_rule_ids = [Command.create({"work_type_id": foreign.id})]
        session = self.record(self.remote)
        words = "“Foreign” is not among the work types"
        with self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
            session.work_type_id = foreign
        with self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
            self.record(foreign)
        self.remote.scope_rule_ids.level_id = other
        with self.assertRaisesRegex(UserError, "“Remote” is not among the work types"):
            session.action_done()
        self.assertFalse(session.copy().work_type_id)

    def test_reasons_in_use_are_kept(self):
        reason = self.env["service.reason"].create({"name": "Own", "usage": "scope"})
        self.close(self.remote, reason)
        with self.assertRaisesRegex(UserError, "is used by"):
            reason.unlink()


@tagged("post_install", "-at_install")
class TestApproval(ScopeCommon):
    def test_s23_held_until_a_manager_approves(self):
        session = self.close(self.incident)
        charge = session.charge_ids
        self.assertEqual(session.approval_state, "waiting")
        self.assertEqual((charge.state, charge.hold_cause), ("on_hold", "approval"))
        self.assertIn("Waits for a manager", session.price_explanation)
        activity = session.sudo().activity_ids
        self.assertTrue(
            activity.user_id.has_group("service_contract.service_contract_group_manager")
        )
        session.with_user(self.user_manager).action_approve()
        self.assertEqual(session.charge_ids, charge)
        self.assertEqual((charge.state, charge.hold_cause), ("ready", False))
        self.assertEqual(session.approval_user_id, self.user_manager)
        self.assertIn(f"Approved by {self.user_manager.name}", session.price_explanation)
        self.assertFalse(session.sudo().activity_ids)

    def test_approval_keeps_the_price(self):
        session = self.close(self.incident)
        self.product_block.list_price = 99.0
        session.with_user(self.user_manager).action_approve()
        self.assertEqual(session.amount_untaxed, 30.0)

    def test_refused_work_counts_as_included(self):
        session = self.close(self.incident)
        session.with_user(self.user_manager).action_refuse()
        self.assertEqual(session.billing_state, "included")
        self.assertEqual(session.charge_ids.included_amount, 30.0)
        self.assertEqual(session.approval_state, "refused")
        self.assertEqual(session.approval_user_id, self.user_manager)
        self.assertIn("counts as included and is not billed", session.price_explanation)
        self.assertNotIn(self.user_manager.name, session.price_explanation, "customers read it")

    def test_only_managers_decide(self):
        session = self.close(self.incident)
        for user in (self.user_technician, self.user_sales, self.user_accountant):
            for action in ("action_approve", "action_refuse"):
                with self.assertRaises(AccessError):
                    getattr(session.with_user(user), action)()
        for vals in ({"approval_state": "approved"}, {"approval_user_id": False}):
            with self.assertRaisesRegex(AccessError, "cannot be written"):
                session.with_user(self.user_manager).write(vals)
        session.with_user(self.user_manager).action_approve()
        with self.assertRaisesRegex(UserError, "waits for no approval"):
            session.with_user(self.user_manager).action_refuse()

    def test_a_manager_who_closes_approves(self):
        session = self.record(self.incident).with_user(self.user_manager)
        session.action_done()
        self.assertEqual(session.approval_state, "approved")
        self.assertEqual(session.billing_state, "ready")

    def test_another_scope_needs_another_approval(self):
        session = self.close(self.incident)
        session.with_user(self.user_manager).action_approve()
        session.action_reopen()
        session.scope_reason_id = self.breach
        session.action_done()
        self.assertEqual(session.approval_state, "waiting")
        self.assertEqual(session.billing_state, "on_hold")
        session.with_user(self.user_manager).write(
            {"work_type_id": self.travel.id, "scope_reason_id": False}
        )
        self.assertEqual(session.approval_state, "none")
        self.assertFalse(session.sudo().activity_ids)
        self.assertEqual(session.billing_state, "ready")

    def test_corrected_time_keeps_the_approval(self):
        session = self.close(self.incident)
        session.with_user(self.user_manager).action_approve()
        session.line_ids.service_seconds = HALF_HOUR + 1
        self.assertEqual(session.approval_state, "approved")
        self.assertEqual(session.amount_untaxed, 60.0)

    def test_reopening_and_cancelling_forget_it(self):
        session = self.close(self.incident)
        session.action_reopen()
        self.assertEqual(session.approval_state, "none")
        self.assertFalse(session.sudo().activity_ids)
        session.action_done()
        self.assertEqual(session.approval_state, "waiting")
        session.action_cancel()
        self.assertEqual(session.approval_state, "none")

    def test_the_salesperson_is_asked_where_that_is_a_manager(self):
        session = self.close(self.incident)
        self.contract.user_id = self.user_manager
        self.assertEqual(session.sudo()._get_approver(), self.user_manager)
        self.contract.user_id = self.user_sales
        self.assertNotEqual(session.sudo()._get_approver(), self.user_sales)


@tagged("post_install", "-at_install")
class TestResearch(ScopeCommon):
    def test_s23_research_without_a_connection(self):
        session = self.record(
            self.incident,
            connections=[],
            research_seconds=HALF_HOUR + 1,
            requested_at="2026-03-02 23:30:00",
        )
        self.assertEqual(session.date, date(2026, 3, 3))
        session.action_done()
        self.assertEqual(session.amount_untaxed, 60.0)
        self.assertEqual(session.measured_seconds, HALF_HOUR + 1)
        self.assertEqual(session.approval_state, "waiting")
        self.assertIn("0:30:01", session.charge_ids[0].name)

    def test_its_day_may_be_typed_in(self):
        session = self.record(
            self.remote, connections=[], research_seconds=60, research_date="2026-02-27"
        )
        self.assertEqual(session.date, date(2026, 2, 27))
        session.action_done()
        self.assertEqual(session.charge_ids.date_start, date(2026, 2, 27))
        self.assertEqual(session.billing_state, "included")

    def test_a_request_dated_anew_moves_no_closed_session(self):
        session = self.record(
            self.remote, connections=[], research_seconds=60, requested_at="2026-03-02 12:00:00"
        )
        session.requested_at = "2026-03-03 12:00:00"
        session.action_done()
        session.with_user(self.user_manager).requested_at = "2026-01-05 12:00:00"
        self.assertEqual(session.date, date(2026, 3, 3))
        self.assertEqual(session.charge_ids.date_start, date(2026, 3, 3))

    def test_a_request_dated_anew_moves_what_is_open_again(self):
        session = self.record(
            self.remote, connections=[], research_seconds=60, requested_at="2026-03-02 12:00:00"
        )
        session.action_done()
        self.assertFalse(session.research_date)
        session.action_reopen()
        session.requested_at = "2026-03-03 12:00:00"
        self.assertEqual(session.date, date(2026, 3, 3))
        session.research_date = "2026-03-04"
        session.action_done()
        session.action_reopen()
        self.assertEqual(session.research_date, date(2026, 3, 4), "typed in, it stays")

    def test_the_contract_of_the_day_of_the_research(self):
        values = {"connections": [], "research_seconds": 60}
        session = self.record(self.travel, research_date="2025-12-31", **values)
        self.assertFalse(session.contract_id)
        session = self.record(self.remote, research_date="2026-03-02", **values)
        self.assertEqual(session.contract_id, self.contract)
        session.research_date = "2025-12-31"
        with self.assertRaisesRegex(UserError, "not in force on"):
            session.action_done()

    def test_research_beside_a_connection(self):
        session = self.close(self.incident, research_seconds=60)
        self.assertEqual(session.date, date(2026, 3, 2))
        self.assertEqual(session.measured_seconds, HALF_HOUR + 60)
        self.assertEqual(session.amount_untaxed, 60.0)

    @freeze_time("2026-03-02 12:00:00")
    def test_form_of_a_technician(self):
        form = Form(self.env["service.session"].with_user(self.user_technician))
        form.partner_id = self.customer
        form.work_type_id = self.travel
        form.research_seconds = 60
        session = form.save()
        self.assertIn("30.00", session.price_explanation)
        session.action_done()
        self.assertEqual(session.billing_state, "ready")

    def test_its_invoice_has_an_annex(self):
        session = self.close(self.travel, connections=[], research_seconds=60)
        move = (
            self.env["account.move"]
            ._as_billing()
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_line_ids": [
                        (0, 0, charge._prepare_invoice_line_vals())
                        for charge in session.sudo().charge_ids
                    ],
                }
            )
        )
        (row,) = session.sudo()._get_annex_rows(move)
        self.assertEqual((row.start, row.stop, row.amount), ("", "", 30.0))
