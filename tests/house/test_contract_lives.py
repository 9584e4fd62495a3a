"""Whole lives of contracts, drawn at random: what they cost does not depend on how they went.

Whatever was billed, deleted, credited, amended, suspended, ended and withdrawn in whatever order,
the contract costs what one with the same lines, rests and last day costs that is billed at once.
"""

from datetime import date, timedelta

from freezegun import freeze_time
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ServiceContractCommon

COPIED = (
    "product_id",
    "name",
    "quantity",
    "price_unit",
    "discount",
    "price_period",
    "date_start",
    "date_end",
)
EVENTS = (
    *("bill", "bill_and_post", "bill_and_post", "delete_drafts", "credit", "rebill"),
    *("amend", "amend", "undo_amendment", "suspend", "suspend", "reactivate"),
    *("terminate", "withdraw", "close_session"),
)
CONTRACTS = st.fixed_dictionaries(
    {
        "start": st.sampled_from(["2024-01-31", "2024-02-29", "2023-12-15", "2024-01-01"]),
        "months": st.sampled_from([(36, 12), (24, 12), (3, 1), (0, 12)]),
        "interval": st.sampled_from(["1", "3", "12"]),
        "mode": st.sampled_from(["advance", "arrears"]),
        "period": st.sampled_from(["1", "12"]),
        "price": st.sampled_from([39.99, 100.0, 0.07, 1234.56]),
        "quantity": st.sampled_from([1, 3]),
        "discount": st.sampled_from([0, 10, 33.33]),
        "is_tax_included": st.booleans(),
        "is_zloty": st.booleans(),
    }
)
STEPS = st.lists(st.tuples(st.integers(1, 45), st.sampled_from(EVENTS)), min_size=4, max_size=9)


