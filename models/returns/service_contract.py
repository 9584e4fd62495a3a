from odoo import api, fields, models
from odoo.tools.misc import format_amount, format_date

SUSPEND = "suspend_unpaid"


class ServiceContract(models.Model):
    """Who speaks with a customer sees that debits came back and are not paid yet (L15c)."""

    _inherit = "service.contract"

    returned_count = fields.Integer(
        string="Debits Returned",
        compute="_compute_returned_count",
        compute_sudo=True,
        help="Invoices whose debit the bank returned, and that are still open.",
    )

    @api.depends("charge_ids.invoice_id.returned_payment", "charge_ids.invoice_id.payment_state")
    def _compute_returned_count(self):
        rows = self.env["service.charge"]._read_group(
            [("contract_id", "in", self.ids), *self._get_returned_domain("invoice_id.")],
            ["contract_id"],
            ["invoice_id:count_distinct"],
        )
        counts = {contract.id: count for contract, count in rows}
        for contract in self:
            contract.returned_count = counts.get(contract._origin.id, 0)

    @api.model
    def _get_returned_domain(self, prefix=""):
        """Return the domain of the open invoices whose debit came back, as seen from a record."""
        return [
            (f"{prefix}returned_payment", "=", True),
            (f"{prefix}payment_state", "in", ("not_paid", "partial")),
            (f"{prefix}state", "=", "posted"),
        ]

    def action_open_returned(self):
        """Open the invoices whose debit came back."""
        self.ensure_one()
        self.check_access("read")
        return self._open_invoices(self._get_returned_domain())

    def _open_invoices(self, domain):
        """Open those of the contract's invoices that a domain finds, whoever asks.

        With sudo: who speaks with the customer may read the contract, and which invoices are his
        is no secret to him; what they say is left to his rights on invoices.
        """
        moves = self.sudo().charge_ids.invoice_id.filtered_domain(domain)
        return self._open(
            "account.action_move_out_invoice_type", [("id", "in", moves.ids)], create=False
        )

    # ----- Suspension -----

    def _get_suspending_invoices(self):
        """Return the unpaid invoices whose formal notice and its delay are over."""
        moves = self.env["account.move"].sudo()
        contracts = self.sudo()
        for company in contracts.company_id:
            own = contracts.filtered(lambda one, company=company: one.company_id == company)
            of_them = [
                "|",
                ("service_contract_id", "in", own.ids),
                ("invoice_line_ids.service_charge_id.contract_id", "in", own.ids),
            ]
            moves += moves.search([*of_them, *moves._get_suspending_domain(company)])
        return moves.filtered(lambda move: not move._is_before_insolvency())

    def _may_be_suspended(self):
        """Tell whether it is right to suspend a contract that is in force for what is not paid."""
        self.ensure_one()
        return bool(self.can_suspend and self._get_suspending_invoices())

    @api.model
    def _propose_suspensions(self):
        """Put the contracts in the inbox whose formal notice is over, day by day.

        Nothing is suspended by itself: a manager decides.
        """
        matters, moves = self.env["service.exception"], self.env["account.move"].sudo()
        for company in self.env["res.company"].search([("partner_id", "!=", False)]):
            late = moves.search(moves._get_suspending_domain(company))
            contracts = self.browse().sudo().union(*(move._get_debited_contract() for move in late))
            for contract in contracts.with_context(lang=company.partner_id.lang):
                if contract._may_be_suspended():
                    matters._report(contract, "contract", contract._describe_due(), job=SUSPEND)
        waiting = [("cause_id.code", "=", SUSPEND), ("state", "=", "open")]
        matters.sudo().search(waiting)._look_again()

    def _describe_due(self):
        """Return in words what is not paid although formal notice was given."""
        return "\n".join(
            self.env._(
                "%(invoice)s: %(amount)s are open, formal notice was given on %(day)s.",
                invoice=move.name,
                amount=format_amount(self.env, move.amount_residual, move.currency_id),
                day=format_date(self.env, move.service_formal_notice_on),
            )
            for move in self._get_suspending_invoices()
        )
