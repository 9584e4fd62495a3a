"""Debits are announced by their invoices by now: what went out before is asked about, once."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Mark the open invoices to be debited that were sent, and ask their companies (L12)."""
    if not version:
        return
    cr.execute(
        """
        UPDATE account_move move
           SET service_notice_source = 'before'
          FROM account_payment_method_line line
          JOIN account_payment_method method ON method.id = line.payment_method_id
         WHERE line.id = move.preferred_payment_method_line_id
           AND method.mandate_required
           AND move.move_type = 'out_invoice'
           AND move.state = 'posted'
           AND move.payment_state IN ('not_paid', 'partial')
           AND (move.is_move_sent OR move.service_sending IN ('sent', 'printed'))
           AND move.service_notice_source IS NULL
        """
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["res.company"]._ask_notice_before()
