from odoo import fields, models


class ServiceConnectionFormat(models.Model):
    """Remembers which column is what in the files of a tool that nobody else knows."""

    _name = "service.connection.format"
    _description = "Format of Connection Files"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "name"
    _is_made_by_workflow = True

    name = fields.Char(string="Columns of the File", required=True, readonly=True, lock="workflow")
    signature = fields.Char(
        required=True,
        readonly=True,
        help="The same for each file of the same columns.",
        lock="workflow",
    )
    columns = fields.Json(
        required=True, readonly=True, help="What each column is, by its place.", lock="workflow"
    )
    tz = fields.Char(string="Time Zone", readonly=True, lock="workflow")
    date_order = fields.Char(readonly=True, lock="workflow")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
        lock="workflow",
    )

    _signature_unique = models.UniqueIndex(
        "(company_id, signature)", "What these columns are is known already."
    )
