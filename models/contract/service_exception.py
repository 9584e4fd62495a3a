from odoo import api, fields, models

# Matters of customers whose records say something else than their contracts.
CUSTOMER_JOB = "customer"


class ServiceException(models.Model):
    """Matters of contracts."""

    _inherit = "service.exception"

    contract_id = fields.Many2one(
        "service.contract",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        lock="workflow",
    )
    is_take_over = fields.Boolean(compute="_compute_is_take_over")

    @api.depends("job", "contract_id")
    def _compute_is_take_over(self):
        """Tell which matters are a customer's new values, which its contract may take over."""
        for matter in self:
            matter.is_take_over = bool(matter.contract_id) and matter.job == CUSTOMER_JOB

    def action_take_over(self):
        self.ensure_one()
        return self.contract_id.action_take_over()

    def action_done(self):
        """Leave a contract as agreed where its customer's new values are settled by hand."""
        if takeovers := self.filtered("is_take_over"):
            takeovers.contract_id.action_keep_agreed()
        return super().action_done()

    @api.model
    def _prepare_exception_vals(self, record, kind, detail):
        is_contract = record._name == "service.contract"
        return {
            **super()._prepare_exception_vals(record, kind, detail),
            "contract_id": record.id if is_contract else False,
        }
