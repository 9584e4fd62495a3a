from odoo import fields, models
from odoo.tools import format_duration


class ServiceCoverageWindow(models.Model):
    """Hours of a weekday, or of public holidays, in which a level covers work (S12, S13, S15)."""

    _name = "service.coverage.window"
    _description = "Coverage Window"
    _order = "level_id, day, hour_from"

    level_id = fields.Many2one("service.level", required=True, ondelete="cascade", index=True)
    day = fields.Selection(
        [
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
            ("7", "Public holiday"),
        ],
        required=True,
        default="0",
        help="Public holidays are those of the customer's territory, and go before the weekday.",
    )
    hour_from = fields.Float(string="From", required=True, help="Clock time of the customer.")
    hour_to = fields.Float(string="To", required=True, help="Clock time of the customer.")
    channel = fields.Selection(
        [("any", "Any"), ("remote", "Remote only"), ("on_site", "On site only")],
        default="any",
        required=True,
    )
    on_call_only = fields.Boolean(
        string="On Duty Only", help="Only for customers who are on duty on that day."
    )

    _hours_ordered = models.Constraint(
        "CHECK (0 <= hour_from AND hour_from < hour_to AND hour_to <= 24)",
        "A coverage window begins before it ends, within one day (0:00 to 24:00).",
    )

    def _describe_hours(self):
        """Return the window without its day, in the reader's language."""
        self.ensure_one()
        hours = f"{format_duration(self.hour_from)}–{format_duration(self.hour_to)}"
        channels = dict(self._fields["channel"]._description_selection(self.env))
        limits = [channels[self.channel].lower()] if self.channel != "any" else []
        if self.on_call_only:
            limits.append(self.env._("on duty only"))
        return f"{hours} ({', '.join(limits)})" if limits else hours
