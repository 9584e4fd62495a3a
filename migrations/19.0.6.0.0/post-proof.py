"""Debits keep by now what the customer was told: take what is known of earlier ones."""


def migrate(cr, version):
    """Say of debits under way and at the bank that their invoices went out before (L14)."""
    if not version:
        return
    cr.execute(
        """
        UPDATE account_payment_line line
           SET service_told_source = 'before',
               service_told_on = move.service_sent_at::date,
               service_told_message_id = move.service_sending_message_id
          FROM account_move_line item
          JOIN account_move move ON move.id = item.move_id
         WHERE item.id = line.move_line_id
           AND line.payment_type = 'inbound'
           AND line.state IN ('open', 'generated', 'uploading', 'uploaded')
           AND line.service_told_source IS NULL
           AND (move.is_move_sent OR move.service_sending IN ('sent', 'printed'))
           AND (move.service_sent_at IS NULL OR move.service_sent_at::date <= line.date)
        """
    )
