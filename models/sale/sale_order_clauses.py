from odoo import api, fields, models

from ..commitment.service_commitment import INFORMED_REGIMES


class SaleOrder(models.Model):
    """What the law has a quotation say to its customer, and how it may be signed (L25, L28)."""

    _inherit = "sale.order"

    service_is_mediator_missing = fields.Boolean(compute="_compute_service_is_mediator_missing")
    service_conditions_sent_on = fields.Date(
        string="Conditions Sent on",
        readonly=True,
        copy=False,
        help="When they were last sent on request.",
        lock="workflow",
    )
    service_has_customer_email = fields.Boolean(
        compute="_compute_service_has_customer_email", compute_sudo=True
    )

    @api.depends("service_regime", "service_has_recurring", "company_id")
    def _compute_service_is_mediator_missing(self):
        for order in self:
            is_consumer = order.service_has_recurring and order._get_regime() == "consumer"
            clauses = self.env["service.clause"]
            order.service_is_mediator_missing = is_consumer and clauses._lacks_mediator(
                order.company_id
            )

    @api.depends("partner_id.email_normalized")
    def _compute_service_has_customer_email(self):
        for order in self:
            order.service_has_customer_email = bool(order.partner_id.email_normalized)

    # ----- Signing online -----

    # Who orders online finds there how to withdraw and to terminate (L19, L21), and signs with
    # words that say that the order is to be paid (L20): without them a consumer is not bound.
    # Odoo's button of payments does not bear them.
    @api.depends("service_regime")
    def _compute_require_payment(self):
        result = super()._compute_require_payment()
        self.filtered(lambda order: order._is_informed()).require_payment = False
        return result

    def _get_order_label(self):
        """Return what the button that orders says (Code de la consommation L221-14), else None."""
        self.ensure_one()
        return self.env._("Order with Obligation to Pay") if self.service_has_recurring else None

    def _is_informed(self):
        self.ensure_one()
        return self.service_regime in INFORMED_REGIMES

    # ----- What is printed -----

    def _get_clauses(self):
        """Return the clauses that hold for who signs, as they are printed."""
        self.ensure_one()
        if not self.service_has_recurring:
            return ""
        clauses = self.env["service.clause"]._get_clauses(
            self.company_id, self._get_regime(), self._get_clause_conditions()
        )
        return clauses.with_context(lang=self.env.lang)._render(self.company_id)

    def _get_clause_conditions(self):
        """Return which conditions of clauses the quotation meets; a hook.

        :rtype: set
        """
        conditions = {"always"}
        if self._has_tacit_renewal():
            conditions.add("renewal")
        if self.service_withdrawal_until:
            conditions.add("withdrawal")
        return conditions

    def _has_tacit_renewal(self):
        """Tell whether something that the quotation sells is renewed by tacit agreement."""
        order = self.sudo()
        terms = [order._get_term(family) for family in order._get_committing_families()]
        amended = order.service_amended_contract_id
        months = [term.initial_months for term in terms]
        if amended.family_id in order._get_sold_families():
            months += [amended.initial_months, order.service_amendment_months]
        return any(months)

    def _get_sold_families(self):
        lines = self.order_line.filtered("service_is_recurring")
        return lines.product_id.service_family_id

    # ----- General conditions on request (S37) -----

    def _get_sold_conditions(self):
        """Return the versions that signing accepts: those of contracts that are amended stay."""
        self.ensure_one()
        amended = self.sudo().service_amended_contract_id
        families = self.sudo()._get_sold_families() - amended.family_id
        return families.conditions_id | amended.conditions_id

    def action_send_service_conditions(self):
        """Send the customer the conditions that signing the quotation accepts."""
        self.ensure_one()
        self.check_access("write")
        told = self._get_sold_conditions()._send(self, self.partner_id)
        self._as_workflow().service_conditions_sent_on = fields.Date.context_today(self)
        return told
