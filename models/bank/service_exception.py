from odoo import api, models

from ..common.client_actions import SOFT_RELOAD
from .account_payment import EXCESS
from .account_payment_order import DEBIT, ORDER

CAUSES = {EXCESS: "excess", DEBIT: "unbooked", ORDER: "uploading"}


class ServiceException(models.Model):
    """What a file took too much, and what of it could not be booked."""

    _inherit = "service.exception"

    @api.model
    def _find_cause(self, kind, job, model_name):
        code = CAUSES.get(job) if kind == "sepa" else None
        return code or super()._find_cause(kind, job, model_name)

    def _mend(self):
        """Book what was left aside; go on with an order that stands still."""
        code = self.cause_id.code
        if code == CAUSES[EXCESS]:
            return self._give_back()
        if code == "uploading":
            for order in self._get_records("account.payment.order"):
                order.action_continue_upload()
            return None
        if code != "unbooked":
            return super()._mend()
        payments = self._get_records("account.payment")
        payments.check_access("write")
        self.env["service.batch.runner"]._run_isolated(
            payments, lambda some: some._book_again(), kind="sepa", job=DEBIT
        )
        return None

    def _get_mended(self):
        return super()._get_mended() + self.filtered(lambda matter: matter._is_given_back())

    def _is_given_back(self):
        """Tell whether a customer has nothing to his credit any more that was paid twice."""
        return self.cause_id.code == CAUSES[EXCESS] and not self._get_credits()

    def _get_credits(self):
        """Return what the customers of the matters have to their credit, as receivable lines."""
        lines = self.env["account.move.line"]
        for company, matters in self.grouped("company_id").items():
            moves = matters._get_records("account.move")
            owed = moves.line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            )
            lines += owed._get_open_credits(company)
        return lines

    def _give_back(self):
        """Set off what was paid twice against what the customer owes; refund the rest."""
        runs = self.env["service.billing.run"]
        for credit in self._get_credits():
            debts = credit.search(runs._get_debt_domain(credit))._without_orders()
            (credit + debts).reconcile() if debts and not credit.reconciled else None
        left = self._get_credits()
        self._look_again()
        return left.action_register_payment() if left else SOFT_RELOAD
