"""Terms of a commitment, last days to refuse a renewal, windows of the legal notice.

A term is a half-open period of whole local days; ``number`` 0 is the initial one, 1 and up are
its tacit renewals. Every bound is computed from the contract's anchor, never from a neighbour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Literal

from .periods import Period, add_months, period_index

WINDOW_OPENS_MONTHS = 3
WINDOW_CLOSES_MONTHS = 1

Verdict = Literal["in_time", "impossible", "missing", "undelivered", "early", "late"]


@dataclass(frozen=True)
class Notice:
    """Hold how long before the end a refusal must arrive, in calendar months or in days.

    A notice of 0 allows refusal up to the last day. ValueError when negative or of another unit.

    >>> Notice(10, "day")
    Notice(count=10, unit='day')
    """

    count: int
    unit: Literal["day", "month"]

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(f"A notice cannot be negative: {self.count}.")
        if self.unit not in ("day", "month"):
            raise ValueError(f"A notice is counted in days or months, not in {self.unit!r}.")


@dataclass(frozen=True)
class Window:
    """Hold the days, both inclusive, between which the customer must be told of a renewal.

    ``shortened``: the term begins too late for the whole window. ``late``: it begins so late
    that even the legal closing day cannot be kept, so the customer may leave at any time (L01).
    """

    opens: date
    closes: date
    shortened: bool
    late: bool


@dataclass(frozen=True)
class Stage:
    """Hold how a commitment is renewed after term number ``first``, which ends ``months`` on.

    The months are counted from the anchor of the commitment. Its first stage is how it was signed;
    an amendment of renewal or notice begins another one.
    """

    first: int
    months: int
    tacit_months: int
    notice: Notice


def build_stages(
    first: int, months: int, rules: Iterable[tuple[int, int, Notice]]
) -> tuple[Stage, ...]:
    """Return the stages of a commitment whose initial term has a number and a length in months.

    ``rules`` are ``(number of the first term that they are for, months of a renewal, notice)``, in
    order, the first one for the initial term.

    >>> month = Notice(1, "month")
    >>> stages = build_stages(0, 36, [(0, 12, month), (2, 6, month)])
    >>> [(stage.first, stage.months, stage.tacit_months) for stage in stages]
    [(0, 36, 12), (1, 48, 6)]
    """
    stages: list[Stage] = []
    for number, tacit_months, notice in rules:
        before = max(number - 1, first)
        if stages:
            months += (before - stages[-1].first) * stages[-1].tacit_months
        stages.append(Stage(before, months, tacit_months, notice))
    return tuple(stages)


def find_stage(stages: tuple[Stage, ...], number: int) -> Stage:
    """Return the stage that a term's own length and notice follow: the initial one's the first.

    >>> stages = build_stages(0, 36, [(0, 12, Notice(1, "month")), (1, 6, Notice(1, "month"))])
    >>> [find_stage(stages, number).tacit_months for number in (0, 1)]
    [12, 6]
    """
    return [stages[0], *(stage for stage in stages if stage.first < number)][-1]


def staged_term(anchor: date, stages: tuple[Stage, ...], number: int) -> Period:
    """Return a term by its number, as ``term`` does, through the stages of its commitment.

    >>> stages = build_stages(0, 1, [(0, 1, Notice(0, "day")), (2, 2, Notice(0, "day"))])
    >>> terms = [staged_term(date(2026, 1, 31), stages, number) for number in range(3)]
    >>> [period.last_day.isoformat() for period in terms]
    ['2026-02-27', '2026-03-30', '2026-05-30']
    """
    stage = find_stage(stages, number)
    return term(anchor, stage.months, stage.tacit_months, number - stage.first)


def term(anchor: date, initial_months: int, tacit_months: int, number: int) -> Period:
    """Return term ``number``: 0 the initial one, 1 and up its tacit renewals (S35).

    ValueError without an initial commitment, and for a renewal without a duration: a renewal
    that has none is indefinite (L05, Code civil 1210–1215).

    >>> term(date(2026, 1, 31), 3, 1, 0)
    Period(start=datetime.date(2026, 1, 31), end=datetime.date(2026, 4, 30))
    >>> term(date(2026, 1, 31), 3, 1, 1)
    Period(start=datetime.date(2026, 4, 30), end=datetime.date(2026, 5, 31))
    """
    _check_durations(initial_months, tacit_months, number)
    if number == 0:
        return Period(anchor, add_months(anchor, initial_months))
    end_months = initial_months + number * tacit_months
    return Period(add_months(anchor, end_months - tacit_months), add_months(anchor, end_months))


def term_number(anchor: date, initial_months: int, tacit_months: int, day: date) -> int:
    """Return the number of the term that contains ``day``.

    ValueError before the anchor, and where ``term`` would refuse.

    >>> [term_number(date(2026, 1, 31), 3, 1, date(2026, 4, day)) for day in (29, 30)]
    [0, 1]
    """
    _check_durations(initial_months, tacit_months, 0)
    months = period_index(anchor, 1, day)
    if months < 0:
        raise ValueError(f"No term has begun on {day}: the commitment starts on {anchor}.")
    if months < initial_months:
        return 0
    _check_durations(initial_months, tacit_months, 1)
    return 1 + (months - initial_months) // tacit_months


def refusal_deadline(end: date, notice: Notice) -> date:
    """Return the last day on which the renewal after a term may be refused (L01).

    ``end`` is the term's last day, inclusive. The rule: take the day after it, go back by the
    notice (months clamped to the month's end); the deadline is the day before.

    >>> refusal_deadline(date(2026, 12, 31), Notice(1, "month"))
    datetime.date(2026, 11, 30)
    >>> refusal_deadline(date(2026, 6, 30), Notice(3, "month"))
    datetime.date(2026, 3, 31)
    >>> refusal_deadline(date(2026, 6, 30), Notice(10, "day"))
    datetime.date(2026, 6, 20)
    """
    one_day = timedelta(days=1)
    if notice.unit == "day":
        return end - notice.count * one_day
    return add_months(end + one_day, -notice.count) - one_day


def notice_window(deadline: date, term_start: date) -> Window:
    """Return when to tell the customer that the contract will renew itself (L01, L215-1).

    From three months to one month before the last day to refuse, both counted from that day and
    clamped to the month's end, but not before the term has begun. A term that begins after the
    legal closing day leaves one day, its first; when the deadline itself comes before the term,
    that day is the deadline. So ``opens <= closes <= deadline`` always holds.

    >>> notice_window(date(2026, 11, 30), date(2026, 1, 1))  # doctest: +NORMALIZE_WHITESPACE
    Window(opens=datetime.date(2026, 8, 30), closes=datetime.date(2026, 10, 30),
           shortened=False, late=False)
    """
    legal_open = add_months(deadline, -WINDOW_OPENS_MONTHS)
    legal_close = add_months(deadline, -WINDOW_CLOSES_MONTHS)
    opens = max(legal_open, min(term_start, deadline))
    return Window(
        opens=opens,
        closes=max(legal_close, opens),
        shortened=opens > legal_open,
        late=opens > legal_close,
    )


def judge_notice(window: Window, sent_on: date | None, is_delivered: bool = True) -> Verdict:
    """Tell whether the customer was legally informed of a renewal, and if not, why (L01).

    ``impossible``: the term leaves no day on which the law could be kept, whatever was sent.

    >>> window = notice_window(date(2026, 11, 30), date(2026, 1, 1))
    >>> [judge_notice(window, day) for day in (None, date(2026, 8, 29), date(2026, 10, 30))]
    ['missing', 'early', 'in_time']
    >>> judge_notice(window, date(2026, 9, 1), is_delivered=False)
    'undelivered'
    """
    if window.late:
        return "impossible"
    if sent_on is None:
        return "missing"
    if not is_delivered:
        return "undelivered"
    if sent_on < window.opens:
        return "early"
    return "late" if sent_on > window.closes else "in_time"


def terms_due(anchor: date, stages: tuple[Stage, ...], known: int, today: date) -> list[int]:
    """Return the numbers of the terms to record on ``today``, after ``known``, the last recorded.

    A renewal is certain once the last day to refuse it has passed; after an outage several are.
    ValueError where ``term`` would refuse.

    >>> year = build_stages(0, 12, [(0, 12, Notice(1, "month"))])
    >>> terms_due(date(2026, 1, 1), year, 0, date(2026, 11, 30))
    []
    >>> terms_due(date(2026, 1, 1), year, 0, date(2028, 12, 1))
    [1, 2, 3]
    """
    due = []
    for number in count(known):
        current = staged_term(anchor, stages, number)
        if refusal_deadline(current.last_day, find_stage(stages, number).notice) >= today:
            return due
        due.append(number + 1)
    return due


def _check_durations(initial_months: int, tacit_months: int, number: int) -> None:
    if number < 0:
        raise ValueError(f"Terms are numbered from 0, not from {number}.")
    if initial_months < 1:
        raise ValueError("Without an initial duration there is no commitment, hence no term.")
    if number and tacit_months < 1:
        raise ValueError("A tacit renewal needs a duration: without one it is indefinite (L05).")
