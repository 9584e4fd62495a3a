"""Who started a run sees how far it is, stops it where it is, and takes it up again."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import BillingRunCommon

BUS = "odoo.addons.bus.models.bus_listener_mixin.BusListenerMixin._bus_send"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestBillingRunProgress(BillingRunCommon):
    def start(self, customers="ABC"):
        """Return a run of the accountant's, with a contract a customer, that has just begun."""
        for name in customers:
            self.create_contract(self.create_customer(name), start="2026-06-01")
        run = self.bill(start=False).with_user(self.user_accountant)
        with patch.object(type(run), "_is_small", lambda run: False):
            run.action_start()
        return run

    def step(self, run):
        """Take a step of one record; return what is told of it."""
        with patch(BUS) as send:
            run._step(limit=1)
        return [call.args[1] for call in send.call_args_list if "progress" in call.args[0]]

    def test_each_step_is_told(self):
        run = self.start()
        told = [fact for _step in range(7) for fact in self.step(run)]
        self.assertEqual([fact["done"] for fact in told], [1, 2, 3, 4, 5, 6, 6])
        self.assertEqual({fact["id"] for fact in told}, {run.id})
        self.assertEqual([fact["phase"] for fact in told][-4:], ["invoice"] * 3 + ["done"])
        self.assertEqual([fact["state"] for fact in told][-2:], ["running", "done"])
        self.assertTrue(all(fact["done"] <= fact["total"] for fact in told))

    def test_nobody_is_told_of_what_the_calendar_started(self):
        run = self.start()
        run.sudo()._as_workflow().started_by_id = self.env.ref("base.user_root")
        self.assertFalse(self.step(run))

    def test_stopped_and_taken_up(self):
        """What is made stays; nothing is billed twice or left out."""
        run = self.start()
        while not run.invoice_ids:
            run._step(limit=1)
        run.action_stop()
        self.assertTrue(run.is_stopped)
        self.assertEqual((run.state, run.phase, run.invoice_count), ("done", "invoice", 1))
        self.assertIn("Stopped by", run.message_ids[0].body)
        self.run_cron("service_contract.service_billing_run_cron")
        self.assertEqual(run.invoice_count, 1, "the job leaves a stopped run alone")
        run.action_resume()
        self.assertFalse(run.is_stopped)
        self.assertEqual((run.state, run.phase, run.invoice_count), ("done", "done", 3))

    def test_posting_is_stopped_too(self):
        run = self.start()
        run.action_continue()
        with patch.object(type(run), "_is_small", lambda run: False):
            run.action_post_invoices()
        run._step(limit=1)
        run.action_stop()
        self.assertEqual(sorted(run.invoice_ids.mapped("state")), ["draft", "draft", "posted"])
        run.action_post_invoices()
        self.assertEqual(set(run.invoice_ids.mapped("state")), {"posted"})

    def test_only_what_runs_is_stopped_by_who_bills(self):
        run = self.start("A")
        for user in (self.user_technician, self.user_sales, self.user_manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                run.with_user(user).action_stop()
        run.action_continue()
        with self.assertRaisesRegex(UserError, "no longer possible"):
            run.action_stop()
