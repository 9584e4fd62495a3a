from odoo import api, fields, models


class ServiceException(models.Model):
    """Matters of contracts."""

    _inherit = "service.exception"

    contract_id = fields.Many2one("service.contract", index="btree_not_null", ondelete="cascade")

    @api.model
    def _prepare_exception_vals(self, record, kind, detail):
        is_contract = record._name == "service.contract"
        return {
            **super()._prepare_exception_vals(record, kind, detail),
            "contract_id": record.id if is_contract else False,
        }
