from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import email_normalize
from odoo.tools.misc import format_date, formatLang

from ..common.brought_records import require
from ..common.service_notice_mixin import FAILED
from .service_exception import DECLARATION, LOST

CRON = "service_contract.service_declaration_cron"
RECEIPT = "service_contract.service_declaration_receipt_mail_template"
OUTCOME = "service_contract.service_declaration_outcome_mail_template"
# ``(kind of attempt, how many, in how many seconds)``
BY_NETWORK = ("declaration", 10, 3600)
BY_ADDRESS = ("declaration_mail", 5, 24 * 3600)
OF_ALL = ("declaration_all", 200, 3600)


class ServiceDeclaration(models.Model):
    """How declarations arrive: kept at once, answered by a receipt, each form once (L19, L21).

    The request that sends one looks nothing up and writes to nobody: whether a contract is known
    is told neither by words nor by time. The job that it wakes does the rest.
    """

    _inherit = "service.declaration"

    receipt_mail_id = fields.Many2one(
        "mail.mail",
        string="Receipt",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        lock="workflow",
    )
    is_receipt_held = fields.Boolean(
        string="Receipt Shown only",
        readonly=True,
        help="The address has had so many receipts that no further one was mailed.",
        lock="workflow",
    )
    is_lost = fields.Boolean(string="Loss Told", readonly=True, lock="workflow")
    is_taken_in = fields.Boolean(readonly=True, index=True, lock="workflow")
    receipt_failure = fields.Char(
        string="Receipt not Delivered", compute="_compute_receipt_failure", compute_sudo=True
    )

    @api.depends("receipt_mail_id.state", "receipt_mail_id.failure_reason")
    def _compute_receipt_failure(self):
        for declaration in self:
            mail = declaration.receipt_mail_id
            statuses = set(mail.notification_ids.mapped("notification_status"))
            is_failed = mail.state in ("exception", "cancel") or bool(statuses & set(FAILED))
            declaration.receipt_failure = is_failed and (
                mail.failure_reason or self.env._("The mail came back.")
            )

    # ----- Who may send how much -----

    @api.model
    def _may_send(self, network):
        """Count a sending from a network; tell whether it is one of those allowed."""
        attempts = self.env["service.attempt"].sudo()
        kind, limit, seconds = BY_NETWORK
        return attempts._allow(kind, attempts._get_network_key(network), limit, seconds)

    @api.model
    def _may_mail(self, address):
        """Count a receipt to an address: nobody floods another one's mailbox by our forms."""
        kind, limit, seconds = BY_ADDRESS
        return self.env["service.attempt"].sudo()._allow(kind, address, limit, seconds)

    def _watch_all(self):
        """Tell the managers where declarations come in crowds; nobody is kept out by it."""
        kind, limit, seconds = OF_ALL
        for company in self.company_id:
            if self.env["service.attempt"].sudo()._allow(kind, company.id, limit, seconds):
                continue
            own = self.with_context(lang=company.partner_id.lang).env
            words = own._(
                "More than %(count)s declarations within an hour: look whether somebody floods "
                "the public pages.",
                count=limit,
            )
            own["service.exception"]._report(company, "contract", words, job=DECLARATION)

    # ----- What is sent -----

    @api.model
    def _receive(self, company, form_key, vals, trace=None):
        """Keep what was sent, and wake the job; a form that was sent already stays one.

        ``vals`` are the values of the form, ``trace`` the address and browser that sent it.
        """
        declarations = self.sudo().with_company(company)
        if found := declarations.search([("form_key", "=", form_key)]):
            return found
        try:
            with self.env.cr.savepoint():
                declaration = declarations.create(
                    {
                        **vals,
                        **(trace or {}),
                        "company_id": company.id,
                        "form_key": form_key,
                        "is_receipt_held": not self._may_mail(email_normalize(vals["email"])),
                        "sent_at": fields.Datetime.now(),
                    }
                )
        except UniqueViolation as error:
            raise ConcurrencyError(str(error)) from error
        if job := self.env.ref(CRON, raise_if_not_found=False):
            job.sudo()._trigger()
        return declaration

    # ----- The job -----

    @api.model
    def _cron_take_in(self):
        """Match what names its contract exactly, tell somebody of the rest, mail the receipts."""
        owed = [("receipt_mail_id", "=", False), ("is_receipt_held", "=", False)]
        lost = [("receipt_mail_id.state", "in", ("exception", "cancel")), ("is_lost", "=", False)]
        self.env["service.batch.runner"]._run_steps(
            [
                (self, owed, lambda part: part._send_receipts(), "declaration_receipts"),
                (
                    self,
                    [("is_taken_in", "=", False)],
                    lambda part: part._take_in(),
                    "declaration_intake",
                ),
                (self, lost, lambda part: part._tell_lost_receipts(), "declaration_losses"),
                *self._get_keeping_steps(),
            ]
        )

    def _take_in(self):
        self._as_workflow().is_taken_in = True
        self._find_its_contract()
        for declaration in self:
            declaration._watch_all()

    def _send_receipts(self):
        """Queue the receipts: what was sent, and when, on a durable medium."""
        for declaration in self:
            mail_id = declaration._send_by(RECEIPT, declaration.email_normalized)
            declaration._as_workflow().receipt_mail_id = mail_id

    def _send_by(self, xmlid, address):
        """Queue a mail of a template and return it."""
        template = require(
            self.env, xmlid, self.env._("The e-mail template of declarations")
        ).sudo()
        values = {"email_to": address, "auto_delete": False}
        return template.send_mail(self.id, force_send=False, email_values=values)

    def _tell_lost_receipts(self):
        """Tell somebody of receipts that did not arrive, once: the customer may be called."""
        self._as_workflow().is_lost = True
        for declaration in self:
            own = declaration.with_context(lang=declaration.company_id.partner_id.lang)
            words = own.env._(
                "The receipt did not reach %(email)s: %(failure)s",
                email=own.email,
                failure=own.receipt_failure,
            )
            own.env["service.exception"]._report(own, "contract", words, job=LOST)

    # ----- Words to the customer -----

    def _describe_received(self):
        """Return the sentence that confirms what was sent, with day and hour."""
        self.ensure_one()
        values = {"company": self.sudo().company_id.name, "sent": self._get_sent_words()}
        if self.kind == "withdrawal":
            return self.env._(
                "%(company)s has received your withdrawal on %(sent)s. The day on which you sent "
                "it counts.",
                **values,
            )
        return self.env._(
            "%(company)s has received your termination on %(sent)s. The day on which you sent it "
            "counts.",
            **values,
        )

    def _describe_receipt(self):
        self.ensure_one()
        if self.is_receipt_held:
            return self.env._(
                "This address has had many receipts today: no further mail goes out. Print this "
                "page, or save it."
            )
        return self.env._(
            "The same receipt goes to %(email)s. You may also print this page, or save it.",
            email=self.email,
        )

    def _describe_next(self):
        self.ensure_one()
        return self.env._(
            "We look up your contract and tell you when it ends, and what follows from it. "
            "Nothing ends before we have looked at it. If you were mistaken, or did not send "
            "this, write to %(address)s.",
            address=self.sudo().company_id._get_written_to(),
        )

    def _describe_outcome(self):
        """Return in sentences what became of it, and what follows (L215-1-1)."""
        self.ensure_one()
        if self.state == "closed":
            words = self.env._("We have looked at what you sent us. Nothing follows from it.")
            return [words, self.answer_text]
        if self.termination_id:
            return self._describe_end()
        return [
            self.env._(
                "What you ordered by %(number)s is taken back. Nothing is owed for it, and what "
                "you have paid for it is refunded within 14 days.",
                number=self.contract_id.name or self.order_id.name,
            )
        ]

    def _describe_end(self):
        termination = self.termination_id
        amounts = {
            name: formatLang(self.env, termination[name], currency_obj=termination.currency_id)
            for name in ("claimed_amount", "refund_amount")
        }
        sentences = [
            self.env._(
                "Your contract %(contract)s ends on %(day)s.",
                contract=self.contract_id.name,
                day=format_date(self.env, termination.effective_date),
            ),
            self.env._(
                "For the rest of your commitment %(amount)s is billed, without tax.",
                amount=amounts["claimed_amount"],
            )
            if termination.claimed_amount
            else self.env._("Nothing is claimed for later days."),
        ]
        if termination.refund_amount:
            sentences.append(
                self.env._(
                    "What you have paid ahead for later days is given back: %(amount)s, without "
                    "tax.",
                    amount=amounts["refund_amount"],
                )
            )
        if termination.refund_by:
            day = format_date(self.env, termination.refund_by)
            sentences.append(self.env._("You are refunded by %(day)s.", day=day))
        return sentences

    # ----- The inbox -----

    def _put_in_inbox(self):
        """Have somebody look at what waits."""
        for declaration in self.sudo():
            own = declaration.with_context(lang=declaration.company_id.partner_id.lang)
            matters = own.env["service.exception"]
            matters._report(own, "contract", own._describe_waiting(), job=DECLARATION)

    def _describe_waiting(self):
        self.ensure_one()
        found = self.contract_id or self.order_id
        about = found.name if found else self.env._("No contract is matched yet.")
        return "\n".join(filter(None, [self._describe(), about, self.right_note]))

    def _leave_inbox(self):
        self.env["service.exception"]._settle(self, "contract", DECLARATION)

    # ----- What became of it -----

    def _tell_outcome(self):
        """Tell the customer, on a durable medium, what became of the declaration (L215-1-1)."""
        for declaration in self.sudo():
            for address in declaration._get_outcome_addresses():
                declaration._send_by(OUTCOME, address)

    def _get_outcome_addresses(self):
        """Return to whom the outcome goes: the customer's own address, and the typed one.

        What is told of a contract goes to no address that is not its customer's.
        """
        self.ensure_one()
        if self.state == "closed":
            return [self.email_normalized]
        customer = (self.contract_id or self.order_id).partner_id
        known = self._get_addresses(customer)
        typed = {self.email_normalized} & known
        return sorted(typed | ({customer.email_normalized} & known)) or sorted(known)[:1]
