"""Contracts and runs drawn at random: what is owed is billed once, to the cent (invariants 1, 2).

The days that a line owes are counted here from its start, its end and the calendar alone, and the
rows are judged by SQL. Both ways of rounding taxes, prices with their tax inside, invoices of one
contract or of a customer's all; runs in any order, rolled back, credited, with late cut-offs.
"""

import os
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ServiceContractCommon
from ..invariants import find_broken

# How many lives are tried: few, and always the same ones, unless somebody asks for more.
EXAMPLES = int(os.environ.get("WORKSHOP_LIVES", 8))
AHEAD = timedelta(days=40)
LINES = st.fixed_dictionaries(
    {
        "price_unit": st.sampled_from([50.0, 39.99, 0.07, 1234.56, 33.335]),
        "quantity": st.sampled_from([1, 3, 0.5]),
        "discount": st.sampled_from([0, 33.33]),
        "is_tax_included": st.booleans(),
    }
)
CONTRACTS = st.fixed_dictionaries(
    {
        "start": st.sampled_from(["2024-01-31", "2024-02-29", "2023-11-15", "2024-03-01"]),
        "interval": st.sampled_from(["1", "1", "3"]),
        "mode": st.sampled_from(["advance", "arrears"]),
        "lines": st.lists(LINES, min_size=1, max_size=3),
    }
)
COMPANIES = st.fixed_dictionaries(
    {
        "rounding": st.sampled_from(["round_per_line", "round_globally"]),
        "grouping": st.sampled_from(["contract", "customer"]),
        "contracts": st.lists(CONTRACTS, min_size=1, max_size=3),
    }
)
EVENTS = (
    *("run", "run", "run_and_post", "run_and_post", "run_ahead", "post", "roll_back"),
    *("delete_draft", "credit", "credit", "amend", "enlarge"),
)
STEPS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(EVENTS), st.integers(0, 5)),
    min_size=4,
    max_size=9,
)


