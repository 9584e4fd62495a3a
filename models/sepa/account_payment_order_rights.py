from odoo import api, fields, models
from odoo.exceptions import AccessError

PREPARE, APPROVE, UPLOAD = (
    f"service_contract.service_contract_group_debit_{step}"
    for step in ("prepare", "approve", "upload")
)


class AccountPaymentOrder(models.Model):
    """Who may take which step of a direct debit: three groups, of one person or of several.

    Whoever manages payments has all three, until somebody takes them out of that group.
    """

    _inherit = "account.payment.order"

    service_can_approve = fields.Boolean(
        string="You May Approve It", compute="_compute_service_can"
    )
    service_can_upload = fields.Boolean(string="You May Upload It", compute="_compute_service_can")

    @api.depends("payment_type")
    @api.depends_context("uid")
    def _compute_service_can(self):
        for order in self:
            is_other = order.payment_type != "inbound"
            order.service_can_approve = is_other or self._may(APPROVE)
            order.service_can_upload = is_other or self._may(UPLOAD)

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._check_may(PREPARE)
        return orders

    @api.model
    def _may(self, group):
        """Tell whether the user may take a step of direct debits; jobs may."""
        return self.env.su or self.env.user.has_group(group)

    def _check_may(self, group):
        """Refuse a step of debit orders to who has not its group."""
        debits = self.filtered(lambda order: order._is_debit())
        if debits and not self._may(group):
            raise AccessError(
                self.env._(
                    "%(orders)s: this is left to those who have the right “%(right)s”.",
                    orders=", ".join(debits.mapped("name")),
                    right=self.env.ref(group).sudo().name,
                )
            )
