"""How runs are driven: chunk by chunk, interrupted, in parallel, by the calendar."""

from datetime import date
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
        with patch("odoo.addons.service_contract.models.billing.service_billing_run.CHUNK_SIZE", 2):
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
            model.create({"company_id": self.company.id, "automatic_day": "2026-06-20"})
            self.env.flush_all()

    def test_billing_day_31_is_the_last_day(self):
        self.company.service_billing_day = 31
        model = self.env["service.billing.run"]
        with freeze_time("2026-02-28"):
            self.run_cron("service_contract.service_billing_day_cron")
        self.assertEqual(
            model.search([("company_id", "=", self.company.id)]).invoice_date, date(2026, 2, 28)
        )
