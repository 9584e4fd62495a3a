from odoo import api, fields, models

from ...tools.connection_profiles import fold_name


class ServiceRemoteUser(models.Model):
    """Remembers which technician a user name of a remote control tool is."""

    _name = "service.remote.user"
    _description = "User of a Remote Control Tool"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "name"

    name = fields.Char(
        string="Name in the Tool", required=True, help="As the tool's connection logs write it."
    )
    name_key = fields.Char(compute="_compute_name_key", store=True, precompute=True)
    employee_id = fields.Many2one(
        "hr.employee",
        string="Technician",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    _name_unique = models.UniqueIndex(
        "(company_id, name_key)", "This name of a remote control tool has its technician already."
    )

    @api.depends("name")
    def _compute_name_key(self):
        for user in self:
            user.name_key = fold_name(user.name or "")
