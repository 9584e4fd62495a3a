"""A return whose process ends anywhere: each debit is taken back once, and decided once (L15c)."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.service_contract.models.common.time_limits import Shift
from odoo.addons.service_contract.tools import pace

from ..transactions import TransactionsCommon
from .common import ReturnsCommon

JOB = ("payment.return", "_cron_book_returns")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00")
class TestBookingKilled(TransactionsCommon, ReturnsCommon):
    def make_booking(self, count):
        moves = self.create_invoices(self.payers[:count], 39.0)
        order = self.upload(moves)
        one = self.make_return(order)
        one._begin_booking()
        self.commit()
        return one.sudo(), self.get_invoices(order)

    def test_killed_before_and_after_each_commit(self):
        one, invoices = self.make_booking(3)
        small = patch.object(Shift, "make_pace", lambda shift, **vals: pace.Pace(size=1, most=1))
        with small:
            number = self.run_killed_everywhere(*JOB)
        self.assertGreaterEqual(number, 2)
        self.assertEqual(one.state, "done")
        self.assertEqual(invoices.mapped("amount_residual"), [46.8] * 3)
        entries = self.env["account.move"].search([("ref", "=", one.move_id.ref)])
        self.assertEqual(entries, one.move_id, "one entry")
        debts = one.move_id.line_ids.filtered("partner_id")
        self.assertEqual(debts.mapped("reconciled"), [True] * 3)
        taxes = self.env["account.move"].search(
            [("tax_cash_basis_origin_move_id", "in", invoices.ids)]
        )
        self.assertEqual(len(taxes), 6, "each booked and taken back once")
        asked = self.env["service.exception"]._get_open(invoices, "sepa")
        self.assertEqual(len(asked), 3)
        self.assertFalse(self.run_job(*JOB))

    def test_two_jobs_at_once(self):
        """What one is booking, the other leaves to it."""
        one, _invoices = self.make_booking(2)
        with self.acting() as env:
            env[one._name].browse(one.id).lock_for_update(allow_referencing=True)
            self.assertFalse(self.run_job(*JOB))
            self.assertEqual((one.state, one.service_book_position), ("booking", 0))
        self.run_job(*JOB)
        self.assertEqual(one.state, "done")
