"""A file at the bank: its debits are booked in steps, none of them stops another."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.service_contract.models.bank import account_payment_order

from .common import BankCommon

AT_ONCE = "odoo.addons.service_contract.models.common.service_job_mixin.AT_ONCE"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 10:00")
class TestUpload(BankCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payers = cls.create_payers(4)
        journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.company.id), ("type", "=", "sale")], limit=1
        )
        journal.restrict_mode_hash_table = False  # which alone refuses to undo what is posted

    def make_order(self):
        moves = self.create_invoices(self.payers, 39.0)
        return self.create_order(moves)

    def begin(self, order):
        """Upload as a large order is: what follows is the background job's."""
        with patch(AT_ONCE, 1):
            order.generated2uploaded()
        self.assertEqual(order.state, "uploading")

    def get_matters(self, records, job=None):
        return self.env["service.exception"]._get_open(records, "sepa", job)

    # ----- In steps -----

    def test_few_are_booked_by_the_click(self):
        order = self.make_order()
        order.generated2uploaded()
        self.assertEqual(order.state, "uploaded")
        self.assertEqual(order.service_uploaded_by_id, self.user_accountant)
        self.assertEqual(set(self.get_invoices(order).mapped("payment_state")), {"in_payment"})
        self.assertEqual(order.payment_line_ids.mandate_id[0].last_debit_date, order.date_generated)

    def test_many_are_booked_in_the_background(self):
        """Step by step, as who uploaded the file; he sees how far it is and is told the end."""
        order = self.make_order()
        jobs = self.env.ref(account_payment_order.CRON)
        calls = self.env["ir.cron.trigger"].search_count([("cron_id", "=", jobs.id)])
        self.begin(order)
        self.assertEqual(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", jobs.id)]), calls + 1
        )
        self.assertEqual(order.date_uploaded.isoformat(), "2026-06-15")
        self.assertFalse(order.payment_ids.move_id)
        order._step(3)
        self.assertEqual(len(order.payment_ids.move_id), 3)
        self.assertEqual(order.service_upload_progress, 37.5)
        with freeze_time("2026-06-16 00:10"):
            self.run_cron(account_payment_order.CRON)
        self.assertEqual(order.state, "uploaded")
        self.assertEqual(order.date_uploaded.isoformat(), "2026-06-15", "the day of the click")
        self.assertEqual(order.payment_ids.move_id.create_uid, self.user_accountant)
        self.assertFalse(sum(self.get_invoices(order).mapped("amount_residual")))
        told = order.message_ids.filtered("notified_partner_ids")
        self.assertIn("4 debits are booked", told.body)
        self.assertEqual(told.notified_partner_ids, self.user_accountant.partner_id)

    def test_a_person_goes_on_where_no_job_does(self):
        order = self.make_order()
        self.begin(order)
        order.action_continue_upload()
        self.assertEqual(order.state, "uploaded")
        with self.assertRaisesRegex(UserError, "no longer possible"):
            order.action_continue_upload()

    def test_who_may_not_upload_does_not_go_on(self):
        """Whoever has another right of the three cannot book what others have uploaded."""
        order = self.make_order()
        self.begin(order)
        payments = self.env.ref("account_payment_batch_oca.group_account_payment")
        right = self.env.ref("service_contract.service_contract_group_debit_upload")
        payments.implied_ids -= right
        self.user_accountant.group_ids -= right
        with self.assertRaisesRegex(AccessError, right.name):
            order.action_continue_upload()
        self.assertEqual(order.state, "uploading")

    def test_an_order_being_booked_stays(self):
        order = self.make_order()
        self.begin(order)
        invoice = self.get_invoices(order)[0].with_user(self.user_accountant)
        for step in (order.generated2uploaded, order.action_cancel, order.unlink):
            with self.subTest(step.__name__), self.assertRaises(UserError), self.env.cr.savepoint():
                step()
        with self.assertRaisesRegex(UserError, order.name), self.env.cr.savepoint():
            order.payment_line_ids[0].unlink()
        with self.assertRaisesRegex(UserError, "went to the bank"), self.env.cr.savepoint():
            invoice.button_draft()
        self.assertTrue(invoice.line_ids.filtered("payment_line_ids")._is_service_debit_pending())
        for vals in ({"state": "uploaded"}, {"service_upload_position": 9}):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                order.write(vals)

    def test_who_has_left_holds_nothing_up(self):
        order = self.make_order()
        self.begin(order)
        self.user_accountant.active = False
        self.run_cron(account_payment_order.CRON)
        self.assertEqual(order.sudo().state, "uploaded")

    def test_a_job_that_cannot_go_on_is_a_matter(self):
        order = self.make_order()
        self.begin(order)
        words = "Nothing goes"
        error = UserError(words)
        with (
            patch.object(type(order), "_end_upload", side_effect=error),
            self.assertLogs("odoo.addons.service_contract", "ERROR"),
        ):
            self.run_cron(account_payment_order.CRON)
        matter = self.get_matters(order)
        self.assertEqual(matter.cause_id.code, "uploading")
        self.assertIn("Nothing goes", matter.detail)
        matter.with_user(self.user_accountant).action_mend()
        self.assertEqual(order.state, "uploaded")
        self.assertEqual(matter.state, "done")

    # ----- What no longer fits -----

    def test_a_bad_debit_stops_no_other(self):
        """Its matter says why, and books it once that is mended; it is not debited again."""
        order = self.make_order()
        account = self.payers[1].property_account_receivable_id.copy({"code": "411999"})
        bad = order.payment_ids.filtered(lambda one: one.partner_id == self.payers[1])
        bad.sudo().destination_account_id = account
        account.active = False
        order.generated2uploaded()
        self.assertEqual(order.state, "uploaded")
        self.assertEqual(bad.state, "draft")
        self.assertEqual((order.payment_ids - bad).mapped("is_reconciled"), [True] * 3)
        matter = self.get_matters(bad)
        self.assertEqual(matter.cause_id.code, "unbooked")
        self.assertIn("archived", matter.detail)
        invoice = bad.payment_line_ids.move_line_id.move_id
        self.assertTrue(invoice._get_holding_debit())
        bad.sudo().destination_account_id = self.payers[1].property_account_receivable_id
        matter.with_user(self.user_accountant).action_mend()
        self.assertEqual((bad.state, invoice.payment_state), ("in_process", "in_payment"))
        self.assertEqual(matter.state, "done")

    def test_paid_meanwhile(self):
        """The bank takes it all the same: it is the customer's credit, and said in words."""
        order = self.make_order()
        paid, partly = self.get_invoices(order)[:2]
        self.begin(order)
        order._step(4)
        self.pay(paid, paid.amount_total)
        self.pay(partly, 30)
        order.action_continue_upload()
        self.assertEqual(order.state, "uploaded")
        self.assertFalse(sum(self.get_invoices(order).mapped("amount_residual")))
        credits = order.payment_ids.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        self.assertEqual(sorted(credits.mapped("amount_residual")), [-46.8, -30.0])
        for invoice in (paid, partly):
            matter = self.get_matters(invoice)
            self.assertEqual(matter.cause_id.code, "excess")
            self.assertIn(order.name, matter.detail)

    def test_customers_never_pay_for_each_other(self):
        """What one has paid too much stays his own, in the same step as another's open invoice."""
        order = self.make_order()
        moves = self.get_invoices(order)
        self.take_files(order)
        self.pay(moves[0], 20)
        order.generated2uploaded()
        for payment in order.payment_ids:
            partials = payment.move_id.line_ids.matched_debit_ids
            self.assertEqual(partials.debit_move_id.partner_id, payment.partner_id)

    def test_no_invoice_any_more(self):
        order = self.make_order()
        invoice = self.get_invoices(order)[0]
        self.env.flush_all()
        self.env.cr.execute("UPDATE account_move SET state = 'draft' WHERE id = %s", [invoice.id])
        self.env.cr.execute(
            "UPDATE account_move_line SET parent_state = 'draft' WHERE move_id = %s", [invoice.id]
        )
        self.env.invalidate_all()
        order.generated2uploaded()
        self.assertEqual(order.state, "uploaded")
        payment = order.payment_ids.filtered(
            lambda one: one.payment_line_ids.move_line_id.move_id == invoice
        )
        self.assertEqual((payment.state, payment.is_reconciled), ("in_process", False))
        self.assertIn("no posted invoice", self.get_matters(invoice).detail)

    def test_statements_grow_less_than_debits(self):
        """What a payment costs by itself: the rest is asked once for all of a step."""
        counts = []
        for size in (2, 4):
            moves = self.create_invoices(self.payers[:size], 39.0)
            order = self.create_order(moves).sudo()
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order.generated2uploaded()
            self.env.cr.flush()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 2 * 8)
