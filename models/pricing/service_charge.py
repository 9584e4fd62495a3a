from collections import Counter
from datetime import datetime

from odoo import fields, models
from odoo.tools.misc import format_date

from ...tools import clocks
from ...tools.clocks import format_duration
from ..common.field_values import get_labels
from ..common.words import format_number

GIVEN_BACK = "is_given_back"
PLAIN_FATES = (("billed", False), ("covered", False))


class ServiceCharge(models.Model):
    """The charges of sessions: what hangs on their invoices, and the words of their prices."""

    _inherit = "service.charge"

    # ----- What follows for sessions -----

    def _sync_billing(self):
        """Let the connections of a session carry the invoice that bills them.

        Odoo itself clears or keeps that link only for lines sold through delivered quantities.
        Time is given back, or drawn again, as the invoices come and go.
        """
        result = super()._sync_billing()
        sessions = self.sudo().session_id
        for session in sessions:
            invoices = session.charge_ids.filtered(lambda charge: charge.state == "invoiced")
            invoice = invoices.invoice_id[:1]
            lines = session.line_ids.filtered(
                lambda line, invoice=invoice: line.timesheet_invoice_id != invoice
            )
            lines.write({"timesheet_invoice_id": invoice.id})
        sessions._sync_drawn()
        return result

    def _get_origins(self):
        return [*super()._get_origins(), *self.session_id]

    def _decide_waived(self, reason, note=""):
        result = super()._decide_waived(reason, note)
        self.sudo().session_id._sync_drawn()
        return result

    def action_owe(self):
        self.check_access("write")
        result = super().action_owe()
        self.sudo().session_id._sync_drawn()
        return result

    def _mark_given_back(self, is_given_back):
        """Say in the explanations whether the time drawn was given back."""
        for charge in self.filtered("explanation"):
            charge.explanation = {**charge.explanation, GIVEN_BACK: is_given_back}

    # ----- Words -----

    def _get_explainers(self):
        return {**super()._get_explainers(), "session": self._explain_session}

    def _explain_session(self, explanation):
        """Say what was measured and what it costs (S01–S16, S23, S31), in any schema."""
        explanation = self._localize_names(explanation)
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

    def _localize_names(self, explanation):
        """Return an explanation with its names in the reader's language, where it was kept."""
        names = dict((explanation.get("names") or {}).get(self.env.lang) or {})
        if not names:
            return explanation
        scope = {name: names.pop(name) for name in ("work_type", "reason")}
        result = {**explanation, **{name: names[name] for name in names if name in explanation}}
        return {**result, "scope": {**explanation["scope"], **scope}}

    def _get_session_explanation_html(self):
        """Return the sentences of a session's charge as a list."""
        self.ensure_one()
        return self._get_sentences_html(self._explain())

    # ----- What was measured -----

    def _explain_measure(self, explanation):
        for workstation in explanation["workstations"]:
            yield self._explain_workstation(explanation, workstation)
        if research := explanation.get("research"):
            text = self.env._(
                "Research without a connection: %(duration)s",
                duration=format_duration(research["seconds"]),
            )
            yield self._explain_blocks(explanation, text, research["blocks"])

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

    # ----- What was decided -----

    def _explain_tariff(self, explanation):
        """Say the tariff and what of the work the level includes, and why (S10, S17–S23)."""
        return [
            *self._explain_level(explanation),
            *self._explain_place(explanation),
            *self._explain_scope(explanation.get("scope")),
        ]

    def _explain_level(self, explanation):
        if not explanation.get("tariff_from"):
            return
        day = format_date(self.env, fields.Date.to_date(explanation["tariff_from"]))
        yield self.env._(
            "Level “%(level)s”, tariff in force since %(day)s.",
            level=explanation["level"],
            day=day,
        )

    def _explain_place(self, explanation):
        if explanation.get("exceptional"):
            yield self.env._("Exceptional appointment, agreed with the customer.")
        if country := explanation.get("holidays_unknown"):
            yield self.env._(
                "The public holidays of %(country)s are not known: weekdays count.",
                country=country,
            )

    def _explain_scope(self, scope):
        if not scope:
            return
        if sentence := self._explain_scope_cause(scope):
            yield sentence
        if scope["reason"] and scope["cause"] not in ("reason", "exception"):
            yield self.env._("Reason: %(reason)s.", reason=scope["reason"])
        if scope["approval"] == "waiting":
            yield self.env._("Waits for a manager’s approval.")
        elif scope["approval"] == "approved":
            yield self.env._("Approved by %(user)s.", user=scope["approved_by"])
        elif scope["approval"] == "refused":
            yield self.env._("Looked into: it counts as included and is not billed.")

    def _explain_scope_cause(self, scope):
        """Return in words why the work is included or billed; nothing where the kind says it."""
        cause, effect = scope["cause"], scope["effect"]
        is_expected = effect == "billed" and scope["kind"] == "per_intervention"
        if cause in ("kind", "refused") or (cause == "rule" and is_expected):
            return ""
        return self._get_scope_sentences(scope)[cause, effect]

    def _get_scope_sentences(self, scope):
        """Return ``{(cause, effect): sentence}``."""
        words = {
            "work": scope["work_type"],
            "reason": scope["reason"],
            "equipment": ", ".join(scope["equipment"]),
        }
        return {
            ("rule", "billed"): self.env._("“%(work)s” is billed at this level.", **words),
            ("rule", "included"): self.env._("“%(work)s” is included at this level.", **words),
            ("rule", "not_offered"): self.env._(
                "“%(work)s” is not offered at this level.", **words
            ),
            ("always", "billed"): self.env._("“%(work)s” is billed at every level.", **words),
            ("warranty", "billed"): self._explain_no_warranty(words),
            ("warranty", "included"): self.env._(
                "“%(work)s” is included: %(equipment)s is under warranty.", **words
            ),
            ("perimeter", "billed"): self.env._(
                "%(equipment)s is not on the list of covered equipment: the session is billed.",
                **words,
            ),
            ("reason", "billed"): self.env._(
                "Billed in spite of the contract: %(reason)s.", **words
            ),
            ("exception", "billed"): self.env._(
                "“%(work)s” is not offered at this level and was let pass: %(reason)s.", **words
            ),
        }

    def _explain_no_warranty(self, words):
        if words["equipment"]:
            return self.env._("“%(work)s” is billed: %(equipment)s is not under warranty.", **words)
        return self.env._("“%(work)s” is billed: no equipment under warranty was named.", **words)

    def _explain_left(self):
        """Yield what is owed again of the charges of which a part was credited for good."""
        for charge in self:
            share = charge._get_owed_share(charge._get_counting_lines())
            if 0 < share < 1:
                yield self.env._(
                    "%(description)s: %(amount)s of it is owed again.",
                    description=charge.display_name,
                    amount=charge._explain_amount(abs(charge.amount) * share),
                )

    def _explain_waived(self):
        """Yield what is not owed any more of the charges of one session, and why."""
        waived = self.filtered(lambda charge: charge.state == "waived")
        if not waived:
            return
        if "waived" in waived.mapped("after_credit"):
            yield self.env._("Credited: nothing more is owed.")
        elif waived == self:
            yield self.env._("Waived: nothing is owed.")
        else:
            amount = waived[0]._explain_amount(sum(waived.mapped("amount")))
            yield self.env._("Waived: %(amount)s of it is not owed.", amount=amount)
        for reason in waived.reason_id:
            yield self.env._("Reason: %(reason)s.", reason=reason.name)

    # ----- Hours -----

    def _explain_hours(self, explanation):
        """Say which covered hours the connections met, where hours matter to the price (S12)."""
        windows = explanation.get("windows")
        if windows is None or not self._do_hours_matter(explanation):
            return
        inside, outside = explanation["open_seconds"], explanation["closed_seconds"]
        words = {
            "windows": "; ".join(self._describe_window(window) for window in windows),
            "inside": format_duration(inside),
            "outside": format_duration(outside),
        }
        if not inside:
            if outside:
                yield self.env._("Outside the covered hours.")
        elif outside:
            yield self.env._(
                "%(inside)s in the covered hours (%(windows)s), %(outside)s outside.", **words
            )
        else:
            yield self.env._("In the covered hours: %(windows)s.", **words)

    def _do_hours_matter(self, explanation):
        """Return whether the session would cost something else at another hour."""
        is_included = (explanation.get("scope") or {}).get("effect") == "included"
        is_covered = any(group["fate"] == "covered" for group in explanation["blocks"])
        return is_included or is_covered or explanation["surcharge"] != "none"

    def _describe_window(self, window):
        """Return a window in words: “Monday 2 March, 08:00–12:00”."""
        if "day" not in window:
            return self.env._("at any time")
        limits = []
        if window["channel"] != "any":
            channels = get_labels(self.env["service.coverage.window"], "channel")
            limits.append(channels[window["channel"]].lower())
        if window["on_duty"]:
            limits.append(self.env._("on duty only"))
        return self.env._(
            "%(day)s, %(start)s–%(stop)s%(limits)s",
            day=self._describe_window_day(window),
            start=_format_clock(window["from"]),
            stop=_format_clock(window["to"]),
            limits=f" ({', '.join(limits)})" if limits else "",
        )

    def _describe_window_day(self, window):
        day = fields.Date.to_date(window["date"])
        text = format_date(self.env, day, date_format="EEEE d MMMM")
        if window["day"] != 7:
            return text
        return self.env._("public holiday %(day)s", day=text)

    # ----- Blocks -----

    def _explain_fates(self, explanation):
        """Say what became of the blocks, where they did not all fare alike."""
        fates = self._count_fates(explanation)
        if len(fates) < 2 and all(fate in PLAIN_FATES for fate in fates):
            return
        labels = self._get_fate_labels()
        parts = [
            self.env._("%(count)s %(fate)s", count=count, fate=labels[fate])
            for fate, count in fates.items()
        ]
        yield self.env._("Blocks: %(parts)s.", parts=", ".join(parts))

    def _count_fates(self, explanation):
        """Return ``{(fate, begun outside the hours): blocks}``, where hours matter."""
        fates = Counter()
        groups = explanation.get("blocks") or []
        do_hours_matter = bool(groups) and self._do_hours_matter(explanation)
        for group in groups:
            fates[group["fate"], group["after_hours"] and do_hours_matter] += group["blocks"]
        return fates

    def _get_fate_labels(self):
        """Return ``{(fate, begun outside the hours): words}``."""
        return {
            ("billed", False): self.env._("billed"),
            ("billed", True): self.env._("billed, begun outside the covered hours"),
            ("covered", False): self.env._("included"),
            ("included", False): self.env._("drawn from the included time"),
            ("included", True): self.env._(
                "drawn from the included time, begun outside the covered hours"
            ),
            ("prepaid", False): self.env._("drawn from the prepaid time"),
            ("prepaid", True): self.env._(
                "drawn from the prepaid time, begun outside the covered hours"
            ),
            ("warranty", False): self.env._("under warranty"),
            ("warranty", True): self.env._("under warranty"),
        }

    # ----- Allowance -----

    def _explain_drawn(self, explanation):
        """Say what was drawn from included and prepaid time, and what was left then."""
        drawn = explanation.get("drawn") or {}
        left = explanation.get("allowance_left") or {}
        for kind, label in (
            ("included", self.env._("Included time")),
            ("prepaid", self.env._("Prepaid time")),
        ):
            if not drawn.get(kind):
                continue
            yield self.env._(
                "%(label)s: %(drawn)s drawn, %(left)s left.",
                label=label,
                drawn=format_duration(drawn[kind]),
                left=format_duration(left.get(kind, 0)),
            )
        if explanation.get(GIVEN_BACK):
            yield self.env._("The time drawn was given back.")

    # ----- Amounts -----

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
        percent = format_number(self.env, explanation.get("surcharge_percent") or 0)
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
        if reason := explanation.get("level_reason"):
            return self.env._(
                "Given by us (%(reason)s): nothing is owed for a value of %(value)s.",
                reason=reason,
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


def _format_clock(seconds):
    """Return seconds of the day as hours and minutes of the clock."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
