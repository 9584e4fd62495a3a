from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...tools import sepa
from ..common.field_values import get_label

JOB = "upload"


class AccountPaymentOrder(models.Model):
    """A debit order: step by step, its file as the books are, what went to the bank is kept."""

    _name = "account.payment.order"
    _inherit = ["account.payment.order", "service.workflow.mixin"]

    state = fields.Selection(lock="workflow")
    date_generated = fields.Date(lock="workflow")
    date_uploaded = fields.Date(lock="workflow")
    payment_file_id = fields.Many2one(lock="workflow")

    service_run_id = fields.Many2one(
        "service.billing.run",
        string="Billing Run",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        lock="workflow",
    )
    service_changes = fields.Text(
        string="Changed since the Order Was Confirmed",
        compute="_compute_service_changes",
        compute_sudo=True,
    )

    service_invoice_count = fields.Integer(
        string="Invoices", compute="_compute_service_invoice_count", compute_sudo=True
    )

    @api.depends("payment_line_ids.move_line_id.move_id")
    def _compute_service_invoice_count(self):
        for order in self:
            order.service_invoice_count = len(order.payment_line_ids.move_line_id.move_id)

    @api.depends(
        "state",
        "payment_line_ids.amount_currency",
        "payment_line_ids.move_line_id.amount_residual_currency",
    )
    @api.depends_context("lang")
    def _compute_service_changes(self):
        for order in self:
            is_waiting = order._is_debit() and order.state in ("open", "generated")
            lines = order.payment_line_ids.filtered("move_line_id") if is_waiting else []
            changed = [line._describe_excess() for line in lines if line._get_excess()]
            order.service_changes = "\n".join(changed)

    def _is_debit(self):
        self.ensure_one()
        return self.payment_type == "inbound"

    def _get_company_kept(self):
        return self.filtered("service_run_id")

    # ----- Steps -----

    def _check_locks(self, vals):
        """Hold debit orders to their steps: those that pay out are not ours."""
        debits = self.filtered(lambda order: order._is_debit())
        return super(AccountPaymentOrder, debits)._check_locks(vals) if debits else None

    def _check_step(self, *states):
        """Refuse a step from another state: twice the same file, or a file for nothing."""
        for order in self:
            if order._is_debit() and order.state not in states:
                raise UserError(
                    self.env._(
                        "%(record)s is “%(state)s”: this is no longer possible.",
                        record=order.name,
                        state=get_label(order, "state"),
                    )
                )

    def draft2open(self):
        self._check_step("draft")
        self._check_credits()
        return super(AccountPaymentOrder, self._as_workflow()).draft2open()

    def _check_credits(self):
        """Refuse to debit what customers have paid or were given back, whoever made the order.

        A billing run has set it off before, and has asked about what it could not: what was
        decided then goes on.
        """
        for order in self.filtered(lambda order: order._is_debit()):
            lines = order.payment_line_ids.move_line_id.filtered(
                lambda line: line.move_id._is_collected_by_runs()
            )
            if credits := lines._get_undecided_credits(order.company_id):
                raise UserError("\n".join(credit._describe_credit() for credit in credits))

    def open2generated(self):
        self._check_step("open")
        self._check_before_file()
        return super(AccountPaymentOrder, self._as_workflow()).open2generated()

    def _check_before_file(self):
        """Look again at what was confirmed: since then invoices may be paid, mandates cancelled.

        Credits may have come in as well.
        """
        self._check_credits()
        for order in self.filtered(lambda order: order._is_debit()):
            lines = order.payment_line_ids
            errors = [error for line in lines for error in line._draft2open_payment_line_check()]
            if errors:
                raise UserError("\n".join(dict.fromkeys(errors)))

    def generated2uploaded(self):
        """Book the debits of a file that is at the bank; tell what it takes too much."""
        order = self._as_workflow()
        if not self._is_debit():
            return super(AccountPaymentOrder, order).generated2uploaded()
        self._check_step("generated")
        self._check_posted()
        excessive = self.payment_line_ids.filtered(lambda line: line._get_excess())
        sentences = {line: line._describe_excess() for line in excessive}
        order = order.with_context(service_debit_upload=True)
        result = super(AccountPaymentOrder, order).generated2uploaded()
        moves = self.payment_line_ids.move_line_id.move_id
        moves.filtered("service_debit_decision")._end_debit_decision()
        self._report_excess(sentences)
        return result

    def _check_posted(self):
        """Refuse to book a debit on what is no invoice any more."""
        moves = self.payment_line_ids.move_line_id.move_id
        if unposted := moves.filtered(lambda move: move.state != "posted"):
            raise UserError(
                self.env._(
                    "%(order)s debits invoices that are a draft or cancelled: %(invoices)s. Post "
                    "them as they were, or cancel the order if its file is not at the bank.",
                    order=self.name,
                    invoices=unposted._get_service_names(),
                )
            )

    def _report_excess(self, sentences):
        """Put in the inbox what the file debited although it was paid or credited before."""
        for line, sentence in sentences.items():
            detail = self.env._(
                "%(order)s: %(problem)s What was debited too much is the customer's credit: the "
                "next debits are less by it, or pay it back.",
                order=self.name,
                problem=sentence,
            )
            move = line.move_line_id.move_id
            self.env["service.exception"]._report(move, "sepa", detail, job=JOB)

    def action_cancel(self):
        """Refuse to cancel what the bank has: it is executed, and comes back by returns."""
        for order in self:
            if order._is_debit() and order.state == "uploaded":
                raise UserError(order._describe_uploaded())
        return super(AccountPaymentOrder, self._as_workflow()).action_cancel()

    def _describe_uploaded(self):
        return self.env._(
            "%(order)s went to the bank on %(day)s: it is executed, and cannot be cancelled here. "
            "What the bank refuses or takes back is booked as returns: drop its file in “Bank "
            "Files”, or enter the return by hand.",
            order=self.name,
            day=format_date(self.env, self.date_uploaded),
        )

    def cancel2draft(self):
        self._check_step("cancel")
        return super(AccountPaymentOrder, self._as_workflow()).cancel2draft()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_filed(self):
        """Keep what tells that invoices were debited; others are cancelled first."""
        for order in self.filtered(lambda order: order._is_debit()):
            if order.date_uploaded:
                raise UserError(
                    self.env._(
                        "%(order)s has been at the bank and is kept.",
                        order=order.name,
                    )
                )
            if order.state in ("open", "generated"):
                raise UserError(
                    self.env._(
                        "%(order)s is confirmed: cancel it before you delete it.",
                        order=order.name,
                    )
                )

    # ----- The file -----

    def _service_generate_files(self):
        """Confirm debit orders and write their files, once their sum has been checked."""
        for order in self:
            order.draft2open()
            order.open2generated()
            order._check_service_totals()

    def _get_service_totals(self):
        """Return the totals of the order's file: ``tools.sepa.ControlTotals``.

        UserError where there is none yet.
        """
        self.ensure_one()
        if not self.payment_file_id:
            raise UserError(self.env._("%(order)s has no file yet.", order=self.name))
        return sepa.read_control_totals(self.payment_file_id.raw)

    def _check_service_totals(self):
        """Refuse a file whose control sum is not the residual of its invoices (invariant 2)."""
        self.ensure_one()
        residual = sum(self.payment_line_ids.move_line_id.mapped("amount_residual_currency"))
        total = float(self._get_service_totals().control_sum)
        if not self.company_currency_id.is_zero(residual - total):
            raise UserError(
                self.env._(
                    "%(order)s: its file collects %(total).2f, but %(residual).2f is open on its "
                    "invoices. Cancel the order and make it again.",
                    order=self.name,
                    total=total,
                    residual=residual,
                )
            )
