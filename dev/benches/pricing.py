"""Time the pure core: pricing a session with open hours, and explaining the price.

A session of 65 minutes, three started blocks, crosses the end of its contract's hours: two
blocks are covered, one is billed with its surcharge. CPU time of this process, the best of the
rounds, beside the least that such a price takes in Python: reading the customer's clock and
multiplying an amount, once for each block. All take turns, so that a busy machine slows them alike.
"""

import importlib
import sys
import time
import timeit
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from workshop.bench import limited
from workshop.setup import CHECKOUT

LEAST = "three blocks: the customer's clock, an amount"
BOUND = 10
HOUR = 3600
ZONE = "Indian/Reunion"
START = datetime(2026, 3, 2, 7, 20, tzinfo=timezone.utc)


def run(context, quick):
    """Return microseconds per session for each kind of session, and the ratio to the least."""
    number, rounds = (1_000, 5) if quick else (5_000, 15)
    works = {LEAST: (_least, None), **_works(*_rooms())}
    with limited("pricing"):
        found = _take_turns({what: work for what, (work, _bound) in works.items()}, number, rounds)
    return {
        "measures": [
            {
                "what": what,
                "value": round(found[what], 2),
                "unit": "µs/session",
                "against": None if what == LEAST else LEAST,
                "ratio": None if what == LEAST else round(found[what] / found[LEAST], 2),
                "bound": bound,
            }
            for what, (_work, bound) in works.items()
        ]
    }


def _take_turns(works, number, rounds):
    """Return the best time in µs of each work."""
    best = dict.fromkeys(works, float("inf"))
    for _round in range(rounds):
        for what, work in works.items():
            spent = timeit.timeit(work, number=number, timer=time.process_time)
            best[what] = min(best[what], spent * 1e6 / number)
    return best


def _least():
    zone, total = ZoneInfo(ZONE), Decimal(0)
    for block in range(3):
        moment = (START + timedelta(seconds=1800 * block)).astimezone(zone)
        rate = Decimal("1.5") if moment.hour >= 12 else Decimal(1)
        amount = Decimal("30.00") * rate
        total += amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return total


def _rooms():
    sys.path.insert(0, str(CHECKOUT))
    try:
        names = ("tools.sessions", "tools.coverage", "tools.explanation")
        return [importlib.import_module(name) for name in names]
    finally:
        sys.path.remove(str(CHECKOUT))


def _works(sessions, coverage, explanation):
    """Return `{what: (work, greatest ratio or None)}`."""
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
    return {
        "price, one workstation, across the end of the hours": (lambda: price(one, hours), BOUND),
        "price, two workstations, across the end of the hours": (lambda: price(two, hours), BOUND),
        "price, one workstation, open at any time": (lambda: price(one, None), None),
        "explanation of a price": (lambda: explanation.explain(priced), None),
    }


def _coverage(coverage):
    """Return hours with windows for weekdays, and for public holidays on duty (S12, S13)."""
    windows = [
        coverage.Window(day, start * HOUR // 2, stop * HOUR // 2)
        for day in range(5)
        for start, stop in ((16, 24), (27, 33))
    ]
    windows.append(coverage.Window(7, 9 * HOUR, 12 * HOUR, "remote", True))
    return coverage.Coverage(windows, ZONE, {date(2026, 12, 20)}, {date(2026, 12, 20)})
