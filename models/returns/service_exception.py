from odoo import api, models

from ..common.brought_records import require
from .payment_return import LINE, RETURN
from .return_day import BOOKED_STATES
from .service_contract import SUSPEND

CAUSES = {LINE: "unreturned", RETURN: "returning"}


class ServiceException(models.Model):
    """What of a return could not be taken back, and what is to be suspended for what is unpaid."""

    _inherit = "service.exception"

    @api.model
    def _find_cause(self, kind, job, model_name):
        if (kind, job) == ("contract", SUSPEND):
            return SUSPEND
        code = CAUSES.get(job) if kind == "sepa" else None
        return code or super()._find_cause(kind, job, model_name)

    def _mend(self):
        """Take back what was left aside; go on with a return that stands still."""
        code = self.cause_id.code
        if code == CAUSES[RETURN]:
            for one in self._get_records("payment.return"):
                one.action_continue_booking()
            return None
        if code == SUSPEND:
            return self._ask_suspension()
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

    def _ask_suspension(self):
        """Ask the manager from when a contract is suspended; several are opened as a list."""
        contracts = self._get_records("service.contract")
        if len(contracts) != 1:
            return self.action_open_records()
        action = contracts.action_suspend()
        words = self.env._("The reason “Unpaid invoices”")
        reason = require(self.env, "service_contract.service_reason_suspend_unpaid", words)
        action["context"] = {**action["context"], "default_reason_id": reason.id}
        return action

    def _get_mended(self):
        known = self.filtered(lambda matter: matter.cause_id.code == SUSPEND)
        return super()._get_mended() + known._filter_by_record(
            lambda it: not it._may_be_suspended()
        )
