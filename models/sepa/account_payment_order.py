from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date

from ...tools import sepa
from ...tools.mandates import mark_amended
from ..common.client_actions import SOFT_RELOAD, open_window
from ..common.field_values import get_label
from .debit_finding import LEAVING, LINTED
from .debit_rights import APPROVE, PREPARE, UPLOAD

FILE_JOB = "file"


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

    service_can_approve = fields.Boolean(
        string="You May Approve It", compute="_compute_service_can"
    )
    service_can_upload = fields.Boolean(string="You May Upload It", compute="_compute_service_can")

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

    # ----- Who may take which step -----

    @api.depends("payment_type")
    @api.depends_context("uid")
    def _compute_service_can(self):
        for order in self:
            is_other = order.payment_type != "inbound"
            order.service_can_approve = is_other or self._may(APPROVE)
            order.service_can_upload = is_other or self._may(UPLOAD)

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._check_may(PREPARE)
        return orders

    @api.model
    def _may(self, group):
        """Tell whether the user may take a step of direct debits; jobs may."""
        return self.env.su or self.env.user.has_group(group)

    def _check_may(self, group):
        """Refuse a step of debit orders to who has not its group."""
        debits = self.filtered(lambda order: order._is_debit())
        if debits and not self._may(group):
            right = self.env.ref(group, raise_if_not_found=False) or self.env["res.groups"]
            raise AccessError(
                self.env._(
                    "%(orders)s: this is left to those who have the right “%(right)s”.",
                    orders=", ".join(debits.mapped("name")),
                    right=right.sudo().name or group,
                )
            )

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
        self._check_may(APPROVE)
        self._check_findings()
        order = self._as_workflow().with_context(service_linted=LINTED)
        return super(AccountPaymentOrder, order).draft2open()

    def open2generated(self):
        self._check_step("open")
        self._check_may(APPROVE)
        self._check_findings()
        return super(AccountPaymentOrder, self._as_workflow()).open2generated()

    def _check_findings(self):
        """Refuse, with all reasons at once, to debit what cannot be, whoever made the order.

        Before the file it is looked at again: since the order was confirmed invoices may be paid,
        mandates cancelled, credits come in. What is known of the very moment is not.
        """
        if self.env.context.get("service_linted") is LINTED:
            return
        for order in self.filtered(lambda order: order._is_debit()):
            if words := order._get_obstacles():
                raise UserError("\n".join(words))

    def _get_obstacles(self):
        """Return in words, each once, what keeps debits of the order from the bank as of now."""
        self.ensure_one()
        found = self.payment_line_ids._get_debit_findings()
        words = [one.words for findings in found.values() for one in findings if one.stays]
        if self.state == "open":
            words += [error for line in self.payment_line_ids for error in line._get_stack_errors()]
        return [*dict.fromkeys(words)]

    # ----- All findings at once -----

    def action_confirm_debits(self):
        """Confirm a debit order; where something speaks against debits, show all of it at once."""
        self.ensure_one()
        self.check_access("write")
        self._check_step("draft")
        if self._is_debit() and any(self._find_kept()):
            return self.env["service.debit.check"]._open(order_id=self.id)
        return self.draft2open()

    def _find_kept(self):
        """Return the debits that something speaks against."""
        found = self.payment_line_ids._get_debit_findings()
        return self.payment_line_ids.filtered(lambda line: any(one.stays for one in found[line]))

    def action_check_debits(self):
        self.ensure_one()
        self.check_access("read")
        return self.env["service.debit.check"]._open(order_id=self.id)

    def _take_next_day(self):
        """Take the first day on which the bank can collect, at or after the one typed in."""
        self.ensure_one()
        self.check_access("write")
        self._check_step("draft")
        lead = self.company_id.sudo()._get_debit_lead()
        first = sepa.next_target_day(fields.Date.context_today(self), lead=lead)
        self.date_scheduled = max(first, sepa.next_target_day(self.date_scheduled or first))

    def _set_off(self, credit):
        """Reconcile a credit with what a draft order would debit of the customer, and owes else.

        What is due first is paid first (Code civil 1342-10); the order debits the rest.
        """
        self.ensure_one()
        self._check_step("draft")
        runs, debits = self.env["service.billing.run"], self.payment_line_ids
        own = debits.move_line_id.filtered(lambda line: line._get_place() == credit._get_place())
        debts = credit.search(runs._get_debt_domain(credit))._without_orders()
        (credit + own + debts).reconcile()

    def _leave_out(self, lines):
        """Take debits out of a draft order: their invoices wait for another one."""
        self.ensure_one()
        self._check_step("draft")
        names = lines.move_line_id.move_id._get_service_names()
        lines.unlink()
        self._message_log(body=self.env._("Left out: %(invoices)s.", invoices=names))

    def generated2uploaded(self):
        self._check_may(UPLOAD)
        return super(AccountPaymentOrder, self._as_workflow()).generated2uploaded()

    def action_cancel(self):
        """Refuse to cancel what the bank has: it is executed, and comes back by returns."""
        for order in self:
            if order._is_debit() and order.state == "uploaded":
                raise UserError(order._describe_uploaded())
        self.check_access("write")
        # An attachment is its maker's: another accountant cancels the order as well.
        self.filtered(lambda order: order._is_debit()).sudo().payment_file_id.unlink()
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
        self._check_free()
        return super(AccountPaymentOrder, self._as_workflow()).cancel2draft()

    def _check_free(self):
        """Refuse to take up again what another open order debits by now."""
        for order in self.filtered(lambda order: order._is_debit()):
            for debit in order.payment_line_ids.move_line_id.sudo().payment_line_ids:
                if debit.order_id != order and debit._is_unsent():
                    raise UserError(debit.move_line_id.move_id._describe_held_once(debit))

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

    def _service_generate_files(self, is_linted=False):
        """Confirm debit orders and write their files, once their sum has been checked.

        Who may only prepare them leaves them as drafts.

        :param bool is_linted: whether nothing speaks against the debits, as was just found
        """
        if not self._may(APPROVE):
            return
        orders = self.with_context(service_linted=LINTED) if is_linted else self
        for order, one in zip(self, orders, strict=True):
            one.draft2open()
            one.with_context(service_linted=LINTED).open2generated()
            order._check_service_totals()

    def _finalize_sepa_file_creation(self, xml_root, gen_args):
        """Say of which mandates the account is another one than at their last debit (L15b)."""
        amended = self.payment_line_ids.mandate_id._get_amended()
        references = {
            self._prepare_field("RUM", mandate.unique_mandate_reference, 35, gen_args)
            for mandate in amended
        }
        mark_amended(xml_root, references)
        return super()._finalize_sepa_file_creation(xml_root, gen_args)

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

    # ----- What is paid or credited meanwhile: where is the file? -----

    def write(self, vals):
        result = super().write(vals)
        debits = self.filtered(lambda order: order._is_debit())
        if debits and vals.get("state", "generated") != "generated":
            self.env["service.exception"]._settle(debits, "sepa", FILE_JOB)
        return result

    def _follow_books(self, debits):
        """Bring an order up to date with what is open of the invoices of some of its debits.

        A draft debits what is left; a confirmed order loses the debit; a file that nobody has taken
        is made anew, another one where a person says that the bank has not got it; what the bank
        has is booked, whatever was paid.
        """
        self.ensure_one()
        changed = debits.filtered(lambda debit: debit._get_excess())
        if changed and self.state == "draft":
            self._lessen(changed)
        elif changed and self.state == "open":
            self._release(changed)
        elif changed and self.state == "generated" and not self._replace_untaken():
            self._report_waiting_file()

    def _lessen(self, debits):
        """Let a draft debit what is left; what is paid leaves it."""
        paid = debits.filtered(lambda debit: debit.move_line_id.reconciled)
        self._log_left(paid)
        paid.unlink()
        for debit in debits - paid:
            debit.amount_currency = debit.move_line_id.amount_residual_currency

    def _release(self, debits):
        """Take debits out of a confirmed order that has no file yet, and their payments with them.

        What is left of an invoice waits for the next order.
        """
        payments, lots = debits.payment_ids, debits.payment_ids.payment_lot_id
        rests = [
            (payment.payment_line_ids - debits, payment.payment_lot_id, payment.memo)
            for payment in payments
        ]
        self._log_left(debits)
        payments.unlink()
        debits.with_context(service_leaving=LEAVING).unlink()
        self.env["account.payment"].create([self._prepare_rest(*rest) for rest in rests if rest[0]])
        lots.filtered(lambda lot: not lot.payment_ids).unlink()
        if not self.payment_line_ids:
            self.action_cancel()

    def _prepare_rest(self, debits, lot, memo):
        """Return the values of a payment again, of what is left in it: its place stays its own."""
        sequence = memo.rpartition("/")[2]
        return debits._prepare_account_payment_vals(lot, sequence)

    def _log_left(self, debits):
        if moves := debits.move_line_id.move_id:
            self._message_log(
                body=self.env._(
                    "Paid or credited meanwhile, so not debited by this order: %(invoices)s.",
                    invoices=moves._get_service_names(),
                )
            )

    # ----- A file that waits -----

    def _is_file_taken(self):
        """Tell whether anybody may have given the file to the bank; a hook."""
        self.ensure_one()
        return True

    def _replace_untaken(self):
        """Make a file anew that nobody has; tell whether that was done. A payment never fails."""
        if self._is_file_taken():
            return False
        try:
            with self.env.cr.savepoint():
                self._make_anew()
        except UserError:
            return False
        return True

    def _report_waiting_file(self):
        """Ask in the inbox where a file is that takes what was paid since."""
        words = self.env._(
            "%(changes)s Is the file not at the bank yet: make it anew without them. Is it: say "
            "that it was uploaded, and what is debited too much stays the customer's credit.",
            changes=" ".join((self.service_changes or "").splitlines()),
        )
        self.env["service.exception"]._report(self, "sepa", words, job=FILE_JOB)

    def action_make_anew(self):
        """Void files that the bank has not got; make them anew, with new ids, of what is open."""
        self.check_access("write")
        self._check_step("generated")
        self._check_may(APPROVE)
        orders = self.browse()
        for order in self:
            orders += order._make_anew()
        return orders._show_anew() if orders else SOFT_RELOAD

    def _make_anew(self):
        """Cancel an order whose file nobody has; return the one that takes its place, if any.

        The cancelled one keeps its debits: it tells what its file would have taken.
        """
        self.ensure_one()
        lines = self.payment_line_ids.move_line_id
        typed = self.payment_line_ids.filtered(lambda debit: not debit.move_line_id)
        self.action_cancel()
        lines = lines.filtered(lambda line: line._is_open_receivable())
        left = self.env["service.debit.linter"]._put_aside(lines)
        lines = lines.filtered(lambda line: line.move_id not in left)
        if not (lines or typed):
            return self.browse()
        order = self._as_workflow().create(self._prepare_anew_vals()).with_env(self.env)
        order.write(self._prepare_anew_dates())
        lines.create_payment_line_from_move_line(order)
        for debit in typed:
            debit.copy({"order_id": order.id})
        order._service_generate_files()
        self._message_log(
            body=self.env._(
                "Void: its file must not go to the bank any more. %(order)s takes its place.",
                order=order.name,
            )
        )
        return order

    def _prepare_anew_vals(self):
        """Return the values of the order that takes the place of one; a hook."""
        return {
            "payment_method_line_id": self.payment_method_line_id.id,
            "payment_type": self.payment_type,
            "company_id": self.company_id.id,
            "journal_id": self.journal_id.id,
            "description": self.description,
            "service_run_id": self.service_run_id.id,
        }

    def _prepare_anew_dates(self):
        """Return what the stack computes again at creation, and a person may have chosen."""
        today = fields.Date.context_today(self)
        is_fixed = self.date_prefered == "fixed"
        return {
            "date_prefered": self.date_prefered,
            "date_scheduled": is_fixed and max(self.date_scheduled or today, today),
            "batch_booking": self.batch_booking,
        }

    def _show_anew(self):
        action = open_window(
            self.env,
            "account_payment_batch_oca.account_payment_order_inbound_action",
            [("id", "in", self.ids)],
        )
        if len(self) == 1:
            action.update({"res_id": self.id, "views": [(False, "form")], "view_mode": "form"})
        return action
