"""Two ways to book the same, compared in every stored column, by names that both know."""

from collections import defaultdict
from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command
from odoo.tools import SQL

from odoo.addons.service_contract.models.sepa.debit_finding import LINTED

from .common import BankCommon

# What two records never share, or what says how the steps came about.
OWN = {
    "id",
    "create_date",
    "write_date",
    "access_token",
    "message_id",
    "write_uid",  # who wrote at the end what was computed
    "service_uploaded_by_id",
    "service_upload_position",
}
MODELS = (
    "account.move",
    "account.move.line",
    "account.partial.reconcile",
    "account.full.reconcile",
    "account.payment",
    "account.payment.line",
    "account.payment.lot",
    "account.payment.order",
    "account.banking.mandate",
    "mail.message",
    "mail.tracking.value",
    "res.partner",
)


class AlikeCommon(BankCommon):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payers = cls.create_payers(6)
        cls.tax_at_once = cls.tax_excluded.copy(
            {"name": "20 % at once", "tax_exigibility": "on_invoice"}
        )
        cls.tax_ten = cls.tax_excluded.copy({"name": "10 %", "amount": 10})

    # ----- What is booked -----

    def make_mix(self):
        """Return invoices of all kinds: taxes, cents, parts, terms, several of one customer."""
        first, second, third, fourth, fifth, sixth = self.payers
        moves = self.create_invoice(first, 39.9, 12.5)
        moves += self.create_invoice(second, 33.335, 0.07, 1234.56)
        moves += self.create_invoice(third, 70.0, 29.99, tax=self.tax_included)
        moves += self.create_invoice(fourth, 19.99, tax=self.tax_at_once)
        moves += self.create_invoice(fifth, 8.88, 3.33, tax=self.tax_excluded + self.tax_ten)
        moves += self.create_invoice(fifth, 41.0, tax=self.env["account.tax"])
        partly = self.create_invoice(sixth, 100.0, tax=self.tax_ten)
        self.pay(partly, 20)
        parts = self.env["account.payment.term"].create(
            {
                "name": "30/70",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 30, "nb_days": 0}),
                    Command.create({"value": "percent", "value_amount": 70, "nb_days": 45}),
                ],
            }
        )
        moves += partly + self.create_invoice(first, 77.77, invoice_payment_term_id=parts.id)
        return moves + self.make_discounted(second)

    def make_discounted(self, customer):
        """Return invoices that grant a discount for early payment, in each way to reckon it."""
        return self.env["account.move"].union(
            *(
                self.create_invoice(
                    customer,
                    50.0,
                    invoice_payment_term_id=self.env["account.payment.term"]
                    .create(
                        {
                            "name": f"Early {mode}",
                            "early_discount": True,
                            "discount_percentage": 2,
                            "discount_days": 10,
                            "early_pay_discount_computation": mode,
                            "line_ids": [
                                Command.create(
                                    {"value": "percent", "value_amount": 100, "nb_days": 30}
                                )
                            ],
                        }
                    )
                    .id,
                )
                for mode in ("included", "excluded", "mixed")
            )
        )

    def create_foreign_order(self):
        """Return an order in another currency than the books; files are of euro alone."""
        dollar = self.setup_other_currency("USD", rates=[("2020-01-01", 1.1), ("2026-06-20", 1.25)])
        moves = self.env["account.move"].union(
            *(
                self.create_invoice(
                    payer,
                    50.0 + number,
                    currency_id=dollar.id,
                    invoice_payment_term_id=False,
                    invoice_date_due="2026-06-25",
                )
                for number, payer in enumerate(self.payers[:3])
            )
        )
        order = self.create_order(moves, generate=False)
        checks = patch.object(
            type(order.payment_line_ids), "_draft2open_payment_line_check", lambda line: []
        )
        with checks:
            order.with_context(service_linted=LINTED).draft2open()
        order.sudo().write({"state": "generated", "date_generated": "2026-06-15"})
        return order

    # ----- Two ways -----

    @contextmanager
    def undone(self):
        """Undo what the block does, which begins with nothing in memory."""
        self.env.cr.flush()
        self.env.invalidate_all()
        with self.env.cr.savepoint() as savepoint:
            yield
            savepoint.rollback()
        self.env.cr.cache.clear()
        self.env.invalidate_all()

    def assertAlike(self, found, expected, messages):
        """Compare row by row, and say of each model no more than what differs."""
        for name, rows in expected.items():
            if name == "mail.message" and not messages:
                continue
            with self.subTest(name):
                self.assertEqual(len(found[name]), len(rows))
                differences = [
                    (row["label"], column, mine[column], row[column])
                    for mine, row in zip(found[name], rows, strict=True)
                    for column in row
                    if mine[column] != row[column]
                ]
                self.assertEqual(differences[:8], [])

    def get_last_ids(self):
        found = {}
        for name in MODELS:
            table = SQL.identifier(self.env[name]._table)
            self.env.cr.execute(SQL("SELECT COALESCE(MAX(id), 0) FROM %s", table))
            found[name] = self.env.cr.fetchone()[0]
        return found

    # ----- Every stored column -----

    def describe(self, before):
        """Return ``{model: rows}``, with names in the place of the ids that were given since."""
        self.env.cr.flush()
        self.env.invalidate_all()
        rows = {name: self.get_rows(name) for name in MODELS}
        self.leave_out_steps(rows)
        self.labels = {}
        self.name_moves(rows, before)
        self.name_lines(rows, before)
        self.name_matchings(rows, before)
        self.name_messages(rows, before)
        del rows["mail.tracking.value"]  # they are a part of the messages' names
        return {
            name: sorted(
                (self.get_values(name, row) for row in some.values()),
                key=lambda row: repr((row["label"], row)),
            )
            for name, some in rows.items()
        }

    def leave_out_steps(self, rows):
        """Leave out what is logged of the order's states, of which the stack has one less."""
        messages, values = rows["mail.message"], rows["mail.tracking.value"]
        state = self.env["ir.model.fields"]._get("account.payment", "order_state").id
        own = {id_ for id_, row in messages.items() if row["model"] == "account.payment.order"}
        rows["mail.message"] = {id_: row for id_, row in messages.items() if id_ not in own}
        rows["mail.tracking.value"] = {
            id_: row
            for id_, row in values.items()
            if row["mail_message_id"] not in own and row["field_id"] != state
        }

    def get_rows(self, name):
        model = self.env[name]
        self.env.cr.execute(SQL("SELECT * FROM %s", SQL.identifier(model._table)))
        rows = {row["id"]: row for row in self.env.cr.dictfetchall()}
        if name in ("account.move", "account.move.line"):
            for record in model.browse(rows):
                for field in ("tax_ids", "tax_tag_ids"):
                    if field in model._fields:
                        rows[record.id][field] = sorted(record[field].ids)
        return rows

    def get_new(self, name, rows, before):
        return {id_: row for id_, row in rows[name].items() if id_ > before[name]}

    def name_moves(self, rows, before):
        for id_, row in self.get_new("account.move", rows, before).items():
            self.labels["account.move", id_] = (row["journal_id"], row["name"])

    def name_lines(self, rows, before):
        groups = defaultdict(list)
        for id_, row in self.get_new("account.move.line", rows, before).items():
            groups[row["move_id"]].append((row["sequence"], id_))
        for move_id, ids in groups.items():
            for place, (_sequence, id_) in enumerate(sorted(ids)):
                self.labels["account.move.line", id_] = (
                    self.get_label("account.move", move_id),
                    place,
                )

    def name_matchings(self, rows, before):
        full = {id_: [] for id_ in self.get_new("account.full.reconcile", rows, before)}
        for id_, row in self.get_new("account.partial.reconcile", rows, before).items():
            label = tuple(
                self.get_label("account.move.line", row[name])
                for name in ("debit_move_id", "credit_move_id")
            )
            self.labels["account.partial.reconcile", id_] = label
            if row["full_reconcile_id"] in full:
                full[row["full_reconcile_id"]].append(label)
        for id_, some in full.items():
            self.labels["account.full.reconcile", id_] = tuple(sorted(some, key=repr))

    def name_messages(self, rows, before):
        tracked = defaultdict(list)
        for row in rows["mail.tracking.value"].values():
            tracked[row["mail_message_id"]].append(
                tuple((name, row[name]) for name in sorted(row.keys() - OWN - {"mail_message_id"}))
            )
        for id_, row in self.get_new("mail.message", rows, before).items():
            place = self.get_label(row["model"], row["res_id"])
            told = tuple(sorted(tracked[id_], key=repr))
            self.labels["mail.message", id_] = (row["model"], place, row["body"], told)

    def get_label(self, name, id_):
        return self.labels.get((name, id_), id_)

    def get_values(self, name, row):
        """Return the values of a row; a matching number says whether it is whole."""
        model, values = self.env[name], {}
        for column in sorted(row.keys() - OWN):
            value, field = row[column], model._fields.get(column)
            if field is not None and field.type == "many2one" and isinstance(value, int):
                value = self.get_label(field.comodel_name, value)
            if column == "res_id" and value:
                value = self.get_label(row["model"], value)
            if column == "matching_number" and value:
                value = value[0] == "P"
            if column == "inalterable_hash":  # of ids as well
                value = bool(value)
            values[column] = value
        values["label"] = self.get_label(name, row["id"]) if row["id"] else None
        return values
