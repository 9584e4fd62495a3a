from odoo import api, fields, models


class ResCompany(models.Model):
    """How long codes hold, and consents are kept (L18, L18b)."""

    _inherit = "res.company"

    service_consent_minutes = fields.Integer(
        string="Consent Codes Hold",
        default=15,
        required=True,
        help="Minutes in which the customer types the code that opens the page of a session.",
    )
    service_consent_years = fields.Integer(
        string="Consents are Kept",
        default=5,
        required=True,
        help="Years for which Internet address and browser are kept with a consent, as evidence; "
        "10 for orders of consumers from 120 € on.",
    )
    service_data_contact = fields.Char(
        string="Contact for Personal Data",
        help="To whom customers write about access, rectification and objection; empty: the "
        "company's address.",
    )
    service_has_public_pages = fields.Boolean(
        string="Public Pages",
        help="Everybody may send a request and read the general conditions without an account.",
    )
    service_public_address = fields.Char(
        string="Addresses of the Public Pages", compute="_compute_service_public_address"
    )

    _service_consent_minutes_range = models.Constraint(
        "CHECK (service_consent_minutes BETWEEN 1 AND 1440)",
        "A consent code holds for 1 to 1440 minutes.",
    )
    _service_consent_years_range = models.Constraint(
        "CHECK (service_consent_years BETWEEN 1 AND 30)",
        "Consents are kept for 1 to 30 years.",
    )

    @api.depends("service_has_public_pages")
    def _compute_service_public_address(self):
        for company in self:
            base = f"{company.get_base_url()}/service"
            pages = (f"{base}/{page}/{company.id}" for page in ("request", "conditions"))
            company.service_public_address = company.service_has_public_pages and " · ".join(pages)
