"""Mandates say for which account they were signed, and which one was debited last, by now."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Take what is known: the accounts as they are, and those of the last debits."""
    if not version:
        return
    cr.execute(
        """
        UPDATE account_banking_mandate m
           SET service_signed_iban = b.sanitized_acc_number
          FROM res_partner_bank b
         WHERE b.id = m.partner_bank_id AND m.state IN ('valid', 'final')
           AND m.service_signed_iban IS NULL
        """
    )
    # Whoever gave a mandate another account meanwhile: the next file says so (L15b).
    cr.execute(
        """
        UPDATE account_banking_mandate m
           SET service_debited_iban = b.sanitized_acc_number
          FROM (SELECT DISTINCT ON (l.mandate_id) l.mandate_id, l.partner_bank_id
                  FROM account_payment_line l
                  JOIN account_payment_order o ON o.id = l.order_id
                 WHERE o.date_uploaded IS NOT NULL AND l.partner_bank_id IS NOT NULL
                 ORDER BY l.mandate_id, o.date_uploaded DESC, l.id DESC) d
          JOIN res_partner_bank b ON b.id = d.partner_bank_id
         WHERE d.mandate_id = m.id AND m.service_debited_iban IS NULL
        """
    )
    # A B2B mandate that was debited is registered at the debtor's bank, or it would have refused.
    cr.execute(
        """
        UPDATE account_banking_mandate SET service_registered_on = signature_date
         WHERE format = 'sepa_b2b' AND last_debit_date IS NOT NULL
           AND service_registered_on IS NULL
        """
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    lost = env.ref("service_contract.service_cause_mandate_lost")
    cr.execute(
        """
        UPDATE service_exception e SET cause_id = %s
          FROM service_contract c, service_exception_cause k
         WHERE e.res_model = 'service.contract' AND e.res_id = c.id AND e.kind = 'sepa'
           AND e.state = 'open' AND k.id = e.cause_id AND k.code = 'mandate'
           AND c.state = 'active'
        """,
        [lost.id],
    )
