"""What was sent is noted by now: invoices that went out before are not sent a second time."""


def migrate(cr, version):
    """Take over from Odoo which posted invoices of ours were sent; when and how is not known."""
    cr.execute(
        """
        UPDATE account_move move
           SET service_sending = 'sent'
         WHERE move.is_move_sent
           AND move.state = 'posted'
           AND move.move_type IN ('out_invoice', 'out_refund')
           AND move.service_sending IS NULL
           AND (
                move.service_run_id IS NOT NULL
                OR move.service_contract_id IS NOT NULL
                OR EXISTS (
                    SELECT FROM account_move_line line
                     WHERE line.move_id = move.id AND line.service_charge_id IS NOT NULL
                )
           )
        """
    )
