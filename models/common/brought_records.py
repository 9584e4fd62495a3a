"""Records that come with an add-on: who administers the database may delete them."""

from odoo.exceptions import UserError


def require(env, xmlid, what):
    """Return the record of an XML id, or refuse in words to go on without it.

    ``what`` says what it is, and begins the sentence: “The e-mail template of appointments”.
    """
    record = env.ref(xmlid, raise_if_not_found=False)
    if not record:
        raise UserError(say_missing(env, xmlid, what))
    return record


def say_missing(env, xmlid, what):
    """Return the sentence that says what is missing, and how it comes back.

    An upgrade makes anew what was deleted, also where it leaves alone what somebody changed.
    """
    name = xmlid.split(".")[0]
    module = env["ir.module.module"].sudo().search([("name", "=", name)], limit=1)
    return env._(
        "%(what)s is missing: it was archived or deleted. An administrator brings it back, what "
        "was deleted by upgrading “%(module)s” in Apps.",
        what=what,
        module=module.shortdesc or name,
    )
