"""What an order takes in advance and what a run invoices of it: one-offs, each once (S37)."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.account_payment.tests.common import AccountPaymentCommon

from ..common import IBANS, ServiceContractCommon


class MixedOrderCommon(ServiceContractCommon):
    """49.00 a month (58.80 with tax), and 100.00 once (120.00 with tax)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product_recurring = cls.create_product("Line", 49.0, recurring=cls.family)
        cls.product_setup = cls.create_product("Set-up", 100.0)

    def quote(self, *products, **vals):
        return self.create_quote(*products, user=self.user_sales, **{"start": "2026-06-15", **vals})


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 09:00:00")
class TestPaymentInAdvance(MixedOrderCommon, AccountPaymentCommon):
    def test_a_quotation_asks_for_its_one_offs_only(self):
        cases = [
            ((self.product_recurring,), 1.0, 0),
            ((self.product_recurring, self.product_setup), 1.0, 120),
            ((self.product_recurring, self.product_setup), 0.5, 60),
            ((self.product_setup,), 1.0, 120),
        ]
        for products, share, asked in cases:
            with self.subTest(names=[product.name for product in products], share=share):
                order = self.quote(*products, require_payment=True, prepayment_percent=share)
                self.assertEqual(order._get_prepayment_required_amount(), asked)
                self.assertEqual(order._has_to_be_paid(), bool(asked))
                link = order._get_default_payment_link_values()
                self.assertEqual((link["amount"], link["prepayment_amount"]), (asked, asked))
                self.assertEqual(link["amount_max"], 120 if asked else 0)

    def test_a_confirmed_order_asks_for_what_is_left_of_its_one_offs(self):
        order = self.quote(self.product_recurring, self.product_setup)
        order.action_confirm()
        self.pay(order, 20)
        link = order._get_default_payment_link_values()
        self.assertEqual((link["amount"], link["amount_max"]), (100, 100))
        self.assertFalse(order._is_paid())
        order._check_payable(100)
        with self.assertRaisesRegex(UserError, "at most 100.00.€ is paid in advance"):
            order._check_payable(158.8)
        self.pay(order, 100)
        self.assertTrue(order._is_paid())

    def pay(self, order, amount):
        """Book a customer's payment as the payment page does."""
        transaction = self._create_transaction(
            "redirect",
            reference=f"{order.name} {amount}",
            state="done",
            amount=amount,
            currency_id=order.currency_id.id,
            partner_id=order.partner_id.id,
            sale_order_ids=[Command.set(order.ids)],
        )
        transaction.with_user(self.public_user).sudo()._post_process()
        return transaction

    def test_what_is_paid_with_the_order_is_invoiced_once(self):
        """178.80 on the quotation: 120.00 are paid and invoiced at once, 58.80 by the contract."""
        self.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", "True")
        order = self.quote(self.product_recurring, self.product_setup, require_payment=True)
        transaction = self.pay(order.sudo(), 120)
        self.assertEqual(order.state, "sale")
        self.assertEqual(transaction.invoice_ids.amount_total, 120)
        self.assertEqual(transaction.invoice_ids.payment_state, "in_payment")
        run = self.create_run("2026-07-01", user=self.user_accountant)
        self.assertEqual(order.service_contract_ids.billing_interval, "1")
        self.assertNotIn(self.product_setup, run.invoice_ids.invoice_line_ids.product_id)


@tagged("post_install", "-at_install")
class TestPaymentPage(MixedOrderCommon, AccountPaymentCommon, HttpCase):
    def test_the_page_of_a_quotation_asks_for_its_one_offs_only(self):
        order = self.quote(
            self.product_recurring,
            self.product_setup,
            start=False,
            require_payment=True,
            require_signature=False,
            prepayment_percent=0.5,
        )
        self.provider.is_published = True
        for choice, amount in (("full_amount", "120.0"), ("down_payment", "60.0")):
            url = order.get_portal_url(query_string=f"&amount_selection={choice}")
            page = self.url_open(url).text
            self.assertIn(f'data-amount="{amount}"', page)
            self.assertNotIn('178.8"', page)

    def test_no_payment_is_taken_for_what_a_contract_bills(self):
        order = self.quote(self.product_recurring, self.product_setup, start=False)
        params = {
            "access_token": order._portal_ensure_token(),
            "amount": 178.8,
            "provider_id": 0,
            "payment_method_id": 0,
            "token_id": None,
            "flow": "redirect",
            "tokenization_requested": False,
            "landing_route": "/",
        }
        url = f"/my/orders/{order.id}/transaction"
        answer = self.make_jsonrpc_request_answer(url, params)
        self.assertIn("is paid in advance", answer["error"]["data"]["message"])

    def make_jsonrpc_request_answer(self, url, params):
        return self.url_open(
            url, json={"jsonrpc": "2.0", "method": "call", "params": params}
        ).json()


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 09:00:00")
class TestPromotions(MixedOrderCommon):
    """What a promotion may lessen: hooks that the loyalty add-on calls where it is installed."""

    def test_promotions_leave_recurring_products_alone(self):
        order = self.quote(self.product_recurring, self.product_setup)
        kept = order.order_line - order._get_no_effect_on_threshold_lines()
        self.assertEqual(kept.product_id, self.product_setup)
        lines = order.with_context(service_order_lines_only=True).order_line
        quantities = [line._prepare_base_line_for_taxes_computation()["quantity"] for line in lines]
        self.assertEqual(quantities, [0, 1])
        self.assertEqual(order.amount_untaxed, 149)

    def test_promotions_give_no_recurring_product_away(self):
        order = self.quote(self.product_setup)
        with self.assertRaisesRegex(UserError, "would be free for ever"):
            order._check_gift(self.product_recurring)
        order._check_gift(self.product_setup)

    def test_rewards_of_the_loyalty_add_on(self):
        """10 % of the order lessens 100.00 and not 149.00; a free product is refused."""
        order = self.quote(self.product_recurring, self.product_setup).sudo()
        program = self.env["loyalty.program"].create(
            {
                "name": "Ten percent",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "rule_ids": [Command.create({"minimum_amount": 0})],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 10,
                            "discount_mode": "percent",
                            "discount_applicability": "order",
                        }
                    ),
                    Command.create(
                        {
                            "reward_type": "product",
                            "reward_product_id": self.product_recurring.id,
                        }
                    ),
                ],
            }
        )
        order._update_programs_and_rewards()
        coupon = order.coupon_point_ids.coupon_id
        discount, gift = program.reward_ids
        with self.assertRaisesRegex(UserError, "would be free for ever"):
            order._apply_program_reward(gift, coupon)
        order._apply_program_reward(discount, coupon)
        self.assertEqual(order.order_line.filtered("reward_id").price_subtotal, -10)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 09:00:00")
