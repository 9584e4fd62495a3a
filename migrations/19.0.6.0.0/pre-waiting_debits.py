"""An invoice stands in one open debit order only: what stands in two is listed before."""

import logging

from odoo.exceptions import UserError
from odoo.tools.sql import table_exists

_logger = logging.getLogger(__name__)
WAITING = """
      FROM account_payment_line debit
      JOIN account_move_line line ON line.id = debit.move_line_id
      JOIN account_move move ON move.id = line.move_id
      JOIN account_payment_order ord ON ord.id = debit.order_id
     WHERE ord.payment_type = 'inbound' AND ord.state IN ('draft', 'open', 'generated')
"""


def migrate(cr, version):
    """Take what is confirmed elsewhere out of drafts; refuse the update where two are confirmed.

    Of two drafts the first keeps the debit. No file is changed: which of two confirmed orders is
    cancelled, a person decides.
    """
    if not version or not table_exists(cr, "account_payment_line"):
        return
    drop_from_drafts(cr)
    if twice := list_twice(cr):
        raise UserError(
            "Invoices that stand in two debit orders. Cancel one order of each, then update again:"
            "\n" + "\n".join(twice)
        )


def drop_from_drafts(cr):
    cr.execute(
        f"""
        WITH ranked AS (
            SELECT debit.id, ord.state, ord.name AS order_name, move.name AS move_name,
                   row_number() OVER (
                       PARTITION BY debit.move_line_id
                       ORDER BY ord.state = 'draft', debit.id
                   ) AS place
            {WAITING}
        )
        DELETE FROM account_payment_line debit USING ranked
         WHERE ranked.id = debit.id AND ranked.place > 1 AND ranked.state = 'draft'
        RETURNING ranked.move_name, ranked.order_name
        """
    )
    for move, order in cr.fetchall():
        _logger.warning("%s stood in two debit orders: it was taken out of %s.", move, order)


def list_twice(cr):
    """Return a sentence for each invoice that stands in two confirmed orders."""
    cr.execute(
        f"""
        SELECT move.name, string_agg(ord.name || ' (' || ord.state || ')', ', ' ORDER BY ord.id)
        {WAITING}
         GROUP BY debit.move_line_id, move.name HAVING count(*) > 1
        """
    )
    return [f"{move}: {orders}" for move, orders in cr.fetchall()]
