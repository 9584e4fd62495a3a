"""An upload whose process ends anywhere: each debit is booked and matched once, without a gap."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.service_contract.models.common.time_limits import Shift
from odoo.addons.service_contract.tools import pace

from ..transactions import TransactionsCommon
from .common import BankCommon

JOB = ("account.payment.order", "_cron_book_uploads")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00")
class TestUploadKilled(TransactionsCommon, BankCommon):
    def make_uploading(self, count):
        moves = self.create_invoices(self.create_payers(count), 39.0)
        order = self.create_order(moves)
        order._begin_upload()
        self.commit()
        return order.sudo()

    def test_killed_before_and_after_each_commit(self):
        order = self.make_uploading(3)
        small = patch.object(Shift, "make_pace", lambda shift, **vals: pace.Pace(size=1, most=1))
        with small:
            number = self.run_killed_everywhere(*JOB)
        self.assertGreaterEqual(number, 3)
        self.assertEqual(order.state, "uploaded")
        payments = order.payment_ids
        self.assertEqual(payments.mapped("is_reconciled"), [True] * 3)
        entries = self.env["account.move"].search([("origin_payment_id", "in", payments.ids)])
        self.assertEqual(len(entries), 3)
        self.assertEqual(set(entries.mapped("state")), {"posted"})
        numbers = sorted(entries.mapped("sequence_number"))
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 3)))
        taxes = self.env["account.move"].search(
            [("tax_cash_basis_rec_id", "in", entries.line_ids.matched_debit_ids.ids)]
        )
        self.assertEqual(len(taxes), 3)
        self.assertFalse(self.run_job(*JOB))

    def test_two_jobs_at_once(self):
        """What one is booking, the other leaves to it."""
        order = self.make_uploading(2)
        with self.acting() as env:
            env[order._name].browse(order.id).lock_for_update(allow_referencing=True)
            self.assertFalse(self.run_job(*JOB))
            self.assertEqual((order.state, order.service_upload_position), ("uploading", 0))
        self.run_job(*JOB)
        self.assertEqual(order.state, "uploaded")
