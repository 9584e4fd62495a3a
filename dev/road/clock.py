"""Walk through the two months: the only thing that the demo pretends is the date."""

import contextlib
from datetime import datetime

from freezegun import freeze_time

FIRST_MONTH = (2026, 9)
SECOND_MONTH = (2026, 10)


@contextlib.contextmanager
def at(moment):
    """Let the block happen at a moment in UTC; the clock goes on from there."""
    with freeze_time(moment, tick=True):
        yield


def moment(month, day, hour=9, minute=0):
    """Return a moment of one of the two months, in UTC."""
    return datetime(*month, day, hour, minute)
