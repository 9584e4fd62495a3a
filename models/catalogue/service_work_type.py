from odoo import fields, models


class ServiceWorkType(models.Model):
    """What is done in a session: remote help, travel, hardware repair, business software…
    (S10, S18, S19)."""

    _name = "service.work.type"
    _description = "Work Type"
    _inherit = ["service.catalogue.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="A short name of your own, for lists and imports.")
    sequence = fields.Integer(default=10)
    description = fields.Text(
        translate=True, help="What belongs to it, for those who record sessions."
    )
    perimeter = fields.Selection(
        [
            ("level", "As the level says"),
            ("billed", "Billed at every level"),
            ("warranty", "Billed unless the equipment is under warranty"),
        ],
        string="Included or Billed",
        default="level",
        required=True,
        help="Travel is usually billed at every level, hardware unless it is under warranty.",
    )
    scope_rule_ids = fields.One2many("service.scope.rule", "work_type_id", string="Scope Rules")

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("service.scope.rule", "work_type_id"),
        ]
