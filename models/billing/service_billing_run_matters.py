from odoo import api, fields, models
from odoo.exceptions import UserError

from .res_partner import SIREN
from .run_names import PAYER, PRODUCT, UNDECIDED

# How many of the charges are named that somebody has to decide about.
NAMED = 3


class ServiceBillingRun(models.Model):
    """What a run tells people to mend, and how what was mended is billed.

    What was put aside waits until it is mended. What an invoice lacks that is made all the same is
    told of the customer or product, not of the run: it is mended before the invoice is sent.
    """

    _inherit = "service.billing.run"

    is_gated = fields.Boolean(
        compute="_compute_is_gated", help="It stopped before its first invoice."
    )
    mended_count = fields.Integer(compute="_compute_mended_count")

    @api.depends("state", "exception_ids.state", "exception_ids.cause_id")
    def _compute_is_gated(self):
        for run in self:
            run.is_gated = run.state == "done" and any(
                row.state == "open" and row._is_about("gate") for row in run.exception_ids
            )

    @api.depends("exception_ids.is_to_bill")
    def _compute_mended_count(self):
        for run in self:
            run.mended_count = len(run.exception_ids.filtered("is_to_bill"))

    def _is_under_way(self):
        """Tell whether the background job has the run, or its preview, in hand."""
        self.ensure_one()
        return self.state == "running" or self.is_preparing

    # ----- Taken up again -----

    def _forget_matters(self):
        """Settle what is tried anew, once the run is taken up: what is not mended is told again.

        Drafts that could not be posted, or dated, are met again where the run posts alone.
        """
        rows = self.sudo().exception_ids
        rows.filtered("is_to_bill")._as_workflow().is_to_bill = False
        rows = rows.filtered(
            lambda row: (
                row.state == "open" and (self.is_auto_post or row.res_model != "account.move")
            )
        )
        rows._as_workflow().state = "done"

    def action_resume_mended(self):
        """Bill what was mended, once slips are ruled out; what was not stays put aside."""
        self.check_access("write")
        self._check_resumable()
        return self._ask("mended") or self._resume_mended()

    def _resume_mended(self):
        """Take the runs up again for what was mended alone; nobody is asked."""
        self._check_resumable()
        for run in self:
            mended = run.sudo().exception_ids.filtered("is_to_bill")
            if not mended:
                raise UserError(
                    self.env._("%(run)s: nothing was mended since it ended.", run=run.name)
                )
            mended._as_workflow().is_to_bill = False
            run._set_running("charge")

    # ----- What drafts lack -----

    def _report_gaps(self, charges):
        """Tell what the invoices of charges lack, once for each customer and product (L08)."""
        found = {}
        for payer in charges.partner_invoice_id:
            for cause, words in payer._find_invoice_gaps():
                record = payer.commercial_partner_id if cause == SIREN else payer
                found.setdefault((record, cause), []).append(words)
            if not payer.active:
                found[payer, PAYER] = [self._describe_archived(payer)]
        for product in charges.product_id:
            if not product.active:
                found[product, PRODUCT] = [self._describe_archived(product)]
        self.env["service.exception"]._report_gaps(found, self.company_id)

    def _report_undecided(self):
        """Tell whose charges were credited, and nobody said whether they are owed again.

        Such as those of an invoice that was credited to be made anew, whose new draft was deleted.
        """
        self.ensure_one()
        charges = (
            self.env["service.charge"]
            .sudo()
            .search([("company_id", "=", self.company_id.id), ("state", "=", "credited")])
        )
        found = {
            (owner, UNDECIDED): [self._describe_undecided(part)]
            for owner, part in charges.grouped(lambda charge: self._get_owner(charge)).items()
        }
        self.env["service.exception"]._report_gaps(found, self.company_id)

    def _describe_undecided(self, charges):
        return self.env._(
            "%(count)s charges were credited, of %(amount)s without tax, and it is not decided "
            "whether they are owed again or waived: %(names)s.",
            count=len(charges),
            amount=charges.currency_id[:1].format(sum(charges.mapped("amount_untaxed"))),
            names=", ".join(charges[:NAMED].mapped("display_name")),
        )

    def _describe_archived(self, record):
        return self.env._("“%(name)s” is archived, and still billed.", name=record.display_name)
