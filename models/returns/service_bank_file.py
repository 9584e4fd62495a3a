import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import bank_returns
from ..common.client_actions import notify, open_window


class ServiceBankFile(models.Model):
    """A file of the bank that was read: what it says came back, once (L14, L15c)."""

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

    # ----- Read -----

    @api.model
    def create_document_from_attachment(self, attachment_ids):
        """Read the files that somebody has dropped on the list; show what they say.

        The name is that of Odoo's own uploaders. A file that is none changes nothing: it is
        dropped, and why is said beside its name; the others are read.
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
        one = self._as_workflow().create(
            self._prepare_vals(attachment.name, self._read(data), digest)
        )
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
        return {
            "name": name,
            "kind": content.kind,
            "message_id": content.message_id,
            "day": content.day,
            "digest": digest,
            "debit_count": len(content.debits),
            "known_count": known,
            "other_count": content.others,
            "return_ids": [fields.Command.create(vals) for vals in returns],
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
        return notify(
            self.env._(
                "Booked: %(count)s returned debits. What is to be decided is in “To Settle”.",
                count=len(ready.line_ids),
            )
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
