from odoo import api, fields, models

from .service_reminder import OPEN


class ServiceReminderLine(models.Model):
    """An invoice that a reminder is about, with what is open of it and what is added (L07)."""

    _name = "service.reminder.line"
    _description = "Invoice of a Reminder"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "due_date, id"
    _rec_name = "move_id"
    _is_made_by_workflow = True
    _takes_user_defaults = False

    reminder_id = fields.Many2one(
        "service.reminder", required=True, ondelete="cascade", index=True, lock="workflow"
    )
    company_id = fields.Many2one(related="reminder_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="reminder_id.currency_id")
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
        lock="workflow",
    )
    level_id = fields.Many2one(
        "service.reminder.level",
        required=True,
        ondelete="restrict",
        check_company=True,
        help="Of this invoice: the letter is of the highest level of its invoices.",
        lock="workflow",
    )
    due_date = fields.Date(string="Due", required=True, lock="workflow")
    days_late = fields.Integer(aggregator=None, lock="workflow")
    amount = fields.Monetary(
        string="Amount Overdue",
        help="What is late, less what the customer has paid and nobody has matched yet.",
        lock="workflow",
    )
    penalty = fields.Monetary(string="Late Penalties", lock="workflow")
    recovery_fee = fields.Monetary(lock="workflow")
    sent_on = fields.Date(related="reminder_id.sent_on", store=True)
    is_pending = fields.Boolean(compute="_compute_is_pending", store=True)
    not_before = fields.Date(
        related="move_id.service_reminder_from",
        readonly=False,
        help="The letter goes out without this invoice, which is not reminded before this day.",
    )

    _one_open = models.UniqueIndex(
        "(move_id) WHERE is_pending", "This invoice is in another reminder that has not gone out."
    )

    @api.depends("reminder_id.state")
    def _compute_is_pending(self):
        for line in self:
            line.is_pending = line.reminder_id.state in OPEN
