from odoo import fields, models


class ServiceSetupCheck(models.TransientModel):
    _inherit = "service.setup.check"

    key = fields.Selection(
        selection_add=[("cheques", "Cheques to deposit")], ondelete={"cheques": "cascade"}
    )
