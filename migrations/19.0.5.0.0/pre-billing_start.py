"""Contracts say from which day on they are billed: those that exist keep their billing periods."""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

# Who typed the 1st of a month is billed from it; all others from a day of their own.
NAME = SQL(
    """
    UPDATE service_contract
       SET billing_start = CASE
               WHEN anchor_date <> date_start AND extract(day FROM anchor_date) = 1 THEN 'month'
               ELSE 'start'
           END
    """
)


def migrate(cr, version):
    """Fill the column before it is computed, which would count the periods anew."""
    if not column_exists(cr, "service_contract", "billing_start"):
        create_column(cr, "service_contract", "billing_start", "varchar")
        cr.execute(NAME)
