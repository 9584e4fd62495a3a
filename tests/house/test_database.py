"""The database keeps the promises that the models make: every constraint and index exists."""

from odoo.orm.table_objects import Constraint, Index
from odoo.tests import TransactionCase, tagged

EXCLUSIONS = {
    "service_allowance": "service_allowance_period_once",
    "service_charge": "service_charge_period_once",
    "service_commitment": "service_commitment_no_overlap",
    "service_duty": "service_duty_duty_once",
    "service_suspension": "service_suspension_no_overlap",
    "account_analytic_line": "account_analytic_line_service_same_place",
}


@tagged("post_install", "-at_install")
class TestDatabase(TransactionCase):
    def get_table_objects(self, kind):
        """Return ``{name in the database: model}`` of what this add-on declares."""
        return {
            table_object.full_name(model): model
            for model_class in self.env.registry.values()
            if not model_class._abstract and not model_class._transient
            for model in [self.env[model_class._name]]
            for table_object in model._table_objects.values()
            if isinstance(table_object, kind) and table_object._module == "service_contract"
        }

    def fetch(self, query):
        self.env.cr.execute(query)
        return dict(self.env.cr.fetchall())

    def test_constraints_exist(self):
        declared = self.get_table_objects(Constraint)
        found = self.fetch("SELECT conname, convalidated FROM pg_constraint")
        self.assertGreater(len(declared), 20)
        self.assertEqual({name for name in declared if not found.get(name)}, set())

    def test_indexes_exist(self):
        declared = self.get_table_objects(Index)
        found = self.fetch(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid"
        )
        self.assertGreater(len(declared), 8)
        self.assertEqual({name for name in declared if not found.get(name)}, set())

    def test_exclusions_exist(self):
        """What makes double billing impossible, and not just unlikely (invariants 1 and 5)."""
        found = self.fetch(
            "SELECT conname, conrelid::regclass::text FROM pg_constraint WHERE contype = 'x'"
        )
        for table, name in EXCLUSIONS.items():
            self.assertEqual(found.get(name), table)
        definitions = self.fetch(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'x'"
        )
        self.assertIn(
            "daterange(date_start, date_end, '[)'", definitions["service_charge_period_once"]
        )
        self.assertIn("'period'", definitions["service_charge_period_once"])

    def test_every_stored_link_is_indexed(self):
        """A link without index makes each deletion of its target read the whole table."""
        indexed = self.fetch(
            """
            SELECT c.relname || '.' || a.attname, true
            FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
            """
        )
        links = [
            f"{self.env[name]._table}.{field.name}"
            for name in (
                "service.charge",
                "service.contract",
                "service.contract.line",
                "service.commitment",
                "service.exception",
                "account.move.line",
            )
            for field in self.env[name]._fields.values()
            if field.type == "many2one"
            and field.store
            and field._module == "service_contract"
            and field.comodel_name
            and field.comodel_name.startswith("service.")
        ]
        self.assertGreater(len(links), 12)
        self.assertEqual([link for link in links if link not in indexed], [])
