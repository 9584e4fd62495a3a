from odoo import fields, models


class ServiceException(models.Model):
    """What a billing run met."""

    _inherit = "service.exception"

    run_id = fields.Many2one(
        "service.billing.run", string="Billing Run", index="btree_not_null", ondelete="cascade"
    )
