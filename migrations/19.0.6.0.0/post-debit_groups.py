"""Whoever manages payments may take all steps of direct debits, as before."""

from odoo import SUPERUSER_ID, Command, api


def migrate(cr, version):
    """Give the group of payments the three new ones: an update leaves it as it is."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    payments = env.ref("account_payment_batch_oca.group_account_payment")
    for step in ("prepare", "approve", "upload"):
        group = env.ref(f"service_contract.service_contract_group_debit_{step}")
        payments.implied_ids = [Command.link(group.id)]
