from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.common.client_actions import CLOSE, get_window
from ...models.company.setup_window import open_setup
from ...models.sepa.debit_finding import ASK, DAY, MANDATE, NOTE, SETUP, STOP

LEVELS = [(STOP, "To Mend"), (ASK, "To Decide"), (NOTE, "For Information")]


class ServiceDebitCheck(models.TransientModel):
    """All that speaks against the debits of an order or of a run, before they are made."""

    _name = "service.debit.check"
    _description = "Check of Debits"
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    run_id = fields.Many2one("service.billing.run", readonly=True, ondelete="cascade", lock="once")
    order_id = fields.Many2one(
        "account.payment.order", readonly=True, ondelete="cascade", lock="once"
    )
    currency_id = fields.Many2one("res.currency", readonly=True, lock="once")
    good_count = fields.Integer(string="Can Be Debited", readonly=True, lock="once")
    good_amount = fields.Monetary(readonly=True, lock="once")
    kept_count = fields.Integer(string="Stay", readonly=True, lock="once")
    can_leave_out = fields.Boolean(compute="_compute_can_go_on")
    can_collect = fields.Boolean(compute="_compute_can_go_on")
    line_ids = fields.One2many("service.debit.check.line", "check_id", readonly=True)

    @api.depends("order_id.state", "kept_count", "good_count", "run_id")
    def _compute_can_go_on(self):
        for check in self:
            is_draft = check.order_id.state == "draft"
            check.can_leave_out = is_draft and bool(check.kept_count)
            check.can_collect = bool(check.run_id and check.good_count)

    # ----- What is found -----

    @api.model
    def _open(self, **vals):
        """Check the debits of a run (``run_id``) or an order (``order_id``); show what is found."""
        check = self.create(vals)
        check._look()
        return check._show()

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check of the Debits"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _get_debits(self):
        if self.order_id:
            return self.order_id.payment_line_ids
        return self.run_id._get_lines_to_check()

    def _look(self):
        """Look at the debits, and keep what is found on the check's lines."""
        self.ensure_one()
        debits = self._get_debits()
        if self.order_id:
            found = debits._get_debit_findings()
        else:
            found = debits._get_debit_findings(sets_off=True)
        kept = debits.filtered(lambda debit: any(one.stays for one in found[debit]))
        good = debits - kept
        amount = "amount_currency" if self.order_id else "amount_residual_currency"
        self._as_workflow().write(
            {
                "currency_id": debits.currency_id[:1].id or self.env.company.currency_id.id,
                "good_count": len(good),
                "good_amount": sum(good.mapped(amount)),
                "kept_count": len(kept),
                "line_ids": [
                    fields.Command.clear(),
                    *(
                        fields.Command.create(self._prepare_line(debit, one))
                        for debit in kept + good
                        for one in found[debit]
                    ),
                ],
            }
        )

    def _prepare_line(self, debit, finding):
        is_order = debit._name == "account.payment.line"
        line = debit.move_line_id if is_order else debit
        record = line.move_id if finding.record is None else finding.record
        return {
            "move_id": line.move_id.id,
            "order_line_id": debit.id if is_order else False,
            "partner_id": (debit.partner_id or line.partner_id).id,
            "currency_id": debit.currency_id.id,
            "amount": debit.amount_currency if is_order else debit.amount_residual_currency,
            "level": finding.level,
            "subject": finding.subject,
            "words": finding.words,
            "res_model": record._name,
            "res_id": record.id,
        }

    def action_look_again(self):
        self.ensure_one()
        self._look()
        return self._show()

    # ----- What goes on -----

    def action_leave_out(self):
        """Take what cannot be debited out of the order, and confirm the rest."""
        self.ensure_one()
        self.order_id.check_access("write")
        self.order_id._leave_out(self.order_id._find_kept())
        if self.order_id.payment_line_ids:
            self.order_id.draft2open()
        return CLOSE

    def action_collect(self):
        """Collect what can be: the rest stays, with its reasons in the inbox."""
        self.ensure_one()
        return self.run_id.action_collect()


class ServiceDebitCheckLine(models.TransientModel):
    """One thing that speaks against a debit, and the button that mends it."""

    _name = "service.debit.check.line"
    _description = "Finding of a Check of Debits"
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    check_id = fields.Many2one(
        "service.debit.check", readonly=True, ondelete="cascade", lock="once"
    )
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True, lock="once")
    order_line_id = fields.Many2one("account.payment.line", readonly=True, lock="once")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True, lock="once")
    currency_id = fields.Many2one("res.currency", readonly=True, lock="once")
    amount = fields.Monetary(readonly=True, lock="once")
    level = fields.Selection(LEVELS, string="What Follows", readonly=True, lock="once")
    subject = fields.Char(readonly=True, lock="once")
    words = fields.Text(string="Reason", readonly=True, lock="once")
    res_model = fields.Char(readonly=True, lock="once")
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True, lock="once")
    can_set_off = fields.Boolean(compute="_compute_buttons")
    can_decide = fields.Boolean(compute="_compute_buttons")

    @api.depends("level", "subject", "res_model")
    def _compute_buttons(self):
        for line in self:
            is_doubt = line.level == ASK
            line.can_decide = is_doubt
            line.can_set_off = (
                is_doubt and bool(line.order_line_id) and line.res_model == "account.move.line"
            )

    def _get_record(self):
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("That is gone: look again."))
        return record.move_id if record._name == "account.move.line" else record

    def _show_again(self):
        return self.check_id.action_look_again() if self.check_id else CLOSE

    def action_mend(self):
        """Open, or do, what mends the finding."""
        self.ensure_one()
        self.check_access("read")
        if self.subject == DAY:
            self._get_record()._take_next_day()
            return self._show_again()
        if self.subject == SETUP:
            return open_setup(self.env)
        if self.subject == MANDATE and self.res_model == "account.move":
            return self._open_mandates()
        record = self._get_record()
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _open_mandates(self):
        payer = self.move_id.commercial_partner_id or self.partner_id
        action = get_window(self.env, "account_payment_mandate.mandate_action")
        return {
            **action,
            "domain": [("partner_id", "=", payer.id)],
            "context": {"default_partner_id": payer.id, "default_format": "sepa_core"},
        }

    def action_set_off(self):
        """Set the credit off against what the order would debit, and against what is due before.

        Only the rest is debited; what is paid by it leaves the order.
        """
        self.ensure_one()
        self.order_line_id.order_id.check_access("write")
        credit = self.env["account.move.line"].browse(self.res_id).exists()
        self.order_line_id.order_id._set_off(credit)
        return self._show_again()

    def action_debit_anyway(self):
        """Ask for the reason to debit in spite of what may be paid already."""
        self.ensure_one()
        return self.env["service.debit.anyway"]._open(self.move_id, check_id=self.check_id.id)
