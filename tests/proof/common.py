"""Debits at the bank, and some that came back."""

from ..bank.common import BankCommon


class ProofCommon(BankCommon):
    @classmethod
    def return_debit(cls, payment, day="2026-06-20", code="AM04"):
        """Book the return of a debit as the accountant types it in."""
        reason = cls.env["payment.return.reason"]._get_by_code([code])[code]
        return cls.return_debits(payment, day, reason_id=reason.id)
