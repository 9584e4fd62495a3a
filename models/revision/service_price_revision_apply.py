from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare
from odoo.tools.misc import format_date

from .service_price_revision import TEMPLATE


class ServicePriceRevision(models.Model):
    """A price revision takes effect, is told to the customer, and can be taken back."""

    _inherit = "service.price.revision"

    # ----- Buttons -----

    def action_apply(self):
        """Apply what is proposed; what has become impossible says why."""
        for revision in self:
            revision._check_state("proposed")
        self._apply_or_refuse()

    def action_evaluate(self):
        """Reckon anew what is not applied: after an index value came, say."""
        for revision in self:
            revision._check_state("proposed", "refused")
        self._evaluate()
        self._report_open()

    def action_leave_out(self):
        for revision in self:
            revision._check_state("proposed", "refused")
        self._set_left_out()

    def action_undo(self):
        self._undo()

    def action_notify(self):
        """Tell the customers of the prices that are proposed or applied."""
        for revision in self:
            revision._check_state("proposed", "applied")
        self._notify()

    # ----- States -----

    def _set_left_out(self):
        self.state = "left_out"
        self.env["service.exception"]._settle(self, "contract")

    def _apply_or_refuse(self):
        """Apply each proposal that is still possible; the others are refused with their reason.

        A customer who was told other prices, before a newer index value came, is told again.
        """
        for revision in self.filtered(lambda revision: revision.state == "proposed"):
            was_told = bool(revision.notified_on)
            revision._evaluate()
            if revision.state == "proposed":
                revision._apply()
                if was_told:
                    revision._notify()

    def _apply(self):
        """Put the new prices in force: each line ends the day before and goes on at its price."""
        self.ensure_one()
        for line in self.line_ids:
            line._apply(self.effective_date)
        self.state = "applied"
        self._get_renewed_term().price_change_percent = self.percent_applied
        self.contract_id._message_log(body=self._describe_applied())
        self.env["service.exception"]._settle(self, "contract")

    def _undo(self):
        """Take an applied revision back while nothing is billed at the new prices."""
        for revision in self.sorted("effective_date", reverse=True):
            revision._check_state("applied")
            for line in revision.line_ids:
                line._undo()
            revision.state = "undone"
            revision._get_renewed_term().price_change_percent = 0
            revision.contract_id._message_log(
                body=self.env._(
                    "The new prices from %(day)s on were taken back.",
                    day=format_date(self.env, revision.effective_date),
                )
            )

    def _get_renewed_term(self):
        """Return the commitment period that begins with the new prices, if any."""
        return self.sudo().contract_id.commitment_ids.filtered(
            lambda term: term.date_start == self.effective_date
        )

    def _describe_applied(self):
        """Return in words, in the company's language, what was applied."""
        lang = self.company_id.partner_id.lang or self.env.lang
        revision = self.with_context(lang=lang)
        return revision.env._(
            "New prices from %(day)s on: %(explanation)s",
            day=format_date(revision.env, self.effective_date),
            explanation=" ".join(revision._explain()),
        )

    # ----- Told -----

    def _report_open(self):
        """Put in the inbox what waits for somebody; take out what does not."""
        inbox = self.env["service.exception"]
        for revision in self:
            if revision.state == "refused":
                inbox._report(revision, "contract", revision.refusal)
            elif revision.state == "proposed":
                detail = self.env._(
                    "New prices from %(day)s on wait for confirmation.",
                    day=format_date(self.env, revision.effective_date),
                )
                inbox._report(revision, "contract", detail)
            else:
                inbox._settle(revision, "contract")

    def _notify(self):
        """Tell each customer by e-mail, in their language; the message stays with the contract.

        Those who were told are not told again, unless the notice did not arrive.
        """
        template = self.env.ref(TEMPLATE)
        for revision in self.filtered(lambda row: not row.notified_on or row._is_notice_failed()):
            revision._check_notice_address()
            body, subject = (
                template._render_field(name, revision.ids, compute_lang=True)[revision.id]
                for name in ("body_html", "subject")
            )
            message = revision.contract_id.message_post(
                body=body,
                subject=subject,
                partner_ids=revision.partner_id.ids,
                subtype_xmlid="mail.mt_comment",
                message_type="comment",
            )
            revision.write(
                {
                    "notice_message_id": message.id,
                    "notified_on": revision.contract_id._get_local_today(),
                    "is_failure_told": False,
                }
            )
            self.env["service.exception"]._settle(revision, "contract", "notice")

    def _get_failure_summary(self):
        return self.env._("The notice of the new prices did not reach the customer")

    def _get_failure_deadline(self):
        return self.contract_id._get_local_today()

    def _get_notice_thread(self):
        return self.contract_id


class ServicePriceRevisionLine(models.Model):
    """Old and new price of one line of a contract."""

    _name = "service.price.revision.line"
    _description = "Revised Price"
    _order = "revision_id, id"

    revision_id = fields.Many2one(
        "service.price.revision", required=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(related="revision_id.currency_id")
    contract_line_id = fields.Many2one(
        "service.contract.line", required=True, ondelete="cascade", index=True
    )
    new_line_id = fields.Many2one(
        "service.contract.line",
        string="Goes on as",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    product_id = fields.Many2one(related="contract_line_id.product_id")
    quantity = fields.Float(related="contract_line_id.quantity")
    price_period = fields.Selection(related="contract_line_id.price_period")
    discount = fields.Float(related="contract_line_id.discount")
    old_price = fields.Float(digits="Product Price", required=True)
    new_price = fields.Float(digits="Product Price", required=True)
    percent = fields.Float(string="%", compute="_compute_percent", digits=(9, 2))

    @api.depends("old_price", "new_price")
    def _compute_percent(self):
        for line in self:
            change = line.new_price - line.old_price
            line.percent = 100 * change / line.old_price if line.old_price else 0

    def _describe_terms(self):
        """Return for how many the price is, for what time, and its discount, in words."""
        self.ensure_one()
        show = self.revision_id._format
        labels = dict(self._fields["price_period"]._description_selection(self.env))
        words = [f"× {show(self.quantity)}", labels[self.price_period]]
        if self.discount:
            percent = show(self.discount)
            words.append(self.env._("%(percent)s %% discount", percent=percent))
        return " · ".join(words)

    def _apply(self, day):
        self.ensure_one()
        self.new_line_id = self.contract_line_id._replace_from(day, price_unit=self.new_price)

    def _undo(self):
        """Give the contract its line back; refused once the new price was billed or changed."""
        self.ensure_one()
        line, new_line = self.contract_line_id, self.new_line_id
        if float_compare(new_line.price_unit, self.new_price, precision_digits=6):
            raise UserError(
                self.env._(
                    "“%(line)s” has another price by now: this can no longer be taken back.",
                    line=line.product_id.display_name,
                )
            )
        line._undo_replacement(new_line, price_unit=self.old_price)
        self.new_line_id = False


class ServiceContractLine(models.Model):
    _inherit = "service.contract.line"

    def _get_monthly(self, price):
        """Return what the line would cost each month at a price."""
        self.ensure_one()
        months = int(self.price_period)
        return self.quantity * price * (1 - self.discount / 100) / months
