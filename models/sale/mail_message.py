from odoo import models


class MailMessage(models.Model):
    """What the chatter of an order tells stays, too, where a contract was ordered by it."""

    _inherit = "mail.message"

    def _is_service_trace(self):
        return super()._is_service_trace() or self._is_of_service_order()

    def _is_of_service_order(self):
        self.ensure_one()
        if self.model != "sale.order":
            return False
        return self.env["sale.order"].browse(self.res_id).exists().service_has_recurring
