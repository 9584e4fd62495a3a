from odoo import api, models

from .account_move import JOB as DEBIT_JOB
from .account_payment_order import JOB as UPLOAD_JOB

MANDATE = "mandate"
CAUSES = {"": MANDATE, DEBIT_JOB: "debit", UPLOAD_JOB: "excess"}


class ServiceException(models.Model):
    """What keeps a contract, or an invoice, from being debited (S36, L15c)."""

    _inherit = "service.exception"

    @api.model
    def _find_cause(self, kind, job, model_name):
        code = CAUSES.get(job or "") if kind == "sepa" else None
        return code or super()._find_cause(kind, job, model_name)

    def _mend(self):
        if self.cause_id.code != MANDATE:
            return super()._mend()
        return self._open_mandates()

    def _get_mended(self):
        return super()._get_mended() + self.filtered(
            lambda matter: (
                matter.cause_id.code == MANDATE
                and not any(
                    contract._get_sepa_issues()
                    for contract in matter._get_records("service.contract")
                )
            )
        )

    def _open_mandates(self):
        """Open the mandates of those who pay: one that becomes valid is taken by what waits."""
        contracts = self._get_records("service.contract").sudo()
        payers = contracts.partner_invoice_id.commercial_partner_id
        own = contracts.mandate_id if len(contracts) == 1 else contracts.mandate_id.browse()
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
                "default_company_id": contracts.company_id[:1].id,
                "default_format": "sepa_core",
            },
        }
