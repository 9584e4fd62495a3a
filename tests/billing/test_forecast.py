"""The coming months, reckoned by the code that bills: what runs then bill, to the cent."""

from collections import defaultdict

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo.tests import tagged

from ..revision.common import RevisionCommon
from .test_preview import PreviewCommon


class ForecastCommon(PreviewCommon):
    def forecast(self, user=None, **vals):
        """Ask as the screen does; return the rows."""
        wizard = self.env["service.forecast"].with_user(user or self.user_accountant)
        wizard = wizard.create({"company_id": self.company.id, **vals})
        action = wizard.action_show()
        return self.env[action["res_model"]].with_user(wizard.env.user).search(action["domain"])

    def bill_each_month(self, first="2026-06-30", months=12):
        """Bill as each month ends, after the daily jobs; return what each contract was billed."""
        found = defaultdict(float)
        for number in range(months):
            day = self.day(first) + relativedelta(months=number, day=31)
            with freeze_time(f"{day} 12:00:00"):
                run = self.create_run(day, user=self.user_accountant)
                self.assertEqual(run.state, "done")
                for move in run.invoice_ids:
                    key = (move.service_contract_id, day)
                    found[key] += move.amount_total_signed
        return {key: round(amount, 2) for key, amount in found.items()}

    def sum_up(self, rows):
        found = defaultdict(float)
        for row in rows:
            found[row.contract_id, row.date] += row.amount_total
        return {key: round(amount, 2) for key, amount in found.items()}


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestForecast(ForecastCommon):
    def create_all_kinds(self):
        """Contracts that begin, end, rest, are billed by quarter or year, in advance or arrears."""
        yearly = self.create_product("Yearly", 100, recurring=self.family, period="12")
        contracts = (
            self.create_contract(start="2026-01-31")
            + self.create_contract(start="2026-03-10", billing_interval="3")
            + self.create_contract(start="2026-02-01", billing_mode="arrears")
            + self.create_contract(start="2025-08-20", billing_interval="12", product=yearly)
            + self.create_contract(start="2026-05-01", product=yearly, line={"discount": 7.5})
            + self.create_contract(start="2026-09-05")
        )
        contracts[0].line_ids._replace_from(self.day("2026-10-12"), price_unit=57.77)
        contracts[2]._set_last_day(self.day("2026-12-10"))
        suspension = self.env["service.suspension"].with_user(self.user_manager)
        suspension.create(
            {"contract_id": contracts[1].id, "date_start": "2026-11-20", "date_end": "2027-01-08"}
        )
        return contracts

    def test_equal_to_what_the_runs_bill(self):
        for rounding in ("round_per_line", "round_globally"):
            with self.subTest(rounding):
                savepoint = self.env.cr.savepoint()
                self.company.tax_calculation_rounding_method = rounding
                self.create_all_kinds()
                expected = self.sum_up(self.forecast())
                self.assertGreater(len(expected), 35)
                self.assertEqual(self.bill_each_month(), expected)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_credits_larger_than_their_invoices_come_off_the_next_ones(self):
        """L08c: over several months, in parts, to the cent; a credit alone is no invoice."""
        for rounding in ("round_per_line", "round_globally"):
            with self.subTest(rounding):
                savepoint = self.env.cr.savepoint()
                self.company.tax_calculation_rounding_method = rounding
                contracts = self.create_given_back(0) + self.create_given_back(11)
                going_on = self.create_contract(start="2026-05-01", line={"price_unit": 33.33})
                contracts += going_on
                self.create_fee(going_on, -125.55)
                self.create_fee(going_on, -10)
                self.create_fee(contracts[1], 13.13, "2026-08-15")
                self.create_fee(contracts[1], 200, "2026-10-15")
                expected = self.sum_up(self.forecast())
                billed = self.bill_each_month()
                self.assertEqual(billed, expected)
                self.assertGreaterEqual(min(billed.values()), 0)
                self.assertFalse([key for key in billed if key[0] == contracts[0]])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_what_waits_for_a_day_is_billed_after_it(self):
        """As the runs do; what waits for a person, or for its session, is not foreseen."""
        contract = self.create_contract(start="2026-06-01")
        contract._generate_charges(self.day("2026-06-15"))
        contract.charge_ids.sudo()._as_workflow().hold_until = "2026-07-31"
        expected = self.sum_up(self.forecast(months=4))
        self.assertEqual(expected[contract, self.day("2026-08-31")], 120)
        self.assertEqual(self.bill_each_month(months=4), expected)

    def test_nothing_is_written(self):
        contracts = self.create_all_kinds()
        wizard = self.env["service.forecast"].with_user(self.user_accountant)
        wizard = wizard.create({"company_id": self.company.id, "is_renewed": False})
        payers = wizard._get_payers()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.read_only():
            self.assertGreater(len(wizard._prepare_lines(payers)), 35)
        self.forecast()
        self.assertFalse(contracts.charge_ids)

    def test_of_a_contract_and_of_a_customer(self):
        first = self.create_contract()
        other = self.create_contract(self.create_customer("B"))
        self.assertEqual(self.forecast(contract_ids=first.ids).contract_id, first)
        self.assertEqual(self.forecast(partner_ids=other.partner_id.ids).contract_id, other)
        context = {"active_model": "service.contract", "active_ids": first.ids}
        wizard = self.env["service.forecast"].with_user(self.user_manager).with_context(**context)
        self.assertEqual(wizard.create({}).contract_ids, first)

    def test_the_billing_day_of_the_company(self):
        self.company.service_billing_day = 5
        self.create_contract(start="2026-06-01")
        rows = self.forecast(months=2)
        self.assertEqual(rows.mapped("date"), [self.day("2026-07-05"), self.day("2026-08-05")])
        self.assertEqual(rows.mapped("amount_untaxed"), [100, 50], "June is late")

    def test_what_waits_is_billed_first_and_what_is_held_is_not(self):
        contract = self.create_contract(start="2026-05-01")
        contract._generate_charges(self.day("2026-06-15"))
        self.hold(contract.charge_ids.sorted("date_start")[0])
        self.assertEqual(self.forecast(months=1).amount_untaxed, 50)

    def test_late_reckoning_goes_on(self):
        for name in ("B", "C"):
            self.create_contract(self.create_customer(name))
        wizard = self.env["service.forecast"].with_user(self.user_accountant).create({})
        payers = wizard._get_payers()
        wizard._add(payers[:1])
        self.assertEqual(wizard._get_payers(), payers[1:])
        wizard.action_show()
        self.assertEqual(len(wizard.line_ids.contract_id), 2)
        wizard.months = 6
        self.assertFalse(wizard.line_ids, "reckoned anew")

    def test_workbook(self):
        self.create_contract()
        rows = self.forecast()
        context = {"forecast_id": rows.forecast_id.id}
        action = rows.browse().with_context(**context).action_export()
        report = self.env["ir.actions.report"].with_user(self.user_accountant)
        content, kind = report._render_xlsx(action["report_name"], rows.ids, {})
        self.assertEqual((content[:2], kind), (b"PK", "xlsx"))


