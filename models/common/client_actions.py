from odoo.tools.safe_eval import safe_eval

from .brought_records import require

SOFT_RELOAD = {"type": "ir.actions.client", "tag": "soft_reload"}
CLOSE = {"type": "ir.actions.act_window_close"}


def open_window(env, xmlid, domain=None, **context):
    """Return a window action for the records of a domain, all of them.

    Its own context stays, since its views depend on it (Odoo's lists of invoices show the customer
    to who says which kind he lists), but for the filters that it starts with.
    """
    action = get_window(env, xmlid)
    own = safe_eval(action["context"] or "{}", {"uid": env.uid, "active_id": False})
    kept = {name: value for name, value in own.items() if not name.startswith("search_default_")}
    narrowed = {} if domain is None else {"domain": domain}
    return {**action, **narrowed, "context": {**kept, **context}}


def get_window(env, xmlid):
    """Return a window action as it is; refuse in words where somebody deleted it."""
    require(env, xmlid, env._("The window “%(name)s”", name=xmlid.split(".")[1]))
    return env["ir.actions.act_window"]._for_xml_id(xmlid)


def notify(message, kind="success", then=SOFT_RELOAD, **params):
    """Return the action that tells the user something and then does another one.

    ``kind`` is ``info``, ``success``, ``warning`` or ``danger``; ``params`` are further ones of
    Odoo's notifications, such as ``title`` and ``sticky``.
    """
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {"type": kind, "message": message, "next": {**then}, **params},
    }
