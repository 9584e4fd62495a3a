from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.clocks import format_duration
from ..common.client_actions import CLOSE, notify


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


class ServiceSession(models.Model):
    """Billing one session at once, by a run of its own (S30, S34); the annex of invoices (S29)."""

    _inherit = "service.session"

    annex_move_id = fields.Many2one(
        "account.move",
        string="On the Annex of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        lock="workflow",
        help="The invoice that shows the customer this included session.",
        check_company=True,
    )

    # ----- Bill Now -----

    def action_bill_now(self):
        """Bill the session now, without waiting for the next run, and open the draft."""
        self.ensure_one()
        self.check_access("read")
        self._check_may_bill()
        if self.sudo().billing_state != "ready":
            raise UserError(
                self.env._(
                    "%(session)s: there is nothing that may be billed now.", session=self.name
                )
            )
        run = self.env["service.billing.run"].sudo().create(self._prepare_run_vals())
        run._start()
        if problems := run.exception_ids.filtered(lambda row: row.state == "open"):
            raise UserError("\n".join(problems.mapped("detail")))
        return self._open_bill()

    def _check_may_bill(self):
        """Let accountants and service managers bill, whatever else they may do with runs."""
        user = self.env.user
        if not (user.has_group("account.group_account_invoice") or user._is_service_manager()):
            raise AccessError(self.env._("Only accountants and service managers bill sessions."))

    def _prepare_run_vals(self):
        """Return the values of a run that bills this session alone."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        return {
            "company_id": self.company_id.id,
            "cutoff_date": today,
            "session_cutoff_date": max(today, self.date),
            "invoice_date": today,
            "is_auto_post": False,
            "session_ids": [fields.Command.set(self.ids)],
        }

    def _open_bill(self):
        """Open the draft; who may not read invoices is told its place."""
        if not self.sudo().charge_ids.invoice_id:
            return notify(self.env._("There is nothing to pay: no invoice is made."), then=CLOSE)
        if self.env["account.move"].has_access("read"):
            return self.action_open_invoices()
        return notify(
            self.env._("The draft invoice is ready; accounting checks and posts it."), then=CLOSE
        )

    # ----- The connection details that go with an invoice (S29) -----

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
        charges = lines.service_charge_id or self.charge_ids.filtered(
            lambda charge: charge.state == "included"
        )
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
            sentences=[*charges[:1]._explain(), *charges._explain_left()] if charges else [],
            amount=sum(lines.mapped(column)),
            included_amount=sum(charges.mapped("included_amount")),
            is_tax_included=is_tax_included,
        )

    @api.model
    def _get_annex_included(self, move):
        """Return the included sessions that are noted on an invoice."""
        return self.sudo().search(
            [
                ("annex_move_id", "=", move.id),
                ("state", "=", "done"),
                ("billing_state", "=", "included"),
            ]
        )

    @api.model
    def _note_on_annex(self, moves):
        """Note the included sessions that wait for it on the next invoice of their contract (S29).

        ``moves`` are made, changed or posted at this moment. Whenever they were closed, each is on
        one annex: of the first invoice, not cancelled, that reaches their day. A deleted or
        cancelled draft frees its sessions for the next invoice; an invoice of chosen sessions
        shows these alone.
        """
        moves = moves.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state != "cancel"
                and not move.service_run_id.session_ids
            )
        )
        contracts = moves.invoice_line_ids.service_charge_id.contract_id
        waiting = self.sudo().search(self._get_annex_waiting_domain(contracts))
        by_contract = waiting.grouped("contract_id")
        for move in moves.sorted("id") if waiting else ():
            cutoff = self._get_annex_cutoff(move)
            for contract in move.invoice_line_ids.service_charge_id.contract_id:
                sessions = by_contract.get(contract, waiting.browse())
                reached = sessions.filtered(lambda session, last=cutoff: session.date <= last)
                reached.annex_move_id = move
                by_contract[contract] = sessions - reached

    @api.model
    def _get_annex_waiting_domain(self, contracts):
        """Return the domain of the included sessions of contracts that no invoice shows; a hook.

        :param contracts: ``service.contract``
        :return: list, a domain of ``service.session``
        """
        return [
            ("contract_id", "in", contracts.ids),
            ("state", "=", "done"),
            ("billing_state", "=", "included"),
            "|",
            ("annex_move_id", "=", False),
            ("annex_move_id.state", "=", "cancel"),
        ]

    @api.model
    def _get_annex_cutoff(self, move):
        """Return the last day whose sessions belong to an invoice."""
        return (
            move.service_run_id.session_cutoff_date
            or move.invoice_date
            or fields.Date.context_today(move)
        )
