from odoo import fields, models
from odoo.tools import SQL


class ServiceDebitReport(models.Model):
    """Debits that were at the bank in figures: what came back, why, and what still may (L14)."""

    _name = "service.debit.report"
    _description = "Debits and Returns"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "payment_id"
    _depends = {  # noqa: RUF012
        "account.payment": [
            "amount",
            "date",
            "move_id",
            "partner_id",
            "payment_line_ids",
            "payment_lot_id",
        ],
        "account.payment.lot": ["state", "payment_type", "service_credit_date"],
        "account.payment.line": ["mandate_id"],
        "account.banking.mandate": ["format"],
        "payment.return": ["state", "date"],
        "payment.return.line": ["return_id", "reason_id", "amount", "move_line_ids"],
        "account.move.line": ["move_id"],
    }

    payment_id = fields.Many2one("account.payment", string="Debit", readonly=True)
    lot_id = fields.Many2one("account.payment.lot", readonly=True)
    order_id = fields.Many2one("account.payment.order", string="Debit Order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    memo = fields.Char(string="End-to-End Id", readonly=True)
    debit_scheme = fields.Selection(
        [("sepa_core", "SEPA Core"), ("sepa_b2b", "SEPA B2B")], readonly=True
    )
    date = fields.Date(string="Debited on", readonly=True)
    refund_until = fields.Date(string="Refundable until", readonly=True)
    contest_until = fields.Date(string="Contestable until", readonly=True)
    returned_on = fields.Date(readonly=True)
    reason_id = fields.Many2one("payment.return.reason", readonly=True)
    outcome = fields.Selection(
        [("bank", "At the Bank"), ("credited", "Credited"), ("returned", "Returned")],
        readonly=True,
    )
    amount = fields.Monetary(string="Debited", readonly=True)
    returned_amount = fields.Monetary(string="Returned", readonly=True)
    refundable_amount = fields.Monetary(
        string="Refundable Today",
        readonly=True,
        help="What customers may still have back today without saying why.",
    )
    debit_count = fields.Integer(string="Debits", readonly=True)
    returned_count = fields.Integer(string="Returns", readonly=True)
    return_rate = fields.Float(string="Returns (%)", readonly=True, aggregator="avg", digits=(5, 1))

    @property
    def _table_query(self):
        return SQL(
            "SELECT %s FROM %s WHERE l.payment_type = 'inbound' "
            "AND l.state IN ('uploading', 'uploaded')",
            self._select(),
            self._from(),
        )

    def _select(self):
        """Return the columns; a hook. ``p`` is the debit, ``l`` its lot, ``back`` its return.

        :return: ``SQL``
        """
        is_open = SQL(
            "back.id IS NULL AND told.refund_until >= %s", fields.Date.context_today(self)
        )
        return SQL(
            "p.id, p.id AS payment_id, l.id AS lot_id, l.order_id, p.company_id, p.currency_id,"
            " p.partner_id, p.memo, kind.scheme AS debit_scheme, p.date,"
            " told.refund_until, told.contest_until,"
            " back.date AS returned_on, back.reason_id, CASE WHEN back.id IS NOT NULL"
            " THEN 'returned' WHEN l.service_credit_date IS NOT NULL THEN 'credited' ELSE 'bank'"
            " END AS outcome, p.amount,"
            " CASE WHEN back.id IS NULL THEN 0 ELSE p.amount END AS returned_amount,"
            " CASE WHEN %(open)s THEN p.amount ELSE 0 END AS refundable_amount,"
            " 1 AS debit_count, CASE WHEN back.id IS NULL THEN 0 ELSE 1 END AS returned_count,"
            " CASE WHEN back.id IS NULL THEN 0 ELSE 100.0 END AS return_rate",
            open=is_open,
        )

    def _from(self):
        """Return the tables; a hook.

        :return: ``SQL``
        """
        lines = self.env["account.payment"]._fields["payment_line_ids"]
        entries = self.env["payment.return.line"]._fields["move_line_ids"]
        return SQL(
            "account_payment p JOIN account_payment_lot l ON l.id = p.payment_lot_id"
            " LEFT JOIN LATERAL (SELECT m.format AS scheme FROM %(lines)s rel"
            " JOIN account_payment_line d ON d.id = rel.%(line)s"
            " JOIN account_banking_mandate m ON m.id = d.mandate_id"
            " WHERE rel.%(payment)s = p.id LIMIT 1) kind ON TRUE"
            " LEFT JOIN LATERAL (SELECT r.id, r.date, b.reason_id FROM account_move_line entry"
            " JOIN %(entries)s own ON own.%(entry)s = entry.id"
            " JOIN payment_return_line b ON b.id = own.%(back)s"
            " JOIN payment_return r ON r.id = b.return_id"
            " WHERE entry.move_id = p.move_id AND r.state = 'done'"
            " ORDER BY b.id DESC LIMIT 1) back ON TRUE"
            " CROSS JOIN LATERAL (SELECT CASE WHEN kind.scheme = 'sepa_core'"
            " THEN p.date + 56 END AS refund_until, CASE WHEN kind.scheme = 'sepa_core'"
            " THEN (p.date + INTERVAL '13 months')::date END AS contest_until) told",
            lines=SQL.identifier(lines.relation),
            line=SQL.identifier(lines.column2),
            payment=SQL.identifier(lines.column1),
            entries=SQL.identifier(entries.relation),
            back=SQL.identifier(entries.column1),
            entry=SQL.identifier(entries.column2),
        )

    def action_open_debit(self):
        """Open the debit itself."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.payment",
            "res_id": self.payment_id.id,
            "view_mode": "form",
        }

    def action_service_proof(self):
        """Give the proofs of the debits of chosen rows (L14)."""
        self.check_access("read")
        return self.payment_id.sorted("id").action_service_proof()
