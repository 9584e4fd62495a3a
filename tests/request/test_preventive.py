"""Preventive work: planned by rhythm, ticked off, reported, late on the contract (S21)."""

from datetime import datetime

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ServiceContractCommon

CRON = "service_contract.service_preventive_cron"


@tagged("post_install", "-at_install")
@freeze_time("2026-01-02 08:00:00")
class TestPreventive(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.work_type = cls.env["service.work.type"].create({"name": "Preventive check"})
        cls.level_unlimited.scope_rule_ids = [
            Command.create({"work_type_id": cls.work_type.id, "effect": "included"})
        ]
        cls.checklist = cls.env["service.checklist"].create(
            {
                "name": "Monthly check",
                "level_id": cls.level_unlimited.id,
                "work_type_id": cls.work_type.id,
                "date_from": "2026-01-01",
                "item_ids": [
                    Command.create({"name": name}) for name in ("Updates", "Antivirus", "Backups")
                ],
            }
        )
        cls.contract = cls.create_contract(start="2025-10-31", tz="Europe/Paris")
        cls.contract.technician_id = cls.user_technician

    def plan(self, day):
        """Do what the daily job does on a day for this contract, without its commits."""
        with freeze_time(f"{day} 08:00:00"):
            return self.contract._plan_preventive()

    def days(self, sessions):
        return [session.planned_start.date().isoformat() for session in sessions]

    # ----- Planning -----

    def test_s21_planned_from_the_contracts_start_never_drifting(self):
        """A contract from the 31st is looked at on the 31st, or on the last day of the month."""
        self.checklist.days_ahead = 180
        sessions = self.plan("2026-01-02")
        self.assertEqual(
            self.days(sessions.sorted("planned_start")),
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"],
        )

    def test_a_new_level_owes_nothing_for_the_months_before(self):
        """The checklist is older than the contract's time on its level."""
        basic = self.create_level("Basic", "unlimited")
        contract = self.create_contract(start="2025-10-31", tz="Europe/Paris", level_id=basic.id)
        amendments = self.env["service.amendment"].with_user(self.user_sales)
        with freeze_time("2026-06-15 08:00:00"):
            draft = amendments._prepare_draft_vals(contract, self.day("2026-06-15"))
            amendment = amendments.create({**draft, "level_id": self.level_unlimited.id})
            amendment.action_confirm()
            sessions = contract._plan_preventive()
            self.assertFalse(sessions.filtered(lambda row: str(row.planned_start) < "2026-06-15"))
        with freeze_time("2026-06-30 08:00:00"):
            self.assertEqual(self.days(sessions | contract._plan_preventive()), ["2026-06-30"])

    def test_planned_once_whatever_is_run(self):
        self.assertEqual(len(self.plan("2026-01-20")), 1)
        self.assertFalse(self.plan("2026-01-20"))
        self.assertFalse(self.plan("2026-01-21"))

    def test_outage_loses_nothing(self):
        """What was not planned in time is planned late, and shows as late."""
        self.plan("2026-01-20")
        late = self.plan("2026-05-02")
        self.assertEqual(
            self.days(late.sorted("planned_start")), ["2026-02-28", "2026-03-31", "2026-04-30"]
        )
        with freeze_time("2026-05-02"):
            self.assertEqual(self.contract.late_preventive_count, 4)

    def test_nothing_while_the_contract_is_suspended(self):
        """What falls into a suspension is left out, also when it is over."""
        self.env["service.suspension"].create(
            {
                "contract_id": self.contract.id,
                "date_start": "2026-02-15",
                "date_end": "2026-04-15",
                "reason_id": self.env.ref("service_contract.service_reason_suspend_unpaid").id,
            }
        )
        self.assertEqual(self.days(self.plan("2026-04-10")), ["2026-01-31"])
        self.assertFalse(self.plan("2026-04-11"))
        self.assertEqual(self.days(self.plan("2026-05-01")), ["2026-04-30"])

    def test_rhythm_in_words(self):
        for count, unit, words in (
            (1, "month", "every month"),
            (3, "month", "every 3 months"),
            (1, "week", "every week"),
            (2, "week", "every 2 weeks"),
        ):
            with self.subTest(words):
                self.checklist.write({"every_count": count, "every_unit": unit})
                self.assertEqual(self.checklist.rhythm, words)

    def test_every_two_weeks(self):
        self.checklist.write({"every_unit": "week", "every_count": 2, "days_ahead": 30})
        sessions = self.plan("2026-01-02")
        self.assertEqual(self.days(sessions.sorted("planned_start")), ["2026-01-09", "2026-01-23"])

    def test_nothing_after_the_last_day_nor_for_other_levels(self):
        self.contract.sudo().date_end = "2026-01-30"
        self.assertFalse(self.plan("2026-01-25"))
        other = self.create_contract(level_id=self.create_level("Other", "managed").id)
        self.assertFalse(other._plan_preventive())

    def test_work_begins_when_the_level_opens(self):
        """31 January 2026 is a Saturday: where the level opens on Mondays, on Monday at eight."""
        self.level_unlimited.window_ids = [
            Command.create({"day": "0", "hour_from": 8, "hour_to": 12})
        ]
        session = self.plan("2026-01-20")
        self.assertEqual(session.planned_start, datetime(2026, 2, 2, 7))

    def test_planned_session_is_ready_to_work(self):
        session = self.plan("2026-01-20")
        self.assertEqual(session.planned_start, datetime(2026, 1, 31, 8))
        self.assertEqual(session.user_id, self.user_technician)
        self.assertEqual(session.contract_id, self.contract)
        self.assertEqual(session.check_ids.mapped("name"), ["Updates", "Antivirus", "Backups"])
        self.assertFalse(session.due_at)

    def test_points_are_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        for item, name in zip(
            self.checklist.item_ids, ("Mises à jour", "Antivirus", "Sauvegardes"), strict=True
        ):
            item.with_context(lang="fr_FR").name = name
        session = self.plan("2026-01-20")
        self.assertEqual(session.check_ids[0].name, "Mises à jour")

    def test_job_plans_all_contracts(self):
        with freeze_time("2026-01-20"):
            self.run_cron(CRON)
        self.assertEqual(len(self.contract.session_ids), 1)

    def test_queries_do_not_grow_with_contracts(self):
        counts = []
        for number in (2, 10):
            contracts = self.env["service.contract"].union(
                *(self.create_contract(start="2025-12-20") for _index in range(number))
            )
            with freeze_time("2026-01-10"):
                counts.append(self.count_queries(contracts._plan_preventive))
            self.assertEqual(len(contracts.session_ids), number)
        self.assertLess(counts[1] - counts[0], 8 * 4)

    # ----- Ticking off -----

    def test_ticked_by_whom_and_when(self):
        session = self.plan("2026-01-20")
        check = session.check_ids[0].with_user(self.user_technician)
        check.state = "problem"
        self.assertEqual(check.user_id, self.user_technician)
        self.assertEqual(check.checked_at, datetime(2026, 1, 2, 8))
        check.state = "todo"
        self.assertFalse(check.user_id or check.checked_at)

    def test_open_points_are_not_closed_silently(self):
        session = self.plan("2026-01-20").with_user(self.user_technician)
        session.line_ids = [Command.create(self.prepare_connection("2026-01-02 07:00:00", 600))]
        session.check_ids[0].state = "done"
        with self.assertRaisesRegex(UserError, "Antivirus, Backups"):
            session.action_done()
        session.action_check_all()
        session.action_done()
        self.assertEqual(session.state, "done")
        self.assertEqual(session.charge_ids.state, "included")
        with self.assertRaisesRegex(UserError, "reopen it"):
            session.check_ids[0].state = "todo"

    def test_sheet_reports_what_was_checked(self):
        session = self.plan("2026-01-20")
        session.check_ids[1].write({"state": "problem", "note": "Signatures are a week old"})
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "service_contract.service_session_sheet_report", session.ids
        )
        for text in ("Antivirus", "Problem found", "Signatures are a week old"):
            with self.subTest(text):
                self.assertIn(text, html.decode())

    def test_statement_of_the_month_reports_what_was_checked(self):
        """S21: the customer reads each period what was looked at, and what was found."""
        session = self.plan("2026-01-20").with_user(self.user_technician)
        session.line_ids = [Command.create(self.prepare_connection("2026-01-02 07:00:00", 600))]
        session.check_ids[1].write({"state": "problem", "note": "A week old"})
        session.action_check_all()
        session.action_done()
        (statement,) = self.env["service.session"]._get_statements(
            self.company, self.day("2026-01-01"), self.day("2026-01-31"), self.customer
        )
        self.assertEqual(
            statement.total.rows[0].sentences[-3:],
            ["Updates – Done", "Antivirus – Problem found (A week old)", "Backups – Done"],
        )

    # ----- Late, and who sees it -----

    def test_late_on_the_contract(self):
        self.plan("2026-01-20")
        for day, late in (("2026-01-31", 0), ("2026-02-01", 1)):
            with self.subTest(day), freeze_time(f"{day} 10:00:00"):
                self.env.invalidate_all()
                self.assertEqual(self.contract.late_preventive_count, late)
                found = self.env["service.session"].search([("is_preventive_late", "=", True)])
                self.assertEqual(len(found), late)
                others = self.env["service.session"].search([("is_preventive_late", "=", False)])
                everything = self.env["service.session"].search([])
                self.assertEqual(others, everything - found)

    def test_technicians_do_not_write_checklists(self):
        with self.assertRaises(AccessError):
            self.checklist.with_user(self.user_technician).every_count = 2
        with self.assertRaises(AccessError):
            self.checklist.with_user(self.user_portal).read(["name"])

    def test_used_checklist_is_kept(self):
        self.plan("2026-01-20")
        with self.assertRaises(UserError):
            self.checklist.unlink()
