from odoo import api, fields, models


class ServiceException(models.Model):
    """What a billing run met."""

    _inherit = "service.exception"

    run_id = fields.Many2one(
        "service.billing.run",
        string="Billing Run",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        lock="workflow",
    )

    @api.model
    def _prepare_exception_vals(self, record, kind, detail):
        """Take a matter from the run that met it first: who meets it now says which run it is.

        Drafts have no number: they are known by customer, contract and amount.
        """
        vals = super()._prepare_exception_vals(record, kind, detail)
        name = record._get_service_name() if record._name == "account.move" else vals["name"]
        return {**vals, "name": name, "run_id": False}
