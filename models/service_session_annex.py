from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain

from .service_charge_explanation import format_duration


class AnnexRow(NamedTuple):
    """One session on the annex of an invoice (S29); amounts in the tax mode of its products."""

    session: object
    start: str
    stop: str
    duration: str
    technicians: str
    workstations: str
    sentences: list
    amount: float
    included_amount: float
    is_tax_included: bool


class SheetConnection(NamedTuple):
    """One connection on the intervention sheet, in local time and in words."""

    technician: str
    workstation: str
    start: str
    stop: str
    duration: str


class ServiceSession(models.Model):
    """The connection details that go with an invoice (S29)."""

    _inherit = "service.session"

    @api.model
    def _get_annex_rows(self, move):
        """Return the rows of an invoice's annex: sessions it bills, then those included (S05)."""
        lines = move.sudo().invoice_line_ids.filtered(
            lambda line: line.service_charge_id.kind == "session"
        )
        billed = lines.service_charge_id.session_id
        rows = [
            session._prepare_annex_row(
                lines.filtered(
                    lambda line, session=session: line.service_charge_id.session_id == session
                )
            )
            for session in billed
        ]
        included = self._get_annex_included(move) - billed
        rows += [session._prepare_annex_row(lines.browse()) for session in included]
        return sorted(rows, key=lambda row: row.session.start or row.session._get_noon())

    def _prepare_annex_row(self, lines):
        """Return the row of a session for the invoice lines that bill it, if any."""
        self.ensure_one()
        charges = lines.service_charge_id or self.charge_ids.filtered("is_included")
        explanation = charges[:1].explanation or {}
        is_tax_included = bool(explanation.get("tax_included"))
        column = "price_total" if is_tax_included else "price_subtotal"
        connections = self._get_ordered_connections()
        return AnnexRow(
            session=self,
            start=self._format_clock(self.start),
            stop=self._format_clock(self.stop),
            duration=format_duration(self.connected_seconds + self.research_seconds),
            technicians=self._join_names(connections.employee_id.mapped("name")),
            workstations=self._join_names(connections.mapped("service_workstation")),
            sentences=charges[:1]._explain() if charges else [],
            amount=sum(lines.mapped(column)),
            included_amount=sum(charges.mapped("included_amount")),
            is_tax_included=is_tax_included,
        )

    def _format_clock(self, instant):
        """Return the local time of an instant; research without a connection has none."""
        return f"{self._to_local(instant):%H:%M:%S}" if instant else ""

    def _get_sheet_connections(self):
        """Return the connections of the intervention sheet in the order of their start."""
        self.ensure_one()
        return [
            SheetConnection(
                technician=line.employee_id.name,
                workstation=line.service_workstation or "",
                start=self._format_local(line.service_start),
                stop=self._format_local(line.service_stop) if line.service_stop else "",
                duration=format_duration(line.service_seconds),
            )
            for line in self.sudo()._get_ordered_connections()
        ]

    def _get_ordered_connections(self):
        """Return the connections as prices are explained: by their start, then by workstation."""
        return self.line_ids.sorted(
            lambda line: (line.service_start, line.service_workstation or "")
        )

    @api.model
    def _join_names(self, names):
        return ", ".join(dict.fromkeys(name for name in names if name))

    @api.model
    def _get_annex_included(self, move):
        """Return the included sessions of an invoice's contracts since their previous invoices."""
        contracts = move.sudo().invoice_line_ids.service_charge_id.contract_id
        if move.move_type != "out_invoice" or not contracts:
            return self.sudo().browse()
        since = self._get_annex_since(move, contracts)
        return self.sudo().search(
            Domain.OR(
                self._get_annex_included_domain(move, contract, since.get(contract))
                for contract in contracts
            )
        )

    @api.model
    def _get_annex_since(self, move, contracts):
        """Return ``{contract: last day of the sessions that earlier invoices showed}``."""
        earlier = move.sudo().search(
            [
                ("move_type", "=", "out_invoice"),
                ("state", "!=", "cancel"),
                ("id", "!=", move.id),
                ("invoice_line_ids.service_charge_id.contract_id", "in", contracts.ids),
            ]
        )
        limit = (self._get_annex_cutoff(move), move.id)
        since = {}
        for invoice in earlier:
            cutoff = self._get_annex_cutoff(invoice)
            if (cutoff, invoice.id) < limit:
                for contract in invoice.invoice_line_ids.service_charge_id.contract_id:
                    since[contract] = max(cutoff, since.get(contract, cutoff))
        return since

    @api.model
    def _get_annex_included_domain(self, move, contract, since):
        return [
            ("contract_id", "=", contract.id),
            ("state", "=", "done"),
            ("billing_state", "=", "included"),
            ("date", "<=", self._get_annex_cutoff(move)),
            *([("date", ">", since)] if since else []),
        ]

    @api.model
    def _get_annex_cutoff(self, move):
        """Return the last day whose sessions belong to an invoice."""
        return (
            move.service_run_id.session_cutoff_date
            or move.invoice_date
            or fields.Date.context_today(move)
        )
