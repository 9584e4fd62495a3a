"""What technicians and imports found was “not covered” before anybody had decided (S17)."""

from odoo.tools import SQL

OPEN = SQL(
    """
    UPDATE service_equipment
       SET is_cover_decided = FALSE
     WHERE NOT COALESCE(is_covered, FALSE) AND origin <> 'other'
    """
)


def migrate(cr, version):
    """Ask a manager about what was sold by us or a partner and is not covered."""
    cr.execute(OPEN)
