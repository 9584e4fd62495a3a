from odoo import api, fields, models
from odoo.tools.misc import format_date


class ServiceContract(models.Model):
    _inherit = "service.contract"

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


class ServiceSession(models.Model):
    """A session on a suspended contract is done and closed like any other, but knowingly."""

    _inherit = "service.session"

    suspension_warning = fields.Text(compute="_compute_suspension_warning", compute_sudo=True)

    @api.depends("contract_id.suspension_ids.date_start", "contract_id.suspension_ids.date_end")
    @api.depends("start", "state")
    @api.depends_context("lang")
    def _compute_suspension_warning(self):
        for session in self:
            session.suspension_warning = (
                session.state != "cancelled" and session._get_suspension_warning()
            )

    def _get_suspension_warning(self):
        """Return in words that the contract rests on the session's day, empty when it does not."""
        self.ensure_one()
        contract = self.contract_id
        return bool(contract) and contract._get_suspension_warning(self._get_contract_day())
