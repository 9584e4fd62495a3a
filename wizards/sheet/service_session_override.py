from odoo import api, fields, models

from ...models.common.field_values import get_label


class ServiceSessionOverride(models.TransientModel):
    """Another price takes back a sheet that says the old one (S30)."""

    _inherit = "service.session.override"

    sheet_warning = fields.Text(compute="_compute_sheet_warning")

    @api.depends("session_id")
    @api.depends_context("lang")
    def _compute_sheet_warning(self):
        for wizard in self:
            session = wizard.session_id
            wizard.sheet_warning = session.sheet_state not in (False, "draft") and self.env._(
                "The intervention sheet is “%(state)s”. Another price takes it back: what the "
                "customer answered counts no more, and it has to be sent or signed again.",
                state=get_label(session, "sheet_state"),
            )
