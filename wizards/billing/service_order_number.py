from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ServiceOrderNumberList(models.TransientModel):
    """The order numbers that customers demand, given where the lack of them was found (L08)."""

    _name = "service.order.number.list"
    _description = "Order Numbers of Customers"
    _inherit = ["service.wizard.mixin"]

    line_ids = fields.One2many("service.order.number", "list_id", string="Order Numbers")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        matters = self.env["service.exception"].browse(self.env.context.get("matter_ids", ()))
        if "line_ids" in fields_list:
            matters.check_access("read")
            values["line_ids"] = [Command.create({"matter_id": row.id}) for row in matters]
        return values

    def action_confirm(self):
        """Keep the numbers that were typed; what has none stays in the inbox."""
        self.ensure_one()
        self.line_ids.action_confirm()


class ServiceOrderNumber(models.TransientModel):
    """The order number of one contract, order or customer."""

    _name = "service.order.number"
    _description = "Order Number of a Customer"
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    list_id = fields.Many2one("service.order.number.list", ondelete="cascade", lock="once")
    matter_id = fields.Many2one(
        "service.exception", required=True, readonly=True, ondelete="cascade", lock="once"
    )
    name = fields.Char(related="matter_id.name", string="For")
    partner_id = fields.Many2one(related="matter_id.partner_id")
    order_number = fields.Char(help="As the customer wrote it: it is printed.")

    def action_confirm(self):
        """Keep each on the contract, the order or the customer, and settle its matter.

        Who bills may give it, whoever else may change contracts: nothing else of them is said.
        """
        self.matter_id.check_access("write")
        self.env["service.billing.run"].check_access("create")
        typed = self.filtered(lambda line: (line.order_number or "").strip())
        if not typed:
            raise UserError(self.env._("Type an order number: as the customer wrote it."))
        matters = typed.matter_id._take_in_hand()
        for line in typed.filtered(lambda line: line.matter_id in matters):
            matter = line.matter_id.sudo()
            if not matter._is_about("order_number"):
                raise UserError(self.env._("This matter is not about an order number."))
            matter._get_records(matter.res_model)._give_order_number(line.order_number.strip())
        matters._look_again()
