from odoo import fields, models


class ServiceCharge(models.Model):
    """The run that charged ahead of time: deleted, it takes along what nobody has billed."""

    _inherit = "service.charge"

    made_by_run_id = fields.Many2one(
        "service.billing.run",
        string="Charged ahead by",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        lock="workflow",
        check_company=True,
    )
