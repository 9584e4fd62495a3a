"""What a credit note leaves of a charge is said by its lines, for their own part."""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

COPY_DECISIONS = SQL(
    """
    WITH live AS (
        SELECT line.id, line.service_charge_id, charge.after_credit,
               line.quantity * charge.quantity
               * CASE WHEN line_move.move_type = 'out_refund' THEN -1 ELSE 1 END < 0 AS is_credit
          FROM account_move_line line
          JOIN account_move line_move ON line_move.id = line.move_id
          JOIN service_charge charge ON charge.id = line.service_charge_id
         WHERE charge.after_credit IS NOT NULL AND line.parent_state <> 'cancel'
    )
    UPDATE account_move_line line
       SET service_after_credit = live.after_credit
      FROM live
     WHERE live.id = line.id
       AND (live.is_credit OR NOT EXISTS (
               SELECT 1 FROM live other
                WHERE other.service_charge_id = live.service_charge_id AND other.is_credit))
    """
)
FILL_LEFT = SQL(
    """
    UPDATE service_charge
       SET amount_left = CASE WHEN state IN ('on_hold', 'ready') THEN amount_untaxed ELSE 0 END
    """
)


def migrate(cr, version):
    """Move the decision from the charge to the lines that credit it; who has none says it itself.

    A charge had one decision for all its credit notes: it becomes that of each of them.
    """
    if not column_exists(cr, "service_charge", "after_credit"):
        return
    create_column(cr, "account_move_line", "service_after_credit", "varchar")
    cr.execute(COPY_DECISIONS)
    create_column(cr, "service_charge", "amount_left", "numeric")
    cr.execute(FILL_LEFT)
    cr.execute(SQL("ALTER TABLE service_charge DROP COLUMN after_credit"))
