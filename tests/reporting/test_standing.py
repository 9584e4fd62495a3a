"""Suspended and leaving contracts say so, bring nothing more, and their loss is seen coming."""

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01")
class TestStanding(ServiceContractCommon):
    def suspend(self, contract, start="2026-01-01", **vals):
        return (
            self.env["service.suspension"]
            .with_user(self.user_manager)
            .create({"contract_id": contract.id, "date_start": start, **vals})
        )

    def run_daily(self):
        self.run_cron("service_contract.service_contract_cron")

    def movements(self, contract):
        self.env.flush_all()
        contracts = self.env["service.contract"]
        domain = contracts._get_mrr_behind_domain(date.today())
        contracts.search(domain)._record_mrr_movements()
        return [
            (row.kind, row.amount, row.date.isoformat(), row.is_planned)
            for row in contract.mrr_movement_ids.sorted("date")
        ]

    def get_report(self, contract):
        self.env.flush_all()
        reports = self.env["service.contract.report"].with_user(self.user_sales)
        return reports.search([("contract_id", "=", contract.id)])

    # ----- Lists -----

    def test_lists_say_what_hides_behind_active(self):
        active, suspended, leaving, draft = (
            self.create_contract(activate=name != "draft")
            for name in ("active", "suspended", "leaving", "draft")
        )
        self.suspend(suspended)
        leaving.sudo().date_end = "2026-06-30"
        for contract, standing in (
            (active, "active"),
            (suspended, "suspended"),
            (leaving, "leaving"),
            (draft, "draft"),
        ):
            with self.subTest(standing):
                self.assertEqual(contract.with_user(self.user_sales).standing, standing)
                self.assertEqual(self.get_report(contract).standing, standing)

    def test_lists_show_the_standing(self):
        for name in ("service_contract_view_list", "service_contract_report_view_list"):
            arch = self.env.ref(f"service_contract.{name}").arch
            self.assertIn('name="standing"', arch)

    # ----- Money -----

    def test_suspended_money_is_in_no_sum(self):
        contract = self.create_contract()
        self.assertEqual(contract.mrr, 50)
        suspension = self.suspend(contract)
        self.assertEqual(contract.mrr, 0)
        self.assertEqual(self.get_report(contract).mrr, 0)
        suspension.is_billed = True
        self.assertEqual(contract.mrr, 50)

    def test_time_alone_suspends_and_resumes(self):
        contract = self.create_contract()
        self.suspend(contract, "2026-02-10", date_end="2026-03-31")
        for day, monthly in (
            ("2026-01-31", 50),
            ("2026-02-10", 0),
            ("2026-03-31", 0),
            ("2026-04-01", 50),
        ):
            with freeze_time(day), self.subTest(day):
                self.run_daily()
                self.assertEqual(contract.mrr, monthly)

    # ----- Movements -----

    def test_loss_is_seen_as_soon_as_the_last_day_is_known(self):
        contract = self.create_contract()
        contract.sudo().date_end = "2026-06-30"
        new, churn = ("new", 50, "2026-01-01", False), ("churn", -50, "2026-06-30", True)
        rows = contract.mrr_movement_ids.sorted("date")
        self.assertEqual(rows.mapped("is_planned"), [False, True])
        self.assertEqual(self.movements(contract), [new, churn])
        self.assertEqual(self.movements(contract), [new, churn], "once")

    def test_loss_that_is_withdrawn_is_gone(self):
        contract = self.create_contract()
        contract.sudo().date_end = "2026-06-30"
        contract.sudo().date_end = False
        self.assertEqual(self.movements(contract), [("new", 50, "2026-01-01", False)])

    def test_loss_that_has_come_is_written_once(self):
        contract = self.create_contract()
        contract.sudo().date_end = "2026-06-30"
        with freeze_time("2026-07-01"):
            self.run_daily()
            self.assertEqual(contract.state, "ended")
            self.assertEqual(
                self.movements(contract),
                [("new", 50, "2026-01-01", False), ("churn", -50, "2026-06-30", False)],
            )

    def test_agreed_changes_are_planned_gains_and_losses_alike(self):
        contract = self.create_contract()
        contract.line_ids.date_end = "2026-02-28"
        contract.line_ids = [
            Command.create(
                {
                    "product_id": self.product_support.id,
                    "price_unit": price,
                    "date_start": start,
                    "date_end": end,
                }
            )
            for price, start, end in (
                (80, "2026-03-01", "2026-04-30"),
                (60, "2026-05-01", False),
            )
        ]
        contract.sudo().date_end = "2026-12-31"
        self.assertEqual(
            self.movements(contract),
            [
                ("new", 50, "2026-01-01", False),
                ("expansion", 30, "2026-03-01", True),
                ("contraction", -20, "2026-05-01", True),
                ("churn", -60, "2026-12-31", True),
            ],
        )
        self.assertEqual(sum(contract.mrr_movement_ids.mapped("amount")), 0)

    def test_suspension_is_no_churn(self):
        contract = self.create_contract()
        self.suspend(contract, date_end="2026-03-31")
        new, rest = ("new", 50, "2026-01-01", False), ("suspension", -50, "2026-01-01", False)
        found = self.movements(contract)
        self.assertEqual(sorted(found[:2]), [new, rest])
        self.assertEqual(found[2:], [("resumption", 50, "2026-04-01", True)])
        with freeze_time("2026-04-01"):
            self.run_daily()
            self.assertEqual(
                self.movements(contract)[2:], [("resumption", 50, "2026-04-01", False)]
            )

    def test_suspension_to_come_is_planned(self):
        contract = self.create_contract()
        self.suspend(contract, "2026-02-01")
        self.assertEqual(
            self.movements(contract),
            [("new", 50, "2026-01-01", False), ("suspension", -50, "2026-02-01", True)],
        )

    def test_contract_that_begins_later_is_lost_later(self):
        contract = self.create_contract(start="2026-03-01")
        contract.sudo().date_end = "2027-02-28"
        self.assertEqual(
            self.movements(contract),
            [("new", 50, "2026-03-01", False), ("churn", -50, "2027-02-28", True)],
        )

    # ----- Reasons -----

    def test_reasons_of_leaving_are_why_and_those_of_suspensions_their_own(self):
        reasons = self.env["service.reason"].with_user(self.user_manager)
        names = {
            usage: set(reasons.search([("usage", "=", usage)]).mapped("name"))
            for usage in ("exit", "suspend")
        }
        self.assertLessEqual(
            {
                "Gone to a competitor",
                "Price",
                "Dissatisfied with the service",
                "Insolvency",
                "Notice given by us",
            },
            names["exit"],
        )
        self.assertNotIn("Notice given by the customer", names["exit"])
        self.assertIn("Unpaid invoices", names["suspend"])
        domain = self.env["service.suspension"]._fields["reason_id"].domain
        self.assertEqual(domain, "[('usage', '=', 'suspend')]")
