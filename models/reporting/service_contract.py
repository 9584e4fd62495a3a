from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..commitment.service_contract_exit import ONGOING

ONE_DAY = timedelta(days=1)


class ServiceContract(models.Model):
    """The life of a contract as a picture, what it brings each month, how that changed and will."""

    _inherit = "service.contract"

    timeline = fields.Json(compute="_compute_timeline")
    mrr_recorded = fields.Monetary(readonly=True, copy=False, lock="workflow")
    is_mrr_behind = fields.Boolean(compute="_compute_is_mrr_behind", store=True)
    mrr_movement_ids = fields.One2many("service.mrr.movement", "contract_id")

    _mrr_behind = models.Index("(id) WHERE is_mrr_behind")

    # ----- Timeline -----

    @api.depends(
        "commitment_ids.date_start",
        "commitment_ids.window_note",
        "commitment_ids.notice_state",
        "commitment_ids.notice_sent_on",
        "commitment_ids.replaced_from",
        "amendment_ids.state",
        "suspension_ids.date_start",
        "suspension_ids.date_end",
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
        """Return the spans to draw: terms, in them the windows of the notices, suspensions; a hook.

        Without a term there is nothing to draw. ``note``: what has to be said below of a bar, such
        as why a window holds a day only.

        :return: list of dict ``{"row", "kind", "label", "start", "end"}``, the last two dates
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
        return bars and bars + [row._prepare_timeline_bar() for row in self.suspension_ids]

    def _get_timeline_marks(self):
        """Return the days to mark: of terms, of amendments, and the contract's own; a hook.

        ``group``: what the legend says of marks that each have a label of their own.

        :return: list of dict ``{"kind", "label", "date"}``
        """
        self.ensure_one()
        marks = [*self._get_term_marks(), *self._get_amendment_marks()]
        if self.date_end:
            label = self.env._("Contract ends")
            marks.append({"kind": "end", "label": label, "date": self.date_end})
        return [*marks, *self._get_leaving_marks()]

    def _get_term_marks(self):
        terms = self.commitment_ids.filtered(
            lambda term: not term.is_refused and not term.replaced_from
        )
        refusal, sent = self.env._("Last day to refuse"), self.env._("Notice sent")
        return [
            *(
                {"kind": "deadline", "label": refusal, "date": term.refusal_deadline}
                for term in terms
            ),
            *(
                {"kind": "sent", "label": sent, "date": term.notice_sent_on}
                for term in self.commitment_ids.filtered("notice_sent_on")
            ),
        ]

    def _get_amendment_marks(self):
        group = self.env._("Amendment")
        return [
            {
                "kind": "amendment",
                "group": group,
                "label": amendment.name,
                "date": amendment.effective_date,
            }
            for amendment in self.amendment_ids
            if amendment.state == "done"
        ]

    def _get_leaving_marks(self):
        """Return the letters that end the contract, and the last day to withdraw from it (L19)."""
        ongoing = self.termination_ids.filtered(lambda row: row.state in ONGOING)
        letter = self.env._("Letter received")
        marks = [
            {"kind": "letter", "label": letter, "date": termination.received_date}
            for termination in ongoing.filtered("received_date")
        ]
        if self.is_withdrawal_open:
            label = self.env._("Last day to withdraw")
            marks.append({"kind": "letter", "label": label, "date": self.withdrawal_until})
        return marks

    # ----- What it brings each month -----

    @api.depends(
        "mrr",
        "mrr_recorded",
        "state",
        "date_end",
        "line_ids.date_start",
        "line_ids.date_end",
        "line_ids.price_monthly",
        "line_ids.discount_until",
        "suspension_ids.date_start",
        "suspension_ids.date_end",
        "suspension_ids.is_billed",
        "mrr_movement_ids.is_planned",
    )
    def _compute_is_mrr_behind(self):
        for contract in self:
            is_changed = not contract._get_currency().is_zero(contract._get_mrr_change())
            is_planned = contract._get_mrr_plan() == contract._get_recorded_mrr_plan()
            contract.is_mrr_behind = is_changed or not is_planned

    def _get_currency(self):
        return self.currency_id or self.company_id.currency_id

    def _get_mrr_in_force(self):
        """Return what the contract brings each month: nothing unless it is active."""
        self.ensure_one()
        return self.mrr if self.state == "active" else 0.0

    def _get_mrr_change(self):
        return self._get_mrr_in_force() - self.mrr_recorded

    # ----- When it is written down -----

    def _set_active(self):
        result = super()._set_active()
        self._record_mrr_movements()
        return result

    def write(self, vals):
        """Show a loss as soon as the last day is known."""
        result = super().write(vals)
        if "date_end" in vals:
            self._record_mrr_movements()
        return result

    @api.model
    def _get_charging_steps(self, today):
        """Write down what time alone changed in the monthly amounts."""
        step = (
            self,
            self._get_mrr_behind_domain(today),
            lambda batch: batch._record_mrr_movements(),
            "mrr",
        )
        steps = super()._get_charging_steps(today)
        return self.env["service.batch.runner"]._insert_step(steps, step, before="hold")

    @api.model
    def _get_mrr_behind_domain(self, today):
        """Return the domain of the contracts whose movements have something to be written down.

        What was planned for a day that has come is so by now.
        """
        due = [("is_planned", "=", True), ("date", "<", today)]
        return fields.Domain("is_mrr_behind", "=", True) | fields.Domain(
            "mrr_movement_ids", "any", due
        )

    def _record_mrr_movements(self):
        """Write down, once, what changed since the last movement, and what will change."""
        today = fields.Date.context_today(self)
        behind = self.sudo().filtered_domain(self._get_mrr_behind_domain(today))
        changed = behind.filtered(
            lambda contract: not contract._get_currency().is_zero(contract._get_mrr_change())
        )
        vals_list = [contract._prepare_mrr_movement_vals() for contract in changed]
        for contract in changed:
            contract.mrr_recorded = contract._get_mrr_in_force()
        behind.mrr_movement_ids.filtered("is_planned").unlink()
        for contract in behind:
            vals_list += contract._prepare_planned_movements()
        self.env["service.mrr.movement"].sudo().create(vals_list)

    def _prepare_mrr_movement_vals(self):
        self.ensure_one()
        total, change = self._get_mrr_in_force(), self._get_mrr_change()
        kind = self._get_mrr_kind(total, change)
        return self._prepare_movement_vals(kind, change, self._get_mrr_date(kind))

    def _prepare_movement_vals(self, kind, change, day):
        today = fields.Date.context_today(self)
        return {
            "contract_id": self.id,
            "family_id": self.family_id.id,
            "level_id": self.level_id.id,
            "user_id": self.user_id.id,
            "date": day,
            "kind": kind,
            "amount_currency": change,
            "amount": self.currency_id._convert(
                change, self.company_id.currency_id, self.company_id, min(day, today)
            ),
        }

    def _get_mrr_kind(self, total, change):
        made = self.mrr_movement_ids.filtered(lambda movement: not movement.is_planned)
        if not self.mrr_recorded:
            is_back = made.sorted("id")[-1:].kind == "suspension"
            return "resumption" if is_back else "new"
        if not total:
            return "suspension" if self.is_resting else "churn"
        return "expansion" if change > 0 else "contraction"

    def _get_mrr_date(self, kind):
        """Return the day of a movement: start and end of the contract for its first and last."""
        today = fields.Date.context_today(self)
        if kind == "new" and not self.mrr_movement_ids:
            return self.date_start
        if kind == "churn" and self.date_end:
            return max(self.date_end, self.date_start)
        return today

    # ----- What is agreed for days to come -----

    def _prepare_planned_movements(self):
        return [
            {**self._prepare_movement_vals(kind, change, day), "is_planned": True}
            for day, kind, change in self._get_mrr_plan()
        ]

    def _get_recorded_mrr_plan(self):
        planned = self.mrr_movement_ids.filtered("is_planned").sorted("date")
        return [(row.date, row.kind, row.amount_currency) for row in planned]

    def _get_mrr_plan(self):
        """Return ``[(day, kind, change)]`` of what is agreed for days to come, in order.

        A loss stands on the last day, as it does once it has come.
        """
        self.ensure_one()
        if self.state != "active":
            return []
        first = max(fields.Date.context_today(self), self.date_start)
        plan, before = [], self._get_mrr_on(first)
        for day in sorted(day for day in self._get_turning_days() if day > first):
            change = self._get_mrr_on(day) - before
            if not self._get_currency().is_zero(change):
                kind = self._get_planned_kind(day, before, change)
                shown = self.date_end if kind == "churn" else day
                plan.append((shown, kind, self._get_currency().round(change)))
            before += change
        return plan

    def _get_turning_days(self):
        """Return the days on which a line, a suspension or the contract begins or is over."""
        rows = [*self.line_ids, *self.suspension_ids.filtered(lambda row: not row.is_billed)]
        starts = {row.date_start for row in rows if row.date_start}
        lasts = {row.date_end for row in [*rows, self] if row.date_end}
        lasts |= {line.discount_until for line in self.line_ids if line.discount_until}
        return starts | {day + ONE_DAY for day in lasts}

    def _get_mrr_on(self, day):
        """Return what the contract brings each month on a day, as it stands today."""
        is_over = self.date_end and day > self.date_end
        if is_over or self._rests_on(day):
            return 0.0
        lines = self.line_ids.filtered(lambda line: line._is_served_on(day))
        return sum(line._get_monthly_on(day) for line in lines)

    def _get_planned_kind(self, day, before, change):
        if self.date_end and day > self.date_end:
            return "churn"
        if change < 0 and self._rests_on(day):
            return "suspension"
        if not before and self._rests_on(day - ONE_DAY):
            return "resumption"
        return "expansion" if change > 0 else "contraction"
