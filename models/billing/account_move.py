from odoo import fields, models

from ..common.brought_records import require

DEBITED = "service_contract.debited_invoice_mail_template"


class AccountMove(models.Model):
    """The run of an invoice; included sessions are shown on it until it is posted."""

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

    def write(self, vals):
        due_at_once = self._get_service_due_at_once(vals)
        result = super().write(vals)
        if due_at_once:
            due_at_once.invoice_date_due = vals["invoice_date"]
        if {"state", "invoice_date"} & vals.keys():
            self.env["service.session"]._note_on_annex(self.sudo())
        return result

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
        """A credit note is not a run's invoice."""
        vals = super()._prepare_service_copy_vals()
        if "move_reverse_cancel" not in self.env.context:
            vals["service_run_id"] = self.service_run_id.id
        return vals

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
        return super()._has_to_be_paid() and not self._get_service_payment_notice()

    def _get_mail_template(self):
        """An e-mail that asks to pay what will be debited is paid twice (L08d)."""
        if self and all(move._get_service_payment_notice() for move in self):
            return require(
                self.env, DEBITED, self.env._("The e-mail template of invoices that are debited")
            )
        return super()._get_mail_template()
