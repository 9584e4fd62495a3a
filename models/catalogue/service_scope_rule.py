from odoo import api, fields, models

from ..common.field_values import get_labels


class ServiceScopeRule(models.Model):
    """What a level does with a work type: included, billed or not offered (S17–S23)."""

    _name = "service.scope.rule"
    _description = "Scope Rule"
    _check_company_auto = True
    _order = "level_id, work_type_id"

    level_id = fields.Many2one("service.level", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="level_id.company_id")
    work_type_id = fields.Many2one(
        "service.work.type", required=True, ondelete="restrict", index=True, check_company=True
    )
    effect = fields.Selection(
        [("included", "Included"), ("billed", "Billed"), ("not_offered", "Not offered")],
        required=True,
        default="included",
    )
    is_reason_required = fields.Boolean(
        string="Reason Required", help="Such work is billed only with a reason."
    )
    is_approval_required = fields.Boolean(
        string="Approval Required", help="Such work is billed only after a manager's approval."
    )
    note = fields.Char(translate=True, help="Why, or under which circumstances.")

    _work_type_unique = models.UniqueIndex(
        "(level_id, work_type_id)", "This level has a rule for this work type already."
    )

    @api.depends("level_id.name", "work_type_id.name", "effect")
    def _compute_display_name(self):
        effects = get_labels(self, "effect")
        for rule in self:
            parts = (rule.level_id.name, rule.work_type_id.name, effects.get(rule.effect))
            rule.display_name = " · ".join(filter(None, parts))
