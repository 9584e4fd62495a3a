from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.common.brought_records import require


class ServiceSessionStatement(models.TransientModel):
    """Asks for month and customers of the monthly statement of sessions."""

    _name = "service.session.statement"
    _description = "Monthly Session Statement"
    _inherit = ["service.wizard.mixin"]
    _rec_name = "month"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    month = fields.Date(
        required=True, default=lambda self: self._default_month(), help="Any day of the month."
    )
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", help="Empty: all that have closed sessions that month."
    )

    @api.model
    def _default_month(self):
        return fields.Date.context_today(self).replace(day=1) - relativedelta(months=1)

    @api.model
    def default_get(self, fields_list):
        defaults = super().default_get(fields_list)
        if "partner_ids" in fields_list and not defaults.get("partner_ids"):
            defaults["partner_ids"] = [fields.Command.set(self._get_active_customers().ids)]
        return defaults

    @api.model
    def _get_active_customers(self):
        """Return the customers of the contacts or contracts that the wizard was opened from."""
        model = self.env.context.get("active_model")
        if model not in ("res.partner", "service.contract"):
            return self.env["res.partner"]
        records = self.env[model].browse(self.env.context.get("active_ids", []))
        return records.commercial_partner_id

    def action_pdf(self):
        return self._print("service_contract.service_session_statement_report")

    def action_xlsx(self):
        return self._print("service_contract.service_session_statement_xlsx_report")

    def _print(self, report):
        if not self._get_statements():
            raise UserError(
                self.env._("There is no closed session of these customers in that month.")
            )
        words = self.env._("The statement of sessions")
        return require(self.env, report, words).report_action(self, config=False)

    def _get_statements(self):
        """Return the statements asked for."""
        self.ensure_one()
        first = self.month.replace(day=1)
        last = first + relativedelta(months=1, days=-1)
        return self.env["service.session"]._get_statements(
            self.company_id, first, last, self.partner_ids.commercial_partner_id
        )
