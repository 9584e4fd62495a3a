"""A return that the accountant reads on the bank's site: found by customer, amount or invoice."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import ReturnsCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00")
class TestByHand(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.moves = cls.env["account.move"].union(
            cls.create_invoice(cls.payers[0], 10),
            cls.create_invoice(cls.payers[1], 20),
            cls.create_invoice(cls.payers[1], 30),
        )

    def setUp(self):
        super().setUp()
        self.order = self.upload(self.moves)

    def make_line(self, **vals):
        one = (
            self.env["payment.return"]
            .with_user(self.user_accountant)
            .create({"journal_id": self.journal.id, "line_ids": [Command.create(vals)]})
        )
        return one.line_ids

    def test_by_customer(self):
        line = self.make_line(partner_id=self.payers[1].id)
        self.assertEqual(line.service_candidate_ids, self.moves[1:].sorted(self.moves._order))

    def test_by_amount(self):
        line = self.make_line(amount=24)
        self.assertEqual(line.service_candidate_ids, self.moves[1])
        line.service_invoice_id = self.moves[1]
        self.assertEqual((line.partner_id, line.amount), (self.payers[1], 24))
        line.return_id.action_confirm()
        self.assertEqual(self.moves.mapped("amount_residual"), [0, 24, 0])

    def test_an_amount_that_nobody_was_debited(self):
        """A typing error hides no invoice."""
        self.assertEqual(len(self.make_line(amount=99.99).service_candidate_ids), 3)

    def test_from_the_invoice(self):
        move = self.moves[2].with_user(self.user_accountant)
        action = move.action_return_by_hand()
        returns = self.env["payment.return"].with_user(self.user_accountant)
        with Form(returns.with_context(**action["context"])) as form:
            form.date = "2026-06-15"
        one = form.record
        self.assertEqual(one.line_ids.service_invoice_id, move)
        self.assertEqual((one.line_ids.amount, one.journal_id), (36, self.journal))
        one.action_confirm()
        self.assertEqual(self.moves.mapped("amount_residual"), [0, 0, 36])
        self.assertEqual(one.move_id.date.isoformat(), "2026-06-15")
        with self.assertRaisesRegex(UserError, "no debit at the bank"):
            move.action_return_by_hand()

    def test_who_may(self):
        for user in (self.user_technician, self.user_sales, self.user_manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.moves[0].with_user(user).action_return_by_hand()
