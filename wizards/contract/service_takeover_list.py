from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ServiceTakeoverList(models.TransientModel):
    """Asks a manager from when on many contracts have their customers' new values."""

    _name = "service.takeover.list"
    _description = "Take Over New Values of Many Customers"
    _inherit = ["service.wizard.mixin"]

    date = fields.Date(
        string="From",
        required=True,
        default=fields.Date.context_today,
        help="A contract that begins later has them from its first day on.",
    )
    line_ids = fields.One2many("service.takeover.list.line", "list_id", string="Contracts")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        contracts = self.env["service.contract"].browse(self.env.context.get("contract_ids", ()))
        if "line_ids" in fields_list:
            contracts.check_access("read")
            values["line_ids"] = [Command.create({"contract_id": row.id}) for row in contracts]
        return values

    def action_apply(self):
        """Take all new values of the chosen contracts over; the others stay in the inbox."""
        self.ensure_one()
        contracts = self.line_ids.filtered("is_selected").contract_id
        contracts.check_access("write")
        if not contracts:
            raise UserError(self.env._("Select the contracts that take them over."))
        for contract in contracts:
            if changes := contract.sudo()._get_customer_changes():
                contract._take_over(changes, max(self.date, contract.date_start or self.date))


class ServiceTakeoverListLine(models.TransientModel):
    """A contract whose customer's records have changed."""

    _name = "service.takeover.list.line"
    _description = "Contract to Take Over"
    _inherit = ["service.wizard.mixin"]

    list_id = fields.Many2one("service.takeover.list", required=True, ondelete="cascade")
    contract_id = fields.Many2one("service.contract", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="contract_id.partner_id")
    customer_note = fields.Text(related="contract_id.customer_note", string="New Values")
    is_selected = fields.Boolean(string="Take Over", default=True)
