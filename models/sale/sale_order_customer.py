from odoo import api, fields, models

from ..company.res_partner import CUSTOMER_REGIMES


class SaleOrder(models.Model):
    """Whom the law sees in the customer, asked on the first quotation and kept (L02)."""

    _inherit = "sale.order"

    service_regime = fields.Selection(
        CUSTOMER_REGIMES,
        string="Customer Regime",
        compute="_compute_service_regime",
        store=True,
        readonly=False,
        precompute=True,
        help="A non-profit is a non-professional. What is chosen here is kept on the customer of "
        "whom nothing is recorded yet.",
        lock="sealed",
    )
    service_is_small_firm = fields.Boolean(
        string="Micro or Small Firm",
        compute="_compute_service_regime",
        store=True,
        readonly=False,
        precompute=True,
        lock="sealed",
    )

    @api.depends("partner_id", "service_amended_contract_id")
    def _compute_service_regime(self):
        for order in self:
            order.service_regime, order.service_is_small_firm = order._get_proposed_customer()

    def _get_proposed_customer(self):
        """Return ``(regime, whether a small firm)``: the amended contract's, else the partner's."""
        self.ensure_one()
        if contract := self.sudo().service_amended_contract_id:
            return contract.regime, contract.is_small_firm
        return self.partner_id._get_service_customer(self.company_id)

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._remember_service_customer()
        return orders

    def _remember_service_customer(self):
        """Keep on the customer what was chosen on the quotation, to ask it once."""
        for order in self:
            chosen = order.service_regime, order.service_is_small_firm
            if chosen != order._get_proposed_customer() and order.service_has_recurring:
                order.partner_id._remember_service_customer(*chosen)

    def _get_regime(self):
        """Return whom the law sees in the customer: until somebody says it, a consumer."""
        self.ensure_one()
        return self.service_regime or "consumer"

    def _is_regime_open(self):
        """Tell whether nobody has said yet what the law gives to the customer."""
        self.ensure_one()
        return not self.service_regime and self.service_has_recurring

    def _confirmation_error_message(self):
        """Ask what nobody has said: the rights that a contract gives hang on it."""
        message = super()._confirmation_error_message()
        if message or not self._is_regime_open():
            return message
        return self.env._(
            "%(order)s: choose the customer regime of %(customer)s. It is asked once and kept on "
            "the customer.",
            order=self.name,
            customer=self.partner_id.commercial_partner_id.display_name,
        )
