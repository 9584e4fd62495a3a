"""Files of debit orders are kept by now, their ids are new each time, a file is booked at once."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Keep the files that there are; count how often orders were confirmed (L11)."""
    if not version:
        return
    cr.execute(
        """
        UPDATE account_payment_order SET service_generation = 1
         WHERE payment_type = 'inbound' AND state != 'draft'
           AND COALESCE(service_generation, 0) = 0
        """
    )
    cr.execute(
        """
        UPDATE account_payment_method_line line SET default_batch_booking = TRUE
          FROM account_payment_method method
         WHERE method.id = line.payment_method_id AND method.code = 'sepa_direct_debit'
        """
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    orders = env["account.payment.order"].search(
        [("payment_type", "=", "inbound"), ("payment_file_id", "!=", False)]
    )
    for order in orders.filtered(lambda order: not order.service_file_ids):
        order._keep_file()
