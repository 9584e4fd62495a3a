from odoo import fields, models
from odoo.exceptions import UserError

from ...tools import sepa


class AccountPaymentOrder(models.Model):
    _inherit = "account.payment.order"

    service_run_id = fields.Many2one(
        "service.billing.run",
        string="Billing Run",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )

    def _service_generate_files(self):
        """Confirm debit orders and write their files, once their sum has been checked."""
        for order in self:
            order.draft2open()
            order.open2generated()
            order._check_service_totals()

    def _get_service_totals(self):
        """Return the totals of the order's file: ``tools.sepa.ControlTotals``."""
        self.ensure_one()
        return sepa.read_control_totals(self.payment_file_id.raw)

    def _check_service_totals(self):
        """Refuse a file whose control sum is not the residual of its invoices (invariant 2)."""
        self.ensure_one()
        residual = sum(self.payment_line_ids.move_line_id.mapped("amount_residual_currency"))
        total = float(self._get_service_totals().control_sum)
        if not self.company_currency_id.is_zero(residual - total):
            raise UserError(
                self.env._(
                    "%(order)s: its file collects %(total).2f, but %(residual).2f is open on its "
                    "invoices. Cancel the order and make it again.",
                    order=self.name,
                    total=total,
                    residual=residual,
                )
            )
