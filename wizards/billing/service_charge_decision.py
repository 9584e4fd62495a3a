from odoo import api, fields, models


class ServiceChargeDecision(models.TransientModel):
    """Decides on rows of a preview, too: that makes their charges, and no others."""

    _inherit = "service.charge.decision"

    charge_ids = fields.Many2many(required=False)
    preview_ids = fields.Many2many(
        "service.billing.preview", string="Rows of the Preview", readonly=True, lock="once"
    )

    @api.depends("preview_ids")
    def _compute_company_id(self):
        previewed = self.filtered("preview_ids")
        for wizard in previewed:
            wizard.company_id = wizard.preview_ids.company_id[:1]
        return super(ServiceChargeDecision, self - previewed)._compute_company_id()

    def action_confirm(self):
        if self.preview_ids:
            self.env["service.charge"].check_access("write")
            charges = self.charge_ids | self.preview_ids._charge(self.verb)
            self._as_workflow().charge_ids = charges
        return super().action_confirm()
