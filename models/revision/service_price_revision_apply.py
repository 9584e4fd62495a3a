from odoo import models
from odoo.tools.misc import format_date

from ..common.brought_records import require

TEMPLATE = "service_contract.price_revision_mail_template"


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
        self._set_undone()

    def action_notify(self):
        """Tell the customers of the prices that are proposed or applied."""
        for revision in self:
            revision._check_state("proposed", "applied")
        self._notify()

    # ----- States -----

    def _set_proposed(self, vals):
        """Propose the new prices that were reckoned; nothing of the contract changes."""
        self.ensure_one()
        refusal = {"refusal_code": False, "refusal_values": False}
        self._update_state("proposed", rule_id=self._get_rule().id, **refusal, **vals)

    def _set_refused(self, code, values):
        """Record that the revision is not possible, with its reason."""
        self.ensure_one()
        refusal = {"refusal_code": code, "refusal_values": values}
        self._update_state("refused", rule_id=self._get_rule().id, **refusal)

    def _set_left_out(self):
        """Leave revisions out; their matters are settled."""
        self._update_state("left_out")
        self.env["service.exception"]._settle(self, "contract")

    def _apply_or_refuse(self):
        """Apply each proposal that is still possible; the others are refused with their reason.

        A customer who was told other prices, before a newer index value came, is told again.
        """
        for revision in self.filtered(lambda revision: revision.state == "proposed"):
            was_told = bool(revision.notified_on)
            revision._evaluate()
            if revision.state == "proposed":
                revision._set_applied()
                if was_told:
                    revision._notify()

    def _set_applied(self):
        """Put the new prices in force: each line ends the day before and goes on at its price."""
        self.ensure_one()
        for line in self.line_ids:
            line._apply(self.effective_date)
        self._update_state("applied")
        self._get_renewed_term()._as_workflow().price_change_percent = self.percent_applied
        self.contract_id._message_log(body=self._describe_applied())
        self.env["service.exception"]._settle(self, "contract")

    def _set_undone(self):
        """Take an applied revision back while nothing is billed at the new prices."""
        for revision in self.sorted("effective_date", reverse=True):
            revision._check_state("applied")
            for line in revision.line_ids:
                line._undo()
            revision._update_state("undone")
            revision._get_renewed_term()._as_workflow().price_change_percent = 0
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
        template = require(self.env, TEMPLATE, self.env._("The e-mail template of price revisions"))
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
            revision._as_workflow().write(
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
