"""A return is booked in steps: one debit that cannot be taken back hinders no other (L15c)."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.service_contract.models.returns import payment_return

from .common import ReturnsCommon

AT_ONCE = "odoo.addons.service_contract.models.common.service_job_mixin.AT_ONCE"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00")
class TestBooking(ReturnsCommon):
    def make_uploaded(self, count=4):
        """Return the return of some debits, as a file makes it, and its order."""
        moves = self.create_invoices(self.payers[:count], 39.0)
        order = self.upload(moves)
        return self.make_return(order), order

    def begin(self, one):
        """Confirm as a large return is: what follows is the background job's."""
        with patch(AT_ONCE, 1):
            one.action_confirm()
        self.assertEqual(one.state, "booking")

    def get_matters(self, records):
        return self.env["service.exception"]._get_open(records, "sepa")

    def break_debit(self, payment):
        """Return a block in which a debit cannot be taken back."""
        words = "Nobody takes that back"
        entries = type(payment.move_id.line_ids)
        undo, lines = entries.remove_move_reconcile, payment.move_id.line_ids

        def fail(self):
            if self & lines:
                raise UserError(words)
            return undo(self)

        return patch.object(entries, "remove_move_reconcile", fail)

    def test_debits_are_found_at_once(self):
        counts = []
        for number in (1, 2, 6):  # the first fills the caches
            one, _order = self.make_uploaded(number)
            one.line_ids.write({"move_line_ids": [Command.clear()]})
            self.assertEqual(one.service_open_count, number)
            counts.append(self.count_queries(one.line_ids._find_again))
            self.assertEqual(len(one.line_ids.move_line_ids), number)
            self.assertFalse(one.service_open_count)
        _cold, few, many = counts
        self.assertLessEqual(many - few, 6 - 2, "each is written, none is looked for by itself")

    # ----- In steps -----

    def test_few_are_booked_by_the_click(self):
        one, order = self.make_uploaded()
        one.action_confirm()
        self.assertEqual((one.state, one.service_booked_by_id), ("done", self.user_accountant))
        self.assertEqual(one.move_id.state, "posted")
        self.assertEqual(set(order.payment_ids.mapped("state")), {"rejected"})
        self.assertEqual(self.get_invoices(order).mapped("amount_residual"), [46.8] * 4)

    def test_many_are_booked_in_the_background(self):
        """Step by step, as who confirmed it; he sees how far it is and is told the end."""
        one, order = self.make_uploaded()
        job = self.env.ref(payment_return.CRON)
        calls = self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)])
        self.begin(one)
        self.assertEqual(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)]), calls + 1
        )
        self.assertFalse(one.move_id)
        one._step(3)
        self.assertEqual((one.move_id.state, one.service_book_progress), ("posted", 0))
        one._step(3)
        self.assertEqual(one.service_book_progress, 75)
        self.assertEqual(sum(self.get_invoices(order).mapped("amount_residual")), 3 * 46.8)
        with freeze_time("2026-06-26 00:10"):
            self.run_cron(payment_return.CRON)
        self.assertEqual(one.state, "done")
        self.assertEqual(one.move_id.create_uid, self.user_accountant)
        self.assertEqual(one.move_id.date.isoformat(), "2026-06-15", "the day of the return")
        told = one.message_ids.filtered("notified_partner_ids")
        self.assertIn("4 debits are taken back", told.body)
        self.assertEqual(told.notified_partner_ids, self.user_accountant.partner_id)

    def test_a_person_goes_on_where_no_job_does(self):
        one, _order = self.make_uploaded()
        self.begin(one)
        one.action_continue_booking()
        self.assertEqual(one.state, "done")
        with self.assertRaisesRegex(UserError, "no longer possible"):
            one.action_continue_booking()

    def test_a_return_being_booked_stays(self):
        one, order = self.make_uploaded()
        self.begin(one)
        for step in (one.action_confirm, one.action_cancel, one.action_draft, one.unlink):
            with self.subTest(step.__name__), self.assertRaises(UserError), self.env.cr.savepoint():
                step()
        line = one.line_ids[0]
        added = {"return_id": one.id, "reference": "ELSE"}
        for change in (
            line.unlink,
            lambda: line.write({"amount": 1}),
            lambda: line.create(added),
        ):
            with self.assertRaisesRegex(UserError, "being booked"), self.env.cr.savepoint():
                change()
        for vals in ({"service_book_position": 9}, {"service_booked_by_id": False}):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                one.write(vals)
        with self.assertRaisesRegex(ValidationError, "being booked"):
            self.make_return(order).action_confirm()

    def test_steps_are_not_written(self):
        """A return that says it is done has taken nothing back; its entry is not chosen."""
        one, order = self.make_uploaded()
        entry = self.get_invoices(order)[0]
        for vals in ({"state": "done"}, {"state": "booking"}, {"move_id": entry.id}):
            with self.subTest(vals), self.assertRaises(AccessError), self.env.cr.savepoint():
                one.write(vals)
        made = one.with_context(default_state="done").create(
            {"journal_id": one.journal_id.id, "state": "done", "move_id": entry.id}
        )
        self.assertEqual((made.state, made.move_id.id), ("draft", False))
        one.action_confirm()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            one.write({"state": "draft", "move_id": False})
        one.action_cancel()
        one.action_draft()
        self.assertEqual((one.state, one.move_id.id), ("draft", False))

    def test_what_is_booked_is_held(self):
        """Each entry of a return is of one day and journal: they stay once it is confirmed."""
        one, _order = self.make_uploaded()
        one.write({"date": "2026-06-14", "name": "RJT 7"})
        cash = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("id", "!=", self.journal.id)], limit=1
        )
        cases = (
            {"date": "2026-05-31"},
            {"journal_id": cash.id},
            {"company_id": self.env["res.company"].create({"name": "Other"}).id},
            {"payment_method_line_id": False},
            {"name": "Other"},
        )
        self.begin(one)
        for vals in cases:
            with self.subTest(vals), self.assertRaises(UserError), self.env.cr.savepoint():
                one.write(vals)
        one.action_continue_booking()
        self.assertEqual(str(one.move_id.date), "2026-06-14")
        with self.assertRaises(UserError):
            one.write({"date": "2026-05-31"})

    def test_nothing_is_booked_twice(self):
        one, order = self.make_uploaded()
        one.action_confirm()
        entry = one.move_id
        with self.assertRaisesRegex(UserError, "no longer possible"):
            one.action_confirm()
        self.assertEqual(one.move_id, entry)

    def test_who_has_left_holds_nothing_up(self):
        one, _order = self.make_uploaded()
        self.begin(one)
        self.user_accountant.active = False
        self.run_cron(payment_return.CRON)
        self.assertEqual(one.sudo().state, "done")

    def test_a_job_that_cannot_go_on_is_a_matter(self):
        one, _order = self.make_uploaded()
        self.begin(one)
        words = "Nothing goes"
        with (
            patch.object(type(one), "_end_booking", side_effect=UserError(words)),
            self.assertLogs("odoo.addons.service_contract", "ERROR"),
        ):
            self.run_cron(payment_return.CRON)
        matter = self.get_matters(one)
        self.assertEqual(matter.cause_id.code, "returning")
        self.assertIn(words, matter.detail)
        matter.with_user(self.user_accountant).action_mend()
        self.assertEqual((one.state, matter.state), ("done", "done"))

    # ----- What cannot be taken back -----

    def test_a_bad_debit_hinders_no_other(self):
        """The entry has all that the bank took; the matter takes the rest back once it can."""
        one, order = self.make_uploaded()
        bad = order.payment_ids[1]
        with self.break_debit(bad):
            one.action_confirm()
        self.assertEqual(one.state, "done")
        self.assertEqual(sum(one.move_id.line_ids.mapped("debit")), 4 * 46.8)
        self.assertEqual(set((order.payment_ids - bad).mapped("state")), {"rejected"})
        self.assertEqual(bad.state, "in_process")
        matter = self.get_matters(bad.move_id)
        self.assertEqual(matter.cause_id.code, "unreturned")
        self.assertIn("Nobody takes that back", matter.detail)
        invoice = bad.payment_line_ids.move_line_id.move_id
        self.assertFalse(invoice.amount_residual)
        matter.with_user(self.user_accountant).action_mend()
        self.assertEqual((matter.state, bad.state), ("done", "rejected"))
        self.assertEqual(invoice.amount_residual, 46.8)
        self.assertEqual(invoice.service_debit_decision, "ask")
        self.assertTrue(one.move_id.line_ids.filtered("partner_id")[1].reconciled)

    def test_what_is_told_of_what_was_left(self):
        one, order = self.make_uploaded()
        self.begin(one)
        with self.break_debit(order.payment_ids[0]):
            self.run_cron(payment_return.CRON)
        told = one.message_ids.filtered("notified_partner_ids")
        self.assertIn("3 debits are taken back, 1 are not", told.body)

    # ----- Statements -----

    def test_statements_do_not_grow_with_the_debits(self):
        """What is asked of the database for four more debits is less than for four alone."""

        def count(number):
            one, _order = self.make_uploaded(number)
            one._begin_booking()
            one._step(1)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            one._step(number)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(2)  # what is looked up once
        few, many = count(2), count(6)
        self.assertLess((many - few) / 4, 14)
