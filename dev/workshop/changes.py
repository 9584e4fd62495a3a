"""Which names stand on lines that changed since the main branch: what the quick tests try first."""

import re

from . import commits
from .console import Stop
from .setup import CHECKOUT

MAIN = ("@{upstream}", "origin/main", "main")
PLACES = ("models", "views", "wizards", "security")
NAME = re.compile(r"[a-z]\w+")


def get_names(checkout=CHECKOUT):
    """Return the names on lines added or changed, as a set; of a mere copy of the files none.

    On the main branch itself they are those of what is not committed, or of the last commit.
    """
    if not commits.has_history(checkout):
        return set()
    head = commits.resolve("HEAD", checkout)
    base = _find_base(head, checkout)
    text = commits.diff(base, PLACES, checkout)
    if not text and base == head and (parent := _find("HEAD~1", checkout)):
        text = commits.diff(parent, PLACES, checkout)
    return read_names(text)


def read_names(text):
    """Return the names on the new side of a diff without context.

    >>> sorted(read_names('+++ b/models/x.py\\n@@ -1 +1 @@ class Own\\n-  old = 1\\n+  new = ok'))
    ['new', 'ok']
    """
    lines = (line for line in text.splitlines() if line[:1] == "+" and line[:3] != "+++")
    return {name for line in lines for name in NAME.findall(line)}


def _find_base(head, checkout):
    for name in MAIN:
        if (main := _find(name, checkout)) and (base := commits.merge_base(head, main, checkout)):
            return base
    return head


def _find(name, checkout):
    try:
        return commits.resolve(name, checkout)
    except Stop:
        return ""
