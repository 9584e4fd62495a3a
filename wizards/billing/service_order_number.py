from odoo import fields, models
from odoo.exceptions import UserError


class ServiceOrderNumber(models.TransientModel):
    """The order number that a customer demands, given where the lack of it was found."""

    _name = "service.order.number"
    _description = "Order Number of a Customer"
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    matter_id = fields.Many2one("service.exception", required=True, readonly=True, lock="once")
    name = fields.Char(related="matter_id.name", string="For")
    partner_id = fields.Many2one(related="matter_id.partner_id")
    order_number = fields.Char(required=True, help="As the customer wrote it: it is printed.")

    def action_confirm(self):
        """Keep it on the contract, the order or the customer, and settle the matter.

        Who bills may give it, whoever else may change contracts: nothing else of them is said.
        """
        self.ensure_one()
        self.matter_id.check_access("write")
        self.env["service.billing.run"].check_access("create")
        matter = self.matter_id.sudo()
        if not matter.is_order_number or matter.state == "done":
            raise UserError(self.env._("This matter is settled, or is not about an order number."))
        number = self.order_number.strip()
        if not number:
            raise UserError(self.env._("Type the order number that the customer gave."))
        record = self.env[matter.res_model].sudo().browse(matter.res_id).exists()
        record._give_order_number(number)
        self.env["service.exception"]._settle(record, job=matter.job)
