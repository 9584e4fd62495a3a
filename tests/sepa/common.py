"""A billed customer with a mandate, and what is done with his invoices."""

from decimal import Decimal

from odoo import Command
from odoo.tests import Form
from odoo.tools.misc import file_path

from ...tools import sepa
from ..common import IBANS, ServiceContractCommon

XSD = "account_payment_sepa_direct_debit/data/pain.008.001.08.xsd"


class SepaCommon(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payer = cls.create_customer("Payer", iban=IBANS[0])
        cls.mandate = cls.payer.valid_mandate_id
        cls.product_incl = cls.create_product(
            "Included", 70.0, tax=cls.tax_included, recurring=cls.family
        )

    def bill(self, *contracts, post=True):
        """Bill what is due as the accountant; return the run."""
        run = self.create_run("2026-06-15", user=self.user_accountant)
        if post:
            run.action_post_invoices()
            self.assertFalse(run.draft_count)
        return run

    def create_debited_contract(self, customer=None, product=None, **vals):
        vals = {"start": "2026-06-01", **vals}
        return self.create_contract(customer or self.payer, product or self.product_fibre, **vals)

    def take_files(self, orders):
        """Download the files of orders: from then on the bank may have them."""
        for file in orders.service_file_ids.filtered(lambda file: not file.is_void):
            file.with_user(self.user_accountant)._take()

    def debit_anyway(self, invoice, reason="He knows"):
        """Press “Debit It” on an invoice whose customer paid or was credited: it asks why."""
        action = invoice.action_debit_again()
        form = Form(invoice.env[action["res_model"]].with_context(**action["context"]))
        self.assertTrue(form.doubts)
        form.reason = reason
        wizard = form.save()
        wizard.action_confirm()
        return wizard

    def collect(self, run):
        """Collect a run; return its orders, each with a valid file of the right sum."""
        run.action_collect()
        for order in run.order_ids:
            self.assertEqual(order.state, "generated")
            xml = order.payment_file_id.raw
            self.assertEqual(sepa.validate_xsd(xml, file_path(XSD)), [])
            self.assertIn(b"pain.008.001.08", xml)
        return run.order_ids

    @classmethod
    def prepare_return(cls, payments, day="2026-06-20", **vals):
        """Return the draft of a return of debits, as the accountant types it in."""
        returns = cls.env["payment.return"].with_user(cls.user_accountant)
        one = returns.create(
            {
                "journal_id": payments.journal_id.id,
                "payment_method_line_id": payments.payment_method_line_id.id,
                "date": day,
                "line_ids": [
                    Command.create({"reference": payment.memo, **vals}) for payment in payments
                ],
            }
        )
        one.button_match()
        assert all(line.move_line_ids for line in one.line_ids), "a debit is not found"
        return one

    @classmethod
    def return_debits(cls, payments, day="2026-06-20", **vals):
        """Book the return of debits."""
        one = cls.prepare_return(payments, day, **vals)
        one.action_confirm()
        return one

    def assertCollected(self, run, amount, debits=None):
        """Invariant 2, second half: residual = payments = control sum."""
        orders = self.collect(run)
        totals = [order._get_service_totals() for order in orders]
        self.assertEqual(sum(total.control_sum for total in totals), Decimal(amount))
        residual = sum(orders.payment_line_ids.move_line_id.mapped("amount_residual"))
        self.assertEqual(f"{residual:.2f}", amount)
        if debits is not None:
            self.assertEqual(sum(total.number_of_transactions for total in totals), debits)
        return orders

    def pay(self, invoice, amount):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({"amount": amount, "payment_date": "2026-06-15"})._create_payments()

    def credit(self, partner, amount):
        move = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": partner.id,
                "invoice_date": "2026-06-15",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Gesture",
                            "price_unit": amount,
                            "tax_ids": [Command.set(self.tax_included.ids)],
                        }
                    )
                ],
            }
        )
        move.action_post()
        return move
