from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.time_limits import get_step_seconds


class ServiceBillingRun(models.Model):
    """How a run is taken back: its drafts are deleted; what is posted, credit notes give back."""

    _inherit = "service.billing.run"

    settled_charge_ids = fields.One2many("service.charge", "settled_run_id")
    settled_count = fields.Integer(
        string="Nothing to Pay",
        compute="_compute_settled_count",
        help="Charges of 0.00 that the run has settled: no invoice was made of them.",
    )

    @api.depends("settled_charge_ids")
    def _compute_settled_count(self):
        rows = self.env["service.charge"]._read_group(
            [("settled_run_id", "in", self.ids)], ["settled_run_id"], ["__count"]
        )
        counts = dict(rows)
        for run in self:
            run.settled_count = counts.get(run, 0)

    def _settle_free(self, charges):
        """Settle charges of 0.00 for which no invoice is made, and remember who did."""
        charges._settle_free()
        charges.sudo()._as_workflow().settled_run_id = self

    def _reopen_free(self, limit=None):
        """Open some charges again that these runs have settled; return how many."""
        settled = [("settled_run_id", "in", self.ids)]
        charges = self.env["service.charge"].sudo().search(settled, order="id", limit=limit)
        charges._as_workflow().write({"is_free": False, "settled_run_id": False})
        return len(charges)

    def action_roll_back(self):
        """Delete the drafts of a run: what they billed is to be billed again, by any run.

        What it settled at 0.00 without one is open again, too.
        """
        self.ensure_one()
        self.check_access("write")
        self._check_state("done")
        kept = self.invoice_ids.filtered(lambda move: move.state != "draft")
        if kept:
            raise UserError(
                self.env._(
                    "%(run)s cannot be rolled back: %(count)s of its invoices are posted or "
                    "cancelled. Credit the posted ones, and delete the drafts that are left.",
                    run=self.name,
                    count=len(kept),
                )
            )
        rows = self.sudo().exception_ids.filtered(lambda row: row.state == "open")
        rows._as_workflow().state = "done"
        self._set_running("undo")

    def _step_undo(self, limit):
        """Delete some of the drafts; the emptied run is a draft again."""
        drafts = self.env["account.move"].search(self._get_draft_domain(), order="id", limit=limit)
        drafts = self._cut(drafts, [len(move.invoice_line_ids) for move in drafts], limit)
        self.env["service.batch.runner"]._run_timed(
            drafts,
            lambda moves: moves.unlink(),
            get_step_seconds(self.env),
            **self._prepare_inbox_vals(),
        )
        handled = len(drafts) or (not self.invoice_ids and self._reopen_free(limit))
        if not handled and not self.invoice_ids:
            self._set_draft()
        return handled

    def _set_draft(self):
        """Let an emptied run be changed and started anew."""
        self._update_state("draft", confirmed_text=False)
        self._settle_failure()
        self._tell_progress()

    def action_credit_invoices(self):
        """Ask for the credit notes of all posted invoices, one each, with its origin (L08c)."""
        self.ensure_one()
        self.check_access("write")
        moves = self.invoice_ids.filtered(
            lambda move: (
                move.state == "posted"
                and not move.reversal_move_ids.filtered(lambda note: note.state != "cancel")
            )
        )
        if not moves:
            raise UserError(self.env._("There is no posted invoice that is not credited yet."))
        action = moves[:1].action_reverse()
        return {**action, "context": {"active_model": moves._name, "active_ids": moves.ids}}
