from odoo import models
from odoo.tools import SQL

from ..billing.quiet_messages import log_changes
from .upload_key import KEY, Booking, get_booking, is_booked

EXCESS = "upload"
# What Odoo looks up of each customer for the fiscal position of an entry.
PARTNER_NAMES = (
    "property_account_position_id",
    "child_ids",
    "country_id",
    "is_company",
    "parent_id",
    "state_id",
    "type",
    "vat",
    "zip",
)


class AccountPayment(models.Model):
    """Debits by the hundred, booked and matched as the stack does it one by one."""

    _inherit = "account.payment"

    # ----- Entries -----

    def _book_upload(self):
        """Make and post the entries of debits, and link them, in one go."""
        self._as_booking().action_post()
        self._log_booking()

    def _as_booking(self):
        """Begin a step; numbers that an undone one has taken in vain are taken again.

        Entries are whole as they are given: Odoo has no lines to keep in step with others.
        """
        self.env.cr.precommit.data.pop("sequence.mixin", None)
        models = self.env["account.analytic.distribution.model"].sudo()
        booking = Booking(has_analytic=bool(models.search_count([], limit=1)))
        skipped = dict.fromkeys(("skip_invoice_sync", "skip_invoice_line_sync"), True)
        return self.with_context(**{KEY: booking}, **skipped)

    def action_post(self):
        """Leave to the upload's own steps what they have booked."""
        return None if is_booked(self.env) else super().action_post()

    def _generate_journal_entry(self, *args, **kwargs):
        """Link the entries of an upload at once: the stack writes each payment for itself."""
        if args or kwargs or not get_booking(self.env):
            return super()._generate_journal_entry(*args, **kwargs)
        waiting = self.filtered(lambda one: not one.move_id and one.outstanding_account_id)
        waiting.partner_id.with_company(waiting.company_id[:1]).fetch(PARTNER_NAMES)
        moves = self.env["account.move"].create([one._generate_move_vals() for one in waiting])
        moves.flush_recordset(["origin_payment_id"])
        moves.line_ids.fetch(["analytic_distribution", "tax_ids", "tax_tag_ids"])
        waiting._link_entries(moves)
        return None

    def _prepare_move_line_default_vals(self, *args, **kwargs):
        """Say beforehand that nothing is distributed, where nothing distributes."""
        vals_list = super()._prepare_move_line_default_vals(*args, **kwargs)
        booking = get_booking(self.env)
        if booking and not booking.has_analytic:
            for vals in vals_list:
                vals.setdefault("analytic_distribution", False)
        return vals_list

    def _link_entries(self, moves):
        """Write the entries that name the payments into these, and have the rest computed."""
        if not moves:
            return
        self.flush_recordset(["move_id"])
        self.env.cr.execute(
            SQL(
                """UPDATE account_payment SET move_id = move.id FROM account_move move
                    WHERE move.origin_payment_id = account_payment.id AND move.id IN %s""",
                tuple(moves.ids),
            )
        )
        self.invalidate_recordset(["move_id"], flush=False)
        self.modified(["move_id"])

    def _log_booking(self):
        """Log at once what changed of payments and entries, as Odoo does at the end."""
        moves = self.move_id
        self.env.flush_all()
        log_changes(moves)
        log_changes(self)

    # ----- Matching -----

    def _match_upload(self):
        """Match the debits with what is open of their invoices; tell what they take too much."""
        surplus = {line: line._describe_surplus() for line in self.payment_line_ids}
        self._match_lines([payment._get_lines_to_match() for payment in self])
        self._report_surplus({line: text for line, text in surplus.items() if text})

    def _get_lines_to_match(self):
        """Return the entry's line with what is open of the invoices, on the customer's account.

        Nothing where nothing is: what the bank takes then stays the customer's credit.
        """
        self.ensure_one()
        own = self.move_id.line_ids
        lines = self.payment_line_ids.move_line_id + own
        fitting = lines.filtered(
            lambda line: (
                line.account_id == self.destination_account_id
                and line.parent_state == "posted"
                and not line.reconciled
            )
        )
        return fitting if fitting & own and fitting - own else fitting.browse()

    def _match_lines(self, groups):
        """Reconcile each group for itself: at once, but for those that need Odoo's own way.

        An invoice twice in a row, or a currency that makes differences of exchange.
        """
        together, seen = [], set()
        for lines in filter(None, groups):
            is_foreign = lines.currency_id != lines.company_currency_id
            if is_foreign or not seen.isdisjoint(lines.move_id.ids):
                self._match_at_once(together)
                together, seen = [], set()
            if is_foreign:
                lines.reconcile()
                continue
            together.append(lines)
            seen.update(lines.move_id.ids)
        self._match_at_once(together)

    def _match_at_once(self, groups):
        """Reconcile groups in one plan, with the entries of taxes due on payment in one go.

        These are numbered in the order of the groups, as one after the other.
        """
        if not groups:
            return
        lines = self.env["account.move.line"].union(*groups)
        before = lines.matched_debit_ids + lines.matched_credit_ids
        # Debits in the currency of the books change nothing of what they match but that Odoo
        # says that it was modified.
        plain = lines.with_context(no_cash_basis=True, skip_invoice_sync=True)
        plain._reconcile_plan([group.with_env(plain.env) for group in groups])
        invoices = plain.move_id.filtered(lambda move: move.is_invoice(include_receipts=True))
        invoices.filtered(lambda move: not move.is_manually_modified).is_manually_modified = True
        partials = (lines.matched_debit_ids - before).sorted("id")
        if any(lines.company_id.mapped("tax_exigibility")):
            booking = self._as_booking().env.context
            booking[KEY].ranks.update(self._rank(groups, partials))
            partials.with_context(**booking)._create_tax_cash_basis_moves()
            partials._set_draft_caba_move_vals()
        self.env.flush_all()
        log_changes(lines.move_id)

    def _rank(self, groups, partials):
        """Return ``{id of a matching: place of its group}``."""
        ids = set(partials.ids)
        return {
            id_: place
            for place, group in enumerate(groups)
            for id_ in group.matched_debit_ids.ids
            if id_ in ids
        }

    def _report_surplus(self, sentences):
        """Put in the inbox what a file debited although it was paid or credited before."""
        for line, sentence in sentences.items():
            detail = self.env._(
                "%(order)s: %(problem)s What was debited too much is the customer's credit: the "
                "next debits are less by it, or pay it back.",
                order=line.order_id.name,
                problem=sentence,
            )
            move = line.move_line_id.move_id
            self.env["service.exception"]._report(move, "sepa", detail, job=EXCESS)

    # ----- What was left aside -----

    def _book_again(self):
        """Book debits of an upload that failed; what is booked already is only matched."""
        waiting = self.filtered(lambda one: one.state == "draft" and one.order_state == "uploaded")
        waiting._book_upload()
        (self.filtered(lambda one: not one.is_reconciled) & self)._match_upload()
