from odoo import api, fields, models
from odoo.tools.misc import format_date


class PaymentReturnLine(models.Model):
    """One debit that came back: found by its end-to-end id, or by a person."""

    _name = "payment.return.line"
    _inherit = ["payment.return.line", "service.workflow.mixin"]

    service_problem = fields.Char(
        string="Why to Look",
        readonly=True,
        help="What keeps the line from its debit.",
        lock="workflow",
    )
    service_invoice_id = fields.Many2one(
        "account.move",
        string="Invoice",
        domain="[('id', 'in', service_candidate_ids)]",
        help="The invoice whose debit came back, where the bank's words do not say it.",
    )
    service_candidate_ids = fields.Many2many(
        "account.move", compute="_compute_service_candidate_ids", compute_sudo=False
    )

    @api.depends("partner_id", "return_id.journal_id", "return_id.company_id")
    def _compute_service_candidate_ids(self):
        """Find the invoices whose debits the bank has, those of the customer where he is known."""
        for line in self:
            line.service_candidate_ids = line.env["account.move"].search(
                line._get_candidate_domain()
            )

    def _get_candidate_domain(self):
        self.ensure_one()
        company = self.return_id.company_id or self.env.company
        domain = [
            ("company_id", "=", company.id),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("service_has_debit", "=", True),
            ("payment_state", "in", ("in_payment", "paid", "partial")),
        ]
        if self.partner_id:
            customer = self.partner_id.commercial_partner_id
            domain.append(("commercial_partner_id", "=", customer.id))
        return domain

    @api.onchange("service_invoice_id")
    def _onchange_service_invoice_id(self):
        """Take the debit over that pays the invoice."""
        for line in self.filtered("service_invoice_id"):
            line._take_invoice()

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered(
            lambda line: line.service_invoice_id and not line.move_line_ids
        )._take_invoices()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if vals.get("service_invoice_id") and "move_line_ids" not in vals:
            self._take_invoices()
        return result

    def _take_invoices(self):
        for line in self:
            line._take_invoice()

    def _take_invoice(self):
        """Return the debit that pays the invoice, with its amount where the bank tells none."""
        self.ensure_one()
        debits = self.service_invoice_id._get_returnable_debits()
        self.move_line_ids = debits
        self.partner_id = debits.partner_id[:1]
        self.partner_name = self.partner_id.name
        self.amount = self.amount or sum(debits.mapped("credit"))
        self._as_workflow().service_problem = False

    def _find_again(self):
        """Look for the debits of lines that a file brought; return those found now."""
        found = self.browse()
        files = self.return_id.service_file_id
        for line in self.filtered("reference"):
            payment = files._find_by_reference(line.reference, line.return_id.company_id)
            entries = payment._get_service_debit_lines()
            problem = files._get_problem(line.amount, payment, entries)
            line._as_workflow().service_problem = problem
            if not problem:
                line.move_line_ids = entries
                line.partner_id = payment.partner_id
                found += line
        return found

    # ----- What follows -----

    def _follow(self, moves):
        """Do what the reason asks for: decide, debit again, end the mandate (L15c)."""
        self.ensure_one()
        action, note = self.reason_id.service_action, self._describe_return()
        again = moves.browse()
        if action == "again":
            again = moves.filtered(lambda move: move._may_be_presented_again())
        if again:
            again._present_again(note)
        if action == "suspend":
            self._cancel_mandates()
        (moves - again)._ask_debit_decision(f"{note} {self._describe_decision(action)}")

    def _cancel_mandates(self):
        """End the mandates that were debited without right, where they are in use still."""
        debits = self.sudo().move_line_ids.payment_id.payment_line_ids
        for mandate in debits.mandate_id.filtered(lambda one: one.state in ("valid", "final")):
            mandate.cancel()
            mandate.message_post(body=self._describe_return())

    def _describe_return(self):
        """Return in words which debit came back, when and why."""
        self.ensure_one()
        names = {
            "debit": self.reference or ", ".join(self.move_line_ids.mapped("move_id.ref")),
            "day": format_date(self.env, self.return_id.date),
        }
        if reason := self._describe_reason():
            return self.env._(
                "The bank returned the debit %(debit)s on %(day)s: %(reason)s",
                reason=reason,
                **names,
            )
        return self.env._("The bank returned the debit %(debit)s on %(day)s.", **names)

    def _describe_decision(self, action):
        """Return in words what a person has to decide after a reason's action."""
        if action == "suspend":
            return self.env._("Its mandate is ended: agree with the customer how it is paid.")
        return self.env._("Decide whether it is debited again.")

    def _describe_reason(self):
        """Return why in words: the code with its explanation, then what the bank adds."""
        self.ensure_one()
        reason = self.reason_id
        words = [reason.display_name] if reason else []
        words += [reason.service_explanation, self.reason_additional_information]
        return " ".join(f"{word.rstrip('.')}." for word in words if word)
