from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import is_html_empty
from odoo.tools.misc import format_date

from ...tools.sepa import mask_iban
from ..commitment.service_commitment import INFORMED_REGIMES
from ..common.field_values import get_label
from ..contract.service_contract import IN_FORCE

OPEN_INVOICES = ("not_paid", "partial")
DEBITS_SHOWN = 12
MESSAGES_SHOWN = 50


class ShownLine(NamedTuple):
    """One recurring product as the customer reads it; the price is a number."""

    name: str
    days: str
    quantity: float
    price: float
    discount: str
    period: str


class ShownDebit(NamedTuple):
    """One debit to come: what is taken when, for what, and by which mandate."""

    day: date
    amount: float
    cause: str
    mandate: str
    creditor: str
    account: str


class ShownDocument(NamedTuple):
    """One file that a customer may take: the record and the field that hold it."""

    key: str
    name: str
    day: date | None
    record: models.BaseModel
    field: str


class ServiceContract(models.Model):
    """What customers read of their contracts in their pages, and nothing else (L20, S33, S38).

    Portal users have no right on contracts: no field, file or message of one is found by another
    door. Its pages are made with more rights than their reader has, of contracts that
    ``_find_in_portal`` has found to be the reader's.
    """

    _inherit = "service.contract"

    @api.model
    def _get_customer_domain(self):
        """Return the domain of the contracts that the user's pages show; a hook.

        Those of the user's commercial entity, in the user's companies, once they are in force.
        """
        user = self.env.user
        return [
            ("commercial_partner_id", "=", user.commercial_partner_id.id),
            ("company_id", "in", user.company_ids.ids),
            ("state", "in", IN_FORCE),
        ]

    @api.model
    def _find_in_portal(self, contract_id):
        """Return a contract of the user's, with more rights than the user's; else an empty one."""
        return self.sudo().search([*self._get_customer_domain(), ("id", "=", contract_id)])

    def _get_portal_rows(self):
        """Return ``[(contract, commitment that may be refused)]``; queries do not grow."""
        self.commitment_ids.fetch(["number", "date_end", "refusal_deadline", "is_refused"])
        return [(contract, contract._get_refusable_term()) for contract in self]

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for contract in self:
            contract.access_url = f"/my/contracts/{contract.id}"
        return result

    # ----- In words -----

    def _get_portal_title(self):
        """Return what is served, and at which level."""
        self.ensure_one()
        return " · ".join(filter(None, (self.family_id.name, self.level_id.name)))

    def _get_portal_status(self):
        """Return where a contract stands today, in the customer's words."""
        self.ensure_one()
        if self.state == "ended":
            return self.env._("Ended")
        if self.is_suspended:
            return self.env._("Suspended")
        if self.date_start > self._get_local_today():
            return self.env._("Begins on %(day)s", day=format_date(self.env, self.date_start))
        if self.date_end:
            return self.env._("Ends on %(day)s", day=format_date(self.env, self.date_end))
        return self.env._("Active")

    def _get_portal_level(self):
        """Return the level's own words, empty where it has none."""
        self.ensure_one()
        words = self.level_id.description
        return "" if is_html_empty(words) else words

    # ----- What is provided, and what it costs (L20) -----

    def _get_portal_lines(self):
        self.ensure_one()
        return [
            ShownLine(
                line.name,
                line._describe_days(),
                line.quantity,
                self._get_shown_price(line.product_id, line.price_unit),
                line._describe_discount(),
                get_label(line, "price_period"),
            )
            for line in self._get_document_lines()
        ]

    def _get_portal_monthly(self):
        """Return what the contract costs each month, as the customer reads prices."""
        self.ensure_one()
        if self.is_resting:
            return 0.0
        lines = self.line_ids.filtered("is_current")
        return sum(self._get_shown_price(line.product_id, line.price_monthly) for line in lines)

    # ----- How long it binds (L01) -----

    def _get_portal_term(self):
        """Return the commitment that runs today, else the one to come; none without one."""
        self.ensure_one()
        terms = self.commitment_ids.sorted("number")
        current = terms.filtered(lambda term: term.state == "current")
        return (current or terms.filtered(lambda term: term.state == "planned"))[:1]

    def _get_refusable_term(self):
        """Return the commitment whose renewal the customer may refuse today, none without one."""
        self.ensure_one()
        term = self._get_last_term()
        is_open = self._is_renewing(term) and self._get_local_today() <= term.refusal_deadline
        return term if is_open and not self.termination_id else term.browse()

    def _describe_deadline(self):
        """Say until when the renewal may be refused; empty where none may be (L01)."""
        self.ensure_one()
        if not (term := self._get_refusable_term()):
            return ""
        return self.env._(
            "You may refuse the renewal of this contract until %(deadline)s inclusive. Without a "
            "refusal, it is renewed after %(end)s for %(duration)s.",
            deadline=format_date(self.env, term.refusal_deadline),
            end=format_date(self.env, term.date_end),
            duration=self.renewal_duration,
        )

    def _describe_notice_window(self):
        """Say when the customer is informed of the renewal, where the law asks for it (L01)."""
        self.ensure_one()
        term = self._get_refusable_term()
        if not term or self.regime not in INFORMED_REGIMES:
            return ""
        return self.env._(
            "between %(opens)s and %(closes)s",
            opens=format_date(self.env, term.notice_opens),
            closes=format_date(self.env, term.notice_closes),
        )

    # ----- Next debits (L12) -----

    def _get_portal_debits(self):
        """Return the debits that are known: of open invoices, and of announced schedules."""
        self.ensure_one()
        today = self._get_local_today()
        found = [*self._get_invoiced_debits(), *self._get_scheduled_debits()]
        return sorted(debit for debit in found if debit.day >= today)[:DEBITS_SHOWN]

    def _get_invoiced_debits(self):
        groups = self.env["service.charge"]._read_group(
            [
                ("contract_id", "=", self.id),
                ("invoice_id.move_type", "=", "out_invoice"),
                ("invoice_id.state", "=", "posted"),
                ("invoice_id.payment_state", "in", OPEN_INVOICES),
            ],
            ["invoice_id"],
        )
        return [
            debit
            for (invoice,) in groups
            if invoice._is_to_be_debited()
            for debit in self._describe_invoiced_debits(invoice)
        ]

    def _describe_invoiced_debits(self, invoice):
        terms = invoice._get_debit_terms()
        parts = terms.get("parts") or [(terms["amount"], terms["day"])]
        account = mask_iban(terms["account"].acc_number or "")
        return [
            ShownDebit(day, amount, invoice.name, terms["mandate"], terms["creditor"], account)
            for amount, day in parts
        ]

    def _get_scheduled_debits(self):
        lines = self.env["service.debit.schedule.line"].search(
            [
                ("schedule_id.mandate_id", "=", self.mandate_id.id),
                ("schedule_id.mandate_id", "!=", False),
                ("schedule_id.state", "=", "announced"),
            ]
        )
        return [
            ShownDebit(
                line.day,
                line.left_amount,
                self.env._("Schedule of debits"),
                self.mandate_id.unique_mandate_reference,
                self._get_portal_creditor(),
                self._get_portal_account(),
            )
            for line in lines
            if line.left_amount > 0
        ]

    def _get_portal_creditor(self):
        """Return the creditor identifier (ICS) under which the customer is debited."""
        self.ensure_one()
        own = self.payment_method_line_id.sepa_creditor_identifier
        return own or self.company_id.sepa_creditor_identifier or ""

    def _describe_mandate(self):
        """Say by which mandate, and from which account, the contract is debited (L12)."""
        self.ensure_one()
        return self.env._(
            "Mandate %(mandate)s, creditor identifier %(creditor)s, account %(account)s.",
            mandate=self.mandate_id.unique_mandate_reference,
            creditor=self._get_portal_creditor(),
            account=self._get_portal_account(),
        )

    def _get_portal_account(self):
        """Return the customer's account, masked."""
        self.ensure_one()
        return mask_iban(self.mandate_id.partner_bank_id.acc_number or "")

    # ----- Documents (S37) -----

    def _get_portal_documents(self):
        """Return the files that the customer may take; a hook.

        :return: list of ShownDocument
        """
        self.ensure_one()
        found = [*self._get_kept_documents(self, self.env._("Contract %(name)s", name=self.name))]
        for amendment in self.amendment_ids.filtered(lambda row: row.state == "done"):
            found += self._get_kept_documents(amendment, amendment._get_document_name())
        return found + self._get_notice_documents()

    def _get_kept_documents(self, record, name):
        """Yield the printed document of a record, if it is intact, and its signed copy."""
        key = f"{record._table}-{record.id}"
        if record.is_document_intact:
            day = fields.Date.to_date(record.document_id.create_date)
            yield ShownDocument(key, name, day, record.document_id, "raw")
        if record.signed_copy:
            signed = self.env._("%(document)s, signed", document=name)
            yield ShownDocument(f"{key}-signed", signed, None, record, "signed_copy")

    def _get_notice_documents(self):
        """Return the letters by which the customer was told of renewals and new prices (L01)."""
        revisions = self.env["service.price.revision"].search([("contract_id", "=", self.id)])
        messages = self.commitment_ids.notice_message_id | revisions.notice_message_id
        return [
            ShownDocument(
                f"notice-{file.id}", file.name, fields.Date.to_date(message.date), file, "raw"
            )
            for message in messages
            for file in message.attachment_ids
        ]

    def _get_portal_quotation(self):
        """Return the signed quotation where the user's pages show it, an empty one elsewhere."""
        self.ensure_one()
        order = self.sale_order_id.sudo(False)
        return order if order and order.has_access("read") else order.browse()

    # ----- Messages -----

    def _get_portal_messages(self):
        """Return what was written to the customer's people, or by them: nothing else is theirs."""
        self.ensure_one()
        people = ("commercial_partner_id", "=", self.commercial_partner_id.id)
        return self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("message_type", "!=", "user_notification"),
                ("is_internal", "=", False),
                ("subtype_id.internal", "=", False),
                "|",
                "|",
                ("author_id", "any", [people]),
                ("partner_ids", "any", [people]),
                ("notified_partner_ids", "any", [people]),
            ],
            limit=MESSAGES_SHOWN,
        )
