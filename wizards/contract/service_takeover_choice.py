from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import format_date


class ServiceTakeoverChoice(models.TransientModel):
    """Asks a manager which new values of the customer a contract takes over, and from when on."""

    _name = "service.takeover.choice"
    _description = "Take Over New Values of the Customer"
    _inherit = ["service.wizard.mixin"]
    _rec_name = "contract_id"

    contract_id = fields.Many2one(
        "service.contract", required=True, readonly=True, ondelete="cascade"
    )
    date = fields.Date(
        string="From",
        required=True,
        compute="_compute_date",
        store=True,
        readonly=False,
        precompute=True,
        help="What begins on this day or later is charged by the new values. Payment terms count "
        "for every invoice made from then on.",
    )
    billed_note = fields.Char(compute="_compute_billed_note")
    line_ids = fields.One2many("service.takeover.choice.line", "choice_id", string="New Values")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        contract = self.env["service.contract"].browse(values.get("contract_id"))
        if contract and "line_ids" in fields_list:
            changes = contract.sudo()._get_customer_changes()
            values["line_ids"] = [Command.create({"name": name}) for name in changes]
        return values

    @api.depends("contract_id")
    def _compute_date(self):
        for choice in self:
            contract = choice.contract_id
            today = contract._get_local_today() if contract else fields.Date.context_today(self)
            choice.date = max(today, contract.date_start or today)

    @api.depends("contract_id", "date")
    def _compute_billed_note(self):
        for choice in self:
            settled = choice.contract_id.line_ids._get_settled_until()
            end = max(settled.values(), default=None)
            choice.billed_note = (
                end
                and choice.date
                and end > choice.date
                and self.env._(
                    "What is billed already, up to %(day)s, stays as it is: credit it where it "
                    "was wrong.",
                    day=format_date(self.env, end - timedelta(days=1)),
                )
            )

    def action_apply(self):
        """Take the chosen values over; what is left out stays as agreed."""
        self.ensure_one()
        self.contract_id.check_access("write")
        changes = self.contract_id.sudo()._get_customer_changes()
        chosen = self.line_ids.filtered("is_selected").mapped("name")
        values = {name: value for name, value in changes.items() if name in chosen}
        if not values:
            raise UserError(self.env._("Select what to take over, or press “Keep as Agreed”."))
        self.contract_id._take_over(values, self.date)


class ServiceTakeoverChoiceLine(models.TransientModel):
    """One value that the customer's records have and the contract has not."""

    _name = "service.takeover.choice.line"
    _description = "Value to Take Over"
    _inherit = ["service.wizard.mixin"]

    choice_id = fields.Many2one("service.takeover.choice", required=True, ondelete="cascade")
    name = fields.Char(required=True, readonly=True)
    is_selected = fields.Boolean(string="Take Over", default=True)
    label = fields.Char(string="What", compute="_compute_values")
    old_value = fields.Char(string="As Agreed", compute="_compute_values")
    new_value = fields.Char(string="Customer Now", compute="_compute_values")

    @api.depends("name", "choice_id.contract_id")
    def _compute_values(self):
        for line in self:
            contract = line.choice_id.contract_id.sudo()
            now = contract._get_customer_changes() if contract else {}
            field = contract._fields.get(line.name)
            line.label = field and field._description_string(self.env)
            old = field and contract._get_own_value(line.name)
            line.old_value = field and contract and contract._describe_value(line.name, old)
            line.new_value = field and contract._describe_value(line.name, now.get(line.name))
