"""The first large run of a young database is planned by what it has put into the tables so far."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from ...models.common import table_statistics
from ...models.common.table_statistics import create_in_lots, in_lots
from ..common import ServiceContractCommon

BILLED = ("service_charge", "account_move", "account_move_line")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestTableStatistics(ServiceContractCommon):
    def make_tables_seem_empty(self):
        """Leave pages without a row in the tables of invoices, and have them counted so."""
        self.create_contract(start="2026-06-01")
        invoices = self.create_run("2026-06-15").invoice_ids
        charges = invoices.invoice_line_ids.service_charge_id
        invoices.unlink()
        charges.sudo().unlink()
        for table in BILLED:
            self.env.cr.execute(f"ANALYZE {table}")
            self.assertEqual(self.count_planned(table), 1)

    def count_planned(self, table):
        """Return how many rows PostgreSQL expects in a table."""
        self.env.flush_all()
        self.env.cr.execute(f"EXPLAIN (FORMAT JSON) SELECT FROM {table}")
        ((plan,),) = self.env.cr.fetchall()
        return plan[0]["Plan"]["Plan Rows"]

    def small_lots(self):
        return patch.multiple(table_statistics, FIRST_LOT=2, GROWTH=1)

    def get_sizes(self, size, *model_names):
        return [len(lot) for lot in in_lots(self.env, range(size), *model_names)]

    # ----- What a run puts into the tables -----

    def test_tables_of_a_run_are_counted_while_it_fills_them(self):
        self.make_tables_seem_empty()
        for number in range(6):
            self.create_contract(self.create_customer(f"Customer {number}"), start="2026-06-01")
        with self.small_lots():
            run = self.create_run("2026-06-15")
        self.assertEqual((run.state, run.invoice_count), ("done", 6))
        self.assertEqual(run.exception_count, 0)
        for table in BILLED:
            self.assertGreaterEqual(self.count_planned(table), 4, table)

    def test_terms_are_counted_while_renewals_are_recorded(self):
        self.env.cr.execute("ANALYZE service_commitment")
        self.family.write({"initial_months": 12, "tacit_months": 12})
        contracts = self.env["service.contract"]
        for _number in range(5):
            contracts += self.create_contract(start="2025-06-20")
        with self.small_lots(), freeze_time("2026-06-19"):
            self.assertEqual(len(contracts._renew()), 5)
        query = "SELECT reltuples FROM pg_class WHERE oid = 'service_commitment'::regclass"
        self.env.cr.execute(query)
        self.assertGreaterEqual(self.env.cr.fetchone()[0], 7)

    # ----- Lots -----

    def test_lots_grow_with_what_is_known(self):
        self.make_tables_seem_empty()
        self.assertEqual(self.get_sizes(300, "account.move", "account.move.line"), [25, 250, 25])
        self.assertEqual(self.get_sizes(25, "account.move"), [25])
        self.assertEqual(self.get_sizes(0, "account.move"), [])

    def test_what_is_known_well_is_created_at_once_after_one_look(self):
        self.env.cr.execute("ANALYZE ir_model_fields")
        before = self.env.cr.sql_log_count
        self.assertEqual(self.get_sizes(5000, "ir.model.fields"), [5000])
        self.assertEqual(self.env.cr.sql_log_count - before, 1)

    def test_few_records_cost_no_look(self):
        before = self.env.cr.sql_log_count
        self.assertEqual(self.get_sizes(25, "service.charge"), [25])
        self.assertEqual(self.env.cr.sql_log_count, before)

    def test_records_come_back_in_order(self):
        names = [f"Customer {number}" for number in range(9)]
        vals_list = [{"name": name} for name in names]
        with self.small_lots():
            partners = create_in_lots(self.env["res.partner"], vals_list)
        self.assertEqual(partners.mapped("name"), names)

    def test_counting_never_waits(self):
        """Another transaction that holds the table is left to its work."""
        self.env.flush_all()
        with self.registry.cursor() as other:
            other.execute("ANALYZE service_consent")
            self.env.cr.execute("SET LOCAL lock_timeout = '1s'")
            table_statistics._count_rows(self.env, ["service_consent"])
