from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.collection import name_file, submission_day

# By the rules of SEPA, whatever the version of the file would take.
NAME_SIZE = 70


class AccountPaymentOrder(models.Model):
    """The files of a debit order: each with ids of its own, one scheme, kept (L10, L11)."""

    _inherit = "account.payment.order"

    service_generation = fields.Integer(
        string="Times Confirmed",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Each time the ids of the file are new ones.",
        lock="workflow",
    )
    service_file_ids = fields.One2many("service.debit.file", "order_id", string="Files")
    service_submission_day = fields.Date(
        string="To the Bank by",
        compute="_compute_service_submission_day",
        help="The last day on which the bank takes the file for its first debit.",
    )
    service_is_late = fields.Boolean(
        string="Too Late",
        compute="_compute_service_submission_day",
        help="The bank does not take the file any more for the days that stand in it.",
    )
    payment_file_datas = fields.Binary(groups="base.group_system")

    @api.depends("state", "payment_lot_ids.date")
    def _compute_service_submission_day(self):
        today = fields.Date.context_today(self)
        for order in self:
            days = order.payment_lot_ids.mapped("date") if order._is_debit() else []
            lead = order.company_id._get_debit_lead()
            last = submission_day(min(days), lead) if days else False
            order.service_submission_day = last
            is_waiting = order.state in ("open", "generated")
            order.service_is_late = bool(last) and is_waiting and last < today

    # ----- Steps -----

    def draft2open(self):
        """Confirm with new ids, as a bank refuses what it has seen."""
        for order in self:
            if order._is_debit():
                order._check_one_scheme()
                order.sudo()._as_workflow().service_generation += 1
        return super().draft2open()

    def _check_one_scheme(self):
        """Refuse CORE and B2B in one file (L10)."""
        schemes = set(self.payment_line_ids.mandate_id.mapped("format"))
        if len(schemes) > 1:
            raise UserError(
                self.env._(
                    "%(order)s has debits of both schemes, CORE and B2B, which no file holds "
                    "together: make one order for each.",
                    order=self.name,
                )
            )

    def open2generated(self):
        """Keep the file; the user gets it in the way that is noted."""
        action = super().open2generated()
        if not (self._is_debit() and self.payment_file_id):
            return action
        return self._keep_file()._show_file()

    def _keep_file(self):
        """Keep the file that was just made, for good."""
        self.ensure_one()
        files = self.env["service.debit.file"].sudo()
        return files._as_workflow().create(self._prepare_file_vals()).with_env(self.env)

    def _prepare_file_vals(self):
        """Return the record of the file; a hook."""
        attachment = self.payment_file_id.sudo()
        return {
            "name": attachment.name,
            "order_id": self.id,
            "order_name": self.name,
            "company_id": self.company_id.id,
            "message_id": self._get_message_id(),
            "content": attachment.datas,
            "number": len(self.payment_ids),
            "amount": sum(self.payment_ids.mapped("amount")),
        }

    def action_cancel(self):
        """What was made stays, marked: it must not go to the bank any more."""
        result = super().action_cancel()
        self.sudo().service_file_ids._as_workflow().is_void = True
        return result

    # ----- The file -----

    def _is_file_taken(self):
        """Know that a file is not at the bank as long as nobody has downloaded it."""
        files = self.sudo().service_file_ids.filtered(lambda file: not file.is_void)
        is_untaken = files and not sum(files.mapped("download_count"))
        return False if is_untaken else super()._is_file_taken()

    def _get_message_id(self):
        """Return the id of the file's message: the order's name, then a new one each time."""
        self.ensure_one()
        generation = self.service_generation
        return f"{self.name}-{generation}" if generation > 1 else self.name

    def _generate_group_header_block(self, parent_node, gen_args):
        if not self._is_debit():
            return super()._generate_group_header_block(parent_node, gen_args)
        gen_args["name_maxsize"] = min(gen_args["name_maxsize"], NAME_SIZE)
        gen_args["service_address"] = self.journal_id.service_debit_address
        header = super()._generate_group_header_block(parent_node, gen_args)
        header.MsgId = self._prepare_field(
            self.env._("Message Identification"),
            self._get_message_id(),
            35,
            gen_args,
            raise_if_oversized=True,
        )
        return header

    def _prepare_filename(self):
        """Name the file as the bank wants it."""
        pattern = self.journal_id.service_debit_file_pattern
        if not (self._is_debit() and pattern):
            name = super()._prepare_filename()
            return name if not self._is_debit() else self._get_message_id().replace("/", "-")
        return name_file(pattern, self._get_file_names())

    def _get_file_names(self):
        """Return what the name of a file may be made of, a dict of ``str``; a hook."""
        self.ensure_one()
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        schemes = {"sepa_core": "CORE", "sepa_b2b": "B2B"}
        scheme = self.payment_line_ids.mandate_id[:1].format
        method = self.payment_method_line_id
        identifier = method.sepa_creditor_identifier or self.company_id.sepa_creditor_identifier
        return {
            "message": self._get_message_id(),
            "scheme": schemes.get(scheme, ""),
            "day": now.strftime("%Y%m%d"),
            "time": now.strftime("%H%M%S"),
            "ics": identifier or "",
            "number": str(self.id),
        }
