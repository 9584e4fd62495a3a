"""The groups that take the steps of direct debits: one person's, or several people's.

Whoever manages payments has all three, until somebody takes them out of that group.
"""

PREPARE, APPROVE, UPLOAD = (
    f"service_contract.service_contract_group_debit_{step}"
    for step in ("prepare", "approve", "upload")
)
