from odoo import api, fields, models


class ServiceException(models.Model):
    """What a billing run met."""

    _inherit = "service.exception"

    run_id = fields.Many2one(
        "service.billing.run", string="Billing Run", index="btree_not_null", ondelete="cascade"
    )

    @api.model
    def _prepare_exception_vals(self, record, kind, detail):
        """Take a matter from the run that met it first: who meets it now says which run it is."""
        return {**super()._prepare_exception_vals(record, kind, detail), "run_id": False}
