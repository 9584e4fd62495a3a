"""Scheduled jobs go on where their time was over, and try again what somebody else was handling."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from ..common import ServiceContractCommon

MODELS = "odoo.addons.service_contract.models.common"
MOST_CALLS = 12


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestJobLimits(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("service_contract.service_contract_cron")
        cls.contracts = cls.env["service.contract"]
        for _number in range(3):
            cls.contracts += cls.create_contract(start="2026-06-01")

    def setUp(self):
        super().setUp()
        self.now = 1000.0
        self.startPatcher(patch(f"{MODELS}.time_limits.monotonic", lambda: self.now))
        self.startPatcher(patch(f"{MODELS}.service_batch_runner.FIRST_BATCH", 1))

    def call(self):
        """Call the daily job as the scheduler does; return what it says remains."""
        remaining, end = [], self.now + 10

        def commit(_cron, processed=0, *, remaining_of=remaining, **more):
            remaining_of.append(more.get("remaining"))
            return max(end - self.now, 0)

        progress = self.env["ir.cron.progress"].create({"cron_id": self.cron.id})
        job = self.env["service.contract"].with_context(
            ir_cron_progress_id=progress.id, cron_id=self.cron.id, cron_end_time=end
        )
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", commit):
            job._cron_generate_charges()
        return remaining[-1]

    def test_a_job_that_looks_at_all_contracts_comes_to_its_end(self):
        """It goes on where it was; the charges behind are made though the first step is slow."""
        model = type(self.contracts)
        look, seen = model._look_at_customers, []

        def look_slowly(contracts):
            seen.extend(contracts.ids)
            self.now += 11
            return look(contracts)

        with patch.object(model, "_look_at_customers", look_slowly):
            calls = 1
            while self.call() and calls < MOST_CALLS:
                calls += 1
        self.assertLess(calls, MOST_CALLS)
        self.assertEqual(len(seen), len(set(seen)), "each contract was looked at once")
        self.assertEqual(len(self.contracts.charge_ids), 3)
        self.assertFalse(self.env["service.batch.position"].search([]))

    def test_called_again_in_the_same_slice_it_leaves_the_rest_to_the_next_one(self):
        """The scheduler calls up to ten times, whatever the server's limits are."""
        self.startPatcher(patch(f"{MODELS}.time_limits.Shift.is_over", lambda shift: True))
        self.assertEqual(self.call(), 1)
        self.assertFalse(self.contracts.charge_ids)

    def test_what_somebody_else_handles_is_tried_again_within_a_minute(self):
        """A day later was too late: the row of the contract was locked for a moment."""
        busy, model = self.contracts[1], type(self.contracts)
        lock = model.try_lock_for_update

        def lock_others(records, **options):
            return lock(records - busy, **options)

        with patch.object(model, "try_lock_for_update", lock_others):
            self.assertTrue(self.call())
        self.assertEqual(self.contracts.charge_ids.contract_id, self.contracts - busy)
        self.assertFalse(self.call())
        self.assertEqual(self.contracts.charge_ids.contract_id, self.contracts)
