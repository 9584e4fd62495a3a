"""What customers read of the fields that this add-on gives to models of Odoo's: none.

Their pages of orders and invoices are made with more rights than theirs; RPC has theirs alone.
"""

PREFIX = "service_"


def is_kept_from(record, field):
    """Tell whether a field of this add-on's is kept from who reads it: a portal user.

    Asked at each look at a field: the name decides first.
    """
    return field.name.startswith(PREFIX) and not record.env.su and record.env.user._is_portal()
