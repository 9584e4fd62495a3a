from itertools import combinations

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_duration

from ...tools.coverage import Window
from ..common.field_values import get_label


class ServiceCoverageWindow(models.Model):
    """Hours of a weekday, or of public holidays, in which a level covers work (S12, S13, S15)."""

    _name = "service.coverage.window"
    _description = "Coverage Window"
    _inherit = ["service.workflow.mixin"]
    _order = "level_id, day, hour_from"

    level_id = fields.Many2one(
        "service.level", required=True, ondelete="cascade", index=True, lock="once"
    )
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
    hour_from = fields.Float(
        string="From", required=True, help="Clock time of the customer.", aggregator=None
    )
    hour_to = fields.Float(
        string="To", required=True, help="Clock time of the customer.", aggregator=None
    )
    channel = fields.Selection(
        [("any", "Any"), ("remote", "Remote only"), ("on_site", "On site only")],
        default="any",
        required=True,
    )
    # The database keeps an older name of what is called “on duty” everywhere else.
    on_call_only = fields.Boolean(
        string="On Duty Only", help="Only for customers who are on duty on that day."
    )

    _hours_ordered = models.Constraint(
        "CHECK (0 <= hour_from AND hour_from < hour_to AND hour_to <= 24)",
        "A coverage window begins before it ends, within one day (0:00 to 24:00).",
    )

    @api.constrains("level_id", "day", "hour_from", "hour_to", "channel", "on_call_only")
    def _check_overlap(self):
        of_days = self.level_id.window_ids.grouped(lambda window: (window.level_id, window.day))
        for windows in of_days.values():
            for one, other in combinations(windows, 2):
                if one._is_overlapping(other):
                    raise ValidationError(
                        self.env._(
                            "“%(level)s” covers %(day)s twice, %(one)s and %(other)s: join the two "
                            "windows, or move one of them.",
                            level=one.level_id.name,
                            day=one._describe_day(),
                            one=one._describe_hours(),
                            other=other._describe_hours(),
                        )
                    )

    def _is_overlapping(self, other):
        """Tell whether two windows of a day cover the same second of a channel.

        A window for customers on duty may lie within one for all of them: it says more.
        """
        return (
            self.hour_from < other.hour_to
            and other.hour_from < self.hour_to
            and self.on_call_only == other.on_call_only
            and (self.channel == other.channel or "any" in (self.channel, other.channel))
        )

    def _get_rules(self):
        """Return the windows as the pure core knows them, in local seconds of the day."""
        return tuple(
            Window(
                int(window.day),
                round(window.hour_from * 3600),
                round(window.hour_to * 3600),
                window.channel,
                window.on_call_only,
                str(window.id),
            )
            for window in self
        )

    def _describe_day(self):
        self.ensure_one()
        return get_label(self, "day")

    def _describe_hours(self):
        """Return the window without its day, in the reader's language."""
        self.ensure_one()
        hours = f"{format_duration(self.hour_from)}–{format_duration(self.hour_to)}"
        limits = [get_label(self, "channel").lower()] if self.channel != "any" else []
        if self.on_call_only:
            limits.append(self.env._("on duty only"))
        return f"{hours} ({', '.join(limits)})" if limits else hours
