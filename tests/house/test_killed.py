"""Scheduled jobs killed before and after each commit, and fed a bad record (invariant 6)."""

from contextlib import ExitStack
from datetime import date
from functools import partialmethod
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..transactions import TransactionsCommon

NUMBER = 4


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestKilled(TransactionsCommon):
    def create_contracts(self, start="2026-06-01", **vals):
        contracts = self.env["service.contract"]
        for index in range(NUMBER):
            contracts += self.create_contract(
                self.create_customer(f"Killed {index}"), start=start, **vals
            )
        self.commit()
        return contracts

    def by_one(self, model, method, name="batch_size"):
        """Let a job commit after each single record."""
        model = type(self.env[model])
        one = partialmethod(getattr(model, method), **{name: 1})
        return patch.object(model, method, one)

    def kill(self, model, method, name="batch_size"):
        """Kill a job everywhere, then run it twice more: what is done is done once."""
        with self.by_one(model, method, name):
            self.assertGreaterEqual(self.run_killed_everywhere(model, method), 2)
            for _twice in range(2):
                self.assertFalse(self.run_job(model, method))

    def tearDown(self):
        """Leave nothing for the jobs of the next test."""
        self._roll_back()
        contracts = self.env["service.contract"].search([("state", "=", "active")])
        contracts._as_workflow().state = "ended"
        self.level_unlimited.write({"allowance_quantity": 0})
        self.commit()
        super().tearDown()

    # ----- Killed -----

    def test_charges(self):
        contracts = self.create_contracts(start="2026-05-01")
        ended = contracts[0]
        ended.sudo().date_end = "2026-05-31"
        self.commit()
        self.kill("service.contract", "_cron_generate_charges")
        for contract in contracts - ended:
            self.assertPeriods(
                contract.charge_ids, [("2026-05-01", "2026-05-31"), ("2026-06-01", "2026-06-30")]
            )
        self.assertPeriods(ended.charge_ids, [("2026-05-01", "2026-05-31")])
        self.assertEqual(set((contracts - ended).mapped("state")), {"active"})
        self.assertEqual(ended.state, "ended")

    def test_renewals(self):
        contracts = self.create_contracts(start="2025-07-01")
        self.kill("service.contract", "_cron_renew")
        for contract in contracts:
            self.assertEqual(sorted(contract.commitment_ids.mapped("number")), [0, 1])
            words = [body for body in contract.message_ids.mapped("body") if "Renewed" in body]
            self.assertEqual(len(words), 1)

    def test_included_time(self):
        self.level_unlimited.write({"allowance_quantity": 1, "allowance_period": "1"})
        contracts = self.create_contracts()
        with freeze_time("2026-08-02 12:00:00"):
            self.kill("service.contract", "_cron_make_allowances")
        for contract in contracts:
            starts = sorted(contract.allowance_ids.mapped("period_start"))
            self.assertEqual(starts, [date(2026, month, 1) for month in (6, 7, 8)])

    def test_preventive_work(self):
        work_type = self.env["service.work.type"].create({"name": "Preventive check"})
        self.level_unlimited.scope_rule_ids = [
            Command.create({"work_type_id": work_type.id, "effect": "included"})
        ]
        self.level_unlimited.checklist_ids = [
            Command.create(
                {
                    "name": "Monthly check",
                    "work_type_id": work_type.id,
                    "date_from": "2026-06-01",
                    "item_ids": [Command.create({"name": "Backups"})],
                }
            )
        ]
        contracts = self.create_contracts()
        with freeze_time("2026-08-02 12:00:00"):
            self.kill("service.contract", "_cron_plan_preventive")
        for contract in contracts:
            indexes = contract.session_ids.mapped("checklist_index")
            self.assertEqual(len(indexes), len(set(indexes)))
            self.assertGreaterEqual(len(indexes), 2)
            self.assertEqual(len(contract.session_ids.check_ids), len(indexes))

    def test_silent_sheets(self):
        """S30: the day after the last day, each sheet is validated; none twice, none is left."""
        self.level.contest_days = 5
        self.company.service_default_level_id = self.level
        sessions = self.env["service.session"]
        for index in range(NUMBER):
            customer = self.create_customer(f"Silent {index}", email=f"silent{index}@example.com")
            sessions += self.create_session(
                [("2026-06-10 09:00:00", 1800)], customer=customer
            ).sudo()
        sessions._set_sheet_sent()
        self.commit()
        with freeze_time("2026-06-22 12:00:00"):
            self.kill("service.session", "_cron_validate_sheets", "limit")
        self.assertEqual(set(sessions.mapped("sheet_validation")), {"silence"})
        self.assertEqual(set(sessions.charge_ids.mapped("state")), {"ready"})

    def test_billing_run(self):
        """Invariants 1, 2: bills and posts; the numbers of the invoices have no gap."""
        contracts = self.create_contracts(start="2026-05-01")
        with self.acting(self.user_accountant) as env:
            run = env["service.billing.run"].create(
                {"cutoff_date": "2026-06-15", "is_auto_post": True}
            )
            run._update_state("running")
        run = self.env["service.billing.run"].browse(run.id)
        with self.by_one("service.billing.run", "_step", "limit"):
            number = self.run_killed_everywhere("service.billing.run", "_cron_run")
        self.assertGreater(number, 2)
        self.assertEqual((run.state, run.exception_count), ("done", 0))
        charges = contracts.charge_ids
        self.assertEqual(len(charges), 2 * NUMBER)
        self.assertEqual(set(charges.mapped("billed_quantity")), {1})
        self.assertEqual(len(charges.move_line_ids), 2 * NUMBER)
        invoices = charges.move_line_ids.move_id
        self.assertEqual((len(invoices), set(invoices.mapped("state"))), (NUMBER, {"posted"}))
        numbers = sorted(run.invoice_ids.mapped("sequence_number"))
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + run.invoice_count)))

    # ----- A bad record -----

    def test_a_bad_record_is_alone_in_the_inbox_and_is_taken_up_once_it_is_mended(self):
        self.level_unlimited.write({"allowance_quantity": 1, "allowance_period": "1"})
        jobs = {
            "charge": ("_cron_generate_charges", "_generate_charges", "charged_until"),
            "renewal": ("_cron_renew", "_get_due_terms", "commitment_end"),
            "allowance": ("_cron_make_allowances", "_get_asked_days", "allowance_until"),
        }
        model = type(self.env["service.contract"])
        for job, (cron, step, name) in jobs.items():
            with self.subTest(job):
                contracts = self.create_contracts(start="2025-06-20")
                bad, good = contracts[1], contracts - contracts[1]
                method = getattr(model, step)
                before = bad[name]

                def fail(records, *args, bad=bad, method=method):
                    if bad in records:
                        raise ValueError("Broken")
                    return method(records, *args)

                with ExitStack() as stack:
                    stack.enter_context(patch.object(model, step, fail))
                    stack.enter_context(mute_logger("odoo.addons.service_contract"))
                    stack.enter_context(freeze_time("2026-07-02 12:00:00"))
                    for _twice in range(2):
                        self.run_job("service.contract", cron)
                rows = self.env["service.exception"].search([("state", "=", "open")])
                self.assertEqual((rows.res_id, rows.job, rows.detail), (bad.id, job, "Broken"))
                self.assertEqual(bad[name], before)
                self.assertFalse(
                    good.filtered(lambda row, name=name, before=before: row[name] == before)
                )
                with freeze_time("2026-07-03 12:00:00"):
                    self.run_job("service.contract", cron)
                self.assertNotEqual(bad[name], before)
                self.assertEqual(rows.state, "done")
