from odoo import api, models

from ...tools.periods import add_months


class ServicePriceRevision(models.Model):
    """Why prices cannot be revised on a day: a code, and what its words name (L17)."""

    _inherit = "service.price.revision"

    def _get_refusal(self, settled):
        """Return why the contract cannot be revised on the day, None when it can; a hook.

        :param dict settled: ``{line: first day that is still open}``
        :return: ``(code of REFUSALS, {name: str, dates in ISO form})`` or None
        """
        self.ensure_one()
        contract = self.contract_id
        if not contract.revision_rule_id:
            return self._refuse("no_rule")
        if contract.state != "active":
            return self._refuse("not_active")
        return (
            self._get_double_refusal()
            or self._get_date_refusal()
            or self._get_interval_refusal()
            or self._get_settled_refusal(settled)
        )

    @api.model
    def _refuse(self, code, **days):
        return code, {name: day.isoformat() for name, day in days.items()}

    def _get_double_refusal(self):
        others = self.contract_id.revision_ids - self
        same_day = others.filtered(
            lambda other: (
                other.effective_date == self.effective_date
                and other.state in ("proposed", "applied")
            )
        )
        return ("double", {"batch": same_day[0].batch_id.name or ""}) if same_day else None

    def _get_date_refusal(self):
        contract, day = self.contract_id, self.effective_date
        if day < contract.date_start:
            return self._refuse("not_begun", day=contract.date_start)
        if contract.date_end and day > contract.date_end:
            return self._refuse("ended", day=contract.date_end)
        return None if self._get_revised_lines() else self._refuse("nothing_provided")

    def _get_interval_refusal(self):
        """Refuse a second revision within twelve months, and one before a later one."""
        since, base = self.contract_id._get_revision_base()
        if not since:
            return self._refuse("no_price_date")
        if self.contract_id.revision_rule_id.method == "index" and not base:
            return self._refuse("no_base_month")
        earliest = add_months(since, 12)
        if self.effective_date < earliest:
            return self._refuse("too_early", since=since, day=earliest)
        return None

    def _get_settled_refusal(self, settled):
        ends = [settled[line] for line in self._get_revised_lines() if line in settled]
        open_from = max(ends, default=self.effective_date)
        if open_from <= self.effective_date:
            return None
        return self._refuse("billed", day=open_from)

    def _get_standstill(self, vals):
        """Return why nothing would change, None when prices do."""
        if not vals:
            return None
        base, current = vals["base_month"], vals["index_month"]
        if current and current <= base:
            return self._refuse("no_later_value", month=base)
        if all(command[2]["old_price"] == command[2]["new_price"] for command in vals["line_ids"]):
            return self._refuse("no_change")
        return None
