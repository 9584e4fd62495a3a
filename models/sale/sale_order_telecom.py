from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import exits


class SaleOrder(models.Model):
    """The longest telecom commitment of 24 months, and who gives it up, on the quotation (L03).

    It protects consumers always, and micro or small firms and non-profits unless they expressly
    give it up. Without that the contract commits for 24 months, whatever the family says.
    """

    _inherit = "sale.order"

    service_is_telecom_cap_waived = fields.Boolean(
        string="24-Month Limit Given up",
        copy=False,
        help="Tick it only where the customer says so expressly: it is printed on the quotation, "
        "and the customer signs it.",
        lock="sealed",
    )
    service_telecom_months = fields.Integer(
        compute="_compute_service_telecom", help="The longest telecom commitment that is offered."
    )
    service_is_telecom_capped = fields.Boolean(compute="_compute_service_telecom")
    service_can_waive_telecom_cap = fields.Boolean(compute="_compute_service_telecom")

    @api.depends(
        "order_line.product_id",
        "order_line.service_is_recurring",
        "service_regime",
        "service_is_small_firm",
        "service_is_telecom_cap_waived",
        "service_amended_contract_id",
        "service_amendment_months",
        "service_term_ids.initial_months",
    )
    def _compute_service_telecom(self):
        for order in self:
            months = order._get_telecom_months()
            customer = order._get_service_customer()
            is_long = months > exits.TELECOM_CAP_MONTHS
            order.service_telecom_months = months
            order.service_is_telecom_capped = exits.limit_commitment(months, customer) < months
            order.service_can_waive_telecom_cap = is_long and exits.may_waive(customer)

    def _get_service_customer(self):
        """Return the customer as the rules of exits see it (L02, L03)."""
        self.ensure_one()
        return exits.Customer(
            self._get_regime(),
            self.service_is_small_firm,
            self.service_is_telecom_cap_waived,
        )

    def _get_telecom_months(self):
        """Return the longest commitment, in months, of the telecom services that are sold."""
        self.ensure_one()
        lines = self.order_line.filtered("service_is_recurring")
        families = lines.product_id.service_family_id.filtered("is_telecom")
        amended = self.service_amended_contract_id.family_id & families
        months = [self._get_term(family).initial_months for family in families - amended]
        months += [self.service_amendment_months for _family in amended]
        return max(months, default=0)

    @api.onchange("partner_id", "service_regime", "service_is_small_firm")
    def _onchange_service_customer(self):
        """What one customer gave up is nobody else's: it is never ticked beforehand (L03)."""
        self.service_is_telecom_cap_waived = False

    @api.constrains("service_is_telecom_cap_waived", "service_regime", "service_is_small_firm")
    def _check_telecom_cap_waived(self):
        for order in self.filtered("service_is_telecom_cap_waived"):
            if not exits.may_waive(order._get_service_customer()):
                raise UserError(
                    self.env._(
                        "%(order)s: a consumer cannot give the limit of 24 months up, and a larger "
                        "firm has none. Only micro or small firms and non-profits do "
                        "(Code de la consommation L224-28).",
                        order=order.name,
                    )
                )

    def _prepare_customer_vals(self, family):
        """Return who the customer of a contract is, gave up (L03) and commits to."""
        vals = {
            "regime": self._get_regime(),
            "is_small_firm": self.service_is_small_firm,
        }
        if family.is_telecom:
            vals["is_telecom_cap_waived"] = self.service_is_telecom_cap_waived
        return {**vals, **self._get_term(family)._prepare_contract_vals()}

    def _prepare_telecom_vals(self, months):
        """Commit anew no longer than allowed, and take over what was given up for it (L03)."""
        if not self.service_amended_contract_id.is_telecom:
            return {}
        return {
            "commitment_months": exits.limit_commitment(months, self._get_service_customer()),
            "is_telecom_cap_waived": self.service_is_telecom_cap_waived,
        }
