"""One pool of all that is open and debited, whoever billed it, and batches from it (L10, L11)."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import IBANS
from .test_debit_notices import NoticeCommon


class PoolCommon(NoticeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_notice_rule = "other"

    def make_invoice(self, customer=None, amount=100, due="2026-06-15", **vals):
        """Return an invoice that somebody made by hand."""
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (customer or self.payer).id,
                "invoice_date": "2026-06-15",
                "invoice_payment_term_id": False,
                "invoice_date_due": due,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Cable",
                            "price_unit": amount,
                            "tax_ids": [Command.set(self.tax_included.ids)],
                        }
                    )
                ],
                **vals,
            }
        )
        invoice.action_post()
        return invoice.with_user(self.user_accountant)

    def get_pool(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_to_collect_action"
        )
        domain = [("company_id", "=", self.company.id)]
        moves = self.env["account.move"].with_user(self.user_accountant)
        own = moves._get_pool_domain()
        self.assertEqual(eval(action["domain"]), own)
        return moves.search(domain + own)

    def open_batches(self, moves=None, user=None):
        """Return the dialog as the button of the list opens it."""
        moves = (self.env["account.move"] if moves is None else moves).with_user(
            user or self.user_accountant
        )
        action = moves.action_collect_service()
        model = moves.env[action["res_model"]].with_context(**action["context"])
        return Form(model)

    def collect_batches(self, form):
        """Press the button; return the orders, each with its file, and what was told."""
        action = form.save().action_confirm()
        message = ""
        if action["type"] == "ir.actions.client":
            message = action["params"].get("message", "")
            action = action["params"]["next"]
        orders = self.env["account.payment.order"]
        if action.get("res_id"):
            orders = orders.browse(action["res_id"])
        elif "domain" in action:
            orders = orders.search(action["domain"])
        for order in orders:
            self.assertEqual(order.state, "generated")
        return orders.with_user(self.user_accountant), message

    def get_rows(self, form):
        batch = form.save()
        return [
            (row.scheme, row.sequence, str(row.day), row.count, round(row.amount, 2))
            for row in batch.line_ids
        ]


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestToCollect(PoolCommon):
    # ----- The pool -----

    def test_whoever_made_them(self):
        _run, ours = self.bill_one()
        by_hand = self.make_invoice()
        transfer = self.make_invoice(self.customer)
        paid = self.make_invoice()
        self.pay(paid, 100)
        self.assertEqual(self.get_pool(), (ours + by_hand).sorted("id", reverse=True))
        self.assertFalse(transfer.service_collection_state)
        for move in ours + by_hand:
            self.assertEqual(move.service_collection_state, "ready")
            self.assertEqual(str(move.service_collection_day), "2026-06-16")
            self.assertEqual(
                (move.service_debit_scheme, move.service_debit_sequence), ("sepa_core", "RCUR")
            )

    def test_what_keeps_them(self):
        held = self.make_invoice()
        held.create_account_payment_line()
        asked, dead, later, disputed = (
            self.make_invoice(self.create_customer(f"C{index}", iban=iban))
            for index, iban in enumerate((*IBANS, IBANS[0]))
        )
        asked._ask_debit_decision("Came back")
        dead.sudo().mandate_id.cancel()
        later.sudo().company_id.service_notice_rule = "other"
        disputed.sudo().payment_state = "blocked"
        words = {
            move: (move.service_collection_state, move.service_collection_note or "")
            for move in self.get_pool()
        }
        self.assertEqual(words[held][0], "order")
        self.assertIn(held.line_ids.payment_line_ids.order_id.name, words[held][1])
        self.assertEqual(words[asked], ("decide", "Came back"))
        self.assertEqual(words[dead][0], "blocked")
        self.assertIn("not valid", words[dead][1])
        self.assertEqual(words[later][0], "ready")
        self.assertEqual(words[disputed][0], "blocked")

    def test_what_is_not_announced(self):
        self.company.service_notice_rule = "invoice"
        invoice = self.make_invoice()
        self.assertEqual(invoice.service_collection_state, "announce")
        self.assertEqual(str(invoice.service_collection_day), "2026-06-29")
        self.go_out(invoice, arrived=False)
        invoice._set_sent()
        self.assertEqual(invoice.service_collection_state, "ready")

    def test_a_returned_debit_waits_in_the_pool(self):
        _run, invoice = self.bill_one()
        orders, _message = self.collect_batches(self.open_batches(invoice))
        orders.generated2uploaded()
        self.assertNotIn(invoice, self.get_pool())
        self.return_debits(orders.payment_ids)
        self.assertIn(invoice, self.get_pool())
        self.assertEqual(invoice.service_collection_state, "decide")
        form = self.open_batches(invoice)
        self.assertEqual((form.count, form.left_count), (0, 1))
        invoice.action_debit_again()
        self.assertEqual(self.open_batches(invoice).count, 1)
        invoice.action_no_debit()
        self.assertNotIn(invoice, self.get_pool())

    def test_the_list_looks_at_many_with_the_same_queries(self):
        moves = [self.make_invoice(amount=index + 1) for index in range(6)]
        names = ["service_collection_state", "service_collection_day", "service_debit_sequence"]
        few, many = (
            self.count_queries(lambda ids=ids: self.env["account.move"].browse(ids).read(names))
            for ids in ([moves[0].id, moves[1].id], [move.id for move in moves])
        )
        self.assertLessEqual(many, few)

    # ----- Batches -----

    def test_a_batch_is_what_was_chosen(self):
        first, second = self.make_invoice(amount=10), self.make_invoice(amount=20)
        form = self.open_batches(first)
        self.assertEqual((form.count, form.amount_total, form.file_count), (1, 10, 1))
        orders, message = self.collect_batches(form)
        self.assertFalse(message)
        self.assertEqual(orders.payment_line_ids.move_line_id.move_id, first)
        self.assertFalse(orders.service_run_id)
        self.assertEqual(second.service_collection_state, "ready")

    def test_what_is_due_within_the_horizon(self):
        soon = self.make_invoice(amount=10, due="2026-06-30")
        late = self.make_invoice(amount=20, due="2026-09-30")
        form = self.open_batches()
        self.assertEqual(form.due_until, self.env.cr.now().date().replace(month=7, day=15))
        self.assertEqual(form.amount_total, 10)
        form.due_until = "2026-09-30"
        self.assertEqual(form.amount_total, 30)
        self.assertEqual(
            self.get_rows(form),
            [
                ("sepa_core", "RCUR", "2026-06-30", 1, 10),
                ("sepa_core", "RCUR", "2026-09-30", 1, 20),
            ],
        )
        form = self.open_batches()
        form.due_until = "2026-06-30"
        orders, _message = self.collect_batches(form)
        self.assertEqual(orders.payment_line_ids.move_line_id.move_id, soon)
        self.assertEqual(late.service_collection_state, "ready")

    def make_schemes(self):
        """Return invoices of a CORE, a B2B, a one-off and a final mandate."""
        iban = iter((IBANS[1], IBANS[2], IBANS[1]))
        moves = self.make_invoice(amount=10)
        for amount, vals in (
            (20, {"format": "sepa_b2b", "service_registered_on": "2026-01-02"}),
            (30, {"type": "oneoff"}),
            (40, {"state": "final"}),
        ):
            customer = self.create_customer(f"Customer {amount}")
            self.create_mandate(customer, next(iban), **vals)
            customer.with_company(
                self.company
            ).property_inbound_payment_method_line_id = self.method_sdd
            moves += self.make_invoice(customer, amount=amount)
        return moves

    def test_one_file_for_each_scheme(self):
        self.make_schemes()
        form = self.open_batches()
        self.assertEqual((form.count, form.amount_total, form.file_count), (4, 100, 2))
        self.assertEqual(
            self.get_rows(form),
            [
                ("sepa_b2b", "RCUR", "2026-06-16", 1, 20),
                ("sepa_core", "FNAL", "2026-06-16", 1, 40),
                ("sepa_core", "OOFF", "2026-06-16", 1, 30),
                ("sepa_core", "RCUR", "2026-06-16", 1, 10),
            ],
        )
        orders, _message = self.collect_batches(form)
        self.assertEqual(
            sorted(
                (
                    order.payment_line_ids.mandate_id[0].format,
                    sorted(batch.sequence_type for batch in self.get_batches(order)),
                )
                for order in orders
            ),
            [("sepa_b2b", ["RCUR"]), ("sepa_core", ["FNAL", "OOFF", "RCUR"])],
        )

    def test_a_scheme_and_a_sequence_may_be_chosen(self):
        self.make_schemes()
        form = self.open_batches()
        form.scheme = "sepa_core"
        self.assertEqual(form.amount_total, 80)
        form.sequence = "OOFF"
        self.assertEqual(form.amount_total, 30)
        orders, _message = self.collect_batches(form)
        self.assertEqual([batch.sequence_type for batch in self.get_batches(orders)], ["OOFF"])

    def test_no_order_holds_both_schemes(self):
        moves = self.make_schemes()
        for move in moves:
            move.create_account_payment_line()
        order = moves.line_ids.payment_line_ids.order_id.with_user(self.user_accountant)
        with self.assertRaisesRegex(UserError, "CORE and B2B"):
            order.draft2open()

    def make_second_account(self):
        journal = self.env["account.journal"].create(
            {
                "name": "Second Bank",
                "code": "BNK9",
                "type": "bank",
                "company_id": self.company.id,
                "bank_account_id": self.env["res.partner.bank"]
                .create(
                    {
                        "acc_number": "BE68539007547034",
                        "partner_id": self.company.partner_id.id,
                    }
                )
                .id,
            }
        )
        return self.method_sdd.copy({"name": "Second", "journal_id": journal.id})

    def test_accounts(self):
        second = self.make_second_account()
        here = self.make_invoice(amount=10)
        there = self.make_invoice(amount=20, preferred_payment_method_line_id=second.id)
        form = self.open_batches()
        self.assertEqual(form.file_count, 2)
        form.journal_ids.add(second.journal_id)
        self.assertEqual((form.file_count, form.amount_total), (1, 20))
        form.journal_ids.remove(second.journal_id.id)
        orders, _message = self.collect_batches(form)
        self.assertEqual(
            {order.journal_id: order.payment_line_ids.move_line_id.move_id for order in orders},
            {self.method_sdd.journal_id: here, second.journal_id: there},
        )

    def test_from_a_run(self):
        run, ours = self.bill_one()
        self.make_invoice(amount=10)
        action = run.action_batches()
        model = self.env[action["res_model"]].with_user(self.user_accountant)
        form = Form(model.with_context(**action["context"]))
        self.assertEqual((form.count, form.amount_total), (1, 46.8))
        orders, _message = self.collect_batches(form)
        self.assertEqual(orders.service_run_id, run)
        self.assertEqual(orders.payment_line_ids.move_line_id.move_id, ours)

    def test_the_others_go_on(self):
        good, bad = (
            self.make_invoice(),
            self.make_invoice(self.create_customer("Dead", iban=IBANS[1])),
        )
        bad.sudo().mandate_id.cancel()
        form = self.open_batches()
        self.assertEqual((form.count, form.left_count), (1, 1))
        self.assertIn("not valid", form.left_note)
        orders, message = self.collect_batches(form)
        self.assertIn(bad.name, message)
        self.assertEqual(orders.payment_line_ids.move_line_id.move_id, good)

    def test_what_the_customer_has_paid_is_set_off(self):
        self.make_invoice(amount=100)
        self.credit(self.payer, 30)
        form = self.open_batches()
        self.assertEqual(form.amount_total, 100)
        orders, _message = self.collect_batches(form)
        self.assertEqual(orders._get_service_totals().control_sum, 70)

    def test_what_was_matched_since_is_asked_no_more(self):
        """Asked about a credit on account, matched by hand: the run collects the rest."""
        run, invoice = self.bill_one()
        run.action_collect()
        order = run.order_ids
        self.credit(self.payer, 10)
        order.action_make_anew()
        self.assertEqual(invoice.service_debit_decision, "ask")
        lines = self.env["account.move.line"].search(
            [("partner_id", "=", self.payer.id), ("account_type", "=", "asset_receivable")]
        )
        lines.filtered(lambda line: not line.reconciled).reconcile()
        run.action_collect()
        self.assertFalse(invoice.service_debit_decision)
        anew = run.order_ids - order
        self.assertEqual(anew.payment_ids.amount, invoice.amount_residual)
        self.assertFalse(self.env["service.exception"]._get_open(invoice, "sepa"))

    def test_credits_that_pay_all_are_told(self):
        self.make_invoice(amount=100)
        form = self.open_batches()
        self.credit(self.payer, 100)
        orders, message = self.collect_batches(form)
        self.assertFalse(orders)
        self.assertEqual(message, "Nothing is left to debit: the customers' credits paid it.")

    def test_something_else_than_was_shown_is_not_collected(self):
        invoice = self.make_invoice(amount=100)
        form = self.open_batches()
        batch = form.save()
        self.pay(invoice, 40)
        with self.assertRaisesRegex(UserError, "has changed"):
            batch.action_confirm()
        self.pay(invoice, 60)
        with self.assertRaisesRegex(UserError, "nothing to collect"):
            batch.action_confirm()

    def test_nothing_twice(self):
        invoice = self.make_invoice(amount=100)
        batch = self.open_batches(invoice).save()
        batch.action_confirm()
        with self.assertRaises(UserError):
            batch.action_confirm()
        self.assertEqual(len(invoice.line_ids.payment_line_ids), 1)

    def test_who_collects(self):
        invoice = self.make_invoice()
        for user in (self.user_manager, self.user_sales, self.user_technician):
            with self.assertRaises(AccessError):
                invoice.with_user(user).action_collect_service()
            with self.assertRaises(AccessError):
                self.env["service.debit.batch"].with_user(user).create({})

    def test_several_companies_at_once(self):
        other = self.setup_other_company(name="Sister")["company"]
        self.addCleanup(setattr, type(self), "method_sdd", self.method_sdd)
        self._prepare_company(other)
        method = self.env["account.payment.method.line"].search(
            [("company_id", "=", other.id), ("code", "=", "sepa_direct_debit")], limit=1
        )
        user = self.user_accountant
        user.company_ids += other
        customer = self.create_customer("Theirs")
        self.create_mandate(customer, IBANS[1], company_id=other.id)
        customer.with_company(other).property_inbound_payment_method_line_id = method
        here = self.make_invoice(amount=10)
        there = (
            self.env["account.move"]
            .with_company(other)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": customer.id,
                    "company_id": other.id,
                    "invoice_date": "2026-06-15",
                    "invoice_payment_term_id": False,
                    "invoice_date_due": "2026-06-15",
                    "invoice_line_ids": [
                        Command.create({"name": "Cable", "price_unit": 20, "tax_ids": False})
                    ],
                }
            )
        )
        there.action_post()
        both = self.env["account.move"].with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        form = self.open_batches(both)
        self.assertEqual((form.count, form.amount_total, form.file_count), (2, 30, 2))
        orders, _message = self.collect_batches(form)
        self.assertEqual(
            {order.company_id: order.payment_line_ids.move_line_id.move_id for order in orders},
            {self.company: here, other: there},
        )
        self.assertEqual(self.open_batches().count, 0, "one company alone sees its own")
