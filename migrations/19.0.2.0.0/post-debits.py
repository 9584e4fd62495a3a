"""Invoices say by themselves that a debit order holds or has held them."""


def migrate(cr, version):
    """Mark the invoices that debit orders know."""
    cr.execute(
        """
        UPDATE account_move move
           SET service_has_debit = TRUE
          FROM account_move_line line
          JOIN account_payment_line debit ON debit.move_line_id = line.id
         WHERE line.move_id = move.id
           AND debit.payment_type = 'inbound'
        """
    )
