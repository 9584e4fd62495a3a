from odoo import fields, models


class ServiceChecklistItem(models.Model):
    """One point of a checklist."""

    _name = "service.checklist.item"
    _description = "Point of a Checklist"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "checklist_id, sequence, id"

    checklist_id = fields.Many2one(
        "service.checklist", required=True, ondelete="cascade", index=True, lock="once"
    )
    company_id = fields.Many2one(related="checklist_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
