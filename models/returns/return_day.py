"""The day on which a bank took debits back; what is undone by it is dated so.

It travels in a context, where no client can put it: only an object of this class is believed.
"""

from dataclasses import dataclass, field
from datetime import date

KEY = "service_return_day"
# Returns whose entry is made, or is about to be.
BOOKED_STATES = ("booking", "done")
# Returns that wait to be confirmed: what they say is typed.
UNBOOKED = ("draft", "imported")
# Whoever sets it has returns booked by the stack's own way alone.
PLAIN = "service_plain_return"


@dataclass(eq=False)
class ReturnDay:
    """Hold the day of a return, and what is done at once for many of its debits.

    ``is_bulk`` tells that many are taken back; ``groups`` are then the lines of entries that
    follow from it and wait to be matched, each group for itself, ``made`` the entries that were
    made. While ``is_undoing``, what is undone asks for its own day, which is not taken.
    """

    day: date
    is_bulk: bool = False
    is_undoing: bool = False
    groups: list = field(default_factory=list)
    made: list = field(default_factory=list)


def get_return_day(env):
    """Return the day on which debits are being taken back, None where none are."""
    found = env.context.get(KEY)
    return found.day if isinstance(found, ReturnDay) else None


def get_bulk(env):
    """Return what many debits are being taken back with, None where none are."""
    found = env.context.get(KEY)
    return found if isinstance(found, ReturnDay) and found.is_bulk else None
