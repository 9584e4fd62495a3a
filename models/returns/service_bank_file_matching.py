from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_amount


class ServiceBankFile(models.Model):
    """Which debits of ours a file means: by end-to-end id, by batch, by message (L15c)."""

    _inherit = "service.bank.file"

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
        groups, known = defaultdict(list), 0
        for debit in content.debits:
            found = meant.get(self._get_key(debit), [])
            fresh = [payment for payment in found if payment not in taken]
            known += bool(found) and not fresh
            taken.update(fresh)
            for payment in fresh or ([] if found else [payments.browse()]):
                vals = self._prepare_line(debit, payment, reasons)
                groups[self._get_group(debit, payment)].append(vals)
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

    def _find_by_reference(self, reference, company):
        """Return the payment with an end-to-end id, none where it is not one."""
        payments = self.env["account.payment"].search(
            [*self._get_debits_domain(company), ("memo", "=", reference)], limit=2
        )
        return payments if len(payments) == 1 else payments.browse()

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
        return {
            "date": debit.day,
            "reference": debit.end_to_end_id or debit.batch_id or debit.message_id,
            "reason_id": reasons[debit.reason].id if debit.reason in reasons else False,
            "reason_additional_information": debit.information
            or (debit.reason if debit.reason not in reasons else False),
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

    def _get_group(self, debit, payment):
        """Return journal, payment method and day: what makes one return."""
        journal = payment.journal_id or self._find_journal(debit.account)
        return journal, payment.payment_method_line_id, debit.day

    def _find_journal(self, account):
        """Return the bank journal of an IBAN, else the company's first that collects by SEPA."""
        journals = self.env["account.journal"].search(
            [("company_id", "=", self.env.company.id), ("type", "=", "bank")]
        )
        number = "".join(filter(str.isalnum, account))
        own = journals.filtered(
            lambda one: number and one.bank_account_id.sanitized_acc_number == number
        )
        collecting = journals.filtered(
            lambda one: "sepa_direct_debit" in one.inbound_payment_method_line_ids.mapped("code")
        )
        if not journals:
            raise UserError(
                self.env._("%(company)s has no bank journal.", company=self.env.company.name)
            )
        return (own or collecting or journals)[0]

    def _prepare_return(self, journal, method, day, rows):
        return {
            "company_id": self.env.company.id,
            "journal_id": journal.id,
            "payment_method_line_id": method.id,
            "date": day,
            "state": "imported",
            "line_ids": [fields.Command.create(row) for row in rows],
        }
