"""Runs that are killed, meet each other, a user, the database's refusals (invariant 6).

The faults are real ones: processes of their own, SIGKILL, locks, constraints and a deadlock of
PostgreSQL. After each of them the rows are judged by SQL alone (invariants 1, 2).
"""

import multiprocessing
import os
import random
import signal
from contextlib import contextmanager
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import DeadlockDetected

from odoo import sql_db
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.service_contract.models.common.time_limits import Shift

from ..invariants import find_broken
from ..transactions import PATIENCE, TransactionsCommon

NUMBER = 8
KILLS = 5
JOB = ("service.billing.run", "_cron_run")
TIMEOUT = "current_setting('deadlock_timeout')::interval"


class Moments:
    """Counts what a process asks of the database, and ends it at one of these moments.

    Each statement is one, and before and after each commit: so a random moment is the same
    on a busy machine. The count is shared with the process that forks.
    """

    def __init__(self, last=0):
        self._count, self._last = multiprocessing.Value("l", 0), last

    @property
    def count(self):
        return self._count.value

    def __call__(self):
        self._count.value += 1
        if self._count.value == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def watched(self):
        execute, commit = sql_db.Cursor.execute, sql_db.Cursor.commit

        def watched_execute(cr, *args, **kwargs):
            self()
            return execute(cr, *args, **kwargs)

        def watched_commit(cr):
            self()
            commit(cr)
            self()

        with (
            patch.object(sql_db.Cursor, "execute", watched_execute),
            patch.object(sql_db.Cursor, "commit", watched_commit),
        ):
            yield


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestRunFaults(TransactionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product_included = cls.create_product(
            "Tax included",
            49.99,
            tax=cls.tax_included,
            recurring=cls.family,
            level=cls.level_unlimited,
        )
        cls.commit()

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("WORKSHOP_SEED") or random.SystemRandom().randrange(10_000))
        # Few contracts make many steps: each is three lines of work.
        model = type(self.env["service.billing.run"])
        step = model._step
        patcher = patch.object(model, "_step", lambda run, limit=3: step(run, limit=3))
        patcher.start()
        self.addCleanup(patcher.stop)

    def tearDown(self):
        """Leave nothing for the runs of the next test."""
        self._roll_back()
        contracts = self.env["service.contract"].search([("state", "=", "active")])
        contracts._as_workflow().state = "ended"
        self.commit()
        super().tearDown()

    # ----- Runs -----

    def create_contracts(self, number=NUMBER):
        contracts = self.env["service.contract"]
        for index in range(number):
            product = (self.product_support, self.product_included)[index % 2]
            contracts += self.create_contract(
                self.create_customer(f"Fault {index}"), product=product, start="2026-05-01"
            )
        self.commit()
        return contracts

    def create_running(self, **vals):
        with self.acting(self.user_accountant) as env:
            run = env["service.billing.run"].create(
                {"cutoff_date": "2026-06-15", "is_auto_post": True, **vals}
            )
            run._update_state("running", started_by_id=self.user_accountant.id)
        self.begin_anew()
        return self.env["service.billing.run"].browse(run.id)

    def drive(self, run):
        """Return the work of a process that drives one run until it has an end."""

        def work(env):
            own = env[run._name].browse(run.id)._as_asker()
            while own._drive_in_background(Shift.of_job(env)) == "busy":
                pass

        return work

    def finish(self, *runs):
        """Call the background job as the scheduler does, which has more than one try."""
        for _try in range(3):
            self.run_job(*JOB)
        self.assertEqual({run.state for run in runs}, {"done"})

    def assertKept(self):
        """Judge the rows that are committed, by another connection than the test's own."""
        with self.registry.cursor() as cr:
            self.assertEqual(find_broken(cr, self.company.id), {})

    def assertBilledOnce(self, contracts, *runs):
        """Both months of each contract are charged, billed and posted; nothing is put aside."""
        self.begin_anew()
        self.assertKept()
        matters = [run.exception_ids.mapped("detail") for run in runs]
        self.assertFalse(sum(run.exception_count for run in runs), matters)
        charges = contracts.charge_ids
        self.assertEqual(len(charges), 2 * len(contracts))
        self.assertEqual(set(charges.mapped("state")), {"invoiced"})
        self.assertEqual(len(charges.move_line_ids), len(charges))
        invoices = charges.move_line_ids.move_id
        self.assertEqual(len(invoices), len(contracts))
        self.assertEqual(set(invoices.mapped("state")), {"posted"})
        self.assertEqual(sum(run.invoice_count for run in runs), len(contracts))

    # ----- Killed -----

    def run_process(self, last=0):
        """Let a process of its own do the background job; return how it ended, and its moments."""
        moments = Moments(last)
        with moments.watched():
            end = self.await_end(self.fork(lambda env: env[JOB[0]]._cron_run()))
        self.begin_anew()
        return end, moments.count

    def test_killed_at_random_moments(self):
        """Five times in the middle of one run: whoever comes next finds nothing lost or doubled."""
        contracts, run = self.create_contracts(), self.create_running()
        end, moments = self.run_process()
        self.assertEqual(end, 0)
        self.assertBilledOnce(contracts, run)
        contracts, run = self.create_contracts(), self.create_running()
        chance, ends = random.Random(self.seed), []
        for number in range(KILLS):
            last = chance.randint(1, moments // KILLS)
            with self.subTest(seed=self.seed, number=number, moment=last):
                ends.append(self.run_process(last)[0])
                self.assertKept()
        with self.subTest(seed=self.seed):
            self.assertEqual(set(ends), {-signal.SIGKILL})
            self.finish(run)
            self.assertBilledOnce(contracts, run)

    # ----- Together -----

    def meet(self, *works):
        """Let processes of their own begin their first step together; return how they ended."""
        barrier = multiprocessing.Barrier(len(works))
        model, waited = type(self.env["service.billing.run"]), []
        step = model._step

        def wait(run, limit):
            if not waited:
                waited.append(barrier.wait(PATIENCE))
            return step(run, limit=limit)

        with patch.object(model, "_step", wait):
            pids = [self.fork(work) for work in works]
            return [self.await_end(pid) for pid in pids]

    @mute_logger("odoo.sql_db")
    def test_two_runs_in_two_processes(self):
        contracts = self.create_contracts()
        runs = [self.create_running(), self.create_running()]
        self.assertEqual(self.meet(*map(self.drive, runs)), [0, 0])
        self.assertKept()
        self.finish(*runs)
        self.assertBilledOnce(contracts, *runs)

    @mute_logger("odoo.sql_db")
    def test_one_run_in_two_processes(self):
        """Two hosts whose schedulers begin the same job: one has the run, the other leaves it."""
        contracts, run = self.create_contracts(), self.create_running()
        barrier = multiprocessing.Barrier(2)

        def work(env):
            barrier.wait(PATIENCE)
            env[JOB[0]]._cron_run()

        pids = [self.fork(work), self.fork(work)]
        self.assertEqual([self.await_end(pid) for pid in pids], [0, 0])
        self.assertKept()
        self.finish(run)
        self.assertBilledOnce(contracts, run)

    # ----- A user has a row in hand -----

    @contextmanager
    def holding(self, record):
        """Let a user's transaction have written a record that is not committed yet."""
        with self.registry.cursor() as cr:
            self.write_row(cr, record)
            yield cr

    def write_row(self, cr, record):
        """Write a row as it is: what counts is that it is locked, and newer than others saw."""
        table = SQL.identifier(record._table)
        cr.execute(SQL("UPDATE %s SET write_date = now() WHERE id = %s", table, record.id))

    def test_a_user_has_a_contract_in_hand(self):
        contracts, run = self.create_contracts(), self.create_running()
        for held in (contracts[0], contracts[-1]):
            with self.holding(held):
                self.run_job(*JOB)
                self.assertKept()
                self.assertEqual(run.state, "running")
                self.assertFalse(held.charge_ids)
        self.finish(run)
        self.assertBilledOnce(contracts, run)

    @mute_logger("odoo.sql_db")
    def test_a_user_has_a_charge_in_hand(self):
        contracts, run = self.create_contracts(), self.create_running()
        contracts._generate_charges(run.cutoff_date)
        self.commit()
        with self.holding(contracts[-1].charge_ids[0]):
            self.run_job(*JOB)
            self.assertKept()
            self.assertEqual(run.state, "running")
            self.assertFalse(contracts[-1].charge_ids.move_line_ids)
        self.finish(run)
        self.assertBilledOnce(contracts, run)

    @mute_logger("odoo.sql_db")
    def test_a_user_changes_a_draft_that_is_about_to_be_posted(self):
        """The run waits for him, then posts what he has made of it."""
        contracts, run = self.create_contracts(), self.create_running(is_auto_post=False)
        self.run_job(*JOB)
        draft = run.invoice_ids.sorted("id")[-1]
        run._update_state("running", phase="post", started_by_id=self.user_accountant.id)
        self.commit()
        with self.holding(draft) as user:
            user.execute("UPDATE account_move SET narration = 'By hand' WHERE id = %s", [draft.id])
            pid = self.fork(lambda env: env[JOB[0]]._cron_run())
            self.await_blocked(pid)
            self.assertKept()
            user.commit()
        self.assertEqual(self.await_end(pid), 0)
        self.finish(run)
        self.assertBilledOnce(contracts, run)
        self.assertEqual(draft.narration, "By hand")

    # ----- The database refuses -----

    @contextmanager
    def forbidding(self, table, condition):
        """Let a constraint of the database refuse some rows of a table."""
        self.begin_anew()
        with self.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "ALTER TABLE %s ADD CONSTRAINT fault CHECK (%s) NOT VALID",
                    SQL.identifier(table),
                    SQL(condition),
                )
            )
        yield
        self.begin_anew()
        with self.registry.cursor() as cr:
            cr.execute(SQL("ALTER TABLE %s DROP CONSTRAINT fault", SQL.identifier(table)))

    @mute_logger("odoo.sql_db")
    def test_a_constraint_in_the_middle(self):
        """Of a charge, a draft, a number: that contract is put aside, the others are billed."""
        for table, condition in (
            ("service_charge", "contract_id <> {contract}"),
            ("account_move", "service_contract_id IS DISTINCT FROM {contract}"),
            ("account_move", "service_contract_id IS DISTINCT FROM {contract} OR state = 'draft'"),
        ):
            with self.subTest(table=table, condition=condition):
                contracts = self.create_contracts(4)
                bad, run = contracts[1], self.create_running()
                with self.forbidding(table, condition.format(contract=bad.id)):
                    self.run_job(*JOB)
                    self.assertKept()
                    self.assertEqual((run.state, run.exception_count), ("done", 1))
                    posted = contracts.charge_ids.invoice_id.filtered(lambda m: m.state == "posted")
                    self.assertEqual(posted.service_contract_id, contracts - bad)
                with self.acting(self.user_accountant) as env:
                    own = env[run._name].browse(run.id)
                    own._resume()
                self.begin_anew()
                self.finish(run)
                if run.draft_count:
                    run.with_user(self.user_accountant).action_post_invoices()
                self.assertBilledOnce(contracts, run)

    @mute_logger("odoo.sql_db")
    def test_a_deadlock(self):
        """The run has posted one draft and wants the next; its user has this one and wants that.

        The run is the last to wait, so that it is the one that PostgreSQL ends.
        """
        contracts, run = self.create_contracts(2), self.create_running(is_auto_post=False)
        self.run_job(*JOB)
        first, second = run.invoice_ids.sorted("id")
        run._update_state("running", phase="post", started_by_id=self.user_accountant.id)
        self.commit()
        has_first, met = multiprocessing.Event(), multiprocessing.Value("b", 0)
        model = type(run)

        def post_both(own, limit):
            """Post the drafts in one transaction, the second once the user waits for the first."""
            step_post = type(own)._step_post
            step_post(own, 1)
            own.env.flush_all()
            has_first.set()
            self.await_blocked(user_pid.value)
            # Who has waited for longer than this looks for no deadlock any more.
            own.env.cr.execute(f"SELECT pg_sleep(3 * extract(epoch FROM {TIMEOUT}))")
            try:
                self.write_row(own.env.cr, second)
            except DeadlockDetected:
                met.value = 1
                raise
            return step_post(own, 1)

        user_pid = multiprocessing.Value("l", 0)

        def use(env):
            self.write_row(env.cr, second)
            user_pid.value = os.getpid()
            has_first.wait(PATIENCE)
            self.write_row(env.cr, first)

        user = self.fork(use)
        self.await_true(lambda: user_pid.value, "the user does nothing")
        with patch.object(model, "_step", post_both):
            driver = self.fork(lambda env: env[JOB[0]]._cron_run())
            ends = [self.await_end(pid) for pid in (driver, user)]
        self.assertEqual((ends, met.value), ([0, 0], 1))
        self.assertKept()
        self.begin_anew()
        self.assertEqual((run.state, set(run.invoice_ids.mapped("state"))), ("running", {"draft"}))
        self.finish(run)
        self.assertBilledOnce(contracts, run)
