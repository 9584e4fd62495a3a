from odoo import fields, models


class ServiceReminderLevel(models.Model):
    """A step of the policy of reminders: when it follows, what it says, what it claims (L07)."""

    _name = "service.reminder.level"
    _description = "Level of Reminders"
    _inherit = ["service.workflow.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, help="The title of the letter.")
    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="A company that has levels of its own uses no others.",
    )
    delay_days = fields.Integer(
        string="Days after",
        required=True,
        default=15,
        aggregator=None,
        help="Days after the due date at the first level, after the reminder before at the others.",
    )
    pay_days = fields.Integer(
        string="Days to Pay",
        required=True,
        default=8,
        aggregator=None,
        help="By when the letter asks for the money.",
    )
    text = fields.Text(required=True, translate=True, help="What the letter begins with.")
    is_formal = fields.Boolean(
        string="Formal Notice",
        help="French companies claim of professionals what the law adds: late penalties and the "
        "fixed recovery fee of each invoice (Code de commerce L441-10). Never of consumers.",
    )

    _days_positive = models.Constraint(
        "CHECK(delay_days >= 0 AND pay_days >= 0)", "The days of a reminder are not negative."
    )
