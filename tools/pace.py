"""How much work fits into one step: measured by the step before, not guessed.

A server ends who works for too long, and what was not committed is lost. So work is done in steps
of some *weight* (records, or the lines that come of them), each of which should take a few seconds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

STEP_SECONDS = 5.0
FIRST_SIZE = 25
MOST = 1000
GROWTH = 1.5
# Whoever works in a request or in a scheduled job has the rest of its time for what comes with it.
SHARE = 3
DAYS_OF_MONTH = 28


@dataclass
class Pace:
    """The weight that the next step takes on, by the time that the last one took.

    It begins low, so that a step that was killed is followed by one that is not; grows slowly, as
    two pieces of the same weight are not equally hard; and is halved by a step that was too long.

    >>> pace = Pace()
    >>> pace.note(0.4).size, pace.note(1.0).size
    (38, 57)
    >>> pace.note(2.5).size, pace.note(5.0).size
    (57, 57)
    >>> pace.note(5.1).size
    28
    >>> Pace(size=900).note(1.0).size, Pace(size=1).note(60.0).size
    (1000, 1)
    """

    size: int = FIRST_SIZE
    most: int = MOST
    seconds: float = STEP_SECONDS

    def note(self, took: float) -> "Pace":
        """Take the seconds of a step into account; return the pace."""
        if took > self.seconds:
            self.size = max(self.size // 2, 1)
        elif took < self.seconds / 2:
            self.size = min(math.ceil(self.size * GROWTH), self.most)
        return self


def count_fitting(weights: Sequence[int], size: int) -> int:
    """Return how many pieces of work, from the first one on, make a step: one at least.

    >>> count_fitting([10, 10, 10], 25), count_fitting([40, 10], 25), count_fitting([], 25)
    (2, 1, 0)
    """
    total = 0
    for number, weight in enumerate(weights):
        total += weight
        if number and total > size:
            return number
    return len(weights)


def get_share(wanted: float, *limits: float) -> float:
    """Return the seconds that may be worked where somebody wants some and a server has limits.

    A limit of 0 is none.

    >>> get_share(20, 120, 60), get_share(20, 15, 0), get_share(20, 0)
    (20, 5.0, 20)
    """
    return min([wanted, *(limit / SHARE for limit in limits if limit > 0)])


def get_step_seconds(*limits: float) -> float:
    """Return how long a step may take: less than 5 s where half of the share is less.

    >>> get_step_seconds(120, 60), get_step_seconds(15), get_step_seconds()
    (5.0, 2.5, 5.0)
    """
    return min(STEP_SECONDS, get_share(2 * STEP_SECONDS, *limits) / 2)


def estimate_periods(start: date, until: date, months: int) -> int:
    """Return about how many periods of some months begin from one day to another: one at least.

    >>> from datetime import date
    >>> estimate_periods(date(2025, 7, 1), date(2026, 11, 28), 1)
    19
    >>> estimate_periods(date(2026, 6, 1), date(2026, 6, 1), 12)
    1
    """
    return max((until - start).days // (DAYS_OF_MONTH * months), 0) + 1
