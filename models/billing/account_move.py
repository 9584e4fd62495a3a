from odoo import fields, models


class AccountMove(models.Model):
    """The run of an invoice; included sessions are shown on it until it is posted."""

    _inherit = "account.move"

    service_run_id = fields.Many2one(
        "service.billing.run",
        string="Billing Run",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )

    def write(self, vals):
        result = super().write(vals)
        if {"state", "invoice_date"} & vals.keys():
            self.env["service.session"]._note_on_annex(self.sudo())
        return result

    def _prepare_service_copy_vals(self):
        """A credit note is not a run's invoice."""
        vals = super()._prepare_service_copy_vals()
        if "move_reverse_cancel" not in self.env.context:
            vals["service_run_id"] = self.service_run_id.id
        return vals
