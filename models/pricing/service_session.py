from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.client_actions import open_window

CONTRACT_FIELDS = {"partner_id", "company_id", "contract_id", "is_off_contract"}
SCOPE_FIELDS = ("work_type_id", "scope_reason_id", "equipment_ids", "level_id", "contract_id")


class ServiceSession(models.Model):
    """What a session costs: its charges, and what becomes of them with its state.

    What a closed session was priced by is held: technicians reopen it to change that. What
    managers correct on the closed session is checked as at its closing, and charged anew.
    """

    _inherit = "service.session"

    tariff_id = fields.Many2one(
        "service.tariff",
        readonly=True,
        copy=False,
        ondelete="restrict",
        lock="workflow",
        check_company=True,
    )
    measured_seconds = fields.Integer(
        string="Measured Time", readonly=True, copy=False, lock="workflow"
    )
    billed_minutes = fields.Integer(readonly=True, copy=False, lock="workflow")
    is_included = fields.Boolean(
        string="Included",
        readonly=True,
        copy=False,
        help="Covered by the contract: billed 0.00.",
        lock="workflow",
    )
    covered_minutes = fields.Integer(
        readonly=True,
        copy=False,
        help="Whole blocks that the contract, an allowance or the warranty spared the customer.",
        lock="workflow",
    )
    connected_hours = fields.Float(compute="_compute_hours", store=True)
    billed_hours = fields.Float(compute="_compute_hours", store=True)
    covered_hours = fields.Float(compute="_compute_hours", store=True)
    charge_ids = fields.One2many("service.charge", "session_id")
    currency_id = fields.Many2one("res.currency", compute="_compute_amounts", store=True)
    amount_untaxed = fields.Monetary(string="Excluding Tax", compute="_compute_amounts", store=True)
    amount_total = fields.Monetary(string="Including Tax", compute="_compute_amounts", store=True)
    price_explanation = fields.Html(
        compute="_compute_price_explanation", compute_sudo=True, string="Why this Price"
    )
    billing_state = fields.Selection(
        [
            ("nothing", "Nothing to bill"),
            ("included", "Included"),
            ("on_hold", "On hold"),
            ("ready", "To bill"),
            ("invoiced", "Invoiced"),
            ("credited", "Credited: to decide"),
            ("waived", "Waived"),
        ],
        string="Billing",
        compute="_compute_billing_state",
        store=True,
        index=True,
    )
    is_billed = fields.Boolean(compute="_compute_is_billed", compute_sudo=True)
    invoice_count = fields.Integer(compute="_compute_is_billed", compute_sudo=True)

    # ----- Money -----

    @api.depends(
        "charge_ids.amount_untaxed",
        "charge_ids.amount_total",
        "charge_ids.state",
        "contract_id",
        "company_id",
    )
    def _compute_amounts(self):
        for session in self:
            charges = session.charge_ids.filtered(
                lambda charge: charge.state in ("on_hold", "ready", "invoiced")
            )
            session.currency_id = (
                session.charge_ids[:1].currency_id
                or session.contract_id.currency_id
                or session.company_id.currency_id
            )
            session.amount_untaxed = sum(charges.mapped("amount_untaxed"))
            session.amount_total = sum(charges.mapped("amount_total"))

    @api.depends("charge_ids.state")
    def _compute_billing_state(self):
        order = ("invoiced", "on_hold", "ready", "credited", "included", "waived")
        for session in self:
            states = set(session.charge_ids.mapped("state"))
            session.billing_state = next((state for state in order if state in states), "nothing")

    @api.depends("charge_ids.state", "charge_ids.invoice_id")
    def _compute_is_billed(self):
        for session in self:
            billed = session.charge_ids.filtered(lambda charge: charge.state == "invoiced")
            session.is_billed = bool(billed)
            session.invoice_count = len(billed.invoice_id)

    # ----- Time in hours, for pivots and graphs -----

    @api.depends("connected_seconds", "billed_minutes", "covered_minutes")
    def _compute_hours(self):
        for session in self:
            session.connected_hours = session.connected_seconds / 3600
            session.billed_hours = session.billed_minutes / 60
            session.covered_hours = session.covered_minutes / 60

    # ----- States -----

    @api.depends("is_billed")
    def _compute_can(self):
        """Leave what is billed as it is."""
        result = super()._compute_can()
        for session in self.filtered("is_billed"):
            session.can_reopen = session.can_cancel = False
        return result

    def _set_draft(self):
        """Drop the charges that no invoice holds; closing asks for an approval again."""
        self._check_not_billed()
        self._check_not_decided()
        result = super()._set_draft()
        self._drop_charges()
        self._forget_approval()
        return result

    def _set_done(self):
        """Price the time and make the charges, once the state is in the database (S04).

        Who closes the same session at the same moment is not told that a charge exists.
        """
        result = super()._set_done()
        self._sync_charges()
        return result

    def _note_closing(self):
        """Keep the level that prices the session."""
        result = super()._note_closing()
        for session in self.sudo():
            if session.level_id != (level := session._get_pricing_level()):
                session.level_id = level
        return result

    def _set_cancelled(self):
        """Owe nothing for sessions that no invoice bills, and ask no manager about them."""
        self._check_not_billed()
        self._check_not_decided()
        result = super()._set_cancelled()
        self._drop_charges()
        self.filtered(lambda session: session.approval_state == "waiting")._set_approval("none")
        return result

    def _on_connections_changed(self):
        """Charge closed sessions anew: their time has changed."""
        result = super()._on_connections_changed()
        self._charge_anew()
        return result

    # ----- Checks -----

    def _check_changeable(self):
        super()._check_changeable()
        return self._check_not_billed()

    def _check_not_billed(self):
        for session in self.sudo():
            if session.is_billed:
                raise UserError(
                    self.env._(
                        "%(session)s is billed on %(invoice)s: delete that draft or credit the "
                        "invoice first.",
                        session=session.name,
                        invoice=session.charge_ids.invoice_id._get_service_names(),
                    )
                )
        return self

    def _check_not_decided(self):
        """Leave to managers the sessions whose charges somebody holds, waived or settled."""
        if self.env.user._is_service_manager():
            return
        for session in self.sudo():
            if session._get_charge_decisions() or session._is_settled_by_credit():
                raise UserError(
                    self.env._(
                        "%(session)s: its charges were put on hold, waived or credited. Ask a "
                        "manager to reopen or cancel it.",
                        session=session.name,
                    )
                )

    def _is_settled_by_credit(self):
        """Tell whether somebody decided that nothing more is owed of what was credited.

        With the credit note, or by waiving the credited charge afterwards.
        """
        self.ensure_one()
        return self.state in ("done", "cancelled") and any(
            charge.state == "waived" and charge._billed_lines()
            for charge in self._get_last_charges()
        )

    def _get_last_charges(self):
        """Return the charges of the session's price as it is now."""
        revision = max(self.charge_ids.mapped("revision"), default=0)
        return self.charge_ids.filtered(lambda charge: charge.revision == revision)

    # ----- Records -----

    def write(self, vals):
        """Charge anew what a change reprices, and check it as at the closing."""
        vals = self._follow_level(vals)
        is_repriced = bool(self._get_marked("reprices") & vals.keys())
        closed = self._check_correctable(vals)
        if is_repriced:
            self._check_not_billed()
        before = self._get_scope_values() if is_repriced else {}
        result = super().write(vals)
        if is_repriced:
            self._follow_repricing(before)
        if closed and CONTRACT_FIELDS & vals.keys():
            closed._check_contract(closed._get_contracts_in_force())
            closed._check_scope()
        return result

    def _get_scope_values(self):
        """Return ``{session: what its scope is decided by}``."""
        return {session: [session[name] for name in SCOPE_FIELDS] for session in self}

    def _follow_repricing(self, before):
        """Charge closed sessions anew; another scope needs another approval.

        Whatever brought it: the values written, or those that follow from them.
        """
        after = self._get_scope_values()
        changed = self.filtered(lambda session: before[session] != after[session])
        changed._forget_approval()
        self._charge_anew()
        changed.filtered(lambda session: session.state == "done")._check_scope()

    def _check_correctable(self, vals):
        """Leave to managers what closed sessions were priced by; return those that are closed."""
        names = self._get_marked("lock", "closed") & vals.keys()
        if self._is_workflow() or not names:
            return self.browse()
        self._check_not_billed()._check_closed(vals, names)
        return self.filtered(lambda session: session._is_closed())

    def _is_used(self):
        return super()._is_used() or bool(self.charge_ids)

    # ----- Buttons -----

    def action_open_invoices(self):
        self.ensure_one()
        self.check_access("read")
        invoices = self.charge_ids.invoice_id
        domain = [("id", "in", invoices.ids)]
        action = open_window(self.env, "account.action_move_out_invoice_type", domain, create=False)
        if len(invoices) == 1:
            action.update({"views": [(False, "form")], "view_mode": "form", "res_id": invoices.id})
        return action
