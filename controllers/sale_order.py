from odoo import http
from odoo.http import request

from odoo.addons.sale.controllers.portal import CustomerPortal, PaymentPortal


class ServiceOrderPortal(CustomerPortal):
    """Quotations in the portal."""

    @http.route()
    def portal_quote_decline(self, *args, **kwargs):
        """Let customers decline what they may not sign yet, too."""
        request.update_context(service_is_declining=True)
        return super().portal_quote_decline(*args, **kwargs)

    @http.route()
    def portal_quote_accept(self, order_id, access_token=None, name=None, signature=None):
        """Keep the evidence of who signed."""
        answer = super().portal_quote_accept(order_id, access_token, name, signature)
        if not answer.get("error"):
            token = access_token or request.httprequest.args.get("access_token")
            order = self._document_check_access("sale.order", order_id, access_token=token)
            browser = request.httprequest.user_agent.string
            order._note_signature(request.httprequest.remote_addr, browser)
        return answer

    def _get_payment_values(self, order_sudo, is_down_payment=False, payment_amount=None, **kwargs):
        """Ask for what the order itself invoices: contracts bill what recurs."""
        rest = order_sudo._get_payable_rest()
        if not order_sudo.service_has_recurring or rest >= order_sudo.amount_total:
            return super()._get_payment_values(
                order_sudo, is_down_payment, payment_amount, **kwargs
            )
        required = order_sudo._get_prepayment_required_amount() if is_down_payment else rest
        amount = min(payment_amount or required, rest)
        values = super()._get_payment_values(order_sudo, True, amount, **kwargs)
        return {**values, "amount": amount, "payment_amount": payment_amount}


class ServiceOrderPayment(PaymentPortal):
    """Payments of orders."""

    def _create_transaction(self, *args, **kwargs):
        """Take no payment for what a contract bills, whatever the page says."""
        order = request.env["sale.order"].sudo().browse(kwargs.get("sale_order_id")).exists()
        if order:
            order._check_payable(kwargs.get("amount") or 0)
        return super()._create_transaction(*args, **kwargs)
