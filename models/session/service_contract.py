from odoo import fields, models
from odoo.tools.misc import format_date


class ServiceContract(models.Model):
    """The sessions of a contract, and what it says to who works for its customer."""

    _inherit = "service.contract"

    session_count = fields.Integer(compute="_compute_session_count")

    def _compute_session_count(self):
        counts = self._count_by_contract("service.session")
        for contract in self:
            contract.session_count = counts.get(contract, 0)

    def action_open_sessions(self):
        self.ensure_one()
        return self._open(
            "service_contract.service_session_action",
            [("contract_id", "=", self.id)],
            default_contract_id=self.id,
            default_partner_id=self.partner_id.id,
        )

    def _get_suspension_warning(self, day):
        """Return in words that a contract rests on a local date, False when it does not."""
        self.ensure_one()
        suspension = self._get_suspension(day)
        if not suspension:
            return False
        return self.env._(
            "Contract %(contract)s has been suspended since %(day)s%(reason)s. Ask before you "
            "work.",
            contract=self.name,
            day=format_date(self.env, suspension.date_start),
            reason=f" ({suspension.reason_id.name})" if suspension.reason_id else "",
        )
