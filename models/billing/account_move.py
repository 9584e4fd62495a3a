from odoo import fields, models
from odoo.tools import format_amount, html2plaintext
from odoo.tools.misc import formatLang

from ..common.brought_records import require
from .draft_writer import FAST

PENALTIES, RECOVERY, DISCOUNT = "PMD", "PMT", "AAB"  # UNTDID 4451
DEBITED = "service_contract.debited_invoice_mail_template"


class AccountMove(models.Model):
    """The run of an invoice, and what it says beside its lines (L07, L08b, L08d).

    Included sessions are shown on it until it is posted.
    """

    _inherit = "account.move"

    service_run_id = fields.Many2one(
        "service.billing.run",
        string="Billing Run",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
        lock="workflow",
    )

    service_contract_ref = fields.Char(
        string="Contract Reference",
        copy=False,
        readonly=True,
        help="The customer's own number of the contract, as he demands it (BT-12).",
        lock="workflow",
    )

    def write(self, vals):
        if vals.keys() == {"is_manually_modified"} and self._is_made_fast():
            # The last word of a creation: its lines have been looked at a moment ago.
            return super(AccountMove, self.with_context(skip_invoice_sync=True)).write(vals)
        due_at_once = self._get_service_due_at_once(vals)
        result = super().write(vals)
        if due_at_once:
            due_at_once.invoice_date_due = vals["invoice_date"]
        if {"state", "invoice_date"} & vals.keys():
            self.env["service.session"]._note_on_annex(self.sudo())
        return result

    def _is_made_fast(self):
        return self.env.context.get("service_fast_drafts") is FAST

    def _get_service_due_at_once(self, vals):
        """Return the drafts of runs, due on their date (S34), that are given another date.

        With a payment term Odoo itself computes the due date.
        """
        if not vals.get("invoice_date") or "invoice_date_due" in vals:
            return self.browse()
        return self.filtered(
            lambda move: (
                move.service_run_id
                and move.state == "draft"
                and not move.invoice_payment_term_id
                and move.invoice_date_due == move.invoice_date
            )
        )

    def _prepare_service_copy_vals(self):
        """A credit note is not a run's invoice, but of the same contract of the customer's."""
        vals = super()._prepare_service_copy_vals()
        vals["service_contract_ref"] = self.service_contract_ref
        if "move_reverse_cancel" not in self.env.context:
            vals["service_run_id"] = self.service_run_id.id
        return vals

    def _compute_name(self):
        """Number what a run posts by date and draft, whatever the references of the customers."""
        if self.env.context.get("service_numbers_in_order"):
            for move in self.sorted(lambda move: (move.date, move.id)):
                if move.state == "posted" and move.name in (False, "/"):
                    move._set_next_sequence()
        return super()._compute_name()

    # ----- What the customer reads -----

    def _get_service_payment_notice(self):
        """Return in words that there is nothing to pay, as the money is fetched; a hook.

        It stands in place of every word and code that asks for a transfer (L08d).

        :return: ``str``, empty where the customer pays
        """
        self.ensure_one()
        return ""

    def _has_to_be_paid(self):
        """What is fetched is not paid on the portal beside it (L08d)."""
        return super()._has_to_be_paid() and not self.sudo()._get_service_payment_notice()

    def _get_mail_template(self):
        """An e-mail that asks to pay what will be debited is paid twice (L08d)."""
        if self and all(move._get_service_payment_notice() for move in self):
            return require(
                self.env, DEBITED, self.env._("The e-mail template of invoices that are debited")
            )
        return super()._get_mail_template()

    # ----- References, seller, mentions -----

    def _get_order_number(self):
        """Return the customer's order number; a credit note has that of its origin (BT-13)."""
        self.ensure_one()
        return (self.reversed_entry_id or self).ref or ""

    def _get_operation_scopes(self):
        """Return what an invoice sells, ``service`` or ``consu``, in a set (L08b)."""
        self.ensure_one()
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        scopes = {tax.tax_scope for tax in lines.tax_ids if tax.tax_scope}
        kinds = {product.type for product in lines.product_id}
        return scopes or {"service" if kind == "service" else "consu" for kind in kinds}

    def _get_service_identity(self):
        """Return the numbers of the seller that his letterhead does not show; none on others'.

        :return: list of ``(label, number)``
        """
        self.ensure_one()
        if not (self.is_sale_document() and self._is_of_service()):
            return []
        company = self.company_id.with_context(lang=self.partner_id.lang)
        return company._get_unprinted_identity(self.fiscal_position_id.foreign_vat)

    def _get_service_mentions(self):
        """Return ``{subject code: words}`` of what the law wants on invoices to professionals.

        Late penalties, the fixed fee of recovery and discount terms (L07, L08b), in the language
        of the environment; a hook. A module that writes them itself returns none here.
        """
        self.ensure_one()
        is_meant = self.is_sale_document() and self._is_of_service()
        if not (is_meant and self._is_between_professionals()):
            return {}
        return {
            PENALTIES: self._get_penalty_mention(),
            RECOVERY: self._get_recovery_mention(),
            DISCOUNT: self._get_discount_mention(),
        }

    def _is_between_professionals(self):
        """Tell whether a French company bills a professional: consumers owe no such fee (L07)."""
        return self.company_id._is_french_seller() and self._get_service_regimes() == {
            "professional"
        }

    def _get_penalty_mention(self):
        return self.company_id.service_penalty_note or self.env._(
            "Late payment: penalties at the key interest rate of the European Central Bank plus "
            "10 percentage points (Code de commerce L441-10)."
        )

    def _get_recovery_mention(self):
        amount = self.company_id.service_recovery_fee
        return self.env._(
            "Late payment: fixed compensation of %(amount)s for recovery costs (Code de commerce "
            "D441-5).",
            amount=format_amount(self.env, amount, self.company_id.currency_id),
        )

    def _get_discount_mention(self):
        if note := self.company_id.service_discount_note:
            return note
        term = self.invoice_payment_term_id
        if not term.early_discount:
            return self.env._("No discount for early payment.")
        return self.env._(
            "Discount of %(percent)s %% for payment within %(days)s days.",
            percent=formatLang(self.env, term.discount_percentage),
            days=term.discount_days,
        )

    def _get_printed_mentions(self):
        """Return the mentions to print: none that the invoice's own terms say already.

        A credit note is not paid late.
        """
        self.ensure_one()
        if self.move_type != "out_invoice":
            return []
        terms = " ".join(html2plaintext(self.narration or "").split())
        return [text for text in self._get_service_mentions().values() if text not in terms]
