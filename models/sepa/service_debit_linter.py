from collections import defaultdict

from odoo import api, fields, models
from odoo.tools.misc import format_amount, format_date

from ...tools import debits as scheme
from ...tools import sepa
from ...tools.mandates import find_reference_fault
from .account_banking_mandate import SEPA_FORMATS
from .debit_finding import (
    ADDRESS,
    DAY,
    HOLD,
    MANDATE,
    NOTE,
    NOTICE,
    ORDER,
    SETUP,
    STOP,
    Finding,
)
from .service_charge import LIVING


class ServiceDebitLinter(models.AbstractModel):
    """What would keep debits from being made, or bring them back: all of it, before anything is.

    Debits are of ``debit_finding.Debit``, read with sudo. What concerns one debit alone is found
    by ``_get_checks``, from what is in memory; what concerns several by ``_get_checks_of_all``, in
    a number of queries that does not grow with theirs.
    """

    _name = "service.debit.linter"
    _description = "Checks before Debits"

    @api.model
    def _lint(self, debits, sets_off=False):
        """Return ``{debit: [Finding, …]}``, all debits named.

        :param list debits: ``debit_finding.Debit``
        :param bool sets_off: whether credits are set off before the debits are made
        """
        self._read_ahead(debits)
        found = {debit: [] for debit in debits}
        collected = [debit for debit in debits if debit.method.payment_method_id.mandate_required]
        for debit in debits:
            found[debit] += self._check_order_line(debit)
        for debit in collected:
            for check in self._get_checks():
                found[debit] += check(debit)
        for check in self._get_checks_of_all():
            for debit, finding in check(collected, sets_off):
                found[debit].append(finding)
        return {debit: self._without_repeats(findings) for debit, findings in found.items()}

    def _read_ahead(self, debits):
        """Read at once who ordered and who pays: of each invoice they are looked at alone."""
        moves = self.env["account.move"].sudo().union(*(debit.move for debit in debits))
        charges = moves._get_service_charges()
        orders = moves.invoice_line_ids.sale_line_ids.order_id
        payers = charges.partner_invoice_id | charges.contract_id.partner_invoice_id
        (payers | orders.partner_invoice_id | moves.partner_id).commercial_partner_id.mapped("name")

    def _without_repeats(self, findings):
        return list({finding.words: finding for finding in reversed(findings)}.values())[::-1]

    def _get_checks(self):
        """Return the checks of one debit, each a generator of findings; a hook.

        :return: list of functions of a ``Debit``
        """
        return [
            self._check_invoice,
            self._check_mandate,
            self._check_account,
            self._check_address,
            self._check_amount,
            self._check_currency,
            self._check_notice,
            self._check_day,
            self._check_characters,
        ]

    def _get_checks_of_all(self):
        """Return the checks of debits together, generators of ``(debit, finding)``; a hook.

        :return: list of functions of a list of ``Debit`` and of ``sets_off``
        """
        return [
            self._check_creditor,
            self._check_single_use,
            self._check_limits,
            self._check_doubts,
        ]

    def _get_debtor_problems(self, debit):
        """Return what makes a debit impossible for whom it is of, whatever its day and amount."""
        checks = (
            self._check_invoice,
            self._check_mandate,
            self._check_account,
            self._check_address,
            self._check_currency,
        )
        found = [finding for check in checks for finding in check(debit)]
        return [finding for finding in found if finding.level == STOP]

    # ----- The order and the invoice -----

    def _check_order_line(self, debit):
        """Find what the line of an order says itself: its invoice as it is, other orders."""
        if debit.order_line and debit.line:
            for words in filter(None, debit.order_line._get_debit_errors()):
                yield Finding(STOP, ORDER, words)

    def _check_invoice(self, debit):
        move = debit.move
        if not move:
            return
        if words := move._get_stranger_problem():
            yield Finding(STOP, HOLD, words)
        if words := move._get_dispute():
            yield Finding(STOP, HOLD, words)
        if words := self._describe_contested(move):
            yield Finding(STOP, HOLD, words)
        if words := self._describe_insolvency(move):
            yield Finding(STOP, HOLD, words)

    def _describe_contested(self, move):
        sessions = move._get_service_charges().session_id
        contested = sessions.filtered(lambda session: session.sheet_state == "contested")
        if not contested:
            return ""
        return self.env._(
            "%(invoice)s bills a session that is contested: %(sessions)s.",
            invoice=move.display_name,
            sessions=", ".join(contested.mapped("display_name")),
        )

    def _describe_insolvency(self, move):
        """Say that a debt is older than the insolvency proceedings (L15c, L622-13)."""
        if not move._is_before_insolvency():
            return ""
        return self.env._(
            "%(invoice)s: insolvency proceedings of %(customer)s were opened on %(day)s. What was "
            "owed before is declared to the administrator, not debited.",
            invoice=move.display_name,
            customer=move.commercial_partner_id.display_name,
            day=format_date(self.env, move.commercial_partner_id.service_insolvent_on),
        )

    # ----- The mandate and its account -----

    def _check_mandate(self, debit):
        mandate, names = debit.mandate, self._get_names(debit)
        if not mandate:
            words = self.env._("%(invoice)s: %(customer)s has no mandate.", **names)
            yield Finding(STOP, MANDATE, words)
            return
        if words := self._describe_dead(debit, names):
            yield Finding(STOP, MANDATE, words)
        else:
            for fault in mandate._get_debit_faults():
                words = self.env._("%(invoice)s: %(problem)s", problem=fault, **names)
                yield Finding(STOP, MANDATE, words, mandate)
        if mandate.partner_id.commercial_partner_id != debit.customer.commercial_partner_id:
            words = self.env._(
                "%(invoice)s: the mandate %(mandate)s is not one of %(customer)s.", **names
            )
            yield Finding(STOP, MANDATE, words, mandate)
        if mandate.format not in SEPA_FORMATS:
            words = self.env._(
                "%(invoice)s: the mandate %(mandate)s is neither SEPA CORE nor B2B.", **names
            )
            yield Finding(STOP, MANDATE, words, mandate)
        if find_reference_fault(mandate.unique_mandate_reference or ""):
            words = self.env._(
                "%(invoice)s: the reference %(mandate)s cannot stand in a file as it is, the bank "
                "would read another one. Replace the mandate.",
                **names,
            )
            yield Finding(STOP, MANDATE, words, mandate)

    def _get_names(self, debit):
        return {
            "invoice": debit.name,
            "customer": debit.customer.commercial_partner_id.display_name,
            "mandate": debit.mandate.unique_mandate_reference,
        }

    def _describe_dead(self, debit, names):
        """Say why a mandate carries no debit any more: its state, or its age (L13)."""
        mandate = debit.mandate
        if mandate.state == "suspended":
            return self.env._(
                "%(invoice)s: the mandate %(mandate)s of %(customer)s is suspended: %(reason)s",
                reason=mandate._describe_suspension(),
                **names,
            )
        if mandate.state not in LIVING:
            return self.env._(
                "%(invoice)s: the mandate %(mandate)s of %(customer)s is not valid.", **names
            )
        lapsed = mandate.service_lapses_on
        if lapsed and self._get_day(debit) >= lapsed:
            return self.env._(
                "%(invoice)s: the mandate %(mandate)s of %(customer)s has lapsed on %(day)s, "
                "36 months after its last debit. Have a new one signed.",
                day=format_date(self.env, lapsed),
                **names,
            )
        return ""

    def _check_account(self, debit):
        account, mandate = debit.mandate.partner_bank_id, debit.mandate
        if not mandate:
            return
        if not account or account.acc_type != "iban":
            words = self.env._(
                "%(invoice)s: the mandate %(mandate)s of %(customer)s has no IBAN.",
                **self._get_names(debit),
            )
            yield Finding(STOP, MANDATE, words, mandate)
        elif account == debit.method.journal_id.bank_account_id:
            words = self.env._(
                "%(invoice)s: the account of the mandate is your own.", **self._get_names(debit)
            )
            yield Finding(STOP, MANDATE, words, mandate)

    def _check_address(self, debit):
        """Find an address that is needed and incomplete; elsewhere it is left out (L15)."""
        account = debit.mandate.partner_bank_id
        partner = account.partner_id
        if not account or partner._has_debtor_address():
            return
        names = self._get_names(debit)
        if scheme.is_address_needed(account.sanitized_acc_number or ""):
            words = self.env._(
                "%(invoice)s: the account of %(customer)s is outside the European Economic Area, "
                "where its bank wants an address. Give its town and country.",
                **names,
            )
            yield Finding(STOP, ADDRESS, words, partner)
        elif partner.street or partner.zip or partner.city:
            words = self.env._(
                "%(customer)s has no whole address, town and country: the file goes without it.",
                **names,
            )
            yield Finding(NOTE, ADDRESS, words, partner)

    # ----- The amount, the notice, the day -----

    def _check_amount(self, debit):
        names = self._get_names(debit)
        if debit.currency.compare_amounts(debit.amount, 0) <= 0:
            words = self.env._("%(invoice)s: nothing is left to debit.", **names)
            yield Finding(STOP, HOLD, words)

    def _check_currency(self, debit):
        if debit.currency.name != "EUR":
            words = self.env._(
                "%(invoice)s is in %(currency)s: SEPA collects euros only.",
                currency=debit.currency.name,
                **self._get_names(debit),
            )
            yield Finding(STOP, HOLD, words)

    def _check_notice(self, debit):
        """Find that the customer was not told of the debit, or not in time (L12)."""
        if debit.move and (words := debit.move.sudo(False)._get_notice_problem(debit.day)):
            yield Finding(STOP, NOTICE, words)

    def _check_day(self, debit):
        """Find a day typed in on which no bank collects, or that its cut-off has passed (L11)."""
        if not debit.day:
            return
        first = self._get_first_day(debit)
        if sepa.is_target_day(debit.day) and debit.day >= first:
            return
        words = self.env._(
            "%(day)s is no day of collection: banks are closed, or the file would come too late. "
            "The first possible one is %(first)s.",
            day=format_date(self.env, debit.day),
            first=format_date(self.env, max(first, sepa.next_target_day(debit.day))),
        )
        yield Finding(STOP, DAY, words, debit.order_line.order_id)

    def _get_first_day(self, debit):
        """Return the first day for which the bank still takes a file that is made today."""
        today = fields.Date.context_today(self)
        return sepa.next_target_day(today, lead=debit.company._get_debit_lead())

    def _get_day(self, debit):
        today = fields.Date.context_today(self)
        return debit.day or max(debit.line.date_maturity or today, today)

    def _check_characters(self, debit):
        """Tell which characters of names and addresses the file writes as something else."""
        account = debit.mandate.partner_bank_id
        partner = account.partner_id
        texts = [account.acc_holder_name or partner.name, partner.street, partner.street2]
        texts += [partner.city, debit.order_line.communication or debit.move.payment_reference]
        replaced = scheme.find_replaced(" ".join(filter(None, texts)))
        if account and replaced:
            words = self.env._(
                "%(invoice)s: the file writes other characters instead of %(characters)s (name, "
                "address or reference of %(customer)s).",
                characters=" ".join(replaced),
                **self._get_names(debit),
            )
            yield Finding(NOTE, ADDRESS, words, partner)

    # ----- Debits together -----

    def _check_creditor(self, debits, _sets_off):
        """Find that we cannot be named to the bank: no valid identifier (L16), no account."""
        for (company, method), group in self._group(debits, "company", "method").items():
            if words := self._describe_creditor(company, method):
                for debit in group:
                    yield debit, Finding(STOP, SETUP, words, company)

    def _describe_creditor(self, company, method):
        identifier = method.sepa_creditor_identifier or company.sepa_creditor_identifier
        if not identifier:
            return self.env._(
                "%(company)s has no SEPA creditor identifier: give it in the set-up.",
                company=company.name,
            )
        if not sepa.check_creditor_identifier(identifier):
            return self.env._(
                "%(company)s: the SEPA creditor identifier %(identifier)s is not right, its key "
                "does not fit. Correct it in the set-up.",
                company=company.name,
                identifier=identifier,
            )
        if method.bank_account_link == "fixed" and not method.journal_id.bank_account_id:
            return self.env._(
                "%(company)s: the bank journal %(journal)s has no account to collect on.",
                company=company.name,
                journal=method.journal_id.display_name,
            )
        return ""

    def _check_single_use(self, debits, _sets_off):
        """Find mandates for a single debit that would be used more than once."""
        once = [debit for debit in debits if debit.mandate.type == "oneoff"]
        for (mandate,), group in self._group(once, "mandate").items():
            days = {debit.line.date_maturity for debit in group}
            if not (mandate.last_debit_date or len(days) > 1):
                continue
            words = self.env._(
                "The mandate %(mandate)s of %(customer)s is for a single debit: %(invoices)s need "
                "another one.",
                mandate=mandate.unique_mandate_reference,
                customer=mandate.partner_id.display_name,
                invoices=", ".join(debit.name for debit in group),
            )
            for debit in group:
                yield debit, Finding(STOP, MANDATE, words, mandate)

    def _check_limits(self, debits, _sets_off):
        """Find what takes more at once than the customer agreed to on the mandate."""
        limited = [debit for debit in debits if debit.mandate.service_debit_limit]
        for group, total in self._get_totals(limited):
            mandate = group[0].mandate
            if group[0].currency.compare_amounts(total, mandate.service_debit_limit) > 0:
                words = self.env._(
                    "The mandate %(mandate)s of %(customer)s takes %(limit)s at most: %(invoices)s "
                    "come to %(total)s.",
                    limit=self._format(group[0], mandate.service_debit_limit),
                    total=self._format(group[0], total),
                    invoices=", ".join(debit.name for debit in group),
                    mandate=mandate.unique_mandate_reference,
                    customer=mandate.partner_id.display_name,
                )
                for debit in group:
                    yield debit, Finding(STOP, MANDATE, words, mandate)

    def _get_totals(self, debits):
        """Return ``[(debits, amount)]`` of what is taken from an account at once."""
        groups = defaultdict(list)
        for debit in debits:
            is_grouped = debit.method.group_lines
            key = (debit.mandate, self._get_day(debit)) if is_grouped else debit
            groups[key].append(debit)
        return [(group, sum(debit.amount for debit in group)) for group in groups.values()]

    def _format(self, debit, amount):
        return format_amount(self.env, amount, debit.currency)

    def _group(self, debits, *names):
        groups = defaultdict(list)
        for debit in debits:
            groups[tuple(getattr(debit, name) for name in names)].append(debit)
        return groups
