from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.common.client_actions import SOFT_RELOAD


class ServiceNoticeDecision(models.TransientModel):
    """Asks a company once whether invoices sent earlier have announced their debit (L12)."""

    _name = "service.notice.decision"
    _description = "Invoices Sent Before"
    _inherit = ["service.wizard.mixin"]
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    decision = fields.Selection(
        [
            ("count", "They announced it: debit them when they are due"),
            ("anew", "They did not: send them again, and debit them after the notice"),
        ],
        string="Have these invoices announced their debit?",
        required=True,
    )
    count = fields.Integer(string="Invoices", compute="_compute_count")
    amount = fields.Monetary(string="Still Due", compute="_compute_count")

    @api.depends("company_id")
    def _compute_count(self):
        for wizard in self:
            moves = wizard._get_moves()
            wizard.count = len(moves)
            wizard.amount = sum(moves.mapped("amount_residual_signed"))

    def _get_moves(self):
        """Return the open invoices that the decision is about."""
        return self.env["account.move"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("service_notice_source", "=", "before"),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial")),
            ]
        )

    def action_confirm(self):
        """Note it for the company and on each invoice; once."""
        self.ensure_one()
        self.env["account.move"].check_access("write")
        company = self.company_id
        if company not in self.env.user.company_ids or company.service_notice_before != "ask":
            raise UserError(self.env._("That is decided already."))
        moves = self._get_moves()
        company._decide_notice_before(self.decision)
        note = self._describe()
        moves.sudo()._message_log_batch(bodies={move.id: note for move in moves})
        if self.decision == "anew":
            moves._announce_anew()
        return {**SOFT_RELOAD}

    def _describe(self):
        user = self.env.user.name
        if self.decision == "count":
            return self.env._(
                "Sent before notices were recorded: %(user)s decided that it announced its debit.",
                user=user,
            )
        return self.env._(
            "Sent before notices were recorded: %(user)s decided that it is announced anew.",
            user=user,
        )
