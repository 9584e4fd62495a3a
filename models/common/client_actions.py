SOFT_RELOAD = {"type": "ir.actions.client", "tag": "soft_reload"}
CLOSE = {"type": "ir.actions.act_window_close"}


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
