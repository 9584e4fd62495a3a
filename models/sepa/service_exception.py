from odoo import api, models
from odoo.exceptions import UserError

from ..common.client_actions import notify
from ..company.setup_window import open_setup
from . import debit_finding as lint
from .account_banking_mandate_changes import MOBILITY_JOB
from .account_move import JOB as DEBIT_JOB
from .account_payment_order import FILE_JOB
from .res_partner import ARCHIVED_JOB
from .service_contract import LOST

MANDATE, ADDRESS, HOLD, SETUP, FILE = "mandate", "debtor", "debit_hold", "debit_setup", "debit_file"
MOBILITY, ARCHIVED = "mobility", "archived_payer"
CAUSES = {
    "": MANDATE,
    DEBIT_JOB: "debit",
    FILE_JOB: FILE,
    MOBILITY_JOB: MOBILITY,
    ARCHIVED_JOB: ARCHIVED,
    lint.MANDATE: MANDATE,
    lint.ADDRESS: ADDRESS,
    lint.HOLD: HOLD,
    lint.SETUP: SETUP,
}
# The causes whose rule can be asked again.
OWN = (MANDATE, LOST, ADDRESS, HOLD, FILE, MOBILITY, ARCHIVED)


class ServiceException(models.Model):
    """What keeps a contract, or an invoice, from being debited (S36, L15c)."""

    _inherit = "service.exception"

    @api.model
    def _find_cause(self, kind, job, model_name):
        code = CAUSES.get(job or "") if kind == "sepa" else None
        return code or super()._find_cause(kind, job, model_name)

    def _mend(self):
        mends = {
            MANDATE: self._open_mandates,
            ADDRESS: lambda: self._ask("service.missing.address", self.env._("Addresses")),
            SETUP: self._open_setup,
            FILE: self._make_files_anew,
            LOST: self._ask_mandates,
            MOBILITY: self._take_over_mobility,
        }
        mend = mends.get(self.cause_id.code)
        return mend() if mend else super()._mend()

    def _get_mended(self):
        """Ask each rule again: of contracts, of invoices to debit, of customers, of files."""
        rules = {
            "account.banking.mandate": lambda it: not it.service_mobility_account_id,
            "service.contract": lambda it: not it._get_debit_issues(),
            "account.move": lambda it: it._is_debit_mended(),
            "res.partner": lambda it: it._has_debtor_address(),
            "account.payment.order": lambda it: it.state != "generated" or not it.service_changes,
        }
        known = self.filtered(lambda matter: matter.cause_id.code in OWN)
        archived = known.filtered(lambda matter: matter.cause_id.code == ARCHIVED)
        mended = super()._get_mended() + archived._filter_by_record(
            lambda it: not it._is_payer_archived()
        )
        known -= archived
        for model_name, rule in rules.items():
            rows = known.filtered(lambda matter, name=model_name: matter.res_model == name)
            mended += rows._filter_by_record(rule)
        return mended

    def _open_setup(self):
        return open_setup(self.env)

    def _make_files_anew(self):
        orders = self._get_records("account.payment.order")
        return orders.filtered(lambda order: order.state == "generated").action_make_anew()

    def _take_over_mobility(self):
        return self._get_records("account.banking.mandate").action_take_over_mobility()

    def _ask_mandates(self):
        """Ask whoever pays for a new mandate; say whose address is missing."""
        contracts = self._get_records("service.contract").sudo()
        asked = contracts._ask_mandates()
        left = [issue for issue in contracts.mapped("mandate_address_issue") if issue]
        if not asked:
            raise UserError(
                "\n".join(left) or self.env._("These contracts have a valid mandate by now.")
            )
        words = self.env._("Mandates were asked for: contracts %(count)s.", count=len(asked))
        return notify("\n".join([words, *left]), kind="warning" if left else "success")

    def _open_mandates(self):
        """Open the mandates of those who pay: one that becomes valid is taken by what waits."""
        contracts = self._get_records("service.contract").sudo()
        invoices = self._get_records("account.move").sudo()
        payers = contracts.partner_invoice_id.commercial_partner_id
        payers |= invoices.commercial_partner_id
        mandates = contracts.mandate_id | invoices.mandate_id
        own = mandates if len(contracts) + len(invoices) == 1 else mandates.browse()
        views = [(False, "form")] if own else [(False, "list"), (False, "form")]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mandates"),
            "res_model": own._name,
            "res_id": own.id,
            "view_mode": ",".join(kind for _id, kind in views),
            "views": views,
            "domain": [("partner_id", "in", payers.ids)],
            "context": {
                "default_partner_id": payers[:1].id,
                "default_company_id": self.company_id[:1].id,
                "default_format": "sepa_core",
            },
        }
