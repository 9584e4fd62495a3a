from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date, formatLang

from ..charge.service_charge import OPEN_CHARGE_STATES

MONTHS_AHEAD = 1
MONTHS_BEHIND = 3
# Charges that are not made and whose sum somebody waits for.
MOST_LOOKED_AT = 1000


class ServiceBillingRun(models.Model):
    """What a run bills by a slip: people are asked first; what it charged ahead goes with it."""

    _inherit = "service.billing.run"

    confirmed_text = fields.Text(
        readonly=True,
        copy=False,
        lock="workflow",
        help="The questions that somebody has answered: they are not asked again.",
    )

    # ----- Questions -----

    def _ask(self, verb):
        """Return the action that asks before a step of the runs; nothing where there is no doubt.

        :param str verb: ``preview``, ``start``, ``resume`` or ``mended``
        """
        text = self._get_question_text()
        if not text or all(run.confirmed_text == text for run in self):
            return None
        vals = {"run_ids": [fields.Command.set(self.ids)], "verb": verb, "text": text}
        question = self.env["service.billing.question"].create(vals)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Before Billing"),
            "res_model": question._name,
            "res_id": question.id,
            "view_mode": "form",
            "target": "new",
        }

    def _get_question_text(self):
        """Return what is asked of the runs, a line each; empty where nothing is."""
        return "\n".join(text for run in self for text in run._get_questions())

    def _go_on(self, verb):
        """Take the step that was asked about."""
        steps = {
            "preview": self._preview,
            "start": self._start,
            "resume": self._resume,
            "mended": self._resume_mended,
        }
        return steps[verb]()

    def _get_questions(self):
        """Return in words what in a run looks like a slip; a hook.

        :return: list of ``str``, empty where nothing does
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        return [*self._get_far_questions(today), *self._get_backlog_questions(today)]

    def _get_far_questions(self, today):
        """Ask about days beyond the end of next month or before last month: a year is mistyped."""
        limit = fields.Date.end_of(today + relativedelta(months=MONTHS_AHEAD), "month")
        if self.cutoff_date > limit:
            contracts = self.env["service.contract"].search_count(self._get_contract_domain())
            yield self.env._(
                "Charges up to %(day)s: that day is far ahead. All periods up to then would be "
                "charged, of %(contracts)s contracts.",
                day=format_date(self.env, self.cutoff_date),
                contracts=contracts,
            )
        if self.invoice_date > limit:
            yield self.env._(
                "The invoices would be dated %(day)s: that day is far ahead.",
                day=format_date(self.env, self.invoice_date),
            )
        if self.invoice_date < fields.Date.start_of(today - relativedelta(months=1), "month"):
            yield self.env._(
                "The invoices would be dated %(day)s: that day is long past.",
                day=format_date(self.env, self.invoice_date),
            )

    def _get_backlog_questions(self, today):
        """Ask about what should have been billed more than some months ago, and was not."""
        limit = self._get_backlog_limit(today)
        days, amount, is_all = self._get_backlog(limit)
        if not days:
            return
        values = {
            "limit": format_date(self.env, limit),
            "count": len(days),
            "oldest": format_date(self.env, min(days)),
            "amount": formatLang(self.env, amount, currency_obj=self.currency_id),
        }
        if is_all:
            yield self.env._(
                "Charges that could have been billed before %(limit)s: %(count)s, the oldest on "
                "%(oldest)s, %(amount)s in all without tax.",
                **values,
            )
        else:
            yield self.env._(
                "Charges that could have been billed before %(limit)s: more than %(count)s, from "
                "%(oldest)s on at the latest, more than %(amount)s in all without tax.",
                **values,
            )

    def _get_backlog_limit(self, today):
        """Return the day before which what is still to be billed was rather forgotten."""
        first = fields.Date.start_of(min(today, self.cutoff_date), "month")
        return first - relativedelta(months=MONTHS_BEHIND)

    def _get_backlog(self, limit):
        """Return what could have been billed before a day, made as charges already or not yet.

        Of many contracts a part is looked at: who is asked does not wait for a sum.

        :return: tuple ``(list of days, untaxed amount, whether that is all)``
        """
        self.ensure_one()
        old = Domain(self._get_charge_domain()) & Domain("billing_date", "<", limit)
        charges = self.env["service.charge"].search_fetch(old, ["billing_date", "amount_left"])
        missing, is_all = self._get_missing(limit)
        days = [*charges.mapped("billing_date"), *(day for day, _amount in missing)]
        amount = sum(charges.mapped("amount_left")) + sum(amount for _day, amount in missing)
        return days, amount, is_all

    def _get_missing(self, limit):
        """Return the days and amounts of charges that are not made, and whether these are all."""
        domain = Domain(self._get_contract_domain()) & Domain(
            self.env["service.contract"]._get_to_charge_domain(limit)
        )
        contracts, missing = self.env["service.contract"].search(domain, order="id"), []
        while contracts and not missing:
            part = self._cut(contracts, contracts._estimate_due(limit), MOST_LOOKED_AT)
            missing, contracts = part._get_uncharged(limit), contracts - part
        return missing, not contracts

    # ----- Locks -----

    def _is_closed(self):
        """What a run was asked about and started with stays."""
        self.ensure_one()
        return self.state != "draft"

    def _is_over(self):
        """A run that its gate has stopped is not: what is expected of it may change."""
        self.ensure_one()
        return self.state == "done" and not self.is_gated

    def _may_correct_closed(self):
        return False

    def _get_held(self, names, vals):
        """Whether it posts at once may be said until it is done."""
        is_running = self.state == "running"
        return self._get_changed(names - {"is_auto_post"} if is_running else names, vals)

    # ----- What a run leaves behind -----

    @api.ondelete(at_uninstall=False)
    def _drop_charges_made_ahead(self):
        """Delete the open charges that these runs made and that are not due; decisions stay.

        Of a run whose drafts were deleted they are nobody's any more. What it settled at 0.00 is
        open again.
        """
        self._reopen_free()
        today = fields.Date.context_today(self)
        charges = self.env["service.charge"].sudo()
        ahead = charges.search(
            [
                ("made_by_run_id", "in", self.ids),
                ("kind", "=", "period"),
                ("state", "in", OPEN_CHARGE_STATES),
                ("is_held", "=", False),
                ("hold_until", "=", False),
                ("billing_date", ">", today),
            ]
        ).filtered(lambda charge: not charge.move_line_ids)
        looked_at = self.env["service.contract"].sudo()
        looked_at = looked_at.search(
            [("company_id", "in", self.company_id.ids), ("charged_until", ">", today)]
        )
        contracts = ahead.contract_id | looked_at
        ahead.unlink()
        contracts._reopen_charging()