@tagged("post_install", "-at_install")
@freeze_time("2024-01-01 12:00:00")
class TestContractLives(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["default_journal_sale"].restrict_mode_hash_table = False
        cls.company.service_default_level_id = cls.level
        zloty = cls.setup_other_currency("PLN", rates=[("2020-01-01", 4.0)])
        cls.zloty = cls.env["product.pricelist"].create(
            {"name": "PLN", "currency_id": zloty.id, "company_id": cls.company.id}
        )

    # ----- Contracts -----

    def begin(self, draw):
        initial, tacit = draw["months"]
        self.family.write({"initial_months": initial, "tacit_months": tacit})
        product = self.create_product(
            "Support",
            draw["price"],
            tax=self.tax_included if draw["is_tax_included"] else None,
            recurring=self.family,
            level=self.level_unlimited,
            period=draw["period"],
        )
        with freeze_time(f"{draw['start']} 12:00:00"):
            return self.create_contract(
                self.create_customer("Customer"),
                product=product,
                start=draw["start"],
                billing_interval=draw["interval"],
                billing_mode=draw["mode"],
                pricelist_id=self.zloty.id if draw["is_zloty"] else False,
                line={"quantity": draw["quantity"], "discount": draw["discount"]},
            )

    def copy_with_hindsight(self, contract):
        """Return a contract that knew from the start all that happened to this one."""
        twin = self.env["service.contract"].create(
            {
                "partner_id": contract.partner_id.id,
                "family_id": contract.family_id.id,
                "level_id": contract.level_id.id,
                "date_start": contract.date_start,
                "pricelist_id": contract.pricelist_id.id,
                "billing_interval": contract.billing_interval,
                "billing_mode": contract.billing_mode,
                "line_ids": [
                    Command.create(
                        {
                            name: line._fields[name].convert_to_write(line[name], line)
                            for name in COPIED
                        }
                    )
                    for line in contract.line_ids
                ],
            }
        )
        twin.action_activate()
        for rest in contract.suspension_ids:
            rest.copy({"contract_id": twin.id})
        twin._as_workflow().date_end = contract.date_end
        return twin

    # ----- Events -----

    def run_billing(self, contract, is_posting):
        run = self.create_run(str(date.today()), user=self.user_accountant, is_auto_post=is_posting)
        self.assertFalse(run.exception_ids.mapped("detail"))

    def do_bill(self, contract):
        self.run_billing(contract, False)

    def do_bill_and_post(self, contract):
        self.run_billing(contract, True)

    def get_invoices(self, contract, state, move_type="out_invoice"):
        lines = contract.charge_ids.move_line_ids
        return lines.move_id.filtered(
            lambda move: move.state == state and move.move_type == move_type
        ).sorted("id")

    def do_delete_drafts(self, contract):
        self.get_invoices(contract, "draft").unlink()

    def reverse(self, contract, is_modify, **vals):
        invoice = self.get_invoices(contract, "posted").filtered(
            lambda move: not move.reversal_move_ids
        )[-1:]
        if invoice:
            wizard = (
                self.env["account.move.reversal"]
                .with_context(active_model="account.move", active_ids=invoice.ids)
                .create({"journal_id": invoice.journal_id.id, **vals})
            )
            wizard.reverse_moves(is_modify=is_modify)
            drafts = invoice.reversal_move_ids.filtered(lambda move: move.state == "draft")
            drafts.action_post()

    def do_credit(self, contract):
        self.reverse(contract, False, service_after_credit="owed")

    def do_rebill(self, contract):
        self.reverse(contract, True)

    def do_amend(self, contract):
        amendments = self.env["service.amendment"].with_user(self.user_manager)
        day = date.today() + timedelta(days=len(contract.line_ids) % 3 * 10)
        amendment = amendments.create(amendments._prepare_draft_vals(contract, day))
        amendment.line_ids[:1].price_unit += 7.77
        amendment.action_confirm()

    def do_undo_amendment(self, contract):
        amendments = contract.amendment_ids.filtered(lambda row: row.state == "done")
        amendments.sorted("id")[-1:].with_user(self.user_manager).action_cancel()

    def do_suspend(self, contract):
        if not contract.suspension_ids.filtered(lambda rest: not rest.date_end):
            rests = self.env["service.suspension"].with_user(self.user_manager)
            rests.create({"contract_id": contract.id, "date_start": date.today()})

    def do_reactivate(self, contract):
        contract.with_user(self.user_manager).action_reactivate()

    def do_terminate(self, contract):
        simulations = self.env["service.exit.simulation"].with_user(self.user_manager)
        simulations.create(
            {"contract_id": contract.id, "wished_date": date.today() + timedelta(days=40)}
        ).action_confirm()

    def do_withdraw(self, contract):
        contract.with_user(self.user_manager).action_withdraw_termination()

    def do_close_session(self, contract):
        self.create_session([(f"{date.today()} 09:00:00", 1800)], customer=contract.partner_id)

    def live(self, contract, event):
        """Let an event happen; what is refused in words changes nothing."""
        try:
            with self.env.cr.savepoint():
                getattr(self, f"do_{event}")(contract)
        except AccessError:
            raise
        except UserError as error:
            self.assertGreater(len(str(error)), 20)
        self.env.invalidate_all()

    # ----- What holds -----

    def get_cost(self, contract):
        """Return what the recurring charges come to, credits taken off, in the tax mode."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT COALESCE(sum(amount), 0)::numeric(16, 2) FROM service_charge
             WHERE contract_id = %s AND kind IN ('period', 'credit')
               AND state IN ('ready', 'on_hold', 'invoiced')
            """,
            [contract.id],
        )
        return self.env.cr.fetchone()[0]

    def check_billed_once(self, contract):
        """Invariants 1 and 2: a charge equals its live invoice lines, quantity and cents."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT charge.id, charge.state, charge.quantity, charge.amount_untaxed,
                   COALESCE(sum(line.quantity * sign.of), 0) AS billed,
                   COALESCE(sum(line.price_subtotal * sign.of), 0) AS amount
              FROM service_charge charge
              LEFT JOIN account_move_line line
                ON line.service_charge_id = charge.id AND line.parent_state <> 'cancel'
              LEFT JOIN account_move move ON move.id = line.move_id
              LEFT JOIN LATERAL (
                   SELECT CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END AS of
                   ) sign ON TRUE
             WHERE charge.contract_id = %s
             GROUP BY charge.id
            """,
            [contract.id],
        )
        for number, state, quantity, untaxed, billed, amount in self.env.cr.fetchall():
            is_billed = state == "invoiced"
            self.assertAlmostEqual(billed, quantity if is_billed else 0, 5, (number, state))
            self.assertAlmostEqual(amount, untaxed if is_billed else 0, 2, (number, state))

    def get_terms(self, contract, today):
        """Return the commitment periods that have ended, and where."""
        return {
            (term.number, term.date_start, term.date_end)
            for term in contract.commitment_ids
            if term.date_end < today
        }

    def check_life(self, draw, steps):
        contract = self.begin(draw)
        day, past = contract.date_start, set()
        for days, event in [(1, "bill_and_post"), *steps]:
            day += timedelta(days=days)
            with freeze_time(f"{day} 12:00:00"):
                contract._renew()
                self.live(contract, event)
                self.check_billed_once(contract)
                self.assertLessEqual(past, self.get_terms(contract, day), "invariant 5")
                past = self.get_terms(contract, day)
        with freeze_time(f"{day} 12:00:00"):
            self.do_bill_and_post(contract)
            twin = self.copy_with_hindsight(contract)
            twin._generate_charges(day)
            self.check_billed_once(contract)
            self.assertEqual(self.get_cost(contract), self.get_cost(twin))
            self.do_bill_and_post(twin)
            self.check_billed_once(twin)

    def test_a_contract_costs_the_same_however_it_went(self):
        @settings(
            max_examples=8,
            phases=[Phase.generate],
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(CONTRACTS, STEPS)
        def check(draw, steps):
            with self.env.cr.savepoint() as savepoint:
                self.check_life(draw, steps)
                savepoint.rollback()
            self.env.invalidate_all()

        check()
