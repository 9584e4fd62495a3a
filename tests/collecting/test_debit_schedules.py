"""Fixed amounts agreed on a mandate are announced at once: less goes, more never (L12)."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_debit_notices import NoticeCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestSchedules(NoticeCommon):
    def make_schedule(self, amount=46.8, first="2026-07-06", count=3, told="2026-06-15"):
        with Form(self.env["service.debit.schedule"].with_user(self.user_accountant)) as form:
            form.mandate_id = self.mandate
            form.first_day = first
            form.amount = amount
            form.count = count
        schedule = form.record
        schedule.action_fill()
        if told:
            with freeze_time(told):
                schedule.action_announce()
        return schedule

    def test_days_come_from_the_first(self):
        schedule = self.make_schedule(first="2026-08-31", count=4, told=None)
        self.assertEqual(
            [str(line.day) for line in schedule.line_ids],
            ["2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30"],
        )
        self.assertEqual(schedule.amount_total, 187.2)

    def test_the_customer_reads_all_days(self):
        schedule = self.make_schedule()
        body = schedule.notice_message_id.body
        for words in ("46.80", "07/06/2026", "FR78ZZZ424242", self.mandate.display_name[:4]):
            self.assertIn(words, body)
        self.assertEqual((schedule.state, str(schedule.told_on)), ("announced", "2026-06-15"))

    def test_what_was_announced_needs_no_notice(self):
        """Debited on the day of the schedule, although nobody has sent the invoice."""
        schedule = self.make_schedule()
        run, invoice = self.bill_one()
        self.assertEqual(invoice.service_schedule_line_id, schedule.line_ids[0])
        self.assertIn("07/06/2026", invoice._get_service_payment_notice())
        self.assertFalse(schedule.line_ids[0].left_amount)
        self.assertCollected(run, "46.80", 1)
        self.assertEqual(self.get_days(run), {"2026-07-06"})

    def test_a_lower_debit_goes(self):
        self.make_schedule(amount=50)
        run, _invoice = self.bill_one()
        self.assertCollected(run, "46.80", 1)

    def test_a_higher_one_never(self):
        """It waits for a notice of its own."""
        self.make_schedule(amount=46.79)
        run, invoice = self.bill_one()
        self.assertFalse(invoice.service_schedule_line_id)
        self.assertLeft(run, invoice.name, "not sent")
        self.go_out(invoice)
        self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-06-29"})

    def test_a_day_is_taken_once(self):
        schedule = self.make_schedule()
        run, first = self.bill_one()
        self.collect(run)
        second_run, second = self.bill_one(product=self.product_fibre)
        self.assertEqual(first.service_schedule_line_id, schedule.line_ids[0])
        self.assertEqual(second.service_schedule_line_id, schedule.line_ids[1])
        self.collect(second_run)
        self.assertEqual(self.get_days(second_run), {"2026-08-06"})

    def test_open_invoices_take_a_schedule_that_comes_later(self):
        run, invoice = self.bill_one()
        self.assertLeft(run, "not sent")
        schedule = self.make_schedule()
        self.assertEqual(invoice.service_schedule_line_id, schedule.line_ids[0])
        self.assertCollected(run, "46.80", 1)

    def test_announced_too_late_for_its_first_day(self):
        self.make_schedule(first="2026-06-22")
        run, _invoice = self.bill_one()
        self.collect(run)
        self.assertEqual(self.get_days(run), {"2026-06-29"})

    def test_what_came_back_announces_nothing(self):
        schedule = self.make_schedule()
        run, invoice = self.bill_one()
        rows = schedule.sudo().notice_message_id.notification_ids
        rows.notification_status = "bounce"
        self.env.invalidate_all()
        self.assertLeft(run, invoice.name, "not sent")
        schedule._follow_up_failure()
        self.assertTrue(schedule.activity_ids)
        schedule.action_told()
        self.assertFalse(schedule.notice_failure)
        self.assertCollected(run, "46.80", 1)

    def test_ended_it_announces_nothing(self):
        schedule = self.make_schedule()
        run, _invoice = self.bill_one()
        schedule.action_end()
        self.assertLeft(run, "not sent")

    def test_what_was_announced_stays(self):
        schedule = self.make_schedule()
        line = schedule.line_ids[0]
        for vals in ({"amount": 1000}, {"day": "2026-06-16"}):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                line.write(vals)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.unlink()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            schedule.unlink()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            schedule.write({"line_ids": [(0, 0, {"day": "2026-07-01", "amount": 1000})]})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            schedule.action_fill()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            schedule.write({"told_on": "2026-05-01"})

    def test_nothing_is_announced_under_a_dead_mandate(self):
        schedule = self.make_schedule(told=None)
        self.mandate.cancel()
        with self.assertRaisesRegex(UserError, "not valid"):
            schedule.action_announce()

    def test_who_agrees_to_schedules(self):
        schedules = self.env["service.debit.schedule"]
        for user in (self.user_manager, self.user_sales, self.user_technician):
            with self.assertRaises(AccessError):
                schedules.with_user(user).create({"mandate_id": self.mandate.id})
