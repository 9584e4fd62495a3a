from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context, formatLang

from ..common.client_actions import open_window
from ..common.field_values import get_label, is_changed
from .account_move_line import BILLING

ORIGIN = "reversed_entry_id"
SYNCED_FIELDS = frozenset({"state", "invoice_date", "move_type"})


class AccountMove(models.Model):
    """What an invoice belongs to and bills: our own methods and its credit note say it alone."""

    _name = "account.move"
    _inherit = ["account.move", "service.workflow.mixin"]

    service_contract_id = fields.Many2one(
        "service.contract",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
        lock="workflow",
    )
    service_is_superseded = fields.Boolean(
        copy=False,
        readonly=True,
        help="What this cancelled invoice billed was charged anew.",
        lock="workflow",
    )
    service_charge_count = fields.Integer(compute="_compute_service_charge_count")
    # Who may read an invoice need not read payments: Odoo reads them as that person.
    reconciled_payment_ids = fields.Many2many(compute_sudo=True)
    payment_count = fields.Integer(compute_sudo=True)

    def _compute_service_charge_count(self):
        counts = dict(
            self.env["account.move.line"]._read_group(
                [("move_id", "in", self.ids), ("service_charge_id", "!=", False)],
                ["move_id"],
                ["__count"],
            )
        )
        for move in self:
            move.service_charge_count = counts.get(move, 0)

    def _get_service_charges(self):
        """Return what invoices bill; all their lines are looked at, since Odoo reads these too."""
        return self.sudo().line_ids.service_charge_id

    # ----- Who says what is billed -----

    def _as_billing(self):
        """Return the moves as those that our own methods make: their lines name what they bill.

        Without a client's defaults, which would reach what is made.
        """
        return self.with_context(clean_context(self.env.context), service_billing=BILLING)

    def _is_own_call(self):
        return super()._is_own_call() or self.env.context.get("service_billing") is BILLING

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Each line of a credit note carries the charge of the line that it reverses."""
        moves = super(AccountMove, self._as_billing())._reverse_moves(default_values_list, cancel)
        return moves.with_env(self.env)

    def _check_origin_kept(self, vals):
        """Refuse another origin of what credits charges: it says what they may give back (L08c)."""
        if ORIGIN not in vals or self._is_workflow():
            return
        for move in self.filtered(lambda move: is_changed(move, ORIGIN, vals[ORIGIN])):
            if move._get_service_charges():
                move._raise_locked({ORIGIN})

    def _check_type_kept(self, vals):
        """Refuse a draft that turns into a credit note of what nobody has billed, or back (L08c).

        Whichever button asks: Odoo has one that switches the type of a draft.
        """
        if "move_type" not in vals or self._is_workflow():
            return
        for move in self.filtered(lambda move: is_changed(move, "move_type", vals["move_type"])):
            if move._get_service_charges():
                raise UserError(
                    self.env._(
                        "%(invoice)s bills charges: it stays what it is. Delete the draft, or "
                        "credit the invoice that billed them.",
                        invoice=move._get_service_name(),
                    )
                )

    # ----- Life of the charges -----

    def write(self, vals):
        self._check_origin_kept(vals)
        self._check_type_kept(vals)
        kept = self._get_service_kept(vals)
        result = super().write(vals)
        self._check_service_kept(kept)
        if SYNCED_FIELDS & vals.keys():
            self._get_service_charges()._sync_billing()
        if "partner_id" in vals:
            self.filtered(lambda move: move.state == "posted")._check_service_charges()
        return result

    def _get_service_kept(self, vals):
        """Return the company of each invoice of ours that might leave it by its journal.

        :return: dict of ``account.move``: ``res.company``
        """
        kept = self._get_company_kept() if "journal_id" in vals else self.browse()
        return {move: move.company_id for move in kept}

    def _get_company_kept(self):
        return self.filtered(lambda move: move._is_of_service())

    def _is_of_service(self):
        """Tell whether an invoice is ours; a hook."""
        self.ensure_one()
        return bool(self._get_service_charges() or self.service_contract_id)

    def _check_service_kept(self, kept):
        """Refuse to move what bills a company's charges to another one, whoever asks."""
        for move, company in kept.items():
            if move.company_id != company:
                raise UserError(
                    self.env._(
                        "%(invoice)s bills charges of %(company)s: it stays in the books of that "
                        "company.",
                        invoice=move._get_service_name(),
                        company=company.name,
                    )
                )

    def copy_data(self, default=None):
        """Keep what an invoice belongs to where it is credited and made anew."""
        vals_list = super().copy_data(default)
        if self.env.context.get("include_business_fields"):
            for move, vals in zip(self, vals_list, strict=True):
                vals.update(move._prepare_service_copy_vals())
        return vals_list

    def _prepare_service_copy_vals(self):
        """Return what an invoice made anew, or a credit note, takes over; a hook.

        :return: dict of ``account.move``
        """
        self.ensure_one()
        return {"service_contract_id": self.service_contract_id.id}

    def button_draft(self):
        for move in self.filtered(lambda move: move.state == "cancel"):
            if move.service_is_superseded or move._get_service_charges_billed_elsewhere():
                raise UserError(
                    self.env._(
                        "%(invoice)s cannot come back: what it billed was charged or billed again "
                        "since it was cancelled.",
                        invoice=move._get_service_name(),
                    )
                )
        return super().button_draft()

    def _get_service_charges_billed_elsewhere(self):
        self.ensure_one()
        return self._get_service_charges().filtered(
            lambda charge: charge.state in ("invoiced", "waived", "included")
        )

    def _post(self, soft=True):
        self._check_service_charges()
        posted = super()._post(soft=soft)
        posted._note_credited()
        return posted

    def _note_credited(self):
        """Say on the charges which credit note left what of them, so that it is known by whom."""
        lines = self.sudo().line_ids.filtered(
            lambda line: line.service_charge_id and line._is_service_credit()
        )
        for (move, _decision), part in lines.grouped(
            lambda line: (line.move_id, line.service_after_credit)
        ).items():
            decision = get_label(part[0], "service_after_credit")
            what = self.env._("Credited by %(credit_note)s", credit_note=move.name)
            charges = part.service_charge_id.with_env(self.env)
            charges._note_decision(what, note=decision and f"{decision}.")

    def _check_service_charges(self):
        """Refuse a line that no longer equals its charge, without a reason."""
        for line in self.sudo().line_ids.filtered("service_charge_id"):
            if not line.service_reason_id:
                line._check_service_difference()

    def _get_service_name(self):
        """Return what people call an invoice: a draft has no number, but a customer and an amount.

        “Retirement Home, CT00012, 150.00 €”
        """
        self.ensure_one()
        if self.state != "draft" or self.name not in (False, "/"):
            return self.display_name
        amount = formatLang(self.env, self.amount_total, currency_obj=self.currency_id)
        parts = [self.partner_id.display_name, self.service_contract_id.name, amount]
        return ", ".join(filter(None, parts))

    def _get_service_names(self):
        return "; ".join(move._get_service_name() for move in self)

    def action_open_service_charges(self):
        self.ensure_one()
        self.check_access("read")
        domain = [("id", "in", self._get_service_charges().ids)]
        return open_window(self.env, "service_contract.service_charge_action", domain)
