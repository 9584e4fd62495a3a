import hashlib
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_amount

from ...tools import bank_returns
from ..common.client_actions import notify, open_window

TO_CREDIT = ("ready", "open")


class ServiceBankFile(models.Model):
    """A file of the bank that was read: what it says came back, once (L14, L15c).

    Debits are known by end-to-end id, by batch or by message.
    """

    _name = "service.bank.file"
    _description = "Bank File"
    _inherit = ["mail.thread", "service.workflow.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _is_made_by_workflow = True

    name = fields.Char(string="File", required=True, lock="workflow")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        lock="workflow",
    )
    kind = fields.Char(required=True, lock="workflow", help="The ISO 20022 message.")
    message_id = fields.Char(lock="workflow")
    day = fields.Date(string="Date", required=True, lock="workflow")
    digest = fields.Char(required=True, lock="workflow", help="SHA-256 of the file.")
    debit_count = fields.Integer(string="Came Back", lock="workflow")
    known_count = fields.Integer(
        string="Known Already", lock="workflow", help="Another file told of them before."
    )
    other_count = fields.Integer(
        string="Other Entries",
        lock="workflow",
        help="Payments, fees and credits, which this file is not read for.",
    )
    credit_data = fields.Json(
        readonly=True, lock="workflow", help="The credits of our lots, and what became of them."
    )
    credit_count = fields.Integer(string="Lots Credited", compute="_compute_credits")
    credit_ready_count = fields.Integer(string="Credits to Book", compute="_compute_credits")
    credit_text = fields.Text(string="Credits", compute="_compute_credits")
    return_ids = fields.One2many("payment.return", "service_file_id", string="Returns")
    to_find_count = fields.Integer(string="To Find", compute="_compute_states")
    to_book_count = fields.Integer(string="To Book", compute="_compute_states")
    booked_count = fields.Integer(string="Booked", compute="_compute_states")

    _digest_unique = models.UniqueIndex("(company_id, digest)", "This file has been read already.")

    @api.depends("return_ids.state", "return_ids.line_ids.move_line_ids")
    def _compute_states(self):
        for one in self:
            waiting = one._get_waiting().line_ids
            one.to_find_count = len(waiting.filtered(lambda line: not line.move_line_ids))
            one.to_book_count = len(waiting) - one.to_find_count
            booked = one.return_ids.filtered(lambda other: other.state == "done")
            one.booked_count = len(booked.line_ids)

    @api.depends("credit_data")
    @api.depends_context("lang")
    def _compute_credits(self):
        lots = self.env["account.payment.lot"].sudo()
        for one in self:
            rows = one.credit_data or []
            one.credit_count = len(rows)
            one.credit_ready_count = len([row for row in rows if row["state"] in TO_CREDIT])
            one.credit_text = "\n".join(lots._describe_credit_of(row) for row in rows)

    # ----- Read -----

    def create_document_from_attachment(self, attachment_ids):
        """Read the files that somebody has dropped on the list; show what they say.

        Name and arguments are those of Odoo's own uploaders. A file that is none changes nothing:
        it is dropped, and why is said beside its name; the others are read.
        """
        self.browse().check_access("create")
        attachments = self.env["ir.attachment"].browse(attachment_ids)
        attachments.check_access("read")
        files, refusals = self.browse(), {}
        for attachment in attachments:
            try:
                files += self._read_attachment(attachment)
            except UserError as error:
                refusals[attachment.name] = str(error)
                attachment.unlink()
        return self._show(files, refusals)

    def _show(self, files, refusals):
        """Return the action that shows files, or the list, and says what was refused."""
        action = open_window(self.env, "service_contract.service_bank_file_action")
        if len(files) == 1:
            action.update({"res_id": files.id, "views": [(False, "form")], "view_mode": "form"})
        if refusals:
            action["context"] = {**action["context"], "notifications": refusals}
        return action

    def _read_attachment(self, attachment):
        """Return the file of an attachment, the one that was read before where it is the same."""
        data = attachment.raw or b""
        digest = hashlib.sha256(data).hexdigest()
        known = self.search([("digest", "=", digest), ("company_id", "=", self.env.company.id)])
        if known:
            attachment.unlink()
            known.message_post(body=self.env._("The same file was read again: nothing was added."))
            return known
        vals = self._prepare_vals(attachment.name, self._read(data), digest)
        one = self.sudo().create(vals).with_env(self.env)
        attachment.write({"res_model": self._name, "res_id": one.id})
        return one

    @api.model
    def _read(self, data):
        """Return what a file says; UserError in words, with its line, where it is none."""
        try:
            return bank_returns.read(data)
        except bank_returns.BankFileError as error:
            raise UserError(self._describe_fault(error)) from error

    def _describe_fault(self, error):
        words = {
            "too_large": self.env._(
                "The file is larger than %(size)s MB.",
                size=bank_returns.MAX_BYTES // 1024 // 1024,
            ),
            "broken": self.env._("This is no readable XML. %(text)s", text=error.text),
            "kind": self.env._(
                "Line %(line)s: “%(text)s” is none of the files that tell of returned debits: "
                "pain.002, camt.053 or camt.054.",
                line=error.line,
                text=error.text,
            ),
            "missing": self.env._(
                "Line %(line)s: %(text)s is missing.", line=error.line, text=error.text
            ),
            "wrong": self.env._(
                "Line %(line)s: “%(text)s” cannot be read.", line=error.line, text=error.text
            ),
        }
        return words[error.code]

    def _prepare_vals(self, name, content, digest):
        known, returns = self._prepare_returns(content)
        credits = self.env["account.payment.lot"].sudo()._find_credits(content.credits, self)
        return {
            "name": name,
            "kind": content.kind,
            "message_id": content.message_id,
            "day": content.day,
            "digest": digest,
            "debit_count": len(content.debits),
            "known_count": known,
            "other_count": max(content.others - len(credits), 0),
            "credit_data": credits,
            "return_ids": [fields.Command.create(vals) for vals in returns],
        }

    # ----- Which debits it means -----

    def _prepare_returns(self, content):
        """Return how many debits are known already, and the values of the returns of the others.

        A return is of one journal, payment method and day. Debits that are not found, or not as
        the file says, keep nobody from the rest: booking parts them.
        """
        payments = self._find_payments(content.debits)
        meant = self._index_payments(payments)
        taken = set(self._get_returned_payments(payments))
        codes = {debit.reason for debit in content.debits}
        reasons = self.env["payment.return.reason"]._get_by_code(codes)
        lost = {debit.account for debit in content.debits if self._get_key(debit) not in meant}
        journals = self._index_journals(lost)
        groups, known = defaultdict(list), 0
        for debit in content.debits:
            found = meant.get(self._get_key(debit), [])
            fresh = [payment for payment in found if payment not in taken]
            known += bool(found) and not fresh
            taken.update(fresh)
            for payment in fresh or ([] if found else [payments.browse()]):
                vals = self._prepare_line(debit, payment, reasons)
                journal = payment.journal_id or journals[debit.account]
                groups[journal, payment.payment_method_line_id, debit.day].append(vals)
        return known, [self._prepare_return(*key, rows) for key, rows in groups.items()]

    def _find_payments(self, debits):
        """Return the payments of our debit orders that a file may mean, in one query."""
        names = {debit.end_to_end_id for debit in debits}
        batches = {debit.batch_id for debit in debits if not debit.end_to_end_id}
        messages = {
            debit.message_id for debit in debits if not (debit.end_to_end_id or debit.batch_id)
        }
        meant = (
            Domain("memo", "in", list(names - {""}))
            | Domain("payment_lot_id.name", "in", list(batches - {""}))
            | Domain("payment_order_id.name", "in", list(messages - {""}))
        )
        ours = Domain(self._get_debits_domain(self.env.company))
        return self.env["account.payment"].search(ours & meant)

    def _index_references(self, references, company):
        """Return ``{end-to-end id: payment}`` of the references that are one of a single debit."""
        payments = self.env["account.payment"].search(
            [*self._get_debits_domain(company), ("memo", "in", list(references))]
        )
        return {memo: some for memo, some in payments.grouped("memo").items() if len(some) == 1}

    def _get_debits_domain(self, company):
        return [
            ("company_id", "=", company.id),
            ("payment_order_id", "!=", False),
            ("payment_type", "=", "inbound"),
        ]

    def _index_payments(self, payments):
        """Return ``{(what, name): payments}``: by end-to-end id, by batch and by message."""
        index = defaultdict(list)
        for payment in payments:
            index["debit", payment.memo].append(payment)
            index["batch", payment.payment_lot_id.name].append(payment)
            index["message", payment.payment_order_id.name].append(payment)
        return index

    def _get_key(self, debit):
        """Return what a file means by a row, and its name: a batch or message is all its debits."""
        if debit.end_to_end_id:
            return "debit", debit.end_to_end_id
        return ("batch", debit.batch_id) if debit.batch_id else ("message", debit.message_id)

    def _get_returned_payments(self, payments):
        """Return the payments that a return names already, booked or to be booked."""
        lines = self.env["payment.return.line"].search(
            [
                ("move_line_ids.payment_id", "in", payments.ids),
                ("return_id.state", "!=", "cancelled"),
            ]
        )
        return lines.move_line_ids.payment_id & payments

    def _prepare_line(self, debit, payment, reasons):
        """Return the values of the line of one debit; ``payment`` is empty where none is found."""
        entries = payment._get_service_debit_lines()
        amount = float(debit.amount or 0)
        problem = self._get_problem(amount, payment, entries)
        customer = payment.partner_id
        words = ["" if debit.reason in reasons else debit.reason, debit.information]
        return {
            "date": debit.day,
            "reference": debit.end_to_end_id or debit.batch_id or debit.message_id,
            "reason_id": reasons[debit.reason].id if debit.reason in reasons else False,
            "reason_additional_information": " ".join(filter(None, words)),
            "concept": debit.mandate,
            "partner_id": customer.id,
            "partner_name": customer.name or debit.debtor,
            "amount": amount or payment.amount,
            "move_line_ids": [fields.Command.set([] if problem else entries.ids)],
            "service_problem": problem,
        }

    def _get_problem(self, amount, payment, entries):
        """Return in words what keeps a debit of a file from being taken as ours, or empty.

        :param float amount: what came back by the bank, 0 where it does not say
        """
        if not payment:
            return self.env._(
                "No debit has this reference: find the invoice by its customer, amount or number."
            )
        order = payment.payment_order_id
        if order.state != "uploaded":
            return self.env._(
                "%(order)s is not booked as uploaded: confirm its upload, then look again.",
                order=order.name,
            )
        if not entries.reconciled:
            return self.env._("This debit pays no invoice any more.")
        if amount and payment.currency_id.compare_amounts(amount, payment.amount):
            return self.env._(
                "The bank says %(amount)s, %(debited)s was debited.",
                amount=format_amount(self.env, amount, payment.currency_id),
                debited=format_amount(self.env, payment.amount, payment.currency_id),
            )
        return ""

    def _index_journals(self, accounts):
        """Return the bank journal of each IBAN, else the company's first that collects by SEPA.

        :return: ``{account: account.journal}``
        """
        journals = self.env["account.journal"].search(
            [("company_id", "=", self.env.company.id), ("type", "=", "bank")]
        )
        if accounts and not journals:
            raise UserError(
                self.env._("%(company)s has no bank journal.", company=self.env.company.name)
            )
        collecting = journals.filtered(
            lambda one: "sepa_direct_debit" in one.inbound_payment_method_line_ids.mapped("code")
        )
        own = journals.grouped(lambda one: one.bank_account_id.sanitized_acc_number or None)
        other = (collecting or journals)[:1]
        return {
            account: own.get("".join(filter(str.isalnum, account)), other)[0]
            for account in accounts
        }

    def _prepare_return(self, journal, method, day, rows):
        return {
            "company_id": self.env.company.id,
            "journal_id": journal.id,
            "payment_method_line_id": method.id,
            "date": day,
            "state": "imported",
            "line_ids": [fields.Command.create(row) for row in rows],
        }

    # ----- Work -----

    def action_match(self):
        """Look again for the debits that were not found: an upload may have been booked since."""
        self.check_access("write")
        waiting = self._get_waiting().line_ids.filtered(lambda line: not line.move_line_ids)
        found = waiting._find_again()
        return notify(
            self.env._(
                "Found: %(count)s of %(total)s debits.", count=len(found), total=len(waiting)
            ),
            "success" if found else "info",
        )

    def action_book(self):
        """Book what was found; what was not waits apart."""
        self.check_access("write")
        ready = self._get_waiting()._part_found()
        if not ready:
            raise UserError(self.env._("There is nothing to book: find the debits first."))
        for one in ready:
            one.action_confirm()
        if ready.filtered(lambda one: one.state == "booking"):
            return notify(
                self.env._(
                    "%(count)s returned debits are being booked in the background: you are told "
                    "when all is done.",
                    count=len(ready.line_ids),
                ),
                "info",
            )
        return notify(
            self.env._(
                "Booked: %(count)s returned debits. What is to be decided is in “To Settle”.",
                count=len(ready.line_ids),
            )
        )

    def action_book_credits(self):
        """Book the credits of lots: their invoices are paid. What does not fit is said."""
        self.check_access("write")
        self.env["account.payment.order"].check_access("write")
        lots, states = self.env["account.payment.lot"].sudo(), []
        for one in self:
            rows = one.credit_data or []
            for row in rows:
                if row["state"] in TO_CREDIT:
                    row["state"] = lots._book_credit(row)
                    states.append(row["state"])
            one._as_workflow().credit_data = rows
        return notify(
            self.env._(
                "Booked: %(count)s of %(total)s credits.",
                count=states.count("booked"),
                total=len(states),
            ),
            "warning" if "open" in states else "success",
        )

    def _get_waiting(self):
        return self.return_ids.filtered(lambda one: one.state in ("draft", "imported"))

    def action_open_returns(self):
        self.ensure_one()
        self.check_access("read")
        return open_window(
            self.env,
            "account_payment_return.payment_return_action",
            [("id", "in", self.return_ids.ids)],
        )
