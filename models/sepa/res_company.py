from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    service_debit_lead = fields.Integer(
        string="Days before a Debit",
        default=1,
        help="TARGET days between the file's way to the bank and the day of the debit: one by the "
        "scheme; more where your bank's cut-off asks for it.",
    )
    service_debit_limit = fields.Float(
        string="Largest Debit (EUR)",
        digits=(16, 2),
        help="What takes more at once waits until somebody decides; nothing for no limit.",
    )

    _service_debit_lead_positive = models.Constraint(
        "CHECK(service_debit_lead >= 0)", "The days before a debit are not negative."
    )
    _service_debit_limit_positive = models.Constraint(
        "CHECK(service_debit_limit >= 0)", "The limit of debits is not negative."
    )

    def _get_debit_lead(self):
        """Return how many TARGET days before a debit its file reaches the bank (L11); a hook."""
        self.ensure_one()
        return self.service_debit_lead

    service_iban_change = fields.Selection(
        [
            ("amend", "The same mandate, amended in the file"),
            ("new", "A new mandate to sign"),
        ],
        string="Customer's New Account",
        default="amend",
        required=True,
        help="What is proposed where the same debtor has another IBAN (L15b).",
    )
