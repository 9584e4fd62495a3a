from odoo import api, fields, models
from odoo.exceptions import UserError

from .service_session_terms import WAIVER_REGIMES


class ServiceSession(models.Model):
    """A consumer withdraws from the order of a session (L19, L26).

    Who asked expressly for the work to begin at once, and knew that the right ends with it, has
    none any more. Whoever did not, owes nothing: neither the whole nor a part (L221-25).
    """

    _inherit = "service.session"

    can_withdraw_order = fields.Boolean(compute="_compute_can_withdraw_order", compute_sudo=True)

    @api.depends("state", "partner_id", "channel", "charge_ids.state", "consent_ids.state")
    @api.depends_context("uid")
    def _compute_can_withdraw_order(self):
        is_manager = self.env.user._is_service_manager()
        for session in self:
            session.can_withdraw_order = is_manager and session._is_order_revocable()

    def _is_order_revocable(self):
        """Tell whether the order may be withdrawn from today: made at a distance, not waived."""
        self.ensure_one()
        if self.state != "done" or self.channel == "on_site" or self.is_billed:
            return False
        owed = self.charge_ids.filtered(lambda charge: charge.state in ("on_hold", "ready"))
        until = self._get_order_revocable_until()
        return bool(owed and until) and self._get_local_today() <= until

    def _get_order_revocable_until(self):
        """Return the last day to withdraw from the order, False without a right to."""
        self.ensure_one()
        if self._get_regime() not in WAIVER_REGIMES or self._is_withdrawal_waived():
            return False
        return self.company_id._get_withdrawal_until(
            (self._get_regime(), False), "distance", self.date, self.partner_id
        )

    def _is_withdrawal_waived(self):
        """Tell whether the customer asked for an immediate start and acknowledged the loss."""
        self.ensure_one()
        return any(
            consent.is_start_requested and consent.is_loss_acknowledged
            for consent in self._get_given_consents()
        )

    def action_withdraw_order(self):
        """Note that the customer withdrew from the order: nothing is owed for it."""
        self.check_access("write")
        self._check_manager_withdraws()
        for session in self.sudo():
            if not session._is_order_revocable():
                raise UserError(
                    self.env._(
                        "%(session)s: there is no right to withdraw from this, or it is over.",
                        session=session.name,
                    )
                )
            session._leave_nothing_owed()

    def _check_manager_withdraws(self):
        if not self.env.user._is_service_manager():
            raise UserError(self.env._("A manager notes that a customer withdraws."))

    def _leave_nothing_owed(self):
        """Waive what no invoice bills; what one bills stands in the inbox, to be credited."""
        for session in self.sudo():
            words = self.env._(
                "The customer withdrew; without an express request for an immediate start nothing "
                "is owed (L221-25)."
            )
            if session.is_billed:
                self.env["service.exception"]._report(session, "session", words, "withdrawn")
                continue
            session.charge_ids.filtered(
                lambda charge: charge.state in ("on_hold", "ready")
            )._waive()
            session._message_log(body=words)
