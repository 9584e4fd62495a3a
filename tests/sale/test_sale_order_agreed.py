"""What a customer agreed to, or signed, is enlarged by an amendment only (S37)."""

from contextlib import contextmanager

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import IBANS, ServiceContractCommon

# An image of one pixel, in base64.
PIXEL = b"R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 09:00:00")
class TestAgreed(ServiceContractCommon):
    """39.00 a month for 36 months; a second product would make it 68.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payer = cls.create_customer("Payer", iban=IBANS[0])
        cls.product_option = cls.create_product("Option", 29.0, recurring=cls.family_sepa)
        cls.product_setup = cls.create_product("Set-up", 100.0)

    @contextmanager
    def refused(self, words, errors=UserError):
        with self.assertRaisesRegex(errors, words), self.env.cr.savepoint():
            yield

    def confirm(self, *products, is_signed=False, **vals):
        vals = {"customer": self.payer, "start": "2026-06-15", **vals}
        order = self.create_quote(*products, user=self.user_sales, **vals)
        if is_signed:
            order.write({"signature": PIXEL, "signed_by": "Client"})
        order.action_confirm()
        return order

    def add(self, order, product, **vals):
        order.order_line = [Command.create({"product_id": product.id, **vals})]

    # ----- The order of a contract in force -----

    def test_a_contract_in_force_is_not_enlarged_through_its_order(self):
        order = self.confirm(self.product_fibre)
        contract = order.service_contract_ids
        self.assertEqual((contract.state, contract.mrr), ("active", 39))
        with (
            self.assertRaisesRegex(UserError, "press “Amend by Quotation”"),
            self.env.cr.savepoint(),
        ):
            self.add(order, self.product_option)
        self.assertEqual(contract.mrr, 39)
        self.add(order, self.product_setup)
        self.add(order.with_user(self.env.user), self.product_option)
        self.assertEqual(contract.mrr, 68)

    def test_nor_by_a_line_of_nothing(self):
        order = self.confirm(self.product_fibre)
        self.add(order, self.product_option, product_uom_qty=0)
        with self.refused("is in force"):
            order.order_line[-1].product_uom_qty = 1
        self.assertEqual(order.service_contract_ids.mrr, 39)

    def test_nor_through_the_order_of_an_amendment(self):
        contract = self.confirm(self.product_fibre).service_contract_ids
        order = self.confirm(
            self.product_fibre, self.product_option, service_amended_contract_id=contract.id
        )
        self.assertEqual(contract.mrr, 68)
        with self.refused("is in force"):
            self.add(order, self.product_option)
        self.assertEqual(contract.mrr, 68)

    # ----- What was signed -----

    def test_what_was_signed_stays_while_the_contract_waits(self):
        order = self.confirm(self.product_fibre, is_signed=True, customer=self.customer)
        contract = order.service_contract_ids
        self.assertEqual(contract.state, "draft")
        for vals in ({"price_unit": 20}, {"product_uom_qty": 2}, {"name": "Other"}):
            with (
                self.subTest(vals),
                self.assertRaisesRegex(UserError, "was signed by Client"),
                self.env.cr.savepoint(),
            ):
                order.order_line.write(vals)
        with self.refused("was signed by Client"):
            self.add(order, self.product_option)
        with self.refused("was signed by Client"):
            self.add(order, self.product_support)
        self.assertEqual(contract.line_ids.price_unit, 39)
        order.order_line.with_user(self.env.user).price_unit = 35
        self.assertEqual(contract.line_ids.price_unit, 35)

    def test_who_cancels_quotes_anew(self):
        order = self.confirm(self.product_fibre, is_signed=True, customer=self.customer)
        order.action_cancel()
        order.action_draft()
        self.assertFalse(order.signature)
        order.order_line.price_unit = 35
        order.action_confirm()
        self.assertEqual(order.service_contract_ids.line_ids.price_unit, 35)

    # ----- The draft contract -----

    def get_waiting(self, user=None):
        order = self.confirm(self.product_fibre, customer=self.customer)
        return order.service_contract_ids.with_user(user or self.user_sales)

    def test_terms_of_a_waiting_contract_are_those_of_the_quotation(self):
        contract = self.get_waiting()
        self.assertEqual((contract.state, contract.initial_months), ("draft", 36))
        cases = [
            ({"initial_months": 12}, "Initial Commitment"),
            ({"tacit_months": 1}, "Tacit Renewal"),
            ({"notice_count": 0}, "Notice"),
            ({"date_end": "2026-12-31"}, "Last Day"),
            ({"regime": "consumer"}, "Customer Regime"),
            ({"level_id": self.create_level("L", "unlimited", self.family_sepa).id}, "Level"),
            ({"is_telecom_cap_waived": True}, "24-Month Limit"),
            ({"sale_order_id": False}, "cannot be written"),
        ]
        for vals, words in cases:
            with (
                self.subTest(vals),
                self.assertRaisesRegex(Exception, words),
                self.env.cr.savepoint(),
            ):
                contract.write(vals)
        contract.write({"initial_months": 36, "note": "Mandate asked for"})
        self.assertFalse(contract.can_change_terms or contract.can_change_lines)
        theirs = contract.with_user(self.user_manager)
        self.assertTrue(theirs.can_change_terms and theirs.can_change_lines)
        theirs.initial_months = 24

    def test_products_of_a_waiting_contract_are_those_of_the_quotation(self):
        contract = self.get_waiting()
        line = contract.line_ids
        for vals in ({"price_unit": 20}, {"quantity": 2}, {"date_end": "2026-12-31"}):
            with (
                self.subTest(vals),
                self.assertRaisesRegex(UserError, "its products are"),
                self.env.cr.savepoint(),
            ):
                line.write(vals)
        with self.refused("its products are"):
            contract.line_ids = [Command.create({"product_id": self.product_option.id})]
        with self.refused("its products are"):
            line.unlink()
        with self.assertRaises(AccessError):
            line.sale_line_id = False

    def test_the_form_of_a_waiting_contract_says_so(self):
        view = "service_contract.service_contract_view_form"
        with self.assertRaisesRegex(AssertionError, "readonly"):
            Form(self.get_waiting(), view=view).initial_months = 12
        form = Form(self.create_contract(activate=False).with_user(self.user_sales), view=view)
        form.initial_months = 24

    def test_a_waiting_contract_is_completed_by_who_sold_it(self):
        contract = self.get_waiting()
        contract.mandate_id = self.create_mandate(self.customer, IBANS[1])
        contract.date_start = "2026-07-01"
        contract.action_activate()
        self.assertEqual((contract.state, contract.initial_months), ("active", 36))
