from odoo import api, fields, models

from ..common.client_actions import open_window


class AccountBankingMandate(models.Model):
    """What a customer agreed to in his mandate beside the debits themselves (L12)."""

    _inherit = "account.banking.mandate"

    service_is_notice_agreed = fields.Boolean(
        string="Own Notice Agreed",
        tracking=True,
        help="The customer agreed to another delay between notice and debit than the company's.",
    )
    service_notice_days = fields.Integer(
        string="Days of Notice", tracking=True, help="Between the notice and the debit."
    )

    service_schedule_ids = fields.One2many(
        "service.debit.schedule", "mandate_id", string="Schedules"
    )
    service_schedule_count = fields.Integer(
        string="Schedules of Debits", compute="_compute_service_schedule_count", compute_sudo=True
    )

    _service_notice_days_positive = models.Constraint(
        "CHECK(service_notice_days >= 0)", "The days of notice are not negative."
    )

    @api.depends("service_schedule_ids")
    def _compute_service_schedule_count(self):
        for mandate in self:
            mandate.service_schedule_count = len(mandate.service_schedule_ids)

    def action_open_schedules(self):
        """Open the schedules that the customer agreed to on this mandate."""
        self.ensure_one()
        self.check_access("read")
        return open_window(
            self.env,
            "service_contract.service_debit_schedule_action",
            [("mandate_id", "=", self.id)],
            default_mandate_id=self.id,
        )

    def _get_notice_days(self, company):
        """Return the days between the notice of a debit and the debit, as agreed (L12)."""
        if self.service_is_notice_agreed:
            return self.service_notice_days
        return company.service_notice_days
