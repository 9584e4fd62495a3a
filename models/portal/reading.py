"""What customers read of fields that this add-on gives to models of Odoo's: none but listed ones.

Their pages of orders and invoices are made with more rights than theirs; RPC has theirs alone.
"""

ADDON = __name__.split(".")[2]


def is_ours_to_hide(record, field, shown):
    """Tell whether a field of this add-on's is kept from who reads: a portal user, not listed."""
    if record.env.su or field.name in shown or field._modules[:1] != (ADDON,):
        return False
    return record.env.user._is_portal()
