"""What makes one invoice is chosen of three: contract, site or customer."""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

CHOOSE = SQL(
    """
    UPDATE res_company
       SET service_grouping = CASE WHEN service_group_by_customer THEN 'site' ELSE 'contract' END
    """
)


def migrate(cr, version):
    """Keep what companies have: what they called one invoice a customer was one for each site."""
    if column_exists(cr, "res_company", "service_group_by_customer"):
        create_column(cr, "res_company", "service_grouping", "varchar")
        cr.execute(CHOOSE)
        cr.execute(SQL("ALTER TABLE res_company DROP COLUMN service_group_by_customer"))
