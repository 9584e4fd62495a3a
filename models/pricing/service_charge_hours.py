from collections import Counter

from odoo import fields, models
from odoo.tools.misc import format_date

from ...tools.clocks import format_duration

PLAIN_FATES = (("billed", False), ("covered", False))


class ServiceCharge(models.Model):
    """The words for the hours of a session: windows it met, fate of its blocks, time drawn."""

    _inherit = "service.charge"

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
        fields_of_window = self.env["service.coverage.window"]._fields
        limits = []
        if window["channel"] != "any":
            channels = dict(fields_of_window["channel"]._description_selection(self.env))
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
        if explanation.get("is_given_back"):
            yield self.env._("The time drawn was given back.")


def _format_clock(seconds):
    """Return seconds of the day as hours and minutes of the clock."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
