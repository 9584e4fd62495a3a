from odoo import models

from .service_session_terms import WAIVER_REGIMES


class ServiceContract(models.Model):
    """Who withdraws before anything was owed owes no sessions either, unless ordered so (L26)."""

    _inherit = "service.contract"

    def _end_withdrawn(self):
        result = super()._end_withdrawn()
        for contract in self.sudo().filtered("is_withdrawn"):
            if contract.regime in WAIVER_REGIMES:
                sessions = contract.session_ids.filtered(
                    lambda session: session.state == "done" and not session._is_withdrawal_waived()
                )
                sessions._leave_nothing_owed()
        return result