class TestOneOffs(MixedOrderCommon):
    """The run invoices what the orders of contracts sold once."""

    def bill(self, cutoff="2026-06-15", **vals):
        return self.create_run(cutoff, user=self.user_accountant, **vals)

    def confirm(self, *products, **vals):
        order = self.quote(*products, **vals)
        order.action_confirm()
        return order

    def test_a_run_invoices_one_offs_with_the_contract(self):
        order = self.confirm(self.product_recurring, self.product_setup)
        run = self.bill()
        self.assertEqual(run.state, "done")
        moves = order.sudo().invoice_ids
        self.assertEqual(moves.amount_untaxed, 100)
        self.assertEqual((moves.service_run_id, moves.state), (run, "draft"))
        self.assertEqual(moves.invoice_date, self.day("2026-06-15"))
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(sorted(run.invoice_ids.mapped("amount_untaxed")), [49, 100])
        self.assertFalse(self.bill().invoice_ids)

    def test_the_gate_counts_one_offs(self):
        """49.00 are expected, and 100.00 sold once go with them, 60.00 of which were paid down."""
        order = self.confirm(self.product_recurring, self.product_setup)
        values = {"advance_payment_method": "fixed", "fixed_amount": 60}
        wizard = self.env["sale.advance.payment.inv"].create(
            {"sale_order_ids": order.ids, **values}
        )
        wizard._create_invoices(order.sudo()).action_post()
        run = self.bill(start=False, expected_amount=49)
        run.action_start()
        self.assertFalse(run.invoice_ids)
        self.assertIn("would bill 99.00", run.exception_ids.detail.replace("\u00a0", " "))
        run.write({"expected_amount": 99, "expected_percent": 0})
        run.action_resume()
        self.assertEqual((run.amount_untaxed, run.exception_count), (99, 0))

    def test_previews_and_forecasts_show_one_offs_to_the_cent(self):
        """As the run bills them, what was paid down deducted; looking writes nothing."""
        odd = self.create_product("Odd", 33.33)
        order = self.confirm(self.product_recurring, self.product_setup, *[odd] * 3)
        values = {"advance_payment_method": "percentage", "amount": 30}
        wizard = self.env["sale.advance.payment.inv"].create(
            {"sale_order_ids": order.ids, **values}
        )
        wizard._create_invoices(order.sudo()).action_post()
        contract = order.sudo().service_contract_ids
        self.env.flush_all()
        run = self.bill(start=False)
        with self.read_only():
            (row,) = run._prepare_last_rows(contract.ids)
        self.assertEqual((row["order_id"], row["contract_id"]), (order.id, contract.id))
        run.action_preview()
        preview = self.env["service.billing.preview"].with_user(self.user_accountant)
        shown = preview.search([("order_id", "=", order.id)])
        self.assertEqual(shown.action_open()["res_id"], order.id)
        with self.assertRaisesRegex(UserError, "is not held here"):
            shown.action_hold()
        forecast = self.env["service.forecast"].with_user(self.user_accountant)
        wizard = forecast.create({"months": 1})
        for _look in range(2):
            wizard.action_show()
            foreseen = wizard.line_ids.filtered("order_id")
            self.assertEqual(foreseen.mapped("date"), [self.day("2026-06-30")])
        other = forecast.create({"contract_ids": self.create_contract(start="2026-06-01").ids})
        other.action_show()
        self.assertFalse(other.line_ids.order_id)
        run.action_start()
        invoice = (order.sudo().invoice_ids & run.invoice_ids).ensure_one()
        for found in (shown, foreseen):
            self.assertEqual(found.amount_untaxed, invoice.amount_untaxed)
            self.assertEqual(found.amount_total, invoice.amount_total)

    def test_one_offs_of_old_orders_are_asked_about(self):
        """What was sold long ago may have been settled otherwise, before runs invoiced it."""
        order = self.confirm(self.product_recurring, self.product_setup)
        order.sudo().date_order = "2026-02-27 10:00:00"
        run = self.create_run("2026-06-15", user=self.user_accountant, start=False)
        self.assertIn(f"1, the oldest {order.name} of 02/27/2026", run._get_questions()[-1])
        self.assertTrue(run.action_start())
        self.assertEqual(run.state, "draft")
        order.sudo().date_order = "2026-03-01 10:00:00"
        self.assertFalse(run._get_questions())

    def test_the_billing_day_leaves_old_orders_to_a_person(self):
        order = self.confirm(self.product_recurring, self.product_setup)
        order.sudo().date_order = "2026-02-27 10:00:00"
        self.company.service_billing_day = 15
        self.run_cron("service_contract.service_billing_day_cron")
        run = self.env["service.billing.run"].search([("company_id", "=", self.company.id)])
        self.assertEqual((run.state, run.amount_untaxed), ("done", 49))
        self.assertIn(f"1, the oldest {order.name} of 02/27/2026", run.exception_ids.detail)
        action = run.with_user(self.user_accountant).action_resume()
        question = self.env[action["res_model"]].with_user(self.user_accountant)
        question.browse(action["res_id"]).action_confirm()
        self.assertEqual((run.state, run.amount_untaxed, run.exception_count), ("done", 149, 0))

    def test_one_offs_at_no_price_get_no_invoice(self):
        """Nor are they for ever what a run still has to do; beside others they are shown."""
        gift = self.create_product("Gift", 0.0)
        order = self.confirm(self.product_recurring, gift)
        run = self.bill()
        self.assertEqual((run.state, run.amount_untaxed), ("done", 49))
        self.assertFalse(order.sudo().invoice_ids)
        both = self.confirm(self.product_recurring, gift, self.product_setup)
        self.bill()
        self.assertEqual(
            both.sudo().invoice_ids.invoice_line_ids.product_id, gift + self.product_setup
        )

    def test_what_was_paid_down_is_deducted(self):
        order = self.confirm(self.product_recurring, self.product_setup)
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": order.ids,
                "advance_payment_method": "fixed",
                "fixed_amount": 60,
            }
        )
        wizard._create_invoices(order.sudo()).action_post()
        run = self.bill()
        self.assertEqual(sorted(run.invoice_ids.mapped("amount_total")), [58.8, 60])

    def test_one_offs_are_paid_as_the_contract_is(self):
        payer = self.create_customer("Payer", iban=IBANS[0])
        customer = self.customer
        for partner, method in ((payer, self.method_sdd), (customer, self.method_sdd.browse())):
            order = self.confirm(self.product_recurring, self.product_setup, customer=partner)
            order.preferred_payment_method_line_id = False
            run = self.bill(start=False)
            (row,) = [row for row in run._prepare_last_rows([]) if "order_id" in row]
            run.action_start()
            move = order.sudo().invoice_ids
            paid = (move.preferred_payment_method_line_id.id, move.mandate_id.id)
            self.assertEqual((row["payment_method_line_id"], row["mandate_id"]), paid)
            self.assertEqual(move.preferred_payment_method_line_id, method)
            self.assertEqual(move.mandate_id, order.service_contract_ids.mandate_id)

    def test_plain_orders_and_waiting_contracts_are_left_alone(self):
        plain = self.confirm(self.product_setup)
        waiting = self.confirm(self.product_fibre, self.product_setup)
        self.company.service_default_level_id = self.level
        session = self.create_session([("2026-06-12 08:00", 60)])
        self.bill()
        self.assertFalse(plain.sudo().invoice_ids)
        self.assertFalse(waiting.sudo().invoice_ids)
        order = self.confirm(self.product_recurring, self.product_setup)
        self.bill(session_ids=[Command.set(session.ids)])
        self.assertFalse(order.sudo().invoice_ids)

    def test_an_order_that_cannot_be_invoiced_hinders_nothing(self):
        bad = self.confirm(self.product_recurring, self.product_setup)
        good = self.confirm(self.product_recurring, self.product_setup)
        invoice = type(self.env["sale.order"])._create_invoices

        refusal = UserError("No.")

        def refuse(orders, **options):
            if bad in orders:
                raise refusal
            return invoice(orders, **options)

        with patch.object(type(self.env["sale.order"]), "_create_invoices", refuse):
            run = self.bill()
        self.assertEqual(good.sudo().invoice_ids.service_run_id, run)
        row = self.env["service.exception"].search([("res_model", "=", "sale.order")])
        self.assertEqual((row.res_id, row.run_id, row.state), (bad.id, run, "open"))
