import io
import mimetypes
import zipfile

from odoo import models
from odoo.exceptions import AccessError
from odoo.tools.mimetypes import guess_mimetype
from odoo.tools.misc import format_date

from ...tools.debit_extract import read_debits
from ..common.brought_records import require
from ..common.field_values import get_label
from ..sepa.account_banking_mandate import ACCOUNTING
from .proof_parts import File, Part, Proof, clean_name

REPORT = "service_contract.service_debit_proof_report"


class ServiceDebitProof(models.AbstractModel):
    """All that proves a debit, in one file, with what is missing in it (L14).

    The debit as the bank was asked for it, its mandate and the proof of its signature, what the
    customer was told before and how that reached him, the invoices and the sessions that they
    bill. The debit names its own mandate and announcement: whatever came later changes neither.
    """

    _name = "service.debit.proof"
    _description = "Proof of Debits"

    # ----- One file -----

    def _check_provable(self, payments):
        """Leave proofs, which show whole account numbers, to those who make debit orders."""
        payments.check_access("read")
        payments.payment_order_id.check_access("read")
        if not any(self.env.user.has_group(group) for group in ACCOUNTING.split(",")):
            raise AccessError(self.env._("Proofs of debits are made by accountants."))
        payments._check_at_bank()

    def _take(self, payments):
        """Return the name and the bytes of the file that proves debits; note who has taken it."""
        self._check_provable(payments)
        files = {order: self._read_file(order) for order in payments.sudo().payment_order_id}
        proofs = [
            self._collect(payment, files[payment.payment_order_id].get(payment.memo))
            for payment in payments.sudo().sorted("id")
        ]
        raw = self._pack(proofs)
        for order, debits in payments.grouped("payment_order_id").items():
            order.sudo()._message_log(
                body=self.env._(
                    "%(user)s took the proof of %(debits)s.",
                    user=self.env.user.name,
                    debits=", ".join(debits.mapped("memo")),
                ),
                author_id=self.env.user.partner_id.id,
            )
        return self._name_file(payments), raw

    def _name_file(self, payments):
        memo = payments.memo if len(payments) == 1 else payments[:1].partner_id.name
        title = self.env._("Proof %(debit)s", debit=memo)
        return f"{clean_name(title)}.zip"

    def _pack(self, proofs):
        """Return an archive: the sheets that say what there is, and the papers."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for proof in proofs:
                folder = f"{clean_name(proof.payment.memo)}/" if len(proofs) > 1 else ""
                for file in [self._print_first_sheet(proof), *proof.files]:
                    archive.writestr(f"{folder}{file.name}", file.content)
        return buffer.getvalue()

    def _print_first_sheet(self, proof):
        title = self.env._("0 Proof of the debit")
        return self._print(REPORT, proof.payment, title, "", proof=proof)

    def _print(self, report, records, title, words, **data):
        """Return a printed document as a file."""
        require(self.env, report, self.env._("The document “%(name)s”", name=title))
        reports = self.env["ir.actions.report"].sudo()
        content, kind = reports._render_qweb_pdf(report, records.ids, data=data or None)
        return File(f"{clean_name(title)}.{kind}", content, words)

    # ----- What there is -----

    def _collect(self, payment, filed):
        """Return what proves a debit: ``Proof``, its parts in the order in which a bank asks.

        :param filed: ``FiledDebit``, None where no file has it
        """
        proof = Proof(payment, [])
        for number, get_part in enumerate(self._get_parts(), start=1):
            part = get_part(payment, filed)
            for file in part.files:
                file.name = f"{number} {file.name}"
            proof.parts.append(part)
        self._number_same_names(proof.files)
        return proof

    def _get_parts(self):
        """Return the functions that make the parts, called with debit and ``FiledDebit``; a hook.

        A module that keeps something else of a debit adds its own.
        """
        return [
            self._get_debit_part,
            self._get_mandate_part,
            self._get_notice_part,
            self._get_invoice_part,
            self._get_session_part,
        ]

    def _number_same_names(self, files):
        """Give each file a name of its own, whatever the customers' files are called."""
        taken = set()
        for file in files:
            stem, dot, ending = file.name.rpartition(".")
            number, name = 1, file.name
            while name.lower() in taken:
                number += 1
                name = f"{stem} ({number}){dot}{ending}"
            taken.add(name.lower())
            file.name = name

    # ----- The debit, as the bank was asked for it -----

    def _read_file(self, order):
        """Return what the file at the bank says of its debits, by end-to-end id.

        Nothing where there is no such file.
        """
        file = order.service_file_ids.filtered(lambda one: not one.is_void)[:1]
        try:
            return read_debits(file._get_raw() or order.payment_file_id.raw or b"")
        except ValueError:
            return {}

    def _get_debit_part(self, payment, filed):
        order, lot = payment.payment_order_id, payment.payment_lot_id
        part = Part(self.env._("The debit"))
        part.tell(self.env._("Creditor"), payment.company_id.name)
        part.tell(self.env._("Debtor"), payment.partner_id.display_name)
        part.tell(self.env._("Amount"), payment.currency_id.format(payment.amount))
        part.tell(self.env._("Debited on"), format_date(self.env, payment.date))
        part.tell(self.env._("End-to-end id"), payment.memo)
        part.tell(self.env._("Lot"), lot.name)
        part.tell(
            self.env._("File"),
            self.env._(
                "%(order)s, at the bank on %(day)s",
                order=order.name,
                day=format_date(self.env, order.date_uploaded),
            ),
        )
        if filed:
            self._tell_filed(part, payment, filed)
        else:
            part.missing.append(
                self.env._("The file that went to the bank is not kept, or has no such debit.")
            )
        part.tell(
            self.env._("Credited on"),
            lot.service_credit_date and format_date(self.env, lot.service_credit_date),
        )
        for line in payment._get_debit_returns()[payment]:
            part.tell(self.env._("Returned"), line._describe_return())
        part.tell(self.env._("May be had back"), lot._describe_risk())
        return part

    def _tell_filed(self, part, payment, filed):
        """Say what the file says, word by word, and add its part that is about this debit."""
        part.tell(self.env._("Message"), filed.message)
        part.tell(self.env._("Scheme"), f"{filed.scheme} {filed.sequence_type}".strip())
        part.tell(self.env._("Creditor identifier"), filed.creditor)
        part.tell(self.env._("Account that was debited"), filed.account)
        part.tell(self.env._("Mandate in the file"), filed.mandate)
        if filed.is_amended:
            words = self.env._(
                "The file told the bank that the account is another one than before."
            )
            part.tell(self.env._("Amended"), f"{words} {filed.original_account}".strip())
        title = self.env._("Debit in the bank file")
        words = self.env._("What the bank got, of this debit alone.")
        part.files.append(File(f"{clean_name(title)}.xml", filed.extract(), words))

    # ----- The mandate, and the proof of its signature -----

    def _get_mandate_part(self, payment, filed):
        part = Part(self.env._("The mandate"))
        mandate = payment.payment_line_ids.mandate_id[:1]
        if not mandate:
            part.missing.append(self.env._("The debit names no mandate."))
            return part
        self._tell_mandate(part, mandate)
        self._tell_signature(part, mandate, filed)
        self._tell_account(part, mandate, filed)
        for words in self._get_mandate_history(mandate):
            part.tell(*words)
        return part

    def _tell_mandate(self, part, mandate):
        part.tell(self.env._("Reference"), mandate.unique_mandate_reference)
        part.tell(self.env._("Debtor"), mandate.partner_id.display_name)
        part.tell(self.env._("Scheme"), get_label(mandate, "format"))
        part.tell(self.env._("State today"), get_label(mandate, "state"))
        part.tell(
            self.env._("Registered at the debtor's bank on"),
            mandate.service_registered_on and format_date(self.env, mandate.service_registered_on),
        )
        successor = mandate.search([("service_replaces_id", "=", mandate.id)], limit=1)
        part.tell(self.env._("Replaced later by"), successor.unique_mandate_reference)

    def _tell_signature(self, part, mandate, filed):
        signed = mandate.signature_date
        part.say(
            self.env._("Day of the signature"),
            signed and format_date(self.env, signed),
            self.env._("The day of the signature is not known."),
        )
        if filed and filed.signed_on and filed.signed_on != signed:
            part.missing.append(
                self.env._(
                    "The file says that the mandate was signed on %(filed)s, it is otherwise now.",
                    filed=format_date(self.env, filed.signed_on),
                )
            )
        part.tell(self.env._("Electronic proof"), mandate.service_proof)
        if paper := self._get_paper(mandate):
            part.files.append(paper)
        elif not mandate.service_proof:
            part.missing.append(
                self.env._(
                    "There is neither the signed mandate nor another proof of its signature."
                )
            )
        else:
            part.missing.append(
                self.env._("The electronic proof is kept elsewhere: get it there, and add it.")
            )

    def _get_paper(self, mandate):
        """Return the signed mandate as a file, None where nobody has attached it."""
        attachment = self._find_scan(mandate)
        content = attachment.raw if attachment else mandate.with_context(bin_size=False).scan
        if not content:
            return None
        ending = mimetypes.guess_extension(guess_mimetype(content)) or ".bin"
        day = attachment.create_date or mandate.write_date
        title = self.env._("Mandate %(rum)s", rum=mandate.unique_mandate_reference)
        return File(
            f"{clean_name(title)}{ending}",
            content,
            self.env._("The signed mandate, kept since %(day)s.", day=format_date(self.env, day)),
        )

    def _find_scan(self, mandate):
        attachments = self.env["ir.attachment"].sudo()
        return attachments.search(
            [
                ("res_model", "=", mandate._name),
                ("res_id", "=", mandate.id),
                ("res_field", "=", "scan"),
            ],
            limit=1,
        )

    def _tell_account(self, part, mandate, filed):
        """Say where the mandate's account is no longer the one that was debited (L15b)."""
        account = mandate.partner_bank_id.sanitized_acc_number or ""
        if filed and filed.account and filed.account != account:
            part.tell(
                self.env._("Account today"),
                self.env._(
                    "%(account)s: it was changed after this debit, which went to %(debited)s.",
                    account=account,
                    debited=filed.account,
                ),
            )

    def _get_mandate_history(self, mandate):
        """Return ``[(when and who, what)]`` of the mandate's thread: what was changed by whom."""
        orders = self.env["account.payment.order"]
        return [
            (f"{format_date(self.env, message.date)} {message.author_id.name or ''}".strip(), words)
            for message in mandate.message_ids.sorted("id")
            if (words := orders._describe_message(message))
        ]
