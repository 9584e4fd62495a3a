"""By what the steps of an upload know each other; no client can put it into a context."""

from dataclasses import dataclass, field

KEY = "service_debit_upload"
# The debits are booked already: the stack has nothing left to book.
BOOKED = object()
# Whoever sets it has debits booked by the stack's own way alone.
PLAIN = "service_plain_upload"


@dataclass(eq=False)
class Booking:
    """A step in which debits are booked: what is found for one holds for those like it.

    ``formats`` are those of numbers, by journal and day; ``has_analytic`` tells whether anything
    distributes entries to analytic accounts. ``ranks`` are the places of the debits by the ids of
    their matchings, where there are any: their entries of taxes are numbered so.
    """

    has_analytic: bool
    formats: dict[tuple, tuple] = field(default_factory=dict)
    ranks: dict[int, int] = field(default_factory=dict)


def get_booking(env):
    """Return the step that is being taken, None where none is."""
    found = env.context.get(KEY)
    return found if isinstance(found, Booking) else None


def is_booked(env):
    return env.context.get(KEY) is BOOKED
