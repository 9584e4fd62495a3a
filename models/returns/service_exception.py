from odoo import api, models

from .payment_return import LINE, RETURN
from .return_day import BOOKED_STATES

CAUSES = {LINE: "unreturned", RETURN: "returning"}


class ServiceException(models.Model):
    """What of a return could not be taken back."""

    _inherit = "service.exception"

    @api.model
    def _find_cause(self, kind, job, model_name):
        code = CAUSES.get(job) if kind == "sepa" else None
        return code or super()._find_cause(kind, job, model_name)

    def _mend(self):
        """Take back what was left aside; go on with a return that stands still."""
        code = self.cause_id.code
        if code == CAUSES[RETURN]:
            for one in self._get_records("payment.return"):
                one.action_continue_booking()
            return None
        if code != CAUSES[LINE]:
            return super()._mend()
        lines = self.env["payment.return.line"].search(
            [
                ("move_line_ids.move_id", "in", self._get_records("account.move").ids),
                ("return_id.state", "in", BOOKED_STATES),
            ],
            order="id",
        )
        lines.check_access("write")
        for one, some in lines.filtered(lambda line: line._is_left()).grouped("return_id").items():
            one._take_back(some)
            one.line_ids.move_line_ids.payment_id.payment_lot_id._net_returns()
        return None
