from odoo import api, fields, models
from odoo.tools import SQL

from ..common.field_values import get_label

KINDS = [
    ("notice", "Send the notice of renewal"),
    ("deadline", "Last day to refuse"),
    ("renewal", "Renewed term begins"),
    ("end", "Contract ends"),
    ("suspension", "Suspension ends"),
    ("amendment", "Amendment takes effect"),
    ("failed", "Notice of renewal not delivered"),
    ("exit", "Termination to approve"),
    ("mandate", "SEPA mandate missing"),
]
COLORS = {
    "notice": 4,
    "deadline": 2,
    "renewal": 10,
    "end": 1,
    "suspension": 8,
    "amendment": 5,
    "failed": 1,
    "exit": 3,
    "mandate": 2,
}
ACTIVE = SQL("('active')")
WAITING = SQL("('draft', 'active')")


class ServiceContractEvent(models.Model):
    """The dates that somebody watches: what has to be done, and what happens by itself."""

    _name = "service.contract.event"
    _description = "Contract Date"
    _auto = False
    _order = "date, contract_id, id"

    kind = fields.Selection(KINDS, string="Subject", readonly=True)
    date = fields.Date(readonly=True)
    contract_id = fields.Many2one("service.contract", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    family_id = fields.Many2one("service.family", readonly=True)
    level_id = fields.Many2one("service.level", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    mrr = fields.Monetary(string="Monthly Recurring", readonly=True, aggregator=None)
    color = fields.Integer(compute="_compute_color")

    @api.depends("kind")
    def _compute_color(self):
        for event in self:
            event.color = COLORS.get(event.kind, 0)

    @api.depends("kind", "partner_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Name a date by what a calendar has room for: who, then what."""
        for event in self:
            event.display_name = f"{event.partner_id.name} · {get_label(event, 'kind')}"

    def _get_sources(self):
        """Return the sources of the dates; a hook.

        Every table has a ``contract_id`` and an ``id`` of its own; ``s`` is the source, ``c`` its
        contract, which is active. What waits for somebody now has a date in the past.

        :return: list of tuple ``(kind, name of the table, SQL of the date, SQL condition)``
        """
        today = fields.Date.context_today(self)
        is_refusable = SQL(
            "c.renewal_date = s.refusal_deadline + 1 AND s.refusal_deadline >= %s", today
        )
        return [
            (
                "notice",
                "service_commitment",
                SQL("s.notice_closes"),
                SQL("s.notice_state IN ('upcoming', 'due', 'overdue')"),
            ),
            (
                "failed",
                "service_commitment",
                SQL("s.notice_sent_on"),
                SQL("s.notice_state = 'failed' AND %s", is_refusable),
            ),
            (
                "exit",
                "service_termination",
                SQL("COALESCE(s.received_date, s.create_date::date)"),
                SQL("s.state = 'waiting'"),
            ),
            (
                "deadline",
                "service_commitment",
                SQL("s.refusal_deadline"),
                is_refusable,
            ),
            (
                "renewal",
                "service_commitment",
                SQL("s.date_start"),
                SQL("s.number > 0 AND NOT COALESCE(s.is_refused, FALSE)"),
            ),
            (
                "suspension",
                "service_suspension",
                SQL("s.date_end"),
                SQL("s.date_end >= %s", today),
            ),
            (
                "amendment",
                "service_amendment",
                SQL("s.effective_date"),
                SQL("s.state = 'done' AND s.effective_date >= %s", today),
            ),
        ]

    @property
    def _table_query(self):
        kinds = [kind for kind, _label in KINDS]
        parts = [
            self._select(
                kinds.index(kind),
                kind,
                SQL("s.id, %s AS date", date),
                SQL(
                    "%s s JOIN service_contract c ON c.id = s.contract_id WHERE %s",
                    SQL.identifier(table),
                    condition,
                ),
            )
            for kind, table, date, condition in self._get_sources()
        ]
        parts.append(
            self._select(
                kinds.index("end"),
                "end",
                SQL("c.id, c.date_end AS date"),
                SQL("service_contract c WHERE c.date_end IS NOT NULL"),
            )
        )
        parts.append(
            self._select(
                kinds.index("mandate"),
                "mandate",
                SQL("c.id, COALESCE(c.mandate_asked_on, c.create_date::date) AS date"),
                self._get_mandate_source(),
                WAITING,
            )
        )
        return SQL(" UNION ALL ").join(parts)

    def _get_mandate_source(self):
        """Return the contracts that wait for their mandate, or have lost it (S36)."""
        return SQL(
            "service_contract c JOIN service_family f ON f.id = c.family_id"
            " LEFT JOIN account_banking_mandate m ON m.id = c.mandate_id"
            " WHERE f.sepa_required AND NOT (COALESCE(c.is_sepa_waived, FALSE)"
            " AND COALESCE(c.sepa_waived_until, %(today)s) >= %(today)s)"
            " AND COALESCE(m.state, 'draft') NOT IN ('valid', 'final')",
            today=fields.Date.context_today(self),
        )

    def _select(self, index, kind, columns, source, states=ACTIVE):
        """Return the rows of one source; ids stay apart, as there are fewer kinds than 16."""
        return SQL(
            "SELECT q.id * 16 + %s AS id, %s AS kind, q.date, q.contract_id, q.company_id,"
            " q.partner_id, q.user_id, q.family_id, q.level_id, q.currency_id, q.mrr FROM"
            " (SELECT %s, c.id AS contract_id, c.company_id, c.partner_id, c.user_id,"
            " c.family_id, c.level_id, c.currency_id, c.mrr FROM %s AND c.state IN %s) q",
            index,
            kind,
            columns,
            source,
            states,
        )

    def action_open_contract(self):
        self.ensure_one()
        return self.contract_id._get_records_action()
