"""Say in Odoo's test tags which tests a person means."""

import re

from .console import Stop
from .setup import ADDON, CHECKOUT

QUICK = f"*/{ADDON},-slow"
ALL = f"*/{ADDON}"
TAG = re.compile(r"[+-]?(\*|\w*)(/[\w/.-]+\.py)?(/\w+)?(:\w*)?(\.\w*)?(\[.*\])?")
CLASS = re.compile(r"([A-Z]\w*)(\.test\w*)?")
METHOD = re.compile(r"test_\w+")
# The tests of this folder are those of pure functions: they need no database.
PURE = CHECKOUT / "tests" / "tools"


def choose_tags(what, everything):
    """Return the tags for a file, a class, a method or a tag expression.

    >>> choose_tags("", everything=False)
    '*/service_contract,-slow'
    >>> choose_tags("tests/desk/test_desk.py", everything=False)
    '*/service_contract/tests/desk/test_desk.py'
    >>> "*/service_contract/tests/desk/test_desk.py" in choose_tags("tests/desk", False).split(",")
    True
    >>> choose_tags("TestPeriod.test_leap_year", everything=False)
    '*/service_contract:TestPeriod.test_leap_year'
    >>> choose_tags("/service_contract:TestPeriod", everything=False)
    '/service_contract:TestPeriod'
    """
    if not what:
        return ALL if everything else QUICK
    if _is_path(what):
        return ",".join(f"{ALL}/{path.relative_to(CHECKOUT)}" for path in _find_paths(what))
    if CLASS.fullmatch(what):
        return f"{ALL}:{what}"
    if METHOD.fullmatch(what):
        return f"{ALL}:.{what}"
    if not all(TAG.fullmatch(part.strip()) for part in what.split(",")):
        raise Stop(f"{what} is no file, class or tag expression, such as /{ADDON}:TestX.test_y.")
    return what


def choose_kinds(what):
    """Return which kinds of tests are meant: those without a database, those with one, both.

    >>> choose_kinds("tests/tools/test_tools_terms.py")
    {'pure'}
    >>> choose_kinds("TestWarranty.test_words")
    {'stored'}
    >>> sorted(choose_kinds(""))
    ['pure', 'stored']
    """
    files = _find_files(what)
    return {"pure" if PURE in path.parents else "stored" for path in files} or {"pure", "stored"}


def is_whole(what):
    """Tell whether whole classes are meant, whose durations are worth keeping."""
    named = CLASS.fullmatch(what)
    return not what or _is_path(what) or bool(named and not named[2])


def _find_files(what):
    """Return the files that a person means, or none where that is not said by name."""
    if _is_path(what):
        return _find_paths(what)
    if named := CLASS.fullmatch(what):
        sought = rf"^class {named[1]}\b"
    elif METHOD.fullmatch(what):
        sought = rf"^    def {what}\b"
    else:
        return []
    found = re.compile(sought, re.MULTILINE)
    return [path for path in _list_files() if found.search(path.read_text())]


def _is_path(what):
    return what.endswith(".py") or what.startswith("tests/")


def _find_paths(what):
    """Return the test files that paths mean, joined by commas: files, or folders of tests/."""
    return [path for part in what.split(",") for path in _find_path(part.strip().rstrip("/"))]


def _find_path(what):
    name = what.rpartition("/")[2]
    found = [path for path in _list_files() if name in (path.name, path.parent.name)]
    if not found:
        raise Stop(f"No {name} in tests/: name a file or a folder of it, a class or a tag.")
    return found


def _list_files():
    return sorted((CHECKOUT / "tests").rglob("test_*.py"))
