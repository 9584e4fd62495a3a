"""What a run was asked about and does, nobody writes: companies, sessions, progress, answers."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import BillingRunCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestRunLocks(BillingRunCommon):
    def refuse(self, record, *cases):
        for vals in cases:
            with self.subTest(vals), self.assertRaises(AccessError), self.env.cr.savepoint():
                record.with_user(self.user_accountant).write(vals)

    def test_what_a_run_is_for_stays(self):
        sister = self.setup_other_company(name="Sister")["company"]
        self.user_accountant.company_ids += sister
        self.company.service_default_level_id = self.level
        session = self.create_session([("2026-06-10 09:00:00", 1800)])
        self.create_contract(start="2026-06-01")
        draft, done = self.bill(start=False), self.bill()
        for run in (draft, done):
            self.refuse(
                run,
                {"company_id": sister.id},
                {"session_ids": [(6, 0, session.ids)]},
                {"automatic_day": "2026-06-15"},
                {"started_by_id": self.user_manager.id},
                {"confirmed_text": "Asked"},
                {"state": "done"},
                {"phase": "post"},
                {"total_count": 0},
                {"done_count": 9},
            )
        self.refuse(
            done,
            {"is_auto_post": True},
            {"cutoff_date": "2026-07-15"},
            {"session_cutoff_date": "2026-07-15"},
            {"invoice_date": "2026-07-15"},
        )
        draft.write({"is_auto_post": True, "cutoff_date": "2026-06-30"})

    def test_a_running_run_may_be_told_to_post(self):
        """As its form lets: until it is done."""
        run = self.bill(start=False)
        run.sudo()._update_state("running")
        run.is_auto_post = True
        self.refuse(run, {"cutoff_date": "2026-07-15"})

    def test_a_run_begins_as_a_draft(self):
        runs = self.env["service.billing.run"].with_user(self.user_accountant)
        run = runs.with_context(default_automatic_day="2026-06-15").create(
            {"cutoff_date": "2026-06-15", "automatic_day": "2026-06-15", "state": "done"}
        )
        self.assertEqual((run.state, run.automatic_day), ("draft", False))

    def test_the_dialogs_of_a_run_are_about_that_run(self):
        run, other = self.bill(start=False), self.bill(start=False)
        vals = {"run_ids": [(6, 0, run.ids)], "verb": "preview", "text": "Is that meant?"}
        question = run.env["service.billing.question"].create(vals)
        self.refuse(
            question, {"run_ids": [(6, 0, other.ids)]}, {"verb": "start"}, {"text": "Nothing"}
        )
        redate = run.env["service.billing.redate"].create({"run_id": run.id})
        self.refuse(redate, {"run_id": other.id})

    def test_the_date_is_changed_of_what_is_finished(self):
        run = self.bill(start=False)
        with self.assertRaisesRegex(UserError, "no longer possible"):
            run.env["service.billing.redate"].create({"run_id": run.id}).action_redate()
