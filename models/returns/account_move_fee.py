from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_amount, format_date

from ..contract.service_contract import IN_FORCE


class AccountMove(models.Model):
    """What a returned debit costs a firm: billed with its next invoice, if somebody says so.

    Never a consumer (code des procédures civiles d'exécution L111-8, L15c), and no more than the
    law gives without proof (L441-10).
    """

    _inherit = "account.move"

    service_can_bill_fee = fields.Boolean(
        compute="_compute_service_can_bill_fee", groups="base.group_user"
    )

    @api.depends("returned_payment", "payment_state")
    def _compute_service_can_bill_fee(self):
        for move in self:
            line = move.returned_payment and move._get_last_return_line()
            move.service_can_bill_fee = bool(line) and not move._get_fee_problem(line)

    def _get_fee_problem(self, line):
        """Return in words why no fee is billed for a returned debit of the invoice, else empty."""
        self.ensure_one()
        names = {"invoice": self.display_name}
        if not line:
            return self.env._("%(invoice)s: no debit of it came back.", **names)
        if line.service_fee_charge_id:
            return self.env._("%(invoice)s: the return fee is charged already.", **names)
        if not (line.reason_id.service_fee and self.company_id.sudo().service_return_fee):
            return self.env._(
                "%(invoice)s: the settings, or the reason of the return, ask for no fee.", **names
            )
        if self.sudo()._get_service_regimes() != {"professional"}:
            return self.env._(
                "%(invoice)s: only firms are billed a return fee, never consumers (code des "
                "procédures civiles d'exécution L111-8).",
                **names,
            )
        if not self._get_fee_contract():
            return self.env._(
                "%(invoice)s: it is of no contract in force, whose next invoice could bill the "
                "fee.",
                **names,
            )
        return ""

    def _get_fee_contract(self):
        """Return the contract whose next invoice bills what the invoice's return costs."""
        self.ensure_one()
        move = self.sudo()
        contracts = move.service_contract_id or move._get_service_charges().contract_id
        return contracts.filtered(lambda one: one.state in IN_FORCE)[:1]

    def _describe_possible_fee(self, line):
        """Return in words that a fee may be billed for a returned debit; else empty."""
        if not (self and line.reason_id.service_fee) or self._get_fee_problem(line):
            return ""
        company = self.company_id.sudo()
        return self.env._(
            "A return fee of %(amount)s may be billed: “Bill the Return Fee” on the invoice.",
            amount=format_amount(self.env, company.service_return_fee, company.currency_id),
        )

    def action_bill_return_fee(self):
        """Charge the return fee once, with the contract's next invoice."""
        self.ensure_one()
        self.check_access("write")
        self.env["account.payment.order"].check_access("create")
        line = self._get_last_return_line()
        if problem := self._get_fee_problem(line):
            raise UserError(problem)
        vals = self._prepare_fee_vals(line, self._get_fee_contract())
        charge = self.env["service.charge"].sudo().create(vals)
        line._as_workflow().service_fee_charge_id = charge
        self.invalidate_recordset(["service_can_bill_fee"])
        note = self.env._("Reason: %(reason)s.", reason=vals["explanation"]["reason"])
        charge.with_env(self.env)._note_decision(self.env._("Billed once"), None, note)
        self._message_log(
            body=self.env._(
                "The return fee is billed with the next invoice of %(contract)s.",
                contract=charge.contract_id.name,
            )
        )

    def _prepare_fee_vals(self, line, contract):
        """Return the values of the charge; a hook."""
        company = self.company_id
        product = company._get_return_fee_product()
        speaking = self.with_context(lang=contract.partner_id.lang)
        price = company.sudo().service_return_fee
        vals = contract._prepare_once_vals(
            product,
            speaking._get_fee_words(line, product),
            price,
            fields.Date.context_today(self),
        )
        return {
            **vals,
            "kind": "one_off",
            "explanation": {
                "schema": 1,
                "kind": "one_off",
                "quantity": "1",
                "unit_price": str(price),
                "reason": line.with_env(self.env)._describe_return().rstrip("."),
            },
        }

    def _get_fee_words(self, line, product):
        """Return what the customer reads of the fee, in his language."""
        return self.env._(
            "%(product)s: invoice %(invoice)s, debit returned on %(day)s",
            product=product.with_env(self.env).name,
            invoice=self.name,
            day=format_date(self.env, line.return_id.date),
        )
