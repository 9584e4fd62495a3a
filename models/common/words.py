"""Words and figures as the reader's language writes them."""

from odoo.tools.misc import formatLang


def format_number(env, number, digits=3):
    """Return a number without needless zeros, with the decimal sign of the user's language."""
    text = formatLang(env, float(number), digits=digits)
    _whole, sign, decimals = text.rpartition(formatLang(env, 0.5, digits=1)[1:-1])
    return text.rstrip("0").rstrip(sign) if sign and decimals.isdigit() else text


def say_of(env, name, text):
    """Return a name, a colon and what is said of it: languages space colons differently."""
    return env._("%(name)s: %(text)s", name=name, text=text)
