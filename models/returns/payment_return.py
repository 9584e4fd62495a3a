from odoo import api, fields, models

from .return_day import KEY, ReturnDay


class PaymentReturn(models.Model):
    """Debits that came back: debited again only if somebody, or a rule, says so (L15c)."""

    _name = "payment.return"
    _inherit = ["payment.return", "service.workflow.mixin"]
    _check_company_auto = True

    service_file_id = fields.Many2one(
        "service.bank.file",
        string="Bank File",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        lock="workflow",
    )

    service_open_count = fields.Integer(
        string="To Find", compute="_compute_service_open_count", compute_sudo=True
    )

    @api.depends("line_ids.move_line_ids")
    def _compute_service_open_count(self):
        for one in self:
            missing = one.line_ids.filtered(lambda line: not line.move_line_ids)
            one.service_open_count = len(missing)

    def _get_company_kept(self):
        return self.filtered("service_file_id")

    def _part_found(self):
        """Return the returns whose debits are all found: others part with those that are not."""
        ready = self.browse()
        for one in self:
            missing = one.line_ids.filtered(lambda line: not line.move_line_ids)
            if missing and missing != one.line_ids:
                missing.return_id = self.sudo().create(one._prepare_apart_vals())
            if one.line_ids - missing:
                ready += one
        return ready

    def _prepare_apart_vals(self):
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "journal_id": self.journal_id.id,
            "date": self.date,
            "state": self.state,
            "service_file_id": self.service_file_id.id,
        }

    def action_confirm(self):
        """Book the return; VAT on payment is taken back on its day (L15c)."""
        self.ensure_one()
        self._check_duplicate_move_line()
        invoices = self._get_returned_invoices()
        one = self.with_context(**{KEY: ReturnDay(self.date)})
        result = super(PaymentReturn, one).action_confirm()
        payments = self.line_ids.move_line_ids.payment_id
        payments.action_reject()
        payments.payment_lot_id._net_returns()
        for line, moves in invoices.items():
            line._follow(moves)
        return result

    def _get_returned_invoices(self):
        """Return ``{line of the return: invoices}`` as long as the debits pay their invoices."""
        return {
            line: line.move_line_ids.matched_debit_ids.debit_move_id.move_id.filtered(
                lambda move: move.move_type == "out_invoice"
            )
            for line in self.sudo().line_ids
        }

    def action_cancel(self):
        """A return that was none: its debits pay again, nothing is left to decide."""
        debits = self.sudo().move_id.line_ids.matched_credit_ids.origin_returned_move_ids
        payments = self.line_ids.move_line_ids.payment_id
        result = super().action_cancel()
        payments.filtered(lambda one: one.state == "rejected").state = "in_process"
        paid = debits.move_id.filtered(
            lambda move: move.service_debit_decision and not move.returned_payment
        )
        paid._end_debit_decision()
        return result
