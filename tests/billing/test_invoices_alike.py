from contextlib import contextmanager
from itertools import count
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT
from odoo.addons.service_contract.models.billing.draft_poster import post_in_order
from odoo.addons.service_contract.models.billing.draft_writer import DraftWriter

from ..common import IBANS
from .common import BillingRunCommon

# What two records never share, or what is compared by its place.
OWN = {"id", "create_date", "write_date", "access_token", "message_id", "date_last_stage_update"}
PLACES = {"move_id", "res_id", "mail_message_id", "parent_id"}


@tagged("post_install", "-at_install")
@freeze_time("2026-06-30 10:00")
class TestInvoicesAlike(BillingRunCommon):
    """What is made and posted at once equals what Odoo makes one by one, in every column."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        run = cls.create_run("2026-06-30", start=False, user=cls.user_accountant)
        cls.bill_run = run.with_context(**dict.fromkeys(DISABLED_MAIL_CONTEXT, False))
        cls.numbers = count(1)
        cls.extra = {}
        cls.make_taxes()
        cls.make_terms()
        cls.plan = cls.env["account.analytic.plan"].create({"name": "Projects"})
        cls.dollar = cls.setup_other_currency("USD", rates=[("2020-01-01", 1.0837)])

    @classmethod
    def make_taxes(cls):
        cls.tax_ten = cls.tax_excluded.copy({"name": "10 %", "amount": 10})
        cls.tax_at_once = cls.tax_excluded.copy(
            {"name": "20 % at once", "tax_exigibility": "on_invoice"}
        )
        cls.tax_eco = cls.env["account.tax"].create(
            {
                "name": "Eco",
                "amount_type": "fixed",
                "amount": 1.37,
                "include_base_amount": True,
                "sequence": 0,
                "company_id": cls.company.id,
                "country_id": cls.company.account_fiscal_country_id.id,
                "tax_group_id": cls.tax_excluded.tax_group_id.id,
            }
        )
        cls.tag = cls.env["account.account.tag"].create(
            {"name": "Services", "applicability": "products"}
        )

    @classmethod
    def make_terms(cls):
        def term(name, shares, **vals):
            lines = [
                Command.create({"value": "percent", "value_amount": share, "nb_days": days})
                for share, days in shares
            ]
            return cls.env["account.payment.term"].create({"name": name, "line_ids": lines, **vals})

        cls.term_parts = term("30/70", [(30, 0), (70, 45)])
        cls.terms_early = [
            term(
                f"Early {mode}",
                [(100, 30)],
                early_discount=True,
                discount_percentage=2,
                discount_days=10,
                early_pay_discount_computation=mode,
            )
            for mode in ("included", "excluded", "mixed")
        ]

    # ----- The mix -----

    @classmethod
    def customer_of(cls, **vals):
        return cls.create_customer(f"Customer {next(cls.numbers)}", **vals)

    @classmethod
    def owe(cls, *prices, customer=None, contract=None, taxes=None, extra=None, party=None, **vals):
        """Make charges of some prices, and remember what else their invoice is given."""
        customer = customer or (contract and contract.partner_id) or cls.customer_of()
        charges = cls.env["service.charge"]
        given = charges._prepare_billing_party_vals(customer, contract, cls.company)
        taxes = cls.tax_excluded if taxes is None else taxes
        if extra:
            cls.extra[given["partner_invoice_id"]] = extra
        made = charges.sudo().create(
            [
                {
                    **given,
                    "kind": "one_off",
                    "component": "other",
                    "product_id": cls.product_support.id,
                    "name": f"What costs {price}\nJune",
                    "price_unit": price,
                    "tax_ids": [Command.set(taxes.ids)],
                    "date_start": "2026-06-01",
                    "date_end": "2026-07-01",
                    "billing_date": "2026-06-01",
                    **(party or {}),
                    **vals,
                }
                for price in prices
            ]
        )
        return made.with_env(cls.env)

    @classmethod
    def make_mix(cls):
        """Return charges of all kinds, some invoices of each."""
        charges = cls.owe(39.9, 12.5)
        charges += cls.owe(33.335, 0.07, 1234.56, quantity=2.335, discount=3.333)
        charges += cls.make_taxed()
        charges += cls.make_signed()
        charges += cls.make_customers()
        charges += cls.make_contracts()
        for term in (cls.term_parts, *cls.terms_early):
            charges += cls.owe(100.01, 9.99, party={"payment_term_id": term.id})
        for vals in cls.get_roundings():
            rounding = cls.env["account.cash.rounding"].create(vals)
            extra = {"invoice_cash_rounding_id": rounding.id}
            charges += cls.owe(10.01, 3.33, extra=extra)
        return charges

    @classmethod
    def make_taxed(cls):
        charges = cls.owe(50.0, 50.0, 50.0, 50.0, taxes=cls.tax_included)
        charges += cls.owe(29.99, 0.01, taxes=cls.tax_included, quantity=3)
        both = cls.customer_of()
        charges += cls.owe(39.9, 7.77, customer=both)
        charges += cls.owe(12.5, 3.33, customer=both, taxes=cls.tax_ten)
        mixed = cls.customer_of()
        charges += cls.owe(20.0, customer=mixed, taxes=cls.tax_at_once)
        charges += cls.owe(30.0, customer=mixed, taxes=cls.tax_eco + cls.tax_excluded)
        charges += cls.owe(11.11, customer=mixed, taxes=cls.env["account.tax"])
        charges += cls.owe(15.0, 22.22, taxes=cls.env["account.tax"])
        tagged_product = cls.create_product("Tagged", 10.0)
        tagged_product.account_tag_ids = cls.tag
        charges += cls.owe(10.0, product_id=tagged_product.id)
        charges += cls.owe(10.0, product_id=tagged_product.id, taxes=cls.env["account.tax"])
        return charges

    @classmethod
    def make_signed(cls):
        """Return charges with some below zero, and with nothing but these: a credit note."""
        some = cls.customer_of()
        charges = cls.owe(80.0, customer=some)
        charges += cls.owe(12.34, customer=some, quantity=-1)
        charges += cls.owe(25.5, 3.05, quantity=-1)
        charges += cls.owe(19.99, quantity=-2, taxes=cls.tax_included)
        return charges

    @classmethod
    def make_customers(cls):
        head = cls.customer_of()
        child = cls.env["res.partner"].create(
            {"name": "Accounts", "parent_id": head.id, "type": "invoice", "email": "a@example.com"}
        )
        charges = cls.owe(45.0, customer=head, party={"partner_invoice_id": child.id})
        charges += cls.owe(51.0, customer=cls.customer_of(iban=IBANS[0]))
        charges += cls.owe(52.0, customer=cls.customer_of(lang="fr_FR"))
        charges += cls.owe(77.77, 10.1, party={"currency_id": cls.dollar.id})
        charges += cls.owe(
            13.33, party={"currency_id": cls.dollar.id}, taxes=cls.tax_included, quantity=3
        )
        accounts = cls.env["account.account"].search(
            [("company_ids", "=", cls.company.id), ("account_type", "=", "income")]
        )
        income = cls.product_support.product_tmpl_id.with_company(
            cls.company
        ).get_product_accounts()["income"]
        position = cls.env["account.fiscal.position"].create(
            {
                "name": "Elsewhere",
                "company_id": cls.company.id,
                "account_ids": [
                    Command.create(
                        {
                            "account_src_id": income.id,
                            "account_dest_id": (accounts - income)[0].id,
                        }
                    )
                ],
            }
        )
        return charges + cls.owe(64.0, party={"fiscal_position_id": position.id})

    @classmethod
    def make_contracts(cls):
        """Return charges of contracts: with an analytic account, and of another's customer."""
        account = cls.env["account.analytic.account"].create(
            {"name": "P1", "plan_id": cls.plan.id, "company_id": cls.company.id}
        )
        contracts = [
            cls.create_contract(cls.customer_of(), analytic_account_id=account.id),
            cls.create_contract(cls.customer_of(), user_id=cls.user_sales.id),
            cls.create_contract(cls.customer_of(), user_id=cls.user_accountant.id),
        ]
        shared = cls.customer_of()
        contracts += [cls.create_contract(shared), cls.create_contract(shared)]
        return cls.env["service.charge"].union(
            *(cls.owe(17.5, 21.0, contract=contract) for contract in contracts)
        )

    @classmethod
    def get_roundings(cls):
        accounts = cls.env["account.account"].search(
            [("company_ids", "=", cls.company.id), ("account_type", "=", "income")], limit=1
        )
        return [
            {
                "name": strategy,
                "rounding": 0.05,
                "rounding_method": "HALF-UP",
                "strategy": strategy,
                "profit_account_id": accounts.id,
                "loss_account_id": accounts.id,
            }
            for strategy in ("add_invoice_line", "biggest_tax")
        ]

    # ----- Two ways -----

    @contextmanager
    def undone(self):
        """Undo what the block does; what is left to the end of a transaction is done first."""
        self.env.cr.flush()
        with self.env.cr.savepoint() as savepoint:
            yield
            savepoint.rollback()
        self.env.cr.cache.clear()
        self.env.invalidate_all()

    def create_invoices(self, run, charges):
        prepare = type(run)._prepare_invoice_vals

        def prepare_more(run, charges):
            vals = prepare(run, charges)
            return {**vals, **self.extra.get(vals["partner_id"], {})}

        with patch.object(type(run), "_prepare_invoice_vals", prepare_more):
            return run._create_invoices(charges)

    def compare_drafts(self, charges):
        """Check the drafts made at once; return how many there are."""
        run = self.bill_run
        charges = charges.with_env(run.env)
        plain = run.with_context(service_plain_invoices=True)
        with self.undone():
            groups = charges.grouped(run._get_grouping_key).values()
            moves = run.env["account.move"].union(
                *(self.create_invoices(plain, group) for group in groups)
            )
            expected = self.describe(moves)
        with self.undone():
            found = self.describe(self.create_invoices(run, charges))
        self.assertAlike(found, expected)
        return len(found)

    def compare_posted(self, charges):
        """Check the invoices posted at once, in two chunks; return how many there are."""
        run = self.bill_run
        with self.undone():
            drafts = self.create_invoices(run, charges.with_env(run.env)).sorted("id")
            with self.undone():
                for move in drafts:
                    move._post(soft=False)
                    move.env.flush_all()
                expected = self.describe(drafts)
            with self.undone():
                for part in (drafts[:5], drafts[5:]):
                    post_in_order(part)
                    part.env.flush_all()
                found = self.describe(drafts)
        self.assertAlike(found, expected)
        return len(found)

    def assertAlike(self, found, expected):
        self.assertEqual(found.keys(), expected.keys())
        for key, parts in expected.items():
            for part, rows in parts.items():
                with self.subTest(key, part=part):
                    self.assertEqual(found[key][part], rows)

    # ----- Every stored column -----

    def describe(self, moves):
        """Return ``{what an invoice bills: all that is stored of it}``."""
        moves.env.flush_all()
        self.env.cr.flush()
        self.env.invalidate_all()
        return {
            (tuple(move.line_ids.service_charge_id.mapped("name")), move.partner_id.name): {
                "move": self.get_rows(move),
                "lines": self.get_rows(move.line_ids.sorted("id")),
                "messages": [self.describe_message(row) for row in move.message_ids.sorted("id")],
                "followers": self.get_rows(move.message_follower_ids.sorted("partner_id")),
                "charges": self.get_rows(move.line_ids.service_charge_id.sorted("id")),
                "analytic": self.get_rows(move.line_ids.analytic_line_ids.sorted("id")),
            }
            for move in moves.sudo().with_context(active_test=False)
        }

    def describe_message(self, message):
        message = message.sudo()
        thread = self.env["mail.message"].sudo()
        thread = thread.search([("res_id", "=", message.res_id), ("model", "=", message.model)])
        return {
            "message": self.get_rows(message),
            "place of its parent": sorted(thread.ids).index(message.parent_id.id)
            if message.parent_id
            else None,
            "values": self.get_rows(message.tracking_value_ids.sorted("id")),
            "told": self.get_rows(message.notification_ids),
        }

    def get_rows(self, records):
        """Return all columns and relations of records, but for what is theirs alone."""
        if not records:
            return []
        query = SQL(
            "SELECT * FROM %s WHERE id IN %s ORDER BY id",
            SQL.identifier(records._table),
            records._ids,
        )
        self.env.cr.execute(query)
        rows = {row["id"]: row for row in self.env.cr.dictfetchall()}
        return [self.get_row(record, rows[record.id]) for record in records]

    def get_row(self, record, row):
        columns = {name: row[name] for name in row.keys() - OWN - PLACES}
        if record._name == "service.charge":
            del columns["invoice_id"]
        if record._name == "account.analytic.line":
            del columns["move_line_id"]
        relations = {
            name: sorted(record[name].ids)
            for name, field in record._fields.items()
            if field.type == "many2many" and field.store
        }
        return columns | relations

    # ----- Tests -----

    def test_drafts(self):
        self.assertGreater(self.compare_drafts(self.make_mix()), 25)

    def test_wrong_amounts_heal(self):
        """What is given wrong, Odoo puts right: it costs time and nothing else."""
        add = DraftWriter._add_balances

        def add_wrong(writer, vals, lines):
            add(writer, vals, lines)
            for line in lines:
                wrong = {name: line[name] * 1.5 for name in ("balance", "amount_currency")}
                line.update(wrong, tax_tag_ids=[Command.clear()])

        with patch.object(DraftWriter, "_add_balances", add_wrong):
            self.compare_drafts(self.make_mix())

    def test_what_others_give_is_left_to_odoo(self):
        """A hook that says its own amount or rate is obeyed as without us."""
        rate = {"invoice_currency_rate": 1.5}
        dollars = {"currency_id": self.dollar.id}
        charges = self.owe(77.77, party=dollars, extra=rate) + self.owe(39.9, 12.5)
        self.compare_drafts(charges)

    def test_drafts_of_customers(self):
        self.company.service_grouping = "customer"
        self.compare_drafts(self.make_contracts() + self.make_signed())

    def test_drafts_of_a_company_that_rounds_globally(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        self.compare_drafts(self.make_mix())

    def test_drafts_with_distribution_models(self):
        account = self.env["account.analytic.account"].create(
            {"name": "P2", "plan_id": self.plan.id, "company_id": self.company.id}
        )
        charges = self.make_contracts() + self.owe(39.9, 12.5)
        self.env["account.analytic.distribution.model"].create(
            {
                "partner_id": charges[-1].partner_id.id,
                "company_id": self.company.id,
                "analytic_distribution": {str(account.id): 100},
            }
        )
        self.compare_drafts(charges)

    def test_posted(self):
        self.assertGreater(self.compare_posted(self.make_mix()), 25)

    def test_posted_where_somebody_else_follows(self):
        """Who follows an invoice is told of it as ever."""
        run = self.bill_run
        drafts = self.create_invoices(run, (self.owe(39.9) + self.owe(12.5)).with_env(run.env))
        subtypes = self.env.ref("account.mt_invoice_validated")
        drafts[0].message_subscribe(self.user_sales.partner_id.ids, subtype_ids=subtypes.ids)
        self.env.cr.flush()
        post_in_order(drafts)
        self.env.cr.flush()
        self.env.invalidate_all()
        told = [move.message_ids.sudo().notification_ids.res_partner_id for move in drafts]
        self.assertEqual(told, [self.user_sales.partner_id, self.env["res.partner"]])
        self.assertEqual(*(len(move.message_ids) for move in drafts))
