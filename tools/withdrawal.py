"""The right of withdrawal: days in which a customer may undo a contract, without a reason (L19).

Consumers have it where the contract is concluded at a distance or away from the seller's premises
(Code de la consommation L221-18); small firms where it is concluded away from the premises and
lies outside of their main activity (L221-3). A service begins within these days at the customer's
express request only; what is served then is owed in proportion, else nothing is (L221-25).
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from .working_days import add_working_days, is_working_day

DAYS = 14
REFUND_DAYS = 14
ONE_DAY = timedelta(days=1)

Conclusion = Literal["premises", "distance", "off_premises"]


@dataclass(frozen=True)
class Withdrawal:
    """Hold a right of withdrawal: its last day, and whether the service began on request."""

    until: date
    start_requested: bool = False


def has_right(regime: str, conclusion: str, off_activity: bool = False) -> bool:
    """Tell whether a customer may withdraw, by regime (L02) and by how the contract is concluded.

    ``off_activity``: a firm of at most five employees, outside of its main activity.

    >>> has_right("consumer", "distance"), has_right("consumer", "premises")
    (True, False)
    >>> has_right("professional", "off_premises", True), has_right("professional", "distance", True)
    (True, False)
    """
    if regime == "consumer":
        return conclusion in ("distance", "off_premises")
    return conclusion == "off_premises" and off_activity


def last_day(concluded: date, days: int = DAYS, holidays: Container[date] = ()) -> date:
    """Return the last day to withdraw; the day of the conclusion does not count (L221-19).

    One that is no working day moves to the next that is.

    >>> last_day(date(2026, 3, 3)).isoformat()
    '2026-03-17'
    >>> last_day(date(2026, 3, 7)).isoformat()  # the fourteenth day is a Saturday
    '2026-03-23'
    """
    day = concluded + days * ONE_DAY
    return day if is_working_day(day, holidays) else add_working_days(day, 1, holidays)


def may_start(start: date, until: date | None, requested: bool) -> bool:
    """Tell whether a service may begin on a day: after the last day to withdraw, or on request.

    >>> until = date(2026, 3, 17)
    >>> may_start(until, until, False), may_start(until + ONE_DAY, until, False)
    (False, True)
    >>> may_start(until, until, True), may_start(until, None, False)
    (True, True)
    """
    return requested or until is None or start > until
