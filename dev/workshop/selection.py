"""Say in Odoo's test tags which tests a person means."""

import re

from .console import Stop
from .setup import ADDON, CHECKOUT

QUICK = f"*/{ADDON},-slow"
ALL = f"*/{ADDON}"
TAG = re.compile(r"[+-]?(\*|\w*)(/[\w/.-]+\.py)?(/\w+)?(:\w*)?(\.\w*)?(\[.*\])?")


def choose_tags(what, everything):
    """Return the tags for a file, a class, a method or a tag expression.

    >>> choose_tags("", everything=False)
    '*/service_contract,-slow'
    >>> choose_tags("TestPeriod.test_leap_year", everything=False)
    '*/service_contract:TestPeriod.test_leap_year'
    >>> choose_tags("/service_contract:TestPeriod", everything=False)
    '/service_contract:TestPeriod'
    """
    if not what:
        return ALL if everything else QUICK
    if what.endswith(".py"):
        return _file_tags(what)
    if re.fullmatch(r"[A-Z]\w*(\.test\w*)?", what):
        return f"{ALL}:{what}"
    if re.fullmatch(r"test_\w+", what):
        return f"{ALL}:.{what}"
    if not all(TAG.fullmatch(part.strip()) for part in what.split(",")):
        raise Stop(f"{what} is no file, class or tag expression, such as /{ADDON}:TestX.test_y.")
    return what


def _file_tags(what):
    name = what.rpartition("/")[2]
    found = sorted((CHECKOUT / "tests").rglob(name))
    if not found:
        raise Stop(f"No {name} in tests/: name a file of it, a class or a tag.")
    return f"*/{ADDON}/{found[0].relative_to(CHECKOUT)}"
