"""Runs and jobs on a server that ends who works for too long; the whole is `dev/limits`."""

from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo.exceptions import LockError, UserError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from .common import BillingRunCommon

CRON = "service_contract.service_billing_run_cron"
MODELS = "odoo.addons.service_contract.models"
CLOCK = f"{MODELS}.common.time_limits.monotonic"
JOBS = f"{MODELS}.common.service_job_mixin"
DRIVING = f"{MODELS}.billing.service_billing_run_driving"


class Clock:
    """A clock that goes on by what is done, not by itself."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestBillingRunLimits(BillingRunCommon):
    def create_contracts(self, count, start="2026-06-01"):
        contracts = self.env["service.contract"]
        for index in range(count):
            contracts += self.create_contract(self.create_customer(f"C{index}"), start=start)
        return contracts

    @contextmanager
    def slow(self, *names, seconds=0.0, each=0.0):
        """Let steps of the run take time: each call some seconds, and some for each record."""
        clock, sizes = Clock(), []
        run = type(self.env["service.billing.run"])
        with ExitStack() as stack:
            stack.enter_context(patch(CLOCK, clock))
            for name in names:
                step = self._make_slow(getattr(run, name), clock, sizes, seconds, each)
                stack.enter_context(patch.object(run, name, step))
            yield sizes

    def _make_slow(self, method, clock, sizes, seconds, each):
        def step(run, limit):
            handled = method(run, limit)
            if handled:
                sizes.append(handled)
                clock.now += seconds + each * handled
            return handled

        return step

    @contextmanager
    def limited(self, seconds):
        """Work as on a server that ends who works for longer."""
        names = ("limit_time_real", "limit_time_cpu")
        before = [config[name] for name in names]
        try:
            for name in names:
                config[name] = seconds
            yield
        finally:
            for name, value in zip(names, before, strict=True):
                config[name] = value

    # ----- What a step takes -----

    def test_a_step_is_cut_by_lines(self):
        """17 months of a contract are 17 lines: two contracts are too much for 25."""
        self.create_contracts(3, start="2025-02-01")
        run = self.bill(start=False)
        run._update_state("running")
        self.assertEqual([run._step(limit=25) for _step in range(3)], [1, 1, 1])
        self.assertEqual([run._step(limit=40) for _step in range(2)], [17, 34])
        self.assertEqual(run._step(limit=40), 0)
        self.assertEqual((run.state, run.invoice_count), ("done", 3))

    def test_a_step_that_was_too_long_is_halved(self):
        """Measured, not guessed: 0.5 s for each contract are 10 contracts in 5 s."""
        self.create_contracts(40)
        run = self.bill(start=False)
        run._update_state("running")
        with self.slow("_step_charges", each=0.5) as sizes, patch(f"{JOBS}.CONTINUE_SECONDS", 600):
            run._drive(run._step_charges)
        self.assertEqual(sizes[:2], [25, 12])
        self.assertLessEqual(max(sizes[1:]) * 0.5, 6.5)
        self.assertEqual(sum(sizes), 40)

    # ----- Clicks -----

    def test_each_click_ends_within_the_limit_and_the_last_one_the_run(self):
        """120 s are Odoo's limit, 15 s a strict one: a click takes a third, and a step."""
        self.create_contracts(4)
        run_class, seconds = type(self.env["service.billing.run"]), []
        with (
            self.small_chunks(),
            self.limited(15),
            self.slow("_step_charges", "_step_invoices", seconds=2.4) as sizes,
            patch.object(run_class, "_cut", lambda run, records, weights, limit: records[:1]),
        ):
            run = self.bill()
            self.assertEqual((run.state, sizes), ("running", []))
            while run.state == "running":
                before = len(sizes)
                run.action_continue()
                seconds.append(2.4 * (len(sizes) - before))
        self.assertLess(max(seconds), 15 / 3 + 2.5)
        self.assertGreater(len(seconds), 1)
        self.assertEqual(run.invoice_count, 4)

    def test_at_once_is_decided_after_the_charges_are_known(self):
        """Three contracts are few; the 51 lines of their 17 months are not."""
        contracts = self.create_contracts(3, start="2025-02-01")
        with patch(f"{DRIVING}.CHUNK_SIZE", 20), patch(f"{DRIVING}.CHARGES_AT_ONCE", 10):
            run = self.bill()
        self.assertEqual((run.state, run.phase, run.invoice_count), ("running", "charge", 0))
        self.assertEqual(len(contracts.charge_ids), 51)
        self.run_cron(CRON)
        self.assertEqual((run.state, run.invoice_count), ("done", 3))

    def test_many_months_are_known_before_they_are_charged(self):
        contracts = self.create_contracts(3, start="2025-02-01")
        with patch(f"{DRIVING}.CHUNK_SIZE", 4):
            run = self.bill()
        self.assertEqual((run.state, run.invoice_count), ("running", 0))
        self.assertFalse(contracts.charge_ids, "the click itself charged nothing")

    # ----- Previews -----

    def test_a_preview_that_takes_longer_goes_on_in_the_background(self):
        """Also of the manager, who reads runs and writes none; who asked is told of the end."""
        for user in (self.user_manager, self.user_accountant):
            with self.subTest(user.login):
                contracts, run = self.create_contracts(3), self.bill(start=False)
                with (
                    self.limited(15),
                    self.slow_preview(seconds=6),
                    patch.object(type(run), "_cut", lambda run, records, *_more: records[:1]),
                ):
                    action = run.with_user(user).action_preview()
                self.assertEqual(action["tag"], "display_notification")
                self.assertIn("preview is under way", action["params"]["message"])
                self.assertEqual((run.state, run.is_preparing), ("draft", True))
                self.assertEqual(len(self.get_previewed(run, user)), 1)
                self.run_cron(CRON)
                self.assertEqual((run.state, run.is_preparing), ("draft", False))
                self.assertEqual(self.get_previewed(run, user), contracts)
                self.assertFalse(run.invoice_ids or contracts.charge_ids)
                message = run.message_ids.filtered("notified_partner_ids")
                self.assertEqual(message.notified_partner_ids, user.partner_id)
                self.assertIn("the preview is ready", message.body)
                with patch.object(type(run), "_fill_preview", side_effect=AssertionError):
                    action = run.with_user(user).action_preview()
                self.assertEqual(action["res_model"], "service.billing.preview")
                run.unlink()
                contracts._set_cancelled()

    def ask_in_part(self, run, user):
        """Press the button, which has time for one customer."""
        with (
            self.limited(15),
            self.slow_preview(seconds=6),
            patch.object(type(run), "_cut", lambda run, records, *_more: records[:1]),
        ):
            return run.with_user(user).action_preview()

    def test_who_asks_meanwhile_has_a_preview_of_his_own_after_it(self):
        """Nobody's rows are another's, each is told of the end, and nobody's is made twice."""
        contracts, run = self.create_contracts(3), self.bill(start=False)
        first, second = self.user_accountant, self.user_manager
        self.ask_in_part(run, first)
        action = self.ask_in_part(run, second)
        self.assertIn(f"that {first.name} asked for is under way", action["params"]["message"])
        self.assertEqual(run.preview_user_id, first)
        self.assertEqual(run.preview_waiting_ids, second)
        self.assertFalse(self.get_previewed(run, second))
        self.run_cron(CRON)
        self.assertFalse(run.is_preparing)
        self.assertEqual(run.preview_ready_ids, first + second)
        told = run.message_ids.mapped("notified_partner_ids")
        self.assertEqual(told, first.partner_id + second.partner_id)
        for user in (second, first):
            self.assertEqual(self.get_previewed(run, user), contracts)
            with patch.object(type(run), "_fill_preview", side_effect=AssertionError):
                action = run.with_user(user).action_preview()
            rows = self.env["service.billing.preview"].with_user(user).search(action["domain"])
            self.assertEqual(rows.sudo().contract_id.sorted("id"), contracts)
        self.assertFalse(run.preview_ready_ids)

    def test_who_asks_meanwhile_gets_on_where_no_job_runs(self):
        contracts, run = self.create_contracts(2), self.bill(start=False)
        self.ask_in_part(run, self.user_accountant)
        presses = 0
        while (action := self.ask_in_part(run, self.user_manager)).get("tag"):
            presses += 1
            self.assertLess(presses, 10)
        self.assertEqual(action["res_model"], "service.billing.preview")
        self.assertEqual(self.get_previewed(run, self.user_manager), contracts)
        self.assertEqual(self.get_previewed(run, self.user_accountant), contracts)
        self.assertEqual(run.preview_ready_ids, self.user_accountant)

    def test_another_cutoff_forgets_what_others_asked_for(self):
        self.create_contracts(2)
        run = self.bill(start=False)
        self.ask_in_part(run, self.user_accountant)
        self.ask_in_part(run, self.user_manager)
        run.with_user(self.user_accountant).cutoff_date = "2026-06-14"
        self.assertFalse(run.is_preparing or run.preview_waiting_ids or run.preview_ready_ids)

    def get_previewed(self, run, user):
        rows = self.env["service.billing.preview"].with_user(user).search([("run_id", "=", run.id)])
        return rows.sudo().contract_id.sorted("id")

    @contextmanager
    def slow_preview(self, seconds):
        """Let each part of a preview take some seconds."""
        clock, run = Clock(), type(self.env["service.billing.run"])
        fill = run._fill_preview

        def slow(run, *arguments):
            clock.now += seconds
            return fill(run, *arguments)

        with patch(CLOCK, clock), patch.object(run, "_fill_preview", slow):
            yield

    def test_a_run_that_is_started_needs_its_preview_no_more(self):
        self.create_contracts(2)
        run = self.bill(start=False)
        run._as_workflow().is_preparing = True
        self.start_run(run)
        self.assertEqual((run.state, run.is_preparing), ("done", False))

    # ----- Locks and failures -----

    def get_progress(self):
        """Return what the scheduler was told last, and whether it calls again at once."""
        of_job = [("cron_id", "=", self.env.ref(CRON).id)]
        last = self.env["ir.cron.progress"].search(of_job, limit=1, order="id desc")
        return last.remaining, bool(self.env["ir.cron.trigger"].search_count(of_job))

    def test_a_run_that_meets_a_lock_is_tried_again_within_a_minute(self):
        """It does not report itself done, to wait for an hour."""
        self.create_contracts(1)
        run = self.bill(start=False)
        run._update_state("running")
        run_class = type(run)
        causes = {
            "records": patch.object(run_class, "_lock", side_effect=LockError("Busy.")),
            "run": patch.object(run_class, "try_lock_for_update", lambda self, **kw: self.browse()),
            "database": patch.object(run_class, "_step", side_effect=SerializationFailure),
        }
        for name, cause in causes.items():
            with self.subTest(name):
                self.env["ir.cron.trigger"].search([]).unlink()
                with cause:
                    self.run_cron(CRON)
                self.assertEqual(run.state, "running")
                self.assertEqual(self.get_progress(), (1, True))
                self.assertEqual(self.env.ref(CRON).failure_count, 0)
        self.env["ir.cron.trigger"].search([]).unlink()
        self.run_cron(CRON)
        self.assertEqual((run.state, run.invoice_count), ("done", 1))
        self.assertEqual(self.get_progress(), (0, False))

    def test_a_run_that_fails_hinders_no_other_and_is_a_matter(self):
        self.create_contracts(1)
        first, second = self.bill(start=False), self.bill(start=False)
        (first + second)._update_state("running")
        run_class = type(first)
        step = run_class._step

        def fail(run, **kwargs):
            if run == first:
                raise ValueError("Broken")
            return step(run, **kwargs)

        with patch.object(run_class, "_step", fail), mute_logger("odoo.addons.service_contract"):
            self.run_cron(CRON)
        self.assertEqual((first.state, second.state), ("running", "done"))
        row = first.exception_ids
        self.assertEqual((row.job, row.state), ("run", "open"))
        self.assertIn(f"{first.name} cannot go on: Broken", row.detail)
        self.run_cron(CRON)
        self.assertEqual((first.state, row.state), ("done", "done"))

    def test_a_billing_day_that_meets_a_lock_has_its_run_in_the_background(self):
        self.create_contracts(1)
        self.company.service_billing_day = 15
        run_class = type(self.env["service.billing.run"])
        with patch.object(run_class, "_lock", side_effect=LockError("Busy.")):
            self.run_cron("service_contract.service_billing_day_cron")
        run = self.env["service.billing.run"].search([("company_id", "=", self.company.id)])
        self.assertEqual((run.state, run.invoice_count), ("running", 0))
        self.assertFalse(self.env["service.exception"]._get_open(self.company, "billing"))
        self.run_cron(CRON)
        self.assertEqual((run.state, run.invoice_count), ("done", 1))

    def test_bad_contracts_do_not_make_a_step_long(self):
        """No second half begins once the step's seconds are over; one contract is settled."""
        contracts = self.create_contracts(8)
        clock = Clock()

        def work(records):
            clock.now += 2.0
            if contracts[0] in records:
                message = "Broken"
                raise UserError(message)

        runner = self.env["service.batch.runner"]
        with patch(f"{MODELS}.common.service_batch_runner.monotonic", clock):
            done, left = runner._run_timed(contracts, work, 5.0)
        self.assertEqual((len(done), left, clock.now), (0, contracts[1:], 1008.0))
        row = self.env["service.exception"]._get_open(contracts[0], "billing")
        self.assertEqual(row.detail, "Broken")

    def test_questions_about_a_large_backlog_look_at_a_part_of_it(self):
        self.create_contracts(3, start="2025-02-01")
        run = self.bill(start=False)
        with patch(f"{MODELS}.billing.service_billing_run_guard.MOST_LOOKED_AT", 20):
            text = run._get_question_text()
        self.assertIn("more than 13", text)
