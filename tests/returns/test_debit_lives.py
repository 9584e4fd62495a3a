"""Invoices, payments, credits and debits drawn at random: a customer's debits are what he owed.

What the customers owe is kept here by sums of what happened alone; what is debited is read from the
bank's files with plain lxml. At no moment does a file that goes to the bank ask for more than what
is owed, and in the end all of it was asked for (invariant 2).
"""

import os
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

from freezegun import freeze_time
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..collecting.test_to_collect import PoolCommon
from ..common import IBANS

# How many lives are tried: few, and always the same ones, unless somebody asks for more.
EXAMPLES = int(os.environ.get("WORKSHOP_LIVES", 10))
AMOUNTS = (46.8, 0.07, 120, 33.33, 999.99)
EVENTS = (
    *("invoice", "invoice", "invoice", "collect", "collect", "collect", "take", "take", "book"),
    *("book", "pay", "pay_part", "pay_loosely", "credit", "credit_loosely", "rebill", "cancel"),
    *("return", "return", "decide", "mend", "make_anew"),
)
STEPS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(EVENTS), st.integers(0, 7)),
    min_size=8,
    max_size=24,
)
COMPANIES = st.fixed_dictionaries({"is_grouped": st.booleans()})
NAMESPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"}


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00")
class TestDebitLives(PoolCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls.payer + cls.create_customer("Other", iban=IBANS[1])
        accounts = cls.customers.bank_ids
        cls.debtors = {account.sanitized_acc_number: account.partner_id for account in accounts}
        journals = cls.env["account.journal"].search([("company_id", "=", cls.company.id)])
        journals.restrict_mode_hash_table = False  # which alone refuses to undo what is posted

    def begin(self, draw):
        self.method_sdd.group_lines = draw["is_grouped"]
        self.owed = Counter()  # what was billed, less what was credited, paid and debited
        self.at_bank = set()  # what the bank has been given: the ids of the debits

    # ----- What there is -----

    def choose(self, records, number):
        return records[number % len(records)] if records else records

    def get_moves(self, *types):
        domain = [
            ("partner_id", "in", self.customers.ids),
            ("state", "=", "posted"),
            ("move_type", "in", types or ["out_invoice"]),
        ]
        return self.env["account.move"].with_user(self.user_accountant).search(domain, order="id")

    def get_orders(self, *states):
        orders = self.env["account.payment.order"].with_user(self.user_accountant)
        domain = [("company_id", "=", self.company.id), ("state", "in", states)]
        return orders.search(domain, order="id")

    def get_debits(self, order):
        """Return ``{customer: amount}`` and the ids of the debits that the file of an order has."""
        root = etree.fromstring(order.payment_file_id.raw)
        sums, names = Counter(), set()
        for debit in root.iterfind(".//p:DrctDbtTxInf", NAMESPACE):
            iban = debit.findtext("p:DbtrAcct/p:Id/p:IBAN", namespaces=NAMESPACE)
            sums[self.debtors[iban]] += Decimal(debit.findtext("p:InstdAmt", namespaces=NAMESPACE))
            names.add(debit.findtext("p:PmtId/p:EndToEndId", namespaces=NAMESPACE))
        return sums, names

    # ----- Events: each is what a person may do; what is refused in words changes nothing -----

    def count(self, moves, sign=1):
        for move in moves:
            self.owed[move.partner_id] += sign * Decimal(str(move.amount_total))

    def do_invoice(self, number):
        customer = self.customers[number % 2]
        amount = AMOUNTS[number % len(AMOUNTS)]
        self.count(self.make_invoice(customer, amount, due=str(date.today())))

    def do_collect(self, number):
        self.collect_batches(self.open_batches())

    def do_take(self, number):
        orders = self.get_orders("generated").filtered(lambda one: not one._is_file_taken())
        if order := self.choose(orders, number):
            self.take(order)

    def take(self, order):
        """Give a file to the bank; made anew where something speaks against it."""
        try:
            self.take_files(order)
        except UserError:
            order.action_make_anew()
            return
        sums, names = self.get_debits(order)
        self.assertFalse(names & self.at_bank, "debited twice")
        self.at_bank |= names
        for customer, amount in sums.items():
            self.assertLessEqual(amount, self.owed[customer], "more than what is owed")
            self.owed[customer] -= amount

    def do_book(self, number):
        orders = self.get_orders("generated").filtered(lambda order: order._is_file_taken())
        if order := self.choose(orders, number):
            order.generated2uploaded()
            self.assertEqual(order.state, "uploaded")

    def register(self, invoice, amount=None):
        wizards = self.env["account.payment.register"].with_user(self.user_accountant)
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        with Form(wizards.with_context(**context)) as form:
            if form.service_is_file_waiting:
                form.service_file_place = "bank"
            if amount:
                form.amount = amount
        wizard = form.save()
        paid = Decimal(str(round(wizard.amount, 2)))
        wizard.action_create_payments()
        self.owed[invoice.partner_id] -= paid

    def get_open(self, number):
        opened = self.get_moves().filtered(lambda move: move.amount_residual > 0)
        return self.choose(opened, number)

    def do_pay(self, number):
        if invoice := self.get_open(number):
            self.register(invoice)

    def do_pay_part(self, number):
        invoice = self.get_open(number)
        if invoice and invoice.amount_residual > 1:
            self.register(invoice, 0.5)

    def do_pay_loosely(self, number):
        """Book a receipt that says nothing of an invoice."""
        customer = self.customers[number % 2]
        payment = self.env["account.payment"].with_user(self.user_accountant)
        payment = payment.create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": customer.id,
                "amount": AMOUNTS[number % len(AMOUNTS)],
                "journal_id": self.method_sdd.journal_id.id,
            }
        )
        payment.action_post()
        self.owed[customer] -= Decimal(str(payment.amount))

    def reverse(self, number):
        moves = self.get_moves().filtered(lambda move: not move.reversal_move_ids)
        if invoice := self.choose(moves, number):
            wizards = self.env["account.move.reversal"].with_user(self.user_accountant)
            wizards = wizards.with_context(active_model="account.move", active_ids=invoice.ids)
            return wizards.create({"journal_id": invoice.journal_id.id})
        return None

    def do_credit(self, number):
        if wizard := self.reverse(number):
            wizard.refund_moves()
            wizard.new_move_ids.action_post()
            self.count(wizard.new_move_ids, -1)

    def do_rebill(self, number):
        """Refund and bill anew: the credit note is posted at once, the new invoice then."""
        if wizard := self.reverse(number):
            old = self.get_moves("out_refund")
            wizard.modify_moves()
            self.count(self.get_moves("out_refund") - old, -1)
            anew = wizard.new_move_ids.filtered(lambda move: move.move_type == "out_invoice")
            anew.filtered(lambda move: move.state == "draft").action_post()
            self.count(anew)

    def do_credit_loosely(self, number):
        customer = self.customers[number % 2]
        self.count(self.credit(customer, AMOUNTS[number % len(AMOUNTS)]), -1)

    def do_cancel(self, number):
        if invoice := self.choose(self.get_moves(), number):
            amount = Decimal(str(invoice.amount_total))
            invoice.button_draft()
            invoice.button_cancel()
            self.owed[invoice.partner_id] -= amount

    def do_return(self, number):
        debited = self.get_moves().filtered(lambda move: move._get_returnable_debits())
        if invoice := self.choose(debited, number):
            action = invoice.action_return_by_hand()
            returns = self.env["payment.return"].with_user(self.user_accountant)
            with Form(returns.with_context(**action["context"])) as form:
                form.date = date.today()
            form.record.action_confirm()
            [line] = form.record.line_ids
            self.owed[invoice.partner_id] += Decimal(str(line.amount))

    def do_decide(self, number):
        asked = self.get_moves().filtered(lambda move: move.service_debit_decision == "ask")
        if invoice := self.choose(asked, number):
            self.decide(invoice)

    def decide(self, invoice):
        """Debit it; where money of the customer speaks against it, that is set off first."""
        if invoice._find_debit_doubts()[invoice]:
            self.set_off(invoice.partner_id)
        if invoice.amount_residual > 0 and not invoice._find_debit_doubts()[invoice]:
            self.assertIsNone(invoice.action_debit_again())

    def set_off(self, customer):
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "=", customer.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ]
        )
        free = lines.filtered(lambda line: not line.sudo()._is_service_debit_pending())
        free.with_user(self.user_accountant).reconcile()

    def do_mend(self, number):
        if order := self.choose(self.get_orders("generated"), number):
            self.mend(order)

    def mend(self, order):
        for row in self.env["service.exception"]._get_open(order, "sepa"):
            row.with_user(self.user_accountant).action_mend()

    def do_make_anew(self, number):
        """Void a file that nobody took to the bank, and make another one."""
        orders = self.get_orders("generated").filtered(lambda one: not one._is_file_taken())
        if order := self.choose(orders, number):
            order.action_make_anew()

    def live(self, event, number):
        known = self.owed.copy(), set(self.at_bank)
        try:
            with self.env.cr.savepoint():
                getattr(self, f"do_{event}")(number)
        except UserError:
            self.owed, self.at_bank = known
        self.env.invalidate_all()

    # ----- What holds -----

    def get_ledger(self, customer):
        """Return what the books say that a customer owes, less what only the bank knows yet."""
        [(balance,)] = self.env["account.move.line"]._read_group(
            [
                ("partner_id", "=", customer.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ],
            [],
            ["balance:sum"],
        )
        balance = Decimal(str(round(balance or 0, 2)))
        for order in self.get_orders("generated").filtered(lambda one: one._is_file_taken()):
            balance -= self.get_debits(order)[0][customer]
        return balance

    def assertBooked(self):
        for customer in self.customers:
            self.assertEqual(self.get_ledger(customer), self.owed[customer])

    def end(self):
        """Book, decide and collect until there is nothing left to debit."""
        day = date.today()
        for _round in range(4):
            day += timedelta(days=20)
            with freeze_time(f"{day} 12:00:00"):
                while self.get_orders("generated"):
                    self.finish(self.get_orders("generated")[0])
                for customer in self.customers:
                    self.set_off(customer)
                for invoice in self.get_moves():
                    if invoice.service_debit_decision == "ask":
                        self.decide(invoice)
                with suppress(UserError):
                    self.do_collect(0)
                self.assertBooked()

    def finish(self, order):
        if order._is_file_taken():
            order.generated2uploaded()
        else:
            self.take(order)

    def check_life(self, draw, steps):
        self.begin(draw)
        day = date.today()
        for days, event, number in steps:
            day += timedelta(days=days)
            with freeze_time(f"{day} 12:00:00"):
                self.live(event, number)
                self.assertBooked()
        with freeze_time(f"{day} 12:00:00"):
            self.end()
        for customer in self.customers:
            self.assertLessEqual(self.owed[customer], 0, "what is owed was never asked for")

    def test_debits_are_what_was_owed(self):
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
