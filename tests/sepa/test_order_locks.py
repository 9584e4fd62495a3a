"""A debit order moves by its steps alone: what it tells of the bank is not typed."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SepaCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestOrderLocks(SepaCommon):
    def setUp(self):
        super().setUp()
        self.create_debited_contract()
        self.run_1 = self.bill()
        self.order = self.collect(self.run_1).with_user(self.user_accountant)
        self.invoice = self.run_1.invoice_ids.with_user(self.user_accountant)

    def refuse(self, record, *cases):
        for vals in cases:
            with self.subTest(vals), self.assertRaises(AccessError), self.env.cr.savepoint():
                record.write(vals)

    def test_steps_are_not_written(self):
        """Nothing is debited twice: an order that says it was cancelled would free its invoices."""
        cases = (
            {"state": "cancel"},
            {"state": "draft"},
            {"state": "uploaded", "date_uploaded": "2026-06-15"},
            {"date_uploaded": False},
            {"date_generated": "2026-06-01"},
            {"payment_file_id": False},
            {"service_run_id": False},
        )
        self.refuse(self.order, *cases)
        self.order.generated2uploaded()
        self.refuse(self.order, *cases)
        self.assertEqual(self.order.state, "uploaded")
        self.assertEqual(str(self.order.date_uploaded), "2026-06-15")
        with self.assertRaisesRegex(UserError, self.order.name), self.env.cr.savepoint():
            self.order.action_cancel()
        self.refuse(self.order, {"state": "draft"}, {"date_uploaded": False})

    def test_a_cancelled_order_begins_anew(self):
        """Each step of an accountant still moves it."""
        self.order.action_cancel()
        self.order.cancel2draft()
        self.order.draft2open()
        self.order.open2generated()
        self.assertEqual((self.order.state, self.order.service_run_id), ("generated", self.run_1))

    def test_no_debit_joins_a_confirmed_order(self):
        """By RPC: a new one, one of a draft, or by the list of the order."""
        lines, order = self.order.payment_line_ids, self.order
        vals = {**lines.copy_data()[0], "move_line_id": False, "communication": "More"}
        draft = order.copy()
        waiting = lines.create({**vals, "order_id": draft.id})
        for case in (
            lambda: lines.create(vals),
            lambda: waiting.write({"order_id": order.id}),
            lambda: order.write({"payment_line_ids": [Command.link(waiting.id)]}),
            lambda: order.write({"payment_line_ids": [Command.create(vals)]}),
        ):
            with self.assertRaisesRegex(UserError, "no debit joins"), self.env.cr.savepoint():
                case()
        self.assertEqual(waiting.order_id, draft)

    def test_an_order_begins_as_a_draft(self):
        vals = {
            "payment_type": "inbound",
            "payment_method_line_id": self.method_sdd.id,
            "state": "uploaded",
            "date_uploaded": "2026-06-01",
            "service_run_id": self.run_1.id,
        }
        orders = self.order.with_context(default_state="uploaded")
        order = orders.create(vals)
        self.assertEqual((order.state, order.date_uploaded), ("draft", False))
        self.assertFalse(order.service_run_id)
        self.refuse(self.run_1, {"order_ids": [(5, 0, 0)]})

    def test_what_an_invoice_tells_of_its_debits_is_not_written(self):
        self.refuse(
            self.invoice,
            {"service_has_debit": False},
            {"service_debit_decision": "debit"},
            {"service_debit_note": "Paid"},
        )
