from odoo import fields, models


class PaymentReturnReason(models.Model):
    """Why a debit came back (ISO 20022), in plain words, and what is done then (L15c)."""

    _inherit = "payment.return.reason"

    service_explanation = fields.Text(
        string="In Plain Words",
        translate=True,
        help="What it means and what to do, as the inbox and the customer's letter say it.",
    )
    service_action = fields.Selection(
        [
            ("ask", "A person decides"),
            ("again", "Debit again once, after notice"),
            ("suspend", "Cancel the mandate, then a person decides"),
        ],
        string="What Follows",
        default="ask",
        required=True,
        help="A debit that came back for want of cover may be presented again once, when the "
        "customer has been told; one without a mandate never (SEPA rulebook).",
    )
    service_activity = fields.Selection(
        [
            ("contact", "The contract's salesperson"),
            ("accountant", "Who books the return"),
        ],
        string="Who Calls",
        help="Who is asked, by an activity, to speak with the customer about what is not paid.",
    )
    service_fee = fields.Boolean(
        string="Return Fee",
        help="A firm whose debit comes back for this reason may be billed the return fee of the "
        "settings: somebody decides so on the invoice. Consumers never are (code des procédures "
        "civiles d'exécution L111-8).",
    )

    def _get_by_code(self, codes):
        """Return ``{code: reason}`` of the codes that are known."""
        return {reason.code: reason for reason in self.search([("code", "in", list(codes))])}
