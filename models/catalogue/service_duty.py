from odoo import api, fields, models
from odoo.tools.misc import format_date


class ServiceDuty(models.Model):
    """Days on which a customer is on duty: windows “on duty only” cover these alone (S13)."""

    _name = "service.duty"
    _description = "Duty of a Customer"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "date_start desc, id desc"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    date_start = fields.Date(
        string="First Day", required=True, default=fields.Date.context_today, index=True
    )
    date_end = fields.Date(
        string="Last Day",
        compute="_compute_date_end",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Inclusive.",
    )
    note = fields.Char(help="For example who answers on these days.")

    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start)", "A duty ends on its first day or later."
    )
    _duty_once = models.Constraint(
        "EXCLUDE USING gist ("
        "int8range(company_id, company_id, '[]') WITH &&, "
        "int8range(commercial_partner_id, commercial_partner_id, '[]') WITH &&, "
        "daterange(date_start, date_end, '[]') WITH &&)",
        "This customer is on duty on some of these days already.",
    )

    @api.depends("date_start")
    def _compute_date_end(self):
        for duty in self:
            is_kept = duty._origin.date_end and duty._origin.date_end >= duty.date_start
            duty.date_end = duty._origin.date_end if is_kept else duty.date_start

    @api.depends("partner_id.name", "date_start", "date_end")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for duty in self:
            days = [duty.date_start, duty.date_end][: 2 if duty.date_start != duty.date_end else 1]
            words = " – ".join(format_date(self.env, day) for day in days if day)
            duty.display_name = ", ".join(filter(None, (duty.partner_id.name, words)))

    @api.model
    def _get_days(self, company, partners):
        """Return ``{commercial partner: [(first day, last day), …]}``, both inclusive.

        One query for all partners.
        """
        duties = self.sudo().search_fetch(
            [
                ("company_id", "=", company.id),
                ("commercial_partner_id", "in", partners.commercial_partner_id.ids),
            ],
            ["commercial_partner_id", "date_start", "date_end"],
        )
        return {
            partner: [(duty.date_start, duty.date_end) for duty in of_partner]
            for partner, of_partner in duties.grouped("commercial_partner_id").items()
        }
