from odoo import fields, models
from odoo.fields import Domain

from ..company.res_company_setup import Check

CHEQUES = "pcg_5112"
CODE = "CHQ"


class ResCompany(models.Model):
    _inherit = "res.company"

    service_credit_days = fields.Integer(
        string="Days until a Credit Is Missed",
        default=3,
        help="A lot of debits whose day is over for longer without a credit of the bank is listed.",
    )

    _service_credit_days_positive = models.Constraint(
        "CHECK(service_credit_days >= 0)", "The days until a credit is missed are not negative."
    )

    # ----- Cheques: received, then deposited by batch (S34) -----

    def _prepare_service_company(self, creditor_identifier=None):
        """Prepare as well where cheques wait until they are deposited."""
        result = super()._prepare_service_company(creditor_identifier=creditor_identifier)
        for company in self.sudo():
            company.with_company(company)._prepare_service_cheques()
        return result

    def _get_service_checks(self):
        checks = super()._get_service_checks()
        if self._has_service_ground() and self._get_cheque_account():
            checks["cheques"] = self._inspect_service_cheques()
        return checks

    def _get_cheque_account(self):
        """Return the account of cheques to deposit, 5112 of the French chart; none in others."""
        charts = self.env["account.chart.template"].with_company(self)
        is_french = self.account_fiscal_country_id.code == "FR"
        found = is_french and charts.ref(CHEQUES, raise_if_not_found=False)
        return found or self.env["account.account"]

    def _get_cheque_journal(self):
        """Return the journal in which cheques are received, or none: a bank's without a bank."""
        journals = self.env["account.journal"]
        domain = Domain(journals._check_company_domain(self)) & Domain("type", "=", "bank")
        account = self._get_cheque_account()
        received = Domain("inbound_payment_method_line_ids.payment_account_id", "in", account.ids)
        return journals.search(domain & received & Domain("bank_account_id", "=", False), limit=1)

    def _prepare_service_cheques(self):
        account = self._get_cheque_account()
        if not account or self._get_cheque_journal():
            return
        journal = self.env["account.journal"].create(self._prepare_cheque_journal_vals())
        self._name_in_every_language(
            journal, lambda company: company._prepare_cheque_journal_vals()
        )
        manual = journal.inbound_payment_method_line_ids.filtered(
            lambda line: line.code == "manual"
        )
        manual.payment_account_id = account

    def _prepare_cheque_journal_vals(self):
        """Return the journal of cheques; a hook."""
        journals = self.env["account.journal"].with_context(active_test=False)
        taken = journals.search_count([("company_id", "=", self.id), ("code", "=", CODE)], limit=1)
        return {
            "name": self.env._("Cheques"),
            "type": "bank",
            "company_id": self.id,
            "sequence": 20,
            **({} if taken else {"code": CODE}),
        }

    def _inspect_service_cheques(self):
        if journal := self._get_cheque_journal():
            return Check("ready", journal.display_name)
        return Check("todo", self.env._("A journal for those that wait to be deposited."))

    def _get_service_check_action(self, key):
        if key == "cheques" and (journal := self._get_cheque_journal()):
            return journal._get_records_action()
        return super()._get_service_check_action(key)
