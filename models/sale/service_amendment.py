from odoo import api, fields, models
from odoo.exceptions import UserError


class ServiceAmendment(models.Model):
    """An amendment that a quotation sells: what it takes out is allowed on the quotation (L06)."""

    _inherit = "service.amendment"

    sale_order_name = fields.Char(related="sale_order_id.name", string="Quotation")
    is_loss_allowed = fields.Boolean(compute="_compute_is_loss_allowed")

    @api.depends("state", "lost_amount", "level_warning", "sale_order_id.service_loss_allowed")
    def _compute_is_loss_allowed(self):
        for amendment in self:
            amendment.is_loss_allowed = amendment.state == "quoted" and amendment._is_loss_allowed()

    def action_allow_loss(self):
        """Let a manager allow what a quotation takes out: it needs no right to sell."""
        self.ensure_one()
        self.check_access("write")
        self._check_state("quoted")
        self.sudo().sale_order_id._allow_loss(self.lost_amount, self.reason_id)

    def _is_loss_allowed(self):
        order = self.sudo().sale_order_id
        is_own = bool(order) and order.service_amended_contract_id == self.contract_id
        is_allowed = is_own and order._is_loss_allowed(self.lost_amount) and not self.level_warning
        return is_allowed or super()._is_loss_allowed()

    def _check_loss(self):
        if not self._is_loss_allowed():
            self._check_colleague()
        return super()._check_loss()

    @api.model
    def _check_colleague(self):
        """Tell customers nothing of what only colleagues read."""
        if self.env.user.share:
            raise UserError(
                self.env._("This quotation cannot be signed as it is. Please get in touch with us.")
            )

    def _get_source_name(self):
        return self.sudo().sale_order_id.name or super()._get_source_name()
