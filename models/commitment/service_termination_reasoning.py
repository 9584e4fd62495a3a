from odoo import api, fields, models
from odoo.tools.misc import format_date


class ServiceTermination(models.Model):
    """The words of the reasoning: one sentence for each step of the rules."""

    _inherit = "service.termination"

    @api.model
    def _dump_steps(self, steps):
        """Return the steps of the rules as they are stored: dates in ISO form."""
        return [
            {
                "code": step.code,
                "values": {
                    name: value if isinstance(value, int) else value.isoformat()
                    for name, value in step.values.items()
                },
            }
            for step in steps
        ]

    @api.model
    def _describe_steps(self, steps):
        """Return the sentences of stored steps in the reader's language."""
        return [self._describe_step(step["code"], step["values"]) for step in steps]

    def _describe_step(self, code, values):
        shown = {
            name: format_date(self.env, fields.Date.to_date(value))
            if isinstance(value, str)
            else value
            for name, value in values.items()
        }
        describe = getattr(self, f"_describe_step_{code}")
        return describe(**shown)

    # ----- By contract -----

    def _describe_step_received(self, day):
        return self.env._("For a letter that is received on %(day)s:", day=day)

    def _describe_step_no_term(self, day):
        return self.env._("There is no commitment: the notice runs until %(day)s.", day=day)

    def _describe_step_deadline_kept(self, deadline, present, day):
        return self.env._(
            "It comes in time to refuse the renewal (last day to refuse: %(deadline)s): the "
            "contract may end with its commitment period on %(day)s.",
            deadline=deadline,
            day=day,
        )

    def _describe_step_deadline_missed(self, deadline, present, day):
        return self.env._(
            "The last day to refuse was %(deadline)s: the contract goes on after %(present)s, and "
            "by contract ends on %(day)s.",
            deadline=deadline,
            present=present,
            day=day,
        )

    # ----- By law -----

    def _describe_step_free_renewal(self, start, day):
        return self.env._(
            "The customer was not legally informed of the renewal of %(start)s: free exit at any "
            "time, here from %(day)s (Code de la consommation L215-1).",
            start=start,
            day=day,
        )

    def _describe_step_telecom_cap(self, months, end, day):
        return self.env._(
            "Electronic communications: the commitment binds for %(months)s months at most, up to "
            "%(end)s: free exit from %(day)s (L224-28).",
            months=months,
            end=end,
            day=day,
        )

    def _describe_step_telecom_cap_waived(self, months):
        return self.env._(
            "Electronic communications: the customer expressly gave up the limit of %(months)s "
            "months.",
            months=months,
        )

    def _describe_step_telecom_year(self, months, day):
        return self.env._(
            "Electronic communications: a consumer may leave after month %(months)s, from "
            "%(day)s, at no cost: no equipment was sold below its price (L224-28).",
            months=months,
            day=day,
        )

    def _describe_step_telecom_year_subsidised(self, months, day, percent):
        return self.env._(
            "Electronic communications: a consumer may leave after month %(months)s, from "
            "%(day)s, for %(percent)s %% of the rest at most (L224-28).",
            months=months,
            day=day,
            percent=percent,
        )

    def _describe_step_telecom_tacit(self, start, days, day):
        return self.env._(
            "Electronic communications: from the first renewal (%(start)s) on, exit at any time "
            "with a notice of %(days)s days, here from %(day)s (L224-40).",
            start=start,
            days=days,
            day=day,
        )

    def _describe_step_withdrawal(self, until, day):
        return self.env._(
            "The customer withdraws by %(until)s, as the law allows: nothing is owed for the "
            "recurring services (Code de la consommation L221-18).",
            until=until,
        )

    def _describe_step_withdrawal_served(self, until, day):
        return self.env._(
            "The customer withdraws by %(until)s, as the law allows. The service had started at "
            "the customer's express request: it is owed in proportion up to %(day)s (Code de la "
            "consommation L221-25).",
            until=until,
            day=day,
        )

    def _describe_step_withdrawal_refund(self, day):
        return self.env._("What was paid is refunded by %(day)s (14 days, L221-24).", day=day)

    # ----- The answer -----

    def _describe_step_earliest(self, day):
        return self.env._("The earliest last day at no cost is %(day)s.", day=day)

    def _describe_step_no_residual(self, day):
        return self.env._("Leaving on %(day)s leaves nothing to pay for later days.", day=day)

    def _describe_step_residual(self, start, end):
        return self.env._(
            "The customer is bound from %(start)s to %(end)s: the price of these days may be "
            "claimed; a judge may reduce it (Code civil 1231-5).",
            start=start,
            end=end,
        )

    def _describe_step_residual_unbilled(self, days):
        return self.env._(
            "On %(days)s of these days the contract is suspended and not billed: they do not "
            "count.",
            days=days,
        )

    def _describe_step_residual_share(self, percent):
        return self.env._("Of it %(percent)s %% may be claimed at most.", percent=percent)

    def _describe_step_refund(self, day):
        return self.env._(
            "What was paid ahead for later days is refunded by %(day)s (30 days, L215-1).", day=day
        )
