"""The day on which a bank took debits back; what is undone by it is dated so.

It travels in a context, where no client can put it: only an object of this class is believed.
"""

from dataclasses import dataclass
from datetime import date

KEY = "service_return_day"


@dataclass(frozen=True)
class ReturnDay:
    """Hold the day of a return."""

    day: date


def get_return_day(env):
    """Return the day on which debits are being taken back, None where none are."""
    found = env.context.get(KEY)
    return found.day if isinstance(found, ReturnDay) else None
