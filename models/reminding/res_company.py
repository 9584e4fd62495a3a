from odoo import fields, models


class ResCompany(models.Model):
    """How a company reminds of what is late, and what it claims then (L07)."""

    _inherit = "res.company"

    service_penalty_rate = fields.Float(
        string="Late Penalties, % a Year",
        digits=(16, 2),
        default=12.15,
        help="What formal notices to professionals reckon with: the key interest rate of the "
        "European Central Bank plus 10 points, that of 1 January or 1 July for the half-year "
        "(Code de commerce L441-10), or what your conditions say, three times the legal rate at "
        "least. 0: no penalties are claimed.",
    )
    service_is_reminding = fields.Boolean(
        string="Prepare Reminders Every Day",
        help="Reminders are prepared every night, to be looked at and sent by a person.",
    )
    service_reminder_minimum = fields.Monetary(
        string="Smallest Amount Reminded",
        default=1.0,
        currency_field="currency_id",
        help="Whose late invoices come to less gets no letter.",
    )

    _service_penalty_rate_positive = models.Constraint(
        "CHECK(service_penalty_rate >= 0)", "The rate of late penalties is not negative."
    )

    def _get_reminder_levels(self):
        """Return the levels of a company in their order: its own, else those of all; a hook."""
        self.ensure_one()
        levels = self.env["service.reminder.level"].sudo()
        own = levels.search([("company_id", "=", self.id)])
        return own or levels.search([("company_id", "=", False)])
