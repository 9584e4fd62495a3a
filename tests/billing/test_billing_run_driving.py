"""How runs are driven: chunk by chunk, interrupted, in parallel, by the calendar."""

from contextlib import contextmanager
from datetime import date
from types import SimpleNamespace
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo.exceptions import LockError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import BillingRunCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestBillingRunDriving(BillingRunCommon):
    # ----- Interrupted, resumed, in parallel -----

    def run_steps(self, run, interrupt_after):
        """Run steps of one record each; after some, lose one as a killed process does."""
        run._update_state("running", phase="charge")
        steps = 0
        while True:
            if steps in interrupt_after:
                with self.assertRaises(KeyboardInterrupt), self.env.cr.savepoint():
                    run._step(limit=1)
                    raise KeyboardInterrupt
                self.env.invalidate_all()
            if not run._step(limit=1):
                return steps
            self.env.flush_all()
            steps += 1

    def test_killed_anywhere_nothing_is_lost_or_doubled(self):
        """Invariant 6: each step is one transaction; whichever is lost, the rest goes on."""
        contracts = self.env["service.contract"]
        for index in range(3):
            contracts += self.create_contract(self.create_customer(f"C{index}"), start="2026-05-01")
        run = self.bill(start=False)
        steps = self.run_steps(run, interrupt_after=range(7))
        self.assertEqual(steps, 6, "three contracts charged, three invoiced")
        self.assertEqual(run.state, "done")
        self.assertEqual(run.invoice_count, 3)
        self.assertEqual(len(contracts.charge_ids), 6)
        self.assertEqual(set(contracts.charge_ids.mapped("state")), {"invoiced"})
        self.assertEqual(set(contracts.charge_ids.mapped("billed_quantity")), {1})

    def test_progress(self):
        for index in range(2):
            self.create_contract(self.create_customer(f"C{index}"), start="2026-06-01")
        run = self.bill(start=False)
        run._update_state("running")
        found = []
        while run._step(limit=1):
            found.append(round(run.progress))
        self.assertEqual(found[-1], 100)
        self.assertEqual(found, sorted(found))
        self.assertLess(found[0], 100)
        self.assertEqual(run.progress, 100)

    def test_locked_records_are_left_to_the_other_run(self):
        """Two runs at once would wait for each other in the database until one is killed."""
        self.create_contract(start="2026-06-01")
        run = self.bill(start=False)
        for name in ("service.contract", "service.charge"):
            model = type(self.env[name])
            with (
                patch.object(model, "try_lock_for_update", lambda self, **kw: self.browse()),
                self.assertRaisesRegex(UserError, "Somebody else is handling the same records"),
                self.env.cr.savepoint(),
            ):
                run.action_start()
            self.env.invalidate_all()
            self.assertEqual((run.state, run.invoice_count), ("draft", 0))

    def test_large_run_is_driven_by_the_background_job(self):
        for index in range(3):
            self.create_contract(self.create_customer(f"C{index}"), start="2026-06-01")
        with self.small_chunks():
            run = self.bill()
            self.assertEqual((run.state, run.invoice_count), ("running", 0))
            self.run_cron("service_contract.service_billing_run_cron")
        self.assertEqual((run.state, run.invoice_count), ("done", 3))

    def test_background_job_survives_a_locked_run(self):
        self.create_contract(start="2026-06-01")
        first = self.bill(start=False)
        second = self.bill(start=False)
        (first + second)._update_state("running")
        run_class = type(self.env["service.billing.run"])
        step = run_class._step

        def fail(run, **kwargs):
            if run == first:
                raise LockError("Busy.")
            return step(run, **kwargs)

        with patch.object(run_class, "_step", fail):
            self.run_cron("service_contract.service_billing_run_cron")
        self.assertEqual((first.state, second.state), ("running", "done"))
        self.assertEqual(second.invoice_count, 1)

    # ----- Driven by the calendar -----

    def test_billing_day(self):
        self.create_contract(start="2026-06-01")
        self.company.service_billing_day = 14
        runs = self.env["service.billing.run"].search([])
        self.run_cron("service_contract.service_billing_day_cron")
        self.assertEqual(self.env["service.billing.run"].search([]), runs)
        self.company.service_billing_day = 15
        for _twice in range(2):
            self.run_cron("service_contract.service_billing_day_cron")
        run = self.env["service.billing.run"].search([]) - runs
        self.assertEqual(len(run), 1)
        self.assertEqual((run.company_id, run.invoice_count), (self.company, 1))
        self.assertEqual(run.invoice_ids.state, "draft", "made to be checked")

    def test_billing_day_missed_by_an_outage_is_made_up_once(self):
        """Due on the 20th, the server was down until the 23rd: one run, whatever follows."""
        self.create_contract(start="2026-06-01")
        self.company.service_billing_day = 20
        model = self.env["service.billing.run"]
        domain = [("company_id", "=", self.company.id), ("automatic_day", "!=", False)]
        for day, count in (("2026-06-19", 0), ("2026-06-23", 1), ("2026-06-24", 1)):
            with self.subTest(day), freeze_time(day):
                self.run_cron("service_contract.service_billing_day_cron")
                self.assertEqual(model.search_count(domain), count)
        run = model.search(domain)
        self.assertEqual(
            (run.automatic_day, run.invoice_date), (date(2026, 6, 20), date(2026, 6, 23))
        )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            model.sudo().create({"company_id": self.company.id, "automatic_day": "2026-06-20"})
            self.env.flush_all()

    def test_billing_day_has_its_run_beside_an_older_one_dated_anew(self):
        """June's drafts, dated the 15th of July, are not July's run."""
        self.create_contract(start="2026-06-01")
        self.company.service_billing_day = 15
        self.run_cron("service_contract.service_billing_day_cron")
        runs = self.env["service.billing.run"].search([("company_id", "=", self.company.id)])
        runs._redate(date(2026, 7, 15))
        with freeze_time("2026-07-15"):
            self.run_cron("service_contract.service_billing_day_cron")
        runs = runs.search([("company_id", "=", self.company.id)])
        self.assertEqual(
            runs.sorted("automatic_day").mapped("automatic_day"),
            [date(2026, 6, 15), date(2026, 7, 15)],
        )

    def test_billing_day_has_its_run_whoever_looked_ahead(self):
        """A preview needs a draft of a run; left there, it bills nobody."""
        self.create_contract(start="2026-06-01")
        self.bill(start=False).action_preview()
        self.company.service_billing_day = 15
        self.run_cron("service_contract.service_billing_day_cron")
        domain = [("company_id", "=", self.company.id), ("automatic_day", "!=", False)]
        self.assertEqual(self.env["service.billing.run"].search(domain).invoice_count, 1)

    def test_billing_day_has_no_second_run_beside_one_started_by_hand(self):
        self.create_contract(start="2026-06-01")
        self.bill()
        self.company.service_billing_day = 15
        self.run_cron("service_contract.service_billing_day_cron")
        domain = [("company_id", "=", self.company.id), ("automatic_day", "!=", False)]
        self.assertFalse(self.env["service.billing.run"].search(domain))

    def test_billing_day_31_is_the_last_day(self):
        self.company.service_billing_day = 31
        model = self.env["service.billing.run"]
        with freeze_time("2026-02-28"):
            self.run_cron("service_contract.service_billing_day_cron")
        self.assertEqual(
            model.search([("company_id", "=", self.company.id)]).invoice_date, date(2026, 2, 28)
        )

    # ----- As whom the background job works -----

    def start_large(self, user=None):
        """Return a run of three contracts that waits for the background job."""
        for index in range(3):
            self.create_contract(self.create_customer(f"C{index}"), start="2026-06-01")
        return self.create_run("2026-06-15", user=user or self.user_accountant)

    def test_background_steps_run_as_who_started_them(self):
        """In his language, with his name; he is told of the end."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.user_accountant.lang = "fr_FR"
        seen = []
        run_class = type(self.env["service.billing.run"])
        step = run_class._step

        def look(run, **kwargs):
            seen.append((run.env.user, run.env.lang, run.env.companies, run.env.su))
            return step(run, **kwargs)

        with self.small_chunks(), patch.object(run_class, "_step", look):
            run = self.start_large()
            self.assertEqual(run.started_by_id, self.user_accountant)
            self.run_cron("service_contract.service_billing_run_cron")
        self.assertEqual(set(seen), {(self.user_accountant, "fr_FR", self.company, False)})
        self.assertEqual(run.invoice_ids.create_uid, self.user_accountant)
        message = run.message_ids.filtered("notified_partner_ids")
        self.assertEqual(message.notified_partner_ids, self.user_accountant.partner_id)
        self.assertIn(run.name, message.body)
        self.assertIn("3", message.body)

    def test_background_matters_are_named_by_customer_contract_and_amount(self):
        with self.small_chunks():
            run = self.start_large()
            self.run_cron("service_contract.service_billing_run_cron")
            bad = run.invoice_ids[0]
            bad.invoice_line_ids.price_unit = 1
            run.action_post_invoices()
            self.assertEqual(run.state, "running")
            self.run_cron("service_contract.service_billing_run_cron")
        row = run.exception_ids
        contract = bad.service_contract_id
        self.assertEqual(row.name, f"{bad.partner_id.name}, {contract.name}, 1.20\u00a0€")
        self.assertIn(row.name, row.detail)
        messages = run.message_ids.filtered("notified_partner_ids")
        self.assertIn("to be settled: 1", messages[0].body)

    def test_who_may_no_longer_bill_does_not_stop_his_run(self):
        for harm in ("left", "group", "company"):
            with self.subTest(harm), self.env.cr.savepoint() as savepoint:
                user = self.user_accountant.copy({"login": harm})
                with self.small_chunks():
                    run = self.start_large(user)
                    if harm == "left":
                        user.active = False
                    elif harm == "group":
                        user.group_ids = self.env.ref("base.group_user")
                    else:
                        sister = self.setup_other_company(name="Sister")["company"]
                        user.write({"company_ids": sister.ids, "company_id": sister.id})
                    run = run.with_env(self.env)._as_asker()
                    self.assertEqual(run.env.user, self.env.user)
                    while run._step():
                        pass
                self.assertEqual((run.state, run.invoice_count), ("done", 3))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_way_on_where_no_background_job_runs(self):
        with self.small_chunks():
            run = self.start_large()
            self.assertEqual(run.state, "running")
            run.action_continue()
        self.assertEqual((run.state, run.invoice_count), ("done", 3))
        with self.assertRaisesRegex(UserError, "no longer possible"):
            run.action_continue()

    def test_a_way_on_by_parts(self):
        """Each click handles what fits into some seconds."""
        module = "odoo.addons.service_contract.models.common.service_job_mixin"
        with self.small_chunks(), patch(f"{module}.CONTINUE_SECONDS", 0):
            run = self.start_large()
            clicks = 0
            while run.state == "running":
                run.action_continue()
                clicks += 1
        self.assertGreater(clicks, 1)
        self.assertEqual(run.invoice_count, 3)

    def test_who_goes_on_waits_for_the_background_job(self):
        with self.small_chunks():
            run = self.start_large()
        run_class = type(run)
        with (
            patch.object(run_class, "try_lock_for_update", lambda self, **kw: self.browse()),
            self.assertRaisesRegex(UserError, "Somebody else is handling"),
        ):
            run.action_continue()

    # ----- Driven by the workers of OCA queue_job -----

    @contextmanager
    def queued(self):
        """Let runs find ``queue_job`` and yield its jobs, ``[(run, options)]``, one a run."""
        run_class, jobs = type(self.env["service.billing.run"]), []

        def with_delay(run, **options):
            def enqueue():
                if all(other["identity_key"] != options["identity_key"] for _run, other in jobs):
                    jobs.append((run, options))

            return SimpleNamespace(_take_queued_step=enqueue)

        with (
            patch.object(run_class, "_has_queue", lambda run: True),
            patch.object(run_class, "with_delay", with_delay, create=True),
            patch.object(type(self.env.cr), "commit", side_effect=AssertionError("a job commits")),
        ):
            yield jobs

    def work_off(self, jobs):
        """Do the jobs as workers do, and return how many there were."""
        count = 0
        while jobs:
            run, _options = jobs.pop(0)
            run._take_queued_step()
            count += 1
        return count

    def test_workers_of_a_queue_drive_the_same_steps(self):
        """A job a step, as who started the run; whoever asks twice makes no second job."""
        with self.small_chunks(), self.queued() as jobs, self.steps_of(2):
            run = self.start_large()
            self.assertEqual((run.state, run.invoice_count), ("running", 0))
            run._call_job()
            self.assertEqual(len(jobs), 1)
            self.assertGreater(self.work_off(jobs), 3)
        self.assertEqual((run.state, run.invoice_count), ("done", 3))
        self.assertEqual(run.invoice_ids.create_uid, self.user_accountant)
        charges = run.invoice_ids.invoice_line_ids.service_charge_id
        self.assertEqual(charges.mapped("billed_quantity"), [1, 1, 1])

    @contextmanager
    def steps_of(self, size):
        module = "odoo.addons.service_contract.models.billing.service_billing_run_queue"
        with patch(f"{module}.CHUNK_SIZE", size):
            yield

    def test_a_queued_step_that_meets_a_lock_or_fails(self):
        """It is tried again by a later job, or told in the inbox; the job itself goes well."""
        with self.small_chunks(), self.queued() as jobs:
            run = self.start_large()
            run_class = type(run)
            with patch.object(run_class, "_step", side_effect=LockError("Busy.")):
                jobs.pop(0)[0]._take_queued_step()
            self.assertGreater(jobs[0][1]["eta"], 0)
            with (
                patch.object(run_class, "_step", side_effect=ValueError("Broken")),
                mute_logger("odoo.addons.service_contract"),
            ):
                jobs.pop(0)[0]._take_queued_step()
            self.assertEqual((jobs, run.state, run.exception_ids.state), ([], "running", "open"))
            self.assertIn("Broken", run.exception_ids.detail)
            run._call_job()
            self.work_off(jobs)
        self.assertEqual((run.state, run.exception_ids.state), ("done", "done"))

    def test_a_queued_step_of_a_run_that_is_over_does_nothing(self):
        with self.small_chunks(), self.queued() as jobs:
            run = self.start_large()
            run.action_continue()
            self.assertEqual(run.state, "done")
            self.assertEqual(self.work_off(jobs), 1)
        self.assertEqual(run.invoice_count, 3)
