from odoo import api, fields, models

from ...tools.rhythms import occurrences_due


class ServiceChecklist(models.Model):
    """Preventive work that a level promises: what is looked at, and how often (S21)."""

    _name = "service.checklist"
    _description = "Preventive Checklist"
    _inherit = ["service.catalogue.mixin"]
    _order = "level_id, sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    level_id = fields.Many2one(
        "service.level", required=True, ondelete="cascade", index=True, check_company=True
    )
    company_id = fields.Many2one(related="level_id.company_id", store=True, precompute=True)
    work_type_id = fields.Many2one(
        "service.work.type",
        required=True,
        ondelete="restrict",
        check_company=True,
        help="Say in the level's scope that it is included.",
    )
    every_count = fields.Integer(string="Every", default=1, required=True, aggregator=None)
    every_unit = fields.Selection(
        [("week", "Weeks"), ("month", "Months")], default="month", required=True
    )
    date_from = fields.Date(
        string="Planned from",
        required=True,
        default=fields.Date.context_today,
        help="Nothing is planned for days before.",
    )
    days_ahead = fields.Integer(
        default=14,
        required=True,
        help="How many days ahead the work is put into the calendar.",
        aggregator=None,
    )
    planned_minutes = fields.Integer(
        string="Planned Time", default=60, required=True, aggregator=None
    )
    item_ids = fields.One2many("service.checklist.item", "checklist_id", string="Points", copy=True)
    rhythm = fields.Char(compute="_compute_rhythm")

    _rhythm_positive = models.Constraint(
        "CHECK (every_count > 0 AND days_ahead >= 0 AND planned_minutes > 0)",
        "A checklist recurs every so many weeks or months, and takes a minute or more.",
    )

    @api.depends("every_count", "every_unit")
    @api.depends_context("lang")
    def _compute_rhythm(self):
        for checklist in self:
            checklist.rhythm = checklist._describe_rhythm()

    def _describe_rhythm(self):
        """Return in words how often the work recurs."""
        self.ensure_one()
        count = self.every_count
        if self.every_unit == "week":
            if count == 1:
                return self.env._("every week")
            return self.env._("every %(count)s weeks", count=count)
        if count == 1:
            return self.env._("every month")
        return self.env._("every %(count)s months", count=count)

    def _get_due(self, contract, known, until):
        """Return ``(index, day)`` of what is to be planned for a contract, up to its end."""
        self.ensure_one()
        last_day = min(until, contract.date_end or until)
        return occurrences_due(
            contract.date_start,
            self.every_count,
            self.every_unit,
            known,
            max(self.date_from, contract.date_start),
            last_day,
        )
