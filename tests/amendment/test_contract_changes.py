"""Amended, revised, suspended, ended, taken back, billed, in any order: the money stays right.

Invariants 1 and 5: no period is billed twice, what is billed less what is given back is what the
days cost, and the terms tile the time line.
"""

import random
from datetime import date, timedelta
from decimal import Decimal

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.service_contract.tools.periods import subtract

from ..commitment.common import ExitCommon
from ..revision.common import RevisionCommon
from .common import AmendmentCommon

FIRST = date(2027, 12, 31)
FAR = date(2030, 1, 1)
SEEDS = 8


class ChangesCommon(AmendmentCommon, ExitCommon, RevisionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["service.price.index.value"].create(
            [
                {"index_id": cls.index.id, "date": f"{year}-09-01", "value": value}
                for year, value in ((2027, 332.0), (2028, 340.0), (2029, 347.5))
            ]
        )

    def live(self, contract, step, draw):
        """Take one step, on a day that is drawn; tell whether it was let, or refused in words."""
        day = FIRST + timedelta(days=draw.randint(60, 500))
        try:
            with self.env.cr.savepoint():
                if contract.date_end and day > contract.date_end:
                    day = contract.date_end
                getattr(self, f"step_{step}")(contract, day, draw)
        except UserError:
            self.env.invalidate_all()
            return False
        return True

    def step_amend(self, contract, day, draw):
        line = {"quantity": draw.choice([0.5, 2, 3]), "price_unit": draw.choice([9.9, 33.33, 70])}
        self.amend(contract, day.isoformat(), line=line, **self.allow())

    def step_take_out(self, contract, day, draw):
        self.amend(contract, day.isoformat(), line={"is_removed": True}, **self.allow())

    def step_commit(self, contract, day, draw):
        months = draw.choice([1, 12, 24])
        self.amend(
            contract,
            day.isoformat(),
            is_new_commitment=True,
            commitment_months=months,
            **self.allow(),
        )

    def step_take_back(self, contract, day, draw):
        done = contract.amendment_ids.filtered(lambda amendment: amendment.state == "done")
        if done:
            draw.choice(done.with_user(self.user_manager)).action_cancel()

    def step_revise(self, contract, day, draw):
        self.propose(contract, day.isoformat()).with_user(self.user_manager).action_apply()

    def step_suspend(self, contract, day, draw):
        days = draw.choice([0, 20, 100, None])
        self.env["service.suspension"].with_user(self.user_manager).create(
            {
                "contract_id": contract.id,
                "date_start": day,
                "date_end": day + timedelta(days=days) if days is not None else False,
                "is_billed": draw.random() < 0.3,
            }
        )

    def step_go_on(self, contract, day, draw):
        if rows := contract.suspension_ids.with_user(self.user_manager):
            draw.choice(rows).unlink()

    def step_leave(self, contract, day, draw):
        self.leave(contract, FIRST + timedelta(days=70), wished=day)

    def step_withdraw(self, contract, day, draw):
        contract.with_user(self.user_manager).action_withdraw_termination()

    def step_bill(self, contract, day, draw):
        contract._generate_charges(min(day, FIRST + timedelta(days=200)))
        self.bill((FIRST + timedelta(days=draw.randint(0, 200))).isoformat())

    # ----- What holds -----

    def check(self, contract, until):
        contract._generate_charges(until)
        for line in contract.line_ids:
            self.assertEqual(self.get_net(line), self.get_owed(line, until), line.read())
        self.check_terms(contract)

    def get_net(self, line):
        """Return what was and will be billed for a line, less what is given back."""
        charges = self.env["service.charge"].search([("contract_line_id", "=", line.id)])
        return round(sum(charges.mapped("amount")), 2)

    def get_owed(self, line, until):
        """Return what the served days of a line cost: each billing period cut by day."""
        cent = Decimal("0.01")
        rests = line.contract_id.suspension_ids.filtered(lambda row: not row.is_billed)
        rests = sorted((row._get_period() for row in rests), key=lambda part: part.start)
        total = Decimal(0)
        for due in line._get_due_periods(until):
            whole = line._get_whole_price(due)
            days = due.whole.days
            for part in subtract(due.period, rests):
                start, end = ((day - due.whole.start).days for day in (part.start, part.end))
                total += (whole * end / days).quantize(cent, "ROUND_HALF_UP")
                total -= (whole * start / days).quantize(cent, "ROUND_HALF_UP")
        return round(float(total), 2)

    def check_terms(self, contract):
        """The terms that hold follow each other without a gap, from the contract's start on."""
        expected = contract.date_start
        for term in contract.commitment_ids.sorted("number"):
            if term._get_held_until() < term.date_start or term.is_refused:
                continue
            self.assertEqual(term.date_start, expected)
            expected = term._get_held_until() + timedelta(days=1)


@tagged("post_install", "-at_install")
@freeze_time("2028-03-15")
class TestContractChanges(ChangesCommon):
    STEPS = [name.removeprefix("step_") for name in dir(ChangesCommon) if name.startswith("step_")]

    def test_any_order(self):
        taken = set()
        for seed in range(SEEDS):
            draw = random.Random(seed)
            contract = self.create_contract(
                start=FIRST.isoformat(),
                billing_interval=draw.choice(["1", "3", "12"]),
                line={"price_unit": 33.33},
            )
            contract.line_ids.copy({"contract_id": contract.id})
            self.bill("2028-03-15")
            steps = draw.sample(self.STEPS, len(self.STEPS))
            for count, step in enumerate(steps, 1):
                with self.subTest(seed=seed, steps=steps[:count]):
                    if self.live(contract, step, draw):
                        taken.add(step)
                    self.check(contract, date(2028, 9, 1))
        self.assertEqual(taken, set(self.STEPS))

    def test_two_at_once(self):
        """Two people who end one contract: the second one is told, and nothing is charged twice."""
        contract = self.create_contract(start=FIRST.isoformat())
        first = self.simulate(contract, "2028-03-15", wished="2028-03-31")
        second = self.simulate(contract, "2028-03-15", wished="2028-04-30", user=self.user_sales)
        self.assertFalse(first.issue or second.issue)
        first.action_confirm()
        told = self.assertRaisesRegex(UserError, "has a termination already")
        with told, self.env.cr.savepoint():
            second.action_confirm()
        self.assertEqual(len(contract.termination_ids), 1)
        charges = contract.charge_ids.filtered(lambda charge: charge.kind == "termination")
        self.assertEqual(len(charges), 1)

    def test_another_company_sees_none_of_it(self):
        sister = self.setup_other_company(name="Sister")["company"]
        foreign = self.create_contract(company_id=sister.id, start=FIRST.isoformat())
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.leave(foreign, "2028-03-15")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.amend(foreign, "2028-04-01", line={"quantity": 2})
        self.assertFalse(foreign.termination_ids or foreign.amendment_ids)
