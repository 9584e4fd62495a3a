from typing import NamedTuple

from odoo import models
from odoo.exceptions import UserError

from ..common.field_values import get_labels


class ScopeRow(NamedTuple):
    """One work type in the table of the contract: what the level does with it, and why."""

    work: str
    effect: str
    note: str


class ServiceContract(models.Model):
    """The contract as it is signed (S23, S32, S37)."""

    _name = "service.contract"
    _inherit = ["service.contract", "service.document.mixin"]

    def _get_document_report(self):
        return "service_contract.service_contract_report"

    def _get_document_name(self):
        self.ensure_one()
        contract = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return contract.env._("Contract %(name)s", name=self.name)

    def _check_document(self):
        if self.state == "cancelled":
            raise UserError(self.env._("%(contract)s is cancelled.", contract=self.name))

    def _get_document_conditions(self):
        """Return the conditions as signed, before that those that will be signed (S37)."""
        self.ensure_one()
        return self.conditions_snapshot or self._get_signed_conditions()

    def _get_document_lines(self):
        """Return the products served now or later; of an ended contract those of its end."""
        self.ensure_one()
        today = self._get_local_today()
        day = min(today, self.date_end or today)
        return self.line_ids.filtered(lambda line: line._is_served_on_or_after(day))

    def _get_scope_rows(self, level):
        """Return the table of what a level includes, bills and does not offer (S17–S22)."""
        rules = level.sudo().scope_rule_ids.with_context(lang=self.env.lang)
        effects = get_labels(rules, "effect")
        return [
            ScopeRow(rule.work_type_id.name, effects[rule.effect], rule.note or "")
            for rule in rules.sorted(lambda rule: (rule.work_type_id.sequence, rule.id))
        ]
