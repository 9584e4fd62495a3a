from odoo import fields, models


class ServiceLevel(models.Model):
    """Whether a customer orders each remote session beforehand, and how (S24, S26, S28)."""

    _inherit = "service.level"

    consent_rule = fields.Selection(
        [
            ("none", "Not recorded"),
            ("call", "Calling is accepting"),
            ("code", "Before the timer starts"),
        ],
        string="Customer's Consent",
        default="none",
        required=True,
        help="For remote sessions. Calling is accepting: it is noted as the timer starts, and no "
        "reason is asked. Before the timer starts: the customer validates the page by a code, or "
        "the technician notes why it was given by telephone.",
    )
    consent_hours = fields.Integer(
        string="Consent Holds",
        default=12,
        help="Hours in which a session's connections may begin; then it is asked anew. 0: for "
        "each connection.",
        aggregator=None,
    )

    _consent_hours_positive = models.Constraint(
        "CHECK (consent_hours >= 0)", "A consent holds for no hours or more."
    )
