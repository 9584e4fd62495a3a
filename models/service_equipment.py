from odoo import fields, models


class ServiceEquipment(models.Model):
    """A workstation or device at a customer (S17)."""

    _name = "service.equipment"
    _description = "Equipment"
    _inherit = ["service.catalogue.mixin"]
    _order = "partner_id, name"

    name = fields.Char(required=True)
    company_id = fields.Many2one(required=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one("res.partner", string="Customer", required=True, index=True)
    contract_id = fields.Many2one("service.contract", index="btree_not_null", check_company=True)
    is_covered = fields.Boolean(string="Covered", default=True)
    origin = fields.Selection(
        [("own", "Sold by us"), ("partner", "Sold by a listed partner"), ("other", "Other")],
        default="own",
        required=True,
    )
    supplier_id = fields.Many2one("res.partner")
    serial_number = fields.Char()
    warranty_end = fields.Date(string="Under Warranty until")
    remote_tool_id = fields.Char(string="Remote Tool ID")
