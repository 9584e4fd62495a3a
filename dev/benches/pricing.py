"""Time the pure core: pricing a session with open hours, and explaining the price.

A session of 65 minutes, three started blocks, crosses the end of its contract's hours: two
blocks are covered, one is billed with its surcharge. CPU time of this process, the best of the
rounds, beside a loop that does nothing.
"""

import importlib
import sys
import time
import timeit
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from workshop.setup import CHECKOUT

BOUND = 50
HOUR = 3600
START = datetime(2026, 3, 2, 7, 20, tzinfo=timezone.utc)


def run(context, quick):
    """Return microseconds per session for each kind of session; the price's bound is 50."""
    number, rounds = (1_000, 5) if quick else (5_000, 15)
    empty = _time(lambda: None, number, rounds)
    measures = [{"what": "a loop that does nothing", "value": round(empty, 3), "unit": "µs"}]
    for what, work, bound in _works(*_rooms()):
        found = _time(work, number, rounds)
        measures.append(
            {
                "what": what,
                "value": round(found, 1),
                "unit": "µs/session",
                "against": measures[0]["what"],
                "ratio": round(found / empty),
                "bound": bound,
                "holds": found <= bound if bound else None,
            }
        )
    return {"measures": measures}


def _time(work, number, rounds):
    return min(timeit.repeat(work, number=number, repeat=rounds, timer=time.process_time)) * (
        1e6 / number
    )


def _rooms():
    sys.path.insert(0, str(CHECKOUT))
    try:
        return importlib.import_module("tools.sessions"), importlib.import_module("tools.coverage")
    finally:
        sys.path.remove(str(CHECKOUT))


def _works(sessions, coverage):
    hours = _coverage(coverage).on("remote")
    prices = sessions.UnitPrices(Decimal("30.00"), Decimal("20.00"))

    def price(workstations, open_hours):
        connections = [
            sessions.Connection(START, START + timedelta(minutes=minutes), name)
            for name, minutes in workstations
        ]
        rule = rules[len(workstations) > 1]
        return sessions.price_session(connections, rule, prices, True, open_hours)

    rules = [
        sessions.TariffRule(
            1800, per_workstation=several, surcharge="percent", surcharge_percent=Decimal(50)
        )
        for several in (False, True)
    ]
    one, two = [("PC1", 65)], [("PC1", 65), ("PC2", 20)]
    priced = price(one, hours)
    assert [block.fate for block in priced.blocks] == ["covered", "covered", "billed"]
    yield "price, one workstation, across the end of the hours", lambda: price(one, hours), BOUND
    yield "price, two workstations, across the end of the hours", lambda: price(two, hours), BOUND
    yield "price, one workstation, open at any time", lambda: price(one, None), None
    yield "explanation of a price", lambda: priced.explanation, None


def _coverage(coverage):
    """Return hours with windows for weekdays, and for public holidays on duty (S12, S13)."""
    windows = [
        coverage.Window(day, start * HOUR // 2, stop * HOUR // 2)
        for day in range(5)
        for start, stop in ((16, 24), (27, 33))
    ]
    windows.append(coverage.Window(7, 9 * HOUR, 12 * HOUR, "remote", True))
    return coverage.Coverage(windows, "Indian/Reunion", {date(2026, 12, 20)}, {date(2026, 12, 20)})
