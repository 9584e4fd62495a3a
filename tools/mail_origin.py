"""Who sent an e-mail: a person, a machine of its own accord, or a machine that answers (RFC 3834,
RFC 5230, Exchange's headers)."""

from __future__ import annotations

import re
from collections.abc import Mapping

PERSON = "person"
LIST = "list"
ALERT = "alert"
ANSWER = "answer"

ANSWER_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder")
ANSWER_WORDS = (
    "auto:",
    "automatic reply",
    "autoreply",
    "out of office",
    "absence du bureau",
    "message d'absence",
    "réponse automatique",
    "autoodpowiedź",
    "odpowiedź automatyczna",
    "poza biurem",
)
SUPPRESSED = {"all", "oof", "autoreply"}
PREFIXES = re.compile(r"^\s*((re|aw|rép|odp|tr|fwd?|wg|pd)\s*:\s*)+", re.IGNORECASE)


def get_origin(headers: Mapping[str, str], subject: str = "", is_reply: bool = False) -> str:
    """Return who sent an e-mail, from its headers.

    ``person``; ``list``: a person through a mailing list; ``alert``: a machine of its own accord,
    or a rule that forwards; ``answer``: a bounce, or a machine that answers a person. ``is_reply``
    tells whether it answers a message of ours.

    >>> get_origin({})
    'person'
    >>> get_origin({"Auto-Submitted": "no"}), get_origin({"Precedence": "list"})
    ('person', 'list')
    >>> get_origin({"Auto-Submitted": "auto-generated"}), get_origin({"Precedence": "bulk"})
    ('alert', 'alert')
    >>> get_origin({"Auto-Submitted": "auto-replied (x)"}), get_origin({"X-Autoreply": "yes"})
    ('answer', 'answer')
    >>> get_origin({"Return-Path": "<>"}), get_origin({"Precedence": "auto_reply"})
    ('answer', 'answer')

    What answers us is a machine's where it says so. A rule that forwards a person's reply, or a
    list that carries one, makes no machine of that person.

    >>> get_origin({"Precedence": "bulk"}, is_reply=True)
    'answer'
    >>> forwarded = {"Auto-Submitted": "auto-generated"}
    >>> get_origin(forwarded, "Re: Sheet", is_reply=True)
    'person'
    >>> get_origin({"Precedence": "list"}, is_reply=True)
    'list'
    >>> get_origin(forwarded, "Réponse automatique : Sheet")
    'answer'
    >>> get_origin({**forwarded, "X-Auto-Response-Suppress": "DR, OOF"}, "Sheet", is_reply=True)
    'answer'
    >>> get_origin({"X-Auto-Response-Suppress": "All"}, "Out of Office: Sheet")
    'answer'
    >>> get_origin({}, "Out of office since Monday: who replaces you?")
    'person'
    """
    submitted = _get(headers, "Auto-Submitted").split(";")[0].split("(")[0].strip() or "no"
    precedence = _get(headers, "Precedence")
    if _is_answer(headers, submitted, precedence, subject, is_reply):
        return ANSWER
    if not is_reply and (submitted != "no" or precedence in ("bulk", "junk")):
        return ALERT
    return LIST if precedence == "list" else PERSON


def _is_answer(
    headers: Mapping[str, str], submitted: str, precedence: str, subject: str, is_reply: bool
) -> bool:
    """Tell whether a machine answers, or a mail comes back."""
    if _get(headers, "Return-Path") == "<>" or any(name in headers for name in ANSWER_HEADERS):
        return True
    if submitted.startswith("auto-replied") or precedence == "auto_reply":
        return True
    suppressed = {word.strip() for word in _get(headers, "X-Auto-Response-Suppress").split(",")}
    is_machines = submitted != "no"
    if (is_machines or suppressed & SUPPRESSED) and _has_answer_words(subject):
        return True
    is_told = precedence in ("bulk", "junk") or (is_machines and bool(suppressed & SUPPRESSED))
    return is_reply and is_told


def _has_answer_words(subject: str) -> bool:
    return subject.strip().casefold().replace("’", "'").startswith(ANSWER_WORDS)


def _get(headers: Mapping[str, str], name: str) -> str:
    return (headers.get(name) or "").strip().lower()


def strip_prefixes(subject: str) -> str:
    """Return a subject without the marks of answers and forwards, as people compare it.

    >>> strip_prefixes("RE: Fwd: Backup  failed"), strip_prefixes("TR : Panne")
    ('Backup failed', 'Panne')
    >>> strip_prefixes("Report: all is well")
    'Report: all is well'
    """
    return " ".join(PREFIXES.sub("", subject).split())
