from odoo import api, fields, models
from odoo.exceptions import UserError


class ServiceDebitScheduleLine(models.Model):
    """A day of a schedule, and what of its amount no invoice has taken yet."""

    _name = "service.debit.schedule.line"
    _description = "Day of a Schedule"
    _inherit = ["service.workflow.mixin"]
    _order = "day, id"

    schedule_id = fields.Many2one(
        "service.debit.schedule", required=True, ondelete="cascade", index=True, lock="once"
    )
    company_id = fields.Many2one(related="schedule_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="schedule_id.currency_id")
    day = fields.Date(required=True, lock="draft")
    amount = fields.Monetary(required=True, lock="draft")
    move_ids = fields.One2many("account.move", "service_schedule_line_id", string="Invoices")
    taken_amount = fields.Monetary(string="Taken", compute="_compute_taken", compute_sudo=True)
    left_amount = fields.Monetary(string="Left", compute="_compute_taken", compute_sudo=True)

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "What a schedule announces is more than zero."
    )

    @api.depends("amount", "move_ids.state", "move_ids.amount_total")
    def _compute_taken(self):
        for line in self:
            posted = line.move_ids.filtered(lambda move: move.state == "posted")
            line.taken_amount = sum(posted.mapped("amount_total"))
            line.left_amount = line.amount - line.taken_amount

    def _is_in_draft(self):
        return self.schedule_id.state == "draft"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_draft()
        return lines

    @api.ondelete(at_uninstall=False)
    def _unlink_except_announced(self):
        self._check_draft()

    def _check_draft(self):
        if any(line.schedule_id.state != "draft" for line in self):
            raise UserError(
                self.env._("What was announced stays as it is: end the schedule, make another one.")
            )
