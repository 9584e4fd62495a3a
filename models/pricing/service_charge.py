from datetime import datetime

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools.misc import format_date, formatLang

from ...tools import clocks
from ...tools.clocks import format_duration


class ServiceCharge(models.Model):
    """The words of a charge: the same on screens, on the invoice's annex and in the portal."""

    _inherit = "service.charge"

    def _explain(self):
        """Return the sentences, in the reader's language, that say why the charge is what it is.

        They are made from the stored explanation only: nothing that changes later changes them.
        """
        self.ensure_one()
        explanation = self.explanation or {}
        explainers = {"session": self._explain_session, "period": self._explain_period}
        explain = explainers.get(explanation.get("kind"))
        if not explain:
            return [self.name] if self.name else []
        return explain(self._put_into_words_of_reader(explanation))

    def _put_into_words_of_reader(self, explanation):
        """Return an explanation with its names in the reader's language, where it was kept."""
        names = dict((explanation.get("names") or {}).get(self.env.lang) or {})
        if not names:
            return explanation
        scope = {name: names.pop(name) for name in ("work_type", "reason")}
        result = {**explanation, **{name: names[name] for name in names if name in explanation}}
        return {**result, "scope": {**explanation["scope"], **scope}}

    def _get_session_explanation_html(self):
        """Return the sentences as a list."""
        self.ensure_one()
        return self._get_sentences_html(self._explain())

    @api.model
    def _get_sentences_html(self, sentences):
        items = Markup().join(Markup("<li>%s</li>") % sentence for sentence in sentences)
        return Markup('<ul class="mb-0 ps-3">%s</ul>') % items

    # ----- Sessions -----

    def _explain_session(self, explanation):
        """Say what was measured and what it costs (S01–S16, S23, S31), in any schema."""
        sentences = [
            *self._explain_measure(explanation),
            *self._explain_minimum_time(explanation),
        ]
        if explanation["reason"] == "replaced_by_on_site":
            return [
                *sentences,
                self.env._("Replaced by an on-site visit: only the visit is billed."),
            ]
        return [
            *sentences,
            *self._explain_tariff(explanation),
            *self._explain_hours(explanation),
            *self._explain_fates(explanation),
            *self._explain_drawn(explanation),
            *self._explain_amounts(explanation),
        ]

    def _explain_measure(self, explanation):
        for workstation in explanation["workstations"]:
            yield self._explain_workstation(explanation, workstation)
        if research := explanation.get("research"):
            text = self.env._(
                "Research without a connection: %(duration)s",
                duration=format_duration(research["seconds"]),
            )
            yield self._explain_blocks(explanation, text, research["blocks"])

    def _explain_amounts(self, explanation):
        """Say what is owed line by line, or why nothing is."""
        if explanation["reason"] == "overridden":
            yield from self._explain_components(explanation, "computed_components")
            yield from self._explain_override(explanation)
        elif explanation["included"]:
            yield self._explain_included(explanation)
        else:
            yield from self._explain_components(explanation, "components")
            yield self._explain_total(explanation)

    def _explain_workstation(self, explanation, workstation):
        start, stop = self._explain_span(explanation, workstation)
        values = {
            "name": workstation["name"] or self.env._("Connection"),
            "start": start,
            "stop": stop,
            "duration": format_duration(workstation["seconds"]),
        }
        if explanation["measure"] == "sum":
            text = self.env._(
                "%(name)s, between %(start)s and %(stop)s: %(duration)s connected in all", **values
            )
        else:
            text = self.env._("%(name)s, from %(start)s to %(stop)s: %(duration)s", **values)
        return self._explain_blocks(explanation, text, workstation["blocks"])

    def _explain_blocks(self, explanation, text, blocks):
        if not blocks:
            return self.env._("%(measured)s.", measured=text)
        minutes = explanation["block_seconds"] // 60
        if blocks == 1:
            return self.env._(
                "%(measured)s, 1 started block of %(minutes)s min.", measured=text, minutes=minutes
            )
        return self.env._(
            "%(measured)s, %(blocks)s started blocks of %(minutes)s min.",
            measured=text,
            blocks=blocks,
            minutes=minutes,
        )

    def _explain_minimum_time(self, explanation):
        minimum = explanation.get("minimum_seconds")
        if not minimum or not self._is_minimum_time_used(explanation):
            return []
        return [
            self.env._(
                "The minimum time of %(duration)s applies.", duration=format_duration(minimum)
            )
        ]

    def _is_minimum_time_used(self, explanation):
        if "counted_seconds" in explanation:
            return explanation["seconds"] < explanation["counted_seconds"]
        return explanation["connected_seconds"] < explanation["minimum_seconds"]

    def _explain_tariff(self, explanation):
        if not explanation.get("tariff_from"):
            return []
        day = format_date(self.env, fields.Date.to_date(explanation["tariff_from"]))
        return [
            self.env._(
                "Level “%(level)s”, tariff in force since %(day)s.",
                level=explanation["level"],
                day=day,
            )
        ]

    def _explain_components(self, explanation, name):
        labels = self._get_component_labels(explanation)
        for component in explanation[name]:
            yield self.env._(
                "%(label)s: %(quantity)s × %(price)s = %(amount)s.",
                label=labels[component["kind"]],
                quantity=component["quantity"],
                price=self._explain_amount(component["unit_price"]),
                amount=self._explain_amount(component["amount"]),
            )

    def _get_component_labels(self, explanation):
        """Return ``{kind of component: words}``."""
        percent = explanation.get("surcharge_percent")
        return {
            "access_fee": self.env._("Access fee"),
            "first_block": self.env._("First block"),
            "next_blocks": self.env._("Each further block"),
            "minimum": self.env._(
                "Complement to the minimum of %(amount)s",
                amount=self._explain_amount(explanation["minimum_amount"] or 0),
            ),
            "after_hours": self.env._("Surcharge outside the hours, per block"),
            "after_hours_first": self.env._(
                "Surcharge outside the hours, %(percent)s %% of the first block", percent=percent
            ),
            "after_hours_next": self.env._(
                "Surcharge outside the hours, %(percent)s %% of each further block", percent=percent
            ),
            "after_hours_fee": self.env._(
                "Surcharge outside the hours, %(percent)s %% of the access fee", percent=percent
            ),
        }

    def _explain_included(self, explanation):
        """Say why nothing is owed, and what that is worth (S05, S31)."""
        value = self._explain_taxed(explanation, explanation["included_amount"])
        if explanation["reason"] == "drawn":
            return self.env._(
                "Drawn from the allowance: nothing is owed for a value of %(value)s.", value=value
            )
        if explanation["reason"] == "warranty":
            return self.env._(
                "Rework under the warranty of %(session)s: nothing is owed for a value of "
                "%(value)s.",
                session=explanation.get("warranty_of") or self.env._("an earlier session"),
                value=value,
            )
        return self.env._(
            "Included in the contract: nothing is owed for a value of %(value)s.", value=value
        )

    def _explain_override(self, explanation):
        """Say the computed price, the price that counts, who set it and why."""
        computed = self._explain_taxed(explanation, explanation["computed_amount"])
        yield self.env._("Computed price: %(amount)s.", amount=computed)
        yield self.env._(
            "Price set by %(user)s: %(amount)s. Reason: %(reason)s.",
            user=explanation.get("override_by") or self.env._("a manager"),
            amount=self._explain_taxed(explanation, explanation["amount"]),
            reason=explanation.get("override_reason") or "",
        )

    def _explain_total(self, explanation):
        amount = self._explain_amount(explanation["amount"])
        if explanation["tax_included"]:
            return self.env._("Total: %(amount)s including tax.", amount=amount)
        return self.env._("Total: %(amount)s excluding tax.", amount=amount)

    def _explain_taxed(self, explanation, amount):
        amount = self._explain_amount(amount)
        if explanation["tax_included"]:
            return self.env._("%(amount)s including tax", amount=amount)
        return self.env._("%(amount)s excluding tax", amount=amount)

    def _explain_amount(self, amount):
        return formatLang(self.env, float(amount), currency_obj=self.currency_id)

    def _explain_span(self, explanation, workstation):
        """Return the local start and stop; the stop has its date when it is another day's.

        Where the clocks change between them, both name their time: 02:30 CEST to 02:40 CET.
        """
        start, stop = (
            clocks.localize(datetime.fromisoformat(workstation[name]), explanation["tz"])
            for name in ("start", "stop")
        )
        day = "" if start.date() == stop.date() else f"{format_date(self.env, stop.date())} "
        clock = "%H:%M:%S" if start.utcoffset() == stop.utcoffset() else "%H:%M:%S %Z"
        return start.strftime(clock), f"{day}{stop.strftime(clock)}"

    # ----- Recurring periods -----

    def _explain_period(self, explanation):
        """Say how a recurring price became the amount of a period."""
        sentences = [
            self.env._(
                "%(quantity)s × %(price)s, %(period)s.",
                quantity=explanation["quantity"],
                price=self._explain_amount(explanation["unit_price"]),
                period=self._explain_price_period(explanation),
            )
        ]
        if float(explanation.get("discount") or 0):
            sentences.append(self.env._("Less %(discount)s %%.", discount=explanation["discount"]))
        if explanation["days"] < explanation["period_days"]:
            sentences.append(
                self.env._(
                    "Prorated: %(days)s of the %(period_days)s days of the billing period.",
                    days=explanation["days"],
                    period_days=explanation["period_days"],
                )
            )
        return sentences

    def _explain_price_period(self, explanation):
        periods = self.env["service.contract.line"]._fields["price_period"]
        labels = dict(periods._description_selection(self.env))
        return labels[str(explanation["price_period_months"])].lower()