@tagged("post_install", "-at_install")
@freeze_time("2024-03-01 12:00:00")
class TestBillingLives(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = {
            is_included: cls.create_product(
                "Support",
                50.0,
                tax=cls.tax_included if is_included else None,
                recurring=cls.family,
                level=cls.level_unlimited,
            )
            for is_included in (False, True)
        }

    def begin(self, draw):
        self.company.tax_calculation_rounding_method = draw["rounding"]
        self.company.service_grouping = draw["grouping"]
        customer = self.create_customer("Lives")
        contracts = self.env["service.contract"].create(
            [self.prepare_contract(customer, one) for one in draw["contracts"]]
        )
        contracts.action_activate()
        return contracts

    def prepare_contract(self, customer, draw):
        return {
            "partner_id": customer.id,
            "family_id": self.family.id,
            "level_id": self.level_unlimited.id,
            "date_start": draw["start"],
            "billing_interval": draw["interval"],
            "billing_mode": draw["mode"],
            "line_ids": [Command.create(self.prepare_line(line)) for line in draw["lines"]],
        }

    def prepare_line(self, draw):
        names = ("price_unit", "quantity", "discount")
        product = self.products[draw["is_tax_included"]]
        return {"product_id": product.id, **{name: draw[name] for name in names}}

    # ----- Events: each is what a person may do; what is refused in words changes nothing -----

    def bill(self, cutoff, **vals):
        run = self.env["service.billing.run"].with_user(self.user_accountant)
        run = run.create({"cutoff_date": cutoff, "invoice_date": date.today(), **vals})
        self.start_run(run)
        self.assertEqual(run.state, "done")
        self.assertFalse(run.exception_ids.filtered(lambda row: row.job != "set_off"))
        return run

    def do_run(self, contracts, number):
        self.bill(date.today())

    def do_run_and_post(self, contracts, number):
        self.bill(date.today(), is_auto_post=True)

    def do_run_ahead(self, contracts, number):
        self.bill(date.today() + AHEAD)

    def choose(self, records, number):
        return records[number % len(records)] if records else records

    def get_moves(self, contracts, state):
        moves = contracts.charge_ids.move_line_ids.move_id
        return moves.filtered(lambda move: move.state == state).sorted("id")

    def do_post(self, contracts, number):
        drafts = self.get_moves(contracts, "draft")
        for run in drafts.service_run_id.with_user(self.user_accountant):
            run.action_post_invoices()

    def do_roll_back(self, contracts, number):
        runs = self.get_moves(contracts, "draft").service_run_id
        if run := self.choose(runs.with_user(self.user_accountant), number):
            run.action_roll_back()

    def do_delete_draft(self, contracts, number):
        self.choose(self.get_moves(contracts, "draft"), number).unlink()

    def do_credit(self, contracts, number):
        """Credit an invoice as a mistake: what it billed is owed again."""
        invoices = self.get_moves(contracts, "posted").filtered(
            lambda move: move.move_type == "out_invoice" and not move.reversal_move_ids
        )
        if invoice := self.choose(invoices, number):
            wizard = (
                self.env["account.move.reversal"]
                .with_context(active_model="account.move", active_ids=invoice.ids)
                .create({"journal_id": invoice.journal_id.id, "service_after_credit": "owed"})
            )
            wizard.refund_moves()
            wizard.new_move_ids.action_post()

    def amend(self, contract, day):
        amendments = self.env["service.amendment"].with_user(self.user_manager)
        return amendments.create(amendments._prepare_draft_vals(contract, day))

    def do_amend(self, contracts, number):
        """Change a price, from a day that may be billed already: what is too much comes back."""
        day = date.today() + timedelta(days=number * 7 - 10)
        amendment = self.amend(self.choose(contracts, number), day)
        amendment.line_ids[:1].price_unit += 7.77
        amendment.action_confirm()

    def do_enlarge(self, contracts, number):
        amendment = self.amend(self.choose(contracts, number), date.today())
        amendment.line_ids[-1:].quantity += 1
        amendment.action_confirm()

    def live(self, contracts, event, number):
        with suppress(UserError), self.env.cr.savepoint():
            getattr(self, f"do_{event}")(contracts, number)
        self.env.invalidate_all()

    # ----- What holds -----

    def assertWhole(self):
        self.env.flush_all()
        self.assertEqual(find_broken(self.env.cr, self.company.id), {})

    def get_owed_days(self, line, cutoff):
        """Return the days that a line owes on a day, counted from the calendar alone."""
        contract, owed = line.contract_id, set()
        months = int(contract.billing_interval)
        for number in range(100):
            start = contract.date_start + relativedelta(months=number * months)
            end = contract.date_start + relativedelta(months=(number + 1) * months)
            first = max(start, line.date_start or start)
            last = min(end, line.date_end + timedelta(days=1)) if line.date_end else end
            is_due = first <= cutoff if contract.billing_mode == "advance" else last <= cutoff
            if first < last and is_due:
                owed |= {first + timedelta(days=day) for day in range((last - first).days)}
        return owed

    def get_billed_days(self, line):
        """Return how often each day of a line is billed, what is given back taken off."""
        days = Counter()
        for charge in line.charge_ids.filtered(lambda row: row.state in ("invoiced", "ready")):
            sign = 1 if charge.quantity > 0 else -1
            for day in range((charge.date_end - charge.date_start).days):
                days[charge.date_start + timedelta(days=day)] += sign
        return {day: count for day, count in days.items() if count}

    def check_billed(self, contracts, cutoff):
        for line in contracts.line_ids:
            billed, owed = self.get_billed_days(line), self.get_owed_days(line, cutoff)
            self.assertEqual(set(billed.values()) - {1}, set(), line.name)
            self.assertLessEqual(owed, billed.keys(), "owed and not billed")
            ahead = self.get_owed_days(line, cutoff + AHEAD)
            self.assertLessEqual(billed.keys(), ahead, "billed and not owed")

    def get_sums(self, contracts):
        """Return what charges, lines, heads and the ledger come to, tax excluded."""
        charges = contracts.charge_ids.filtered(lambda charge: charge.state == "invoiced")
        moves = self.get_moves(contracts, "posted")
        lines = moves.invoice_line_ids.filtered("service_charge_id")
        amounts = (
            sum(charges.mapped("amount_untaxed")),
            sum(line._get_service_amount() for line in lines),
            sum(moves.mapped("amount_untaxed_signed")),
            -sum(lines.mapped("balance")),
        )
        return {round(amount, 2) for amount in amounts}

    def check_life(self, draw, steps):
        contracts = self.begin(draw)
        day = date.today()
        for days, event, number in steps:
            day += timedelta(days=days)
            with freeze_time(f"{day} 12:00:00"):
                self.live(contracts, event, number)
                self.assertWhole()
        with freeze_time(f"{day} 12:00:00"):
            self.do_post(contracts, 0)
            self.bill(day, is_auto_post=True)
            self.assertWhole()
            self.check_billed(contracts, day)
            self.assertEqual(len(self.get_sums(contracts)), 1)

    def test_what_is_wrong_is_found(self):
        """Each of the questions to the database has an answer where something is wrong."""
        draw = {"price_unit": 50.0, "quantity": 1, "discount": 0, "is_tax_included": True}
        one = {"start": "2024-02-01", "interval": "1", "mode": "advance", "lines": [draw]}
        company = {"rounding": "round_per_line", "grouping": "contract", "contracts": [one, one]}
        contracts = self.begin(company)
        invoices = self.bill(date(2024, 3, 1), is_auto_post=True).invoice_ids
        self.assertWhole()
        charge = contracts[0].charge_ids[0]
        wrongs = (
            (charge, {"amount_untaxed": charge.amount_untaxed + 0.01}),
            (charge, {"state": "ready"}),
            (charge.move_line_ids, {"service_charge_id": False}),
            (invoices[0], {"amount_total": invoices[0].amount_total + 0.01}),
            (invoices[0], {"sequence_number": 99}),
            (invoices[0], {"state": "cancel"}),
        )
        for record, vals in wrongs:
            with self.subTest(record._name, **vals), self.env.cr.savepoint() as savepoint:
                self.store(record, **vals)
                self.assertTrue(find_broken(self.env.cr, self.company.id))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_what_is_owed_is_billed_once(self):
        @settings(
            max_examples=EXAMPLES,
            phases=[Phase.generate],
            deadline=None,
            derandomize="WORKSHOP_LIVES" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(COMPANIES, STEPS)
        def check(draw, steps):
            with self.env.cr.savepoint() as savepoint:
                self.check_life(draw, steps)
                savepoint.rollback()
            self.env.invalidate_all()

        check()
