from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.client_actions import SOFT_RELOAD

# Matters of customers whose records say something else than their contracts.
CUSTOMER_JOB = "customer"
CAUSES = {CUSTOMER_JOB: CUSTOMER_JOB, "tax": "tax_flaw", "charge": "charges"}


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

    def action_done(self):
        """Leave a contract as agreed where its customer's new values are settled by hand."""
        if takeovers := self.filtered(lambda matter: matter._is_about(CUSTOMER_JOB)):
            takeovers.contract_id.action_keep_agreed()
        return super().action_done()

    def _may_settle(self):
        """What a contract takes over from its customer a manager decides."""
        is_managers = self._is_about(CUSTOMER_JOB) and bool(self.contract_id)
        return super()._may_settle() and not (
            is_managers and not self.env.user._is_service_manager()
        )

    @api.model
    def _find_cause(self, kind, job, model_name):
        code = CAUSES.get(job) if kind == "contract" else None
        return code or super()._find_cause(kind, job, model_name)

    def _mend(self):
        if self.cause_id.code == CUSTOMER_JOB:
            return self._ask_take_over()
        if self.cause_id.code == "tax_flaw":
            return self._take_service_taxes()
        return super()._mend()

    def _get_mended(self):
        flawed = self.filtered(lambda matter: matter.cause_id.code == "tax_flaw")
        return super()._get_mended() + flawed.filtered(
            lambda matter: not any(matter._get_flawed_products().values())
        )

    # ----- New values of the customer -----

    def _ask_take_over(self):
        """Ask from when on contracts have their customers' new values; of one, which of them."""
        if len(self) == 1:
            return self.contract_id.action_take_over()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take Over"),
            "res_model": "service.takeover.list",
            "view_mode": "form",
            "target": "new",
            "context": {"contract_ids": self.contract_id.ids},
        }

    # ----- Taxes that do not suit -----

    def _get_flawed_products(self):
        """Return ``{company: product templates}`` whose tax does not suit what is sold; a hook."""
        found = {}
        for contract in self._get_records("service.contract").sudo():
            products = contract.line_ids.filtered("is_current").product_id.product_tmpl_id
            company = contract.company_id
            known = found.get(company, products.browse())
            found[company] = known | products.filtered(company._get_service_tax_flaw)
        return found

    def _take_service_taxes(self):
        """Give the products the tax of services of their rate; settle what that mends."""
        for company, products in self._get_flawed_products().items():
            products.with_env(self.env).with_company(company).action_take_service_tax()
        if not self._look_again():
            raise UserError(
                self.env._("These products still have another tax than services: open them.")
            )
        return SOFT_RELOAD

    @api.model
    def _prepare_exception_vals(self, record, kind, detail):
        is_contract = record._name == "service.contract"
        return {
            **super()._prepare_exception_vals(record, kind, detail),
            "contract_id": record.id if is_contract else False,
        }
