from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..charge.service_charge_billing import TAX
from ..common.client_actions import SOFT_RELOAD, notify
from .res_partner import ADDRESS, SIREN
from .run_names import DATE, GAPS, GATE_JOB, PAYER, PRODUCT, RUN_JOB, UNDECIDED
from .service_charge import ORDER_JOB, SET_OFF_JOB

CAUSES = {
    TAX: TAX,
    ORDER_JOB: ORDER_JOB,
    SET_OFF_JOB: "credit",
    GATE_JOB: "gate",
    RUN_JOB: "stopped",
    DATE: "posting",
    "order": "billing",
    "billing_day": "daily",
    "billing_day_questions": "questions",
    "setup": "setup",
    **{cause: cause for cause in GAPS},
}
# By which field a charge knows what its matter is about; the charges that no invoice took.
OWNERS = {"service.contract": "contract_id", "res.partner": "partner_invoice_id"}
WAITING = (("set_off_run_id", "!=", False), ("amount_total", "<", 0))
# The causes whose rule can be asked again.
KNOWN = (TAX, ORDER_JOB, "credit", "stopped", "posting", *GAPS)


class ServiceException(models.Model):
    """What a billing run met, how it is mended, and that it is billed then."""

    _inherit = "service.exception"

    run_id = fields.Many2one(
        "service.billing.run",
        string="Billing Run",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        lock="workflow",
    )
    is_to_bill = fields.Boolean(
        string="Mended, to Bill",
        readonly=True,
        copy=False,
        lock="workflow",
        help="It was mended since its run ended: “Bill What Was Mended” bills it.",
    )

    # ----- Causes -----

    @api.model
    def _find_cause(self, kind, job, model_name):
        if kind != "billing":
            return super()._find_cause(kind, job, model_name)
        if not job:
            return "posting" if model_name == "account.move" else "billing"
        return CAUSES.get(job) or super()._find_cause(kind, job, model_name)

    @api.model
    def _prepare_exception_vals(self, record, kind, detail):
        """Take a matter from the run that met it first: who meets it now says which run it is.

        Drafts have no number: they are known by customer, contract and amount.
        """
        vals = super()._prepare_exception_vals(record, kind, detail)
        name = record._get_service_name() if record._name == "account.move" else vals["name"]
        return {**vals, "name": name, "run_id": False, "is_to_bill": False}

    @api.model
    def _report_gaps(self, found, company):
        """Put into the inbox what invoices lack, all at once, unless it is there.

        :param dict found: ``{(record, code of the cause): [sentence, …]}``
        """
        if not found:
            return
        jobs = list({cause for _record, cause in found})
        ids = [record.id for record, _cause in found]
        known = {
            (row.res_model, row.res_id, row.job)
            for row in self.sudo().search(
                [("job", "in", jobs), ("res_id", "in", ids), ("state", "=", "open")]
            )
        }
        causes = self.env["service.exception.cause"]
        self.sudo().create(
            [
                {
                    **self._prepare_exception_vals(record, "billing", "\n".join(words)),
                    "job": cause,
                    "cause_id": causes._find(cause).id,
                    "company_id": company.id,
                }
                for (record, cause), words in found.items()
                if (record._name, record.id, cause) not in known
            ]
        )

    # ----- What is mended -----

    def action_done(self):
        """What a person says is settled is billed with what was mended."""
        self.check_access("write")
        result = super().action_done()
        asked = self.filtered(lambda matter: matter._is_about("questions"))
        (self - asked).sudo()._note_to_bill()
        return result

    def _set_mended(self):
        result = super()._set_mended()
        self.sudo()._note_to_bill()
        return result

    def _note_to_bill(self):
        """Note what a finished run put aside: it is billed once somebody says so."""
        waiting = self.filtered(
            lambda matter: matter.run_id.state == "done" and matter.res_model != "account.move"
        )
        waiting._as_workflow().is_to_bill = True

    @api.model
    def _look_again_of(self, company):
        """Settle what a company's inbox has and is mended by now, wherever that was done."""
        rows = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "open"),
                ("cause_id.code", "in", KNOWN),
            ]
        )
        mended = rows._get_mended() if rows else rows
        if mended:
            mended._as_workflow().state = "done"

    def _get_mended(self):
        """Ask each rule again, of all that its cause has: the charges and records at once."""
        rules = {
            TAX: self._find_taxed,
            "credit": self._find_given_back,
            UNDECIDED: self._find_decided,
            ORDER_JOB: lambda rows: rows._filter_by_record(lambda it: not it._lacks_order_number()),
            "stopped": lambda rows: rows._filter_by_record(lambda it: not it._is_under_way()),
            "posting": lambda rows: rows._filter_by_record(lambda it: it.state != "draft"),
            **dict.fromkeys((SIREN, ADDRESS), self._find_completed),
            **dict.fromkeys(
                (PRODUCT, PAYER), lambda rows: rows._filter_by_record(lambda it: it.active)
            ),
        }
        mended = super()._get_mended()
        for cause, matters in self.grouped("cause_id").items():
            if rule := rules.get(cause.code):
                mended += rule(matters)
        return mended

    def _get_charges(self, *domain, state="ready"):
        """Return charges of the contracts or customers that the matters are about."""
        charges = self.env["service.charge"]
        for company, matters in self.grouped("company_id").items():
            for model_name, name in OWNERS.items():
                ids = [row.res_id for row in matters if row.res_model == model_name]
                own = [(name, "in", ids), ("company_id", "=", company.id), ("state", "=", state)]
                charges |= charges.search([*own, *domain]) if ids else charges
        return charges

    def _filter_without(self, charges):
        """Return the matters whose contract, or customer, has none of some charges."""
        left = {
            (model_name, charge[name].id, charge.company_id)
            for charge in charges
            for model_name, name in OWNERS.items()
        }
        return self.filtered(
            lambda matter: (matter.res_model, matter.res_id, matter.company_id) not in left
        )

    def _filter_by_record(self, is_mended):
        """Return the matters whose records are mended, or gone."""
        found = {}
        for model_name in set(self.mapped("res_model")):
            for record in self._get_records(model_name):
                found[model_name, record.id] = record
        return self.filtered(
            lambda matter: (
                (record := found.get((matter.res_model, matter.res_id))) is None
                or is_mended(record)
            )
        )

    def _find_taxed(self, matters):
        charges = matters._get_charges()
        return matters._filter_without(charges.filtered(lambda it: it._get_tax_problem()))

    def _find_given_back(self, matters):
        return matters._filter_without(matters._get_charges(*WAITING))

    def _find_decided(self, matters):
        return matters._filter_without(matters._get_charges(state="credited"))

    def _find_completed(self, matters):
        code = matters.cause_id.code
        return matters._filter_by_record(
            lambda partner: code not in {cause for cause, _words in partner._find_invoice_gaps()}
        )

    # ----- What mends them -----

    def _mend(self):
        mends = {
            TAX: lambda: self._ask("service.missing.tax", self.env._("Give the Tax")),
            ORDER_JOB: lambda: self._ask("service.order.number.list", self.env._("Order Numbers")),
            SIREN: lambda: self._ask("service.missing.address", self.env._("SIREN")),
            ADDRESS: lambda: self._ask("service.missing.address", self.env._("Addresses")),
            "credit": self._credit_waiting,
            UNDECIDED: lambda: self._get_charges(state="credited")._get_records_action(),
            "gate": self._expect_amount,
            "stopped": self._continue_runs,
            "billing": self._bill_again,
            "charges": self._bill_again,
            "questions": self._bill_again,
            PRODUCT: self._bring_back,
            PAYER: self._bring_back,
        }
        mend = mends.get(self.cause_id.code)
        return mend() if mend else super()._mend()

    def _ask(self, model_name, title):
        """Open the wizard in which one look mends all of the matters."""
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model_name,
            "view_mode": "form",
            "target": "new",
            "context": {"matter_ids": self.ids},
        }

    def _credit_waiting(self):
        """Credit the invoices that billed what is to be given back (L08c)."""
        return self._get_charges(*WAITING).action_credit_origin()

    def _expect_amount(self):
        """Expect what the runs would bill: that is what somebody means who has looked at it."""
        runs = self._get_records("service.billing.run")
        runs.check_access("write")
        for run in runs:
            run.expected_amount = run._get_gate_amount()
        self._set_mended()
        return SOFT_RELOAD

    def _continue_runs(self):
        """Go on with runs that failed in the background: one here and now, the rest there."""
        self._look_again()
        runs = self._get_records("service.billing.run")
        for run in runs.filtered(lambda run: run.state == "running")[:1]:
            run.action_continue()
        runs._call_job()
        return SOFT_RELOAD

    def _bring_back(self):
        """Take what is billed out of the archive."""
        self._get_records(self[:1].res_model).action_unarchive()
        self._look_again()
        return SOFT_RELOAD

    def _bill_again(self):
        """Try once more what failed: with its run, or as the daily job does."""
        of_run = self.filtered("run_id")
        of_run.filtered(lambda matter: matter.run_id.state == "done")._set_mended()
        contracts = (self - of_run)._get_records("service.contract")
        if contracts:
            self.env["service.billing.run"].check_access("create")
            self.env["service.batch.runner"]._run_isolated(
                contracts,
                lambda part: part._generate_charges(fields.Date.context_today(part)),
                kind="contract",
                job="charge",
            )
        runs = of_run.sudo().filtered("is_to_bill").run_id.with_env(self.env)
        return (runs.action_resume_mended() if runs else None) or SOFT_RELOAD

    # ----- Billed -----

    @api.model
    def action_bill_mended(self, _ids=None):
        """Bill what was mended, here or elsewhere, as the runs that put it aside do."""
        runs = self.env["service.billing.run"]
        if not runs.has_access("write"):
            raise AccessError(self.env._("Only accountants bill what was mended."))
        own = [("company_id", "in", self.env.companies.ids), ("run_id.state", "=", "done")]
        self.search([*own, ("state", "=", "open"), ("cause_id.code", "in", KNOWN)])._look_again()
        runs = self.search([*own, ("is_to_bill", "=", True)]).run_id
        if not runs:
            raise UserError(
                self.env._("Nothing that a billing run has put aside was mended since.")
            )
        return runs.action_resume_mended() or notify(
            self.env._(
                "%(runs)s bill what was mended.", runs=", ".join(runs.sorted("id").mapped("name"))
            )
        )
