from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..commitment.service_commitment_notice import WAITING


class ServiceContract(models.Model):
    """The life of a contract as a picture: terms, notices, and what changed when."""

    _inherit = "service.contract"

    timeline = fields.Json(compute="_compute_timeline")

    @api.depends(
        "commitment_ids.date_start",
        "commitment_ids.window_note",
        "commitment_ids.notice_state",
        "commitment_ids.notice_sent_on",
        "commitment_ids.replaced_from",
        "amendment_ids.state",
        "date_end",
        "state",
    )
    @api.depends_context("lang")
    def _compute_timeline(self):
        for contract in self:
            bars, marks = contract._get_timeline_bars(), contract._get_timeline_marks()
            contract.timeline = bars and contract._prepare_timeline(bars, marks)

    def _prepare_timeline(self, bars, marks):
        """Return what the timeline draws: its span, its bars and its marks in ISO dates."""
        today = fields.Date.context_today(self)
        days = [today, *(day for bar in bars for day in (bar["start"], bar["end"]))]
        days += [mark["date"] for mark in marks]
        return {
            "start": min(days).isoformat(),
            "end": max(days).isoformat(),
            "today": today.isoformat(),
            "bars": [self._write_dates(bar) for bar in bars],
            "marks": [self._write_dates(mark) for mark in sorted(marks, key=lambda m: m["date"])],
        }

    def _write_dates(self, item):
        """Return a bar or mark with ISO dates, and its dates in the reader's format."""
        dates = {name: item[name] for name in ("start", "end", "date") if name in item}
        shown = " – ".join(format_date(self.env, day) for day in dict.fromkeys(dates.values()))
        return {**item, **{name: day.isoformat() for name, day in dates.items()}, "shown": shown}

    def _get_timeline_bars(self):
        """Return the spans to draw: terms, and in them the windows of the notices; a hook.

        ``note``: what has to be said below of a bar, such as why a window holds a day only.
        """
        self.ensure_one()
        bars = []
        held = self.commitment_ids.filtered(lambda term: term._get_held_until() >= term.date_start)
        for term in held.sorted("number"):
            bars.append(
                {
                    "row": "term",
                    "kind": "refused" if term.is_refused else term.kind,
                    "label": term._get_timeline_label(),
                    "start": term.date_start,
                    "end": term._get_held_until(),
                }
            )
            if term.notice_state not in ("not_needed", False):
                bars.append(term._prepare_notice_bar())
        return bars

    def _get_timeline_marks(self):
        """Return the days to mark: last days to refuse, and the contract's own; a hook.

        ``group``: what the legend says of marks that each have a label of their own.
        """
        self.ensure_one()
        marks = [
            {
                "kind": "deadline",
                "label": self.env._("Last day to refuse"),
                "date": term.refusal_deadline,
            }
            for term in self.commitment_ids
            if not term.is_refused and not term.replaced_from
        ]
        marks += [
            {"kind": "sent", "label": self.env._("Notice sent"), "date": term.notice_sent_on}
            for term in self.commitment_ids
            if term.notice_sent_on
        ]
        marks += [
            {
                "kind": "amendment",
                "group": self.env._("Amendment"),
                "label": amendment.name,
                "date": amendment.effective_date,
            }
            for amendment in self.amendment_ids
            if amendment.state == "done"
        ]
        if self.date_end:
            marks.append(
                {"kind": "end", "label": self.env._("Contract ends"), "date": self.date_end}
            )
        return marks


class ServiceCommitment(models.Model):
    _inherit = "service.commitment"

    def _get_timeline_label(self):
        self.ensure_one()
        if self.is_refused:
            return self.env._("Refused renewal")
        if self.kind == "initial":
            return self.env._("New commitment") if self.number else self.env._("Initial commitment")
        return self.env._("Renewal %(number)s", number=self.number)

    def _prepare_notice_bar(self):
        self.ensure_one()
        labels = dict(self._fields["notice_state"]._description_selection(self.env))
        return {
            "row": "notice",
            "kind": f"notice_{self.notice_state}",
            "label": self.env._("Notice: %(state)s", state=labels[self.notice_state]),
            "start": self.notice_opens,
            "end": self.notice_closes,
            "note": self.notice_state in WAITING and self.window_note,
        }
