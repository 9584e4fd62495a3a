from odoo import api, fields, models


class ResCompany(models.Model):
    """Where requests arrive by e-mail, how many a day, and when a timer counts as forgotten."""

    _inherit = "res.company"

    service_alias_id = fields.Many2one("mail.alias", copy=False, ondelete="set null")
    service_alias_name = fields.Char(
        string="Address for Requests",
        compute="_compute_service_alias_name",
        inverse="_inverse_service_alias_name",
        help="E-mails to this address become requests.",
    )
    service_acknowledge_requests = fields.Boolean(
        string="Acknowledge Requests",
        default=True,
        help="Known customers get an e-mail when their request arrives.",
    )
    service_forgotten_hours = fields.Integer(
        string="Forgotten Timers",
        default=8,
        required=True,
        help="A timer counts as forgotten after so many hours.",
    )

    service_request_limit = fields.Integer(
        string="Requests a Day",
        default=20,
        required=True,
        help="How many requests one person may send through the portal within 24 hours; 0: no "
        "limit.",
    )

    _service_request_limit_positive = models.Constraint(
        "CHECK (service_request_limit >= 0)",
        "The limit of requests cannot be negative; 0 is no limit.",
    )
    _service_forgotten_hours_range = models.Constraint(
        "CHECK (service_forgotten_hours BETWEEN 1 AND 24)",
        "A timer counts as forgotten after 1 to 24 hours.",
    )

    @api.depends("service_alias_id.alias_name")
    def _compute_service_alias_name(self):
        for company in self:
            company.service_alias_name = company.sudo().service_alias_id.alias_name

    def _inverse_service_alias_name(self):
        for company in self.sudo():
            if not company.service_alias_name:
                company.service_alias_id.unlink()
            elif company.service_alias_id:
                company.service_alias_id.alias_name = company.service_alias_name
            else:
                company.service_alias_id = self.env["mail.alias"].create(
                    company._prepare_service_alias_vals(company.service_alias_name)
                )

    def _prepare_service_alias_vals(self, name):
        """Return the values of the alias that makes requests of e-mails, from anybody."""
        self.ensure_one()
        return {
            "alias_name": name,
            "alias_domain_id": self.alias_domain_id.id,
            "alias_model_id": self.env["ir.model"]._get_id("service.session"),
            "alias_contact": "everyone",
            "alias_defaults": repr({"company_id": self.id}),
        }
