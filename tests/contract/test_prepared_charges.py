"""What is to be charged is known without charging it, by the code that charges it."""

from freezegun import freeze_time
from psycopg2.errors import ReadOnlySqlTransaction

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_takeover import TakeoverCommon

COPIED = (
    "quantity",
    "price_unit",
    "discount",
    "date_start",
    "date_end",
    "billing_date",
    "name",
    "explanation",
)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00:00")
class TestPreparedCharges(TakeoverCommon):
    def create_mixture(self):
        """Contracts of all kinds of periods, one of them charged in part already."""
        yearly = self.create_product("Yearly", 100, recurring=self.family, period="12")
        vals = {"product_id": yearly.id, "date_start": "2026-02-10", "discount": 10}
        contracts = (
            self.contract
            + self.create_contract(start="2026-01-31", line_ids=[Command.create(vals)])
            + self.create_contract(start="2026-01-15", billing_interval="3")
            + self.create_contract(start="2026-01-01", billing_mode="arrears")
        )
        self.charge(contracts[2], "2026-02-01")
        suspension = self.env["service.suspension"].with_user(self.user_manager)
        suspension.create(
            {"contract_id": contracts[3].id, "date_start": "2026-03-10", "date_end": "2026-04-04"}
        )
        self.move_to_reunion()
        self.take_over("2026-08-01")
        return contracts

    def prepare(self, contracts, until):
        """Prepare charges where nothing can be written."""
        self.env.flush_all()
        self.env.invalidate_all()
        with self.read_only():
            return contracts._prepare_charges(self.day(until))

    def test_what_is_prepared_is_what_is_made(self):
        contracts = self.create_mixture()
        charges = self.env["service.charge"]
        prepared = self.prepare(contracts, "2026-09-30")
        self.assertGreater(len(prepared), 25)
        made = contracts._generate_charges(self.day("2026-09-30"))
        self.assertEqual(len(made), len(prepared))
        for charge, vals in zip(made, prepared, strict=True):
            self.assertEqual({name: charge[name] for name in COPIED}, {n: vals[n] for n in COPIED})
            self.assertEqual(charge.tax_ids.ids, vals["tax_ids"][0][2])
            for name in charges._get_party_fields():
                self.assertEqual(charge[name].id or False, vals[name] or False, name)
            figures = charges._compute_amounts_of(vals)
            self.assertEqual(charge.amount_untaxed, figures["total_excluded"])
            self.assertEqual(charge.amount_total, figures["total_included"])
        self.assertEqual(len(made.fiscal_position_id), 2, "from August on, as taken over")

    def test_looking_leaves_no_trace(self):
        contracts = self.create_mixture()
        before = contracts.charge_ids, contracts.mapped("charged_until")
        self.prepare(contracts, "2028-12-31")
        self.env.invalidate_all()
        self.assertEqual((contracts.charge_ids, contracts.mapped("charged_until")), before)

    def test_nothing_is_prepared_of_what_is_charged_or_not_in_force(self):
        self.charge(self.contract, "2026-06-15")
        draft = self.create_contract(activate=False)
        self.assertFalse(self.prepare(self.contract + draft, "2026-06-15"))

    def test_the_database_would_refuse_to_write(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ReadOnlySqlTransaction),
            self.read_only(),
        ):
            self.contract._generate_charges(self.day("2026-06-15"))

    def test_what_is_not_charged_yet_has_its_amount(self):
        """The question about a long backlog asks the same function (invariant 2)."""
        days = self.contract._get_uncharged(self.day("2026-03-01"))
        self.assertEqual(days, [(self.day("2026-01-01"), 50), (self.day("2026-02-01"), 50)])

    def test_statements_do_not_grow_with_contracts(self):
        first = self.create_mixture()
        second = self.create_contract() + self.create_contract() + self.create_contract()
        until = self.day("2026-09-30")

        def count(contracts):
            self.env.flush_all()
            return self.count_queries(
                lambda: contracts._prepare_charges(until), self.env.invalidate_all
            )

        count(first)  # what Odoo remembers of settings
        self.assertLessEqual(count(first + second), count(first + second[0]))
