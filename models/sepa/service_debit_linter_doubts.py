from collections import defaultdict

from odoo import models
from odoo.tools.misc import format_amount, format_date

from .debit_finding import ASK, CREDIT, NOTE, Finding


class ServiceDebitLinter(models.AbstractModel):
    """What may be paid already, was debited before, or is much: a person decides once."""

    _inherit = "service.debit.linter"

    def _check_doubts(self, debits, sets_off):
        """Find doubts; what somebody has decided is not asked again, what came up since is.

        With all the rest: who decides knows all of it.
        """
        debits = [debit for debit in debits if debit.line]
        decided = self._find_decided(debits, sets_off)
        rest = [debit for debit in debits if debit not in decided]
        doubts = self._find_doubts(rest, sets_off)
        for debit in rest:
            if words := debit.line._get_sent_words():
                yield debit, Finding(ASK, CREDIT, words)
            for finding in doubts[debit]:
                yield debit, finding

    def _find_decided(self, debits, sets_off):
        """Return the debits that go on in spite of all that speaks against them now, as a set.

        Who decided read it in his language: it is looked for in each of them.
        """
        waiting = {debit for debit in debits if debit.move.service_debit_decision == "debit"}
        decided = set()
        for code, _name in self.env["res.lang"].get_installed() if waiting else []:
            rest = list(waiting - decided)
            doubts = self.with_context(lang=code)._find_doubts(rest, sets_off)
            decided |= {
                debit
                for debit in rest
                if debit.move._get_accepted_doubts()
                >= {finding.words for finding in doubts[debit] if finding.stays}
            }
        return decided

    def _find_doubts(self, debits, sets_off):
        """Return ``{debit: [Finding, …]}`` of credits not set off, and of amounts over the limit.

        A hook.
        """
        found = defaultdict(list)
        for (company,), group in self._group(debits, "company").items():
            unseen = self._find_unseen(group, company, sets_off)
            for debit in group:
                found[debit] += unseen[debit.customer.commercial_partner_id]
        for debit, words in self._find_large(debits):
            found[debit].append(Finding(ASK, CREDIT, words, debit.mandate))
        return found

    def _find_unseen(self, debits, company, sets_off):
        """Return ``{customer: [Finding, …]}``: what was paid or credited and is not set off."""
        lines = self.env["account.move.line"].sudo()
        lines = lines.browse([debit.line.id for debit in debits])
        customers = lines.move_id.commercial_partner_id
        unseen = defaultdict(list)
        for payment in (
            self.env["account.payment"].sudo().search(self._get_loose_domain(customers, company))
        ):
            finding = Finding(ASK, CREDIT, self._describe_loose(payment), payment)
            unseen[payment.partner_id.commercial_partner_id].append(finding)
        places = {line._get_place() for line in lines}
        for credit in lines._get_open_credits(company):
            is_set_off = sets_off and credit._get_place() in places
            words = credit._describe_set_off() if is_set_off else credit._describe_credit()
            finding = Finding(NOTE if is_set_off else ASK, CREDIT, words, credit)
            unseen[credit.partner_id.commercial_partner_id].append(finding)
        for debit in self._find_excessive(debits, customers, company):
            finding = Finding(ASK, CREDIT, self._describe_excessive(debit), debit.order_id)
            unseen[debit.partner_id.commercial_partner_id].append(finding)
        return unseen

    def _get_loose_domain(self, customers, company):
        """Return the domain of payments that stand in no account and pay no invoice."""
        return [
            ("company_id", "=", company.id),
            ("partner_id.commercial_partner_id", "in", customers.ids),
            ("payment_type", "=", "inbound"),
            ("state", "=", "in_process"),
            ("move_id", "=", False),
            ("invoice_ids", "=", False),
            ("payment_order_id", "=", False),
        ]

    def _find_excessive(self, debits, customers, company):
        """Return debits of other orders that take more than is open: the rest will be a credit."""
        found = self.env["account.payment.line"].sudo()
        found = found.search(
            [
                ("company_id", "=", company.id),
                ("partner_id.commercial_partner_id", "in", customers.ids),
                ("payment_type", "=", "inbound"),
                ("state", "in", ("open", "generated")),
                ("move_line_id", "!=", False),
            ]
        )
        own = {debit.order_line.order_id for debit in debits}
        return found.filtered(lambda debit: debit.order_id not in own and debit._get_excess())

    def _find_large(self, debits):
        """Yield ``(debit, words)`` of what takes more at once than the company's limit."""
        limited = [debit for debit in debits if debit.company.service_debit_limit]
        for group, total in self._get_totals(limited):
            limit = group[0].company.service_debit_limit
            if group[0].currency.compare_amounts(total, limit) <= 0:
                continue
            words = self.env._(
                "%(customer)s: %(total)s would be debited at once, more than the %(limit)s of the "
                "settings.",
                customer=group[0].customer.commercial_partner_id.display_name,
                total=self._format(group[0], total),
                limit=self._format(group[0], limit),
            )
            for debit in group:
                yield debit, words

    def _describe_loose(self, payment):
        return self.env._(
            "%(customer)s paid %(amount)s on %(day)s (%(payment)s), which is in no account: match "
            "that payment or cancel it, then collect again.",
            customer=payment.partner_id.display_name,
            amount=format_amount(self.env, payment.amount, payment.currency_id),
            day=format_date(self.env, payment.date),
            payment=payment.display_name,
        )

    def _describe_excessive(self, debit):
        return self.env._(
            "%(order)s takes too much. %(problem)s Cancel that order, or confirm its upload, then "
            "collect again: the rest is set off.",
            order=debit.order_id.name,
            problem=debit._describe_excess(),
        )
