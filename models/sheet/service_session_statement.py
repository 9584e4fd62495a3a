from typing import NamedTuple

from odoo import api, models
from odoo.tools.misc import format_date

from ...tools.clocks import format_duration
from ..common.field_values import get_label


class StatementRow(NamedTuple):
    """One session of a statement; amounts are those of its charges, covered time in minutes."""

    session: object
    start: str
    stop: str
    seconds: int
    technicians: str
    workstations: str
    work_type: str
    channel: str
    covered_minutes: int
    billed_minutes: int
    included_amount: float
    amount_untaxed: float
    amount_total: float
    drawn_seconds: dict
    sentences: list


class StatementGroup(NamedTuple):
    """The sessions of one contract, of one level or of all, with their sums."""

    name: str
    rows: list

    def sum(self, name):
        """Return the sum of a column."""
        return sum(getattr(row, name) for row in self.rows)

    def sum_drawn(self, kind):
        """Return the seconds drawn from the time that was included or prepaid."""
        return sum(row.drawn_seconds.get(kind, 0) for row in self.rows)


class Statement(NamedTuple):
    """The closed sessions of one customer in one month and one currency."""

    partner: object
    company: object
    currency: object
    month: str
    contracts: list
    levels: list
    total: StatementGroup


class ServiceSession(models.Model):
    """The monthly statement of a customer's sessions (S29)."""

    _inherit = "service.session"

    @api.model
    def _get_statement_domain(self, company, date_from, date_to, partners):
        """Return the domain of the sessions of a statement; the last day counts. A hook."""
        return [
            ("company_id", "=", company.id),
            ("state", "=", "done"),
            ("date", ">=", date_from),
            ("date", "<=", date_to),
            *([("commercial_partner_id", "in", partners.ids)] if partners else []),
        ]

    @api.model
    def _get_statements(self, company, date_from, date_to, partners):
        """Return one Statement for each customer and currency, in the customer's words.

        The reader needs the right to read the sessions only. Without partners: all that have
        sessions. The number of queries does not grow with the number of sessions.
        """
        sessions = self.search(self._get_statement_domain(company, date_from, date_to, partners))
        groups = sessions.sudo().grouped(
            lambda session: (session.commercial_partner_id, session.currency_id)
        )
        return [
            own._prepare_statement(partner, currency, date_from)
            for (partner, currency), own in sorted(
                groups.items(), key=lambda item: (item[0][0].name or "", item[0][1].name)
            )
        ]

    def _prepare_statement(self, partner, currency, date_from):
        sessions = self.with_context(lang=partner.lang or self.env.lang)
        rows = [session._prepare_statement_row() for session in sessions.sorted("start")]
        without = sessions.env._("Without contract")
        return Statement(
            partner=partner,
            company=sessions.company_id,
            currency=currency,
            month=format_date(sessions.env, date_from, date_format="MMMM yyyy"),
            contracts=self._group_rows(rows, lambda row: row.session.contract_id.name or without),
            levels=self._group_rows(rows, lambda row: row.session.level_id.name or ""),
            total=StatementGroup(sessions.env._("Total"), rows),
        )

    @api.model
    def _group_rows(self, rows, get_name):
        groups = {}
        for row in rows:
            groups.setdefault(get_name(row), []).append(row)
        return [StatementGroup(name, own) for name, own in sorted(groups.items())]

    def _prepare_statement_row(self):
        """Return the row of a session; a replaced one (S08) has its time and no amount."""
        self.ensure_one()
        charge = self.charge_ids.sorted("revision")[-1:]
        explanation = charge.explanation or {}
        connections = self._get_ordered_connections()
        return StatementRow(
            session=self,
            start=self._format_clock(self.start),
            stop=self._format_clock(self.stop),
            seconds=self.connected_seconds + self.research_seconds,
            technicians=self._join_names(connections.employee_id.mapped("name")),
            workstations=self._join_names(connections.mapped("service_workstation")),
            work_type=self.work_type_id.name or "",
            channel=get_label(self, "channel"),
            covered_minutes=self.covered_minutes,
            billed_minutes=self.billed_minutes,
            included_amount=float(explanation.get("included_amount") or 0),
            amount_untaxed=self.amount_untaxed,
            amount_total=self.amount_total,
            drawn_seconds=explanation.get("drawn") or {},
            sentences=self._get_statement_sentences(charge),
        )

    def _get_statement_sentences(self, charge):
        """Return what the statement says of a session below its row, in sentences; a hook.

        :param charge: ``service.charge``, the session's last one or none
        :return: list of ``str``
        """
        return [
            *(charge._explain() if charge else []),
            *self._get_last_charges()._explain_waived(),
        ]

    @api.model
    def _format_seconds(self, seconds):
        """Return a duration as hours, minutes and seconds, for templates."""
        return format_duration(seconds)