@tagged("post_install", "-at_install")
@freeze_time("2026-11-15")
class TestForecastAssumptions(RevisionCommon, ForecastCommon):
    """What is not certain yet: renewals, and prices that are proposed."""

    def test_proposed_prices_count_where_they_are_assumed(self):
        """Each from its day on, in the middle of a billing period, too; then they are applied."""
        contracts = (
            self.create_contract(start="2026-01-01")
            + self.create_contract(start="2026-01-15")
            + self.create_contract(start="2026-01-20", billing_interval="3")
        )
        self.bill("2026-11-15")
        revisions = self.env["service.price.revision"]
        for contract in contracts:
            revisions += self.propose(contract, "2027-02-01")
        self.assertEqual(set(revisions.mapped("state")), {"proposed"})
        certain = self.sum_up(self.forecast(is_revised=False))
        assumed = self.sum_up(self.forecast(is_revised=True))
        self.assertNotEqual(certain, assumed)
        revisions.with_user(self.user_manager).action_apply()
        self.assertEqual(self.sum_up(self.forecast(is_revised=False)), assumed)
        self.assertEqual(self.bill_each_month("2026-11-30"), assumed)

    def test_a_commitment_that_is_not_renewed(self):
        """The contract bills to the last day of its commitment, and no further (L05)."""
        self.family.write({"initial_months": 12, "tacit_months": 12})
        contract = self.create_contract(start="2026-01-11")
        self.bill("2026-11-15")
        renewed = self.forecast(contract_ids=contract.ids)
        self.assertEqual(len(renewed), 11, "November is billed, and that of next year later")
        ending = self.forecast(contract_ids=contract.ids, is_renewed=False)
        self.assertEqual(ending.mapped("date"), [self.day("2026-12-31")])

    def test_no_client_assumes_anything_of_what_is_billed(self):
        contract = self.create_contract(start="2026-10-01")
        self.propose(contract, "2026-11-01")
        forged = {"service_assumptions": {"revisions": True, "renewals": False}}
        charges = contract.with_context(**forged)._generate_charges(self.day("2026-11-15"))
        self.assertEqual(charges.mapped("price_unit"), [50, 50])
