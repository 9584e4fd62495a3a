"""Ways out of a contract: the earliest last day, what is still owed before it, and why.

All days are inclusive last days of service. Each rule that opens an exit is a ``Way``; the
earliest one that costs nothing decides, and every rule leaves a ``Step`` of the reasoning, a code
with its figures, put into words elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import count
from typing import Literal

from . import terms, withdrawal
from .periods import Period, add_months, periods_between, prorated_fraction, subtract
from .terms import Notice, Stage
from .withdrawal import Withdrawal

TELECOM_CAP_MONTHS = 24
TELECOM_FREE_MONTHS = 12
TELECOM_SHARE = Fraction(1, 5)
REFUND_DAYS = 30
ONE_DAY = timedelta(days=1)

Regime = Literal["consumer", "non_professional", "professional"]
Value = date | int


@dataclass(frozen=True)
class Term:
    """Hold one recorded commitment period; ``free`` is a renewal open at any time (L01)."""

    number: int
    start: date
    last_day: date
    free: bool = False


@dataclass(frozen=True)
class Commitment:
    """Hold what binds a contract: durations and notice as signed, and the terms recorded so far.

    ``initial_months`` is 0 without a commitment; the notice then runs from the letter. Where a
    commitment was begun anew, ``start``, ``initial_months`` and the number ``first`` are those of
    the new one, and ``contract_start`` is the contract's own first day. ``amended`` are other
    renewals and notices: ``(number of the first term that they are for, months, notice)``.
    """

    start: date
    initial_months: int
    tacit_months: int
    notice: Notice
    recorded: tuple[Term, ...] = ()
    first: int = 0
    contract_start: date | None = None
    amended: tuple[tuple[int, int, Notice], ...] = ()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Return how the commitment is renewed, as signed and as amended since."""
        signed = (self.first, self.tacit_months, self.notice)
        return terms.build_stages(self.first, self.initial_months, (signed, *self.amended))

    @property
    def first_day(self) -> date:
        """Return the first day on which the contract is served."""
        return self.contract_start or self.start


@dataclass(frozen=True)
class Customer:
    """Hold who leaves: the legal regime (L02) and what changes the telecom rules (L03)."""

    regime: Regime
    small_firm: bool = False
    waived_cap: bool = False


@dataclass(frozen=True)
class Telecom:
    """Hold the telecom rules of a family: days of notice (L04), equipment sold below its price."""

    notice_days: int = 10
    subsidised: bool = False


@dataclass(frozen=True)
class Step:
    """Hold one line of the reasoning: which rule, with which figures."""

    code: str
    values: dict[str, Value]


@dataclass(frozen=True)
class Way:
    """Hold one way out: from which last day on, and which share of the rest it costs at most.

    It stays open up to ``until``; at the end of a term it is open on that one day.
    """

    code: str
    first_day: date
    until: date
    share: Fraction = Fraction(0)

    def is_open(self, day: date) -> bool:
        """Tell whether a customer may leave on a day by this way."""
        return self.first_day <= day <= self.until


@dataclass(frozen=True)
class Exit:
    """Hold the answer: the earliest last day that costs nothing, and the price of a wished one.

    ``residual`` are the days still owed after ``last_day``, None when nothing is; ``owed`` are
    those of them that would have been billed; ``share`` is how much of their price may be claimed
    at most.
    """

    earliest: date
    rule: str
    last_day: date
    residual: Period | None
    owed: tuple[Period, ...]
    share: Fraction
    refund_by: date | None
    steps: tuple[Step, ...]


def leave(
    commitment: Commitment,
    customer: Customer,
    received: date,
    wished: date | None = None,
    telecom: Telecom | None = None,
    unbilled: Iterable[Period] = (),
    right: Withdrawal | None = None,
) -> Exit:
    """Return the earliest exit after a letter was ``received``, and what a wished day costs.

    Without a wish the customer leaves on the earliest day. ``unbilled`` are the days, in order,
    on which the contract rests unbilled: nothing is owed for them (L06). ``right`` is the right
    of withdrawal (L19): who withdraws before anything is owed leaves on the day before the first.
    ValueError when the wished day lies before the contract.

    >>> year = Commitment(date(2026, 1, 1), 12, 12, Notice(1, "month"))
    >>> answer = leave(year, Customer("professional"), date(2026, 11, 30))
    >>> answer.earliest.isoformat(), answer.rule
    ('2026-12-31', 'deadline_kept')
    >>> answer = leave(year, Customer("professional"), date(2026, 6, 1), date(2026, 6, 30))
    >>> answer.residual.days, answer.share
    (184, Fraction(1, 1))
    """
    ways, steps = _find_ways(commitment, customer, received, telecom)
    for way, step in _withdraw(commitment, received, right):
        ways, steps = [way, *ways], [step, *steps]
    best = min((way for way in ways if not way.share), key=lambda way: way.first_day)
    is_undone = best.code == "withdrawal"
    earliest = commitment.first_day - is_undone * ONE_DAY
    if wished and wished < earliest:
        raise ValueError(f"The contract starts on {commitment.first_day}, after {wished}.")
    last_day = wished or max(best.first_day, earliest)
    residual = _get_residual(commitment, ways, received, last_day)
    owed = tuple(subtract(residual, unbilled)) if residual else ()
    share = _get_share(ways, last_day) if residual else Fraction(0)
    refund = _get_refund(ways, received, last_day)
    steps = [Step("received", {"day": received}), *steps, Step("earliest", {"day": best.first_day})]
    steps += _explain_cost(last_day, residual, owed, share)
    steps += [refund] if refund else []
    refund_by = refund.values["day"] if refund else None
    return Exit(best.first_day, best.code, last_day, residual, owed, share, refund_by, tuple(steps))


def is_protected(customer: Customer) -> bool:
    """Tell whether the longest telecom commitment of 24 months protects a customer (L03).

    >>> is_protected(Customer("professional")), is_protected(Customer("professional", True))
    (False, True)
    """
    return customer.regime != "professional" or customer.small_firm


def may_waive(customer: Customer) -> bool:
    """Tell whether a customer may expressly give that protection up: never a consumer (L03).

    >>> [may_waive(Customer(regime)) for regime in ("consumer", "non_professional")]
    [False, True]
    """
    return customer.regime != "consumer" and is_protected(customer)


def limit_commitment(months: int, customer: Customer) -> int:
    """Return the months by which a telecom contract may commit a customer (L03).

    >>> limit_commitment(36, Customer("consumer", waived_cap=True))
    24
    >>> limit_commitment(36, Customer("non_professional", waived_cap=True))
    36
    """
    if not is_protected(customer) or (customer.waived_cap and may_waive(customer)):
        return months
    return min(months, TELECOM_CAP_MONTHS)


def count_months(residual: Period | None, anchor: date) -> Fraction:
    """Return how many months of the contract a residual holds, parts of a month by day.

    >>> count_months(Period(date(2026, 2, 15), date(2026, 4, 1)), date(2026, 1, 1))
    Fraction(3, 2)
    >>> count_months(None, date(2026, 1, 1))
    Fraction(0, 1)
    """
    if residual is None:
        return Fraction(0)
    months = periods_between(anchor, 1, residual.start, residual.end)
    return sum((prorated_fraction(residual, month) for _index, month in months), Fraction(0))


def is_term_end(commitment: Commitment, day: date) -> bool:
    """Tell whether a commitment period ends on a day: a recorded one, or a renewal to come.

    >>> year = Commitment(date(2026, 1, 1), 12, 12, Notice(1, "month"))
    >>> [is_term_end(year, date(2029, month, 30)) for month in (11, 12)]
    [False, False]
    >>> is_term_end(year, date(2029, 12, 31))
    True
    """
    return bool(commitment.initial_months) and next(_iter_terms(commitment, day)).last_day == day


def notice_end(received: date, notice: Notice) -> date:
    """Return the first last day for which a notice received on a day is long enough.

    >>> notice_end(date(2026, 11, 30), Notice(1, "month"))
    datetime.date(2026, 12, 31)
    >>> notice_end(date(2026, 1, 30), Notice(1, "month"))
    datetime.date(2026, 2, 28)
    >>> notice_end(date(2026, 6, 10), Notice(10, "day"))
    datetime.date(2026, 6, 20)
    """
    if notice.unit == "day":
        return received + notice.count * ONE_DAY
    day = add_months(received + ONE_DAY, notice.count) - ONE_DAY
    while terms.refusal_deadline(day, notice) < received:
        day += ONE_DAY
    return day


# ----- The rules -----


def _find_ways(
    commitment: Commitment, customer: Customer, received: date, telecom: Telecom | None
) -> tuple[list[Way], list[Step]]:
    if not commitment.initial_months:
        day = max(notice_end(received, commitment.notice), commitment.start)
        return [Way("no_term", day, date.max)], [Step("no_term", {"day": day})]
    way, step = _leave_by_contract(commitment, received)
    ways, steps = [way], [step]
    rules = [_leave_free_renewals(commitment, received)]
    if telecom:
        rules += [
            _leave_capped(commitment, customer, received, telecom),
            _leave_after_a_year(commitment, customer, received, telecom),
            _leave_prolonged(commitment, received, telecom),
        ]
    for found in rules:
        for way, step in found:
            steps.append(step)
            ways += [way] if way else []
    return ways, steps


def _leave_by_contract(commitment: Commitment, received: date) -> tuple[Way, Step]:
    """Leave at the end of the term whose last day to refuse is not past (Code civil 1212, L01).

    Too late for the present term: the end of the next one.
    """
    present = next(_iter_terms(commitment, received))
    term = _find_term(commitment, received, received)
    code = "deadline_kept" if term == present else "deadline_missed"
    values: dict[str, Value] = {
        "deadline": _get_deadline(commitment, present),
        "present": present.last_day,
        "day": term.last_day,
    }
    return Way(code, term.last_day, term.last_day), Step(code, values)


def _withdraw(
    commitment: Commitment, received: date, right: Withdrawal | None
) -> Iterator[tuple[Way, Step]]:
    """Undo the contract within the days of withdrawal, at no cost (L19, L221-18).

    Days that were served are owed where the service began on request only (L221-25).
    """
    if not right or received > right.until:
        return
    day = before = commitment.first_day - ONE_DAY
    if right.start_requested:
        day = max(before, received)
    code = "withdrawal" if day == before else "withdrawal_served"
    values: dict[str, Value] = {"until": right.until, "day": day}
    yield Way("withdrawal", day, day), Step(code, values)


def _leave_free_renewals(commitment: Commitment, received: date) -> Iterator[tuple[Way, Step]]:
    """Leave a renewal at any time where its legal notice is missing (L01, L215-1)."""
    for term in commitment.recorded:
        if term.free and term.last_day >= received:
            day = max(received, term.start - ONE_DAY)
            way = Way("free_renewal", day, term.last_day)
            yield way, Step("free_renewal", {"start": term.start, "day": day})


def _leave_capped(
    commitment: Commitment, customer: Customer, received: date, telecom: Telecom
) -> Iterator[tuple[Way | None, Step]]:
    """Leave after 24 months, the longest commitment the law allows (L03, L224-28).

    It protects consumers, and micro or small firms and non-profits unless they gave it up.
    """
    if commitment.initial_months <= TELECOM_CAP_MONTHS or not is_protected(customer):
        return
    if customer.waived_cap and may_waive(customer):
        yield None, Step("telecom_cap_waived", {"months": TELECOM_CAP_MONTHS})
        return
    end = add_months(commitment.start, TELECOM_CAP_MONTHS) - ONE_DAY
    day = max(end, received + telecom.notice_days * ONE_DAY)
    values: dict[str, Value] = {"months": TELECOM_CAP_MONTHS, "end": end, "day": day}
    yield Way("telecom_cap", day, date.max), Step("telecom_cap", values)


def _leave_after_a_year(
    commitment: Commitment, customer: Customer, received: date, telecom: Telecom
) -> Iterator[tuple[Way, Step]]:
    """Let consumers leave after month 12; subsidised equipment costs 20 % of the rest (L03)."""
    if customer.regime != "consumer" or commitment.initial_months <= TELECOM_FREE_MONTHS:
        return
    end = add_months(commitment.start, TELECOM_FREE_MONTHS) - ONE_DAY
    day = max(end, received + telecom.notice_days * ONE_DAY)
    values: dict[str, Value] = {"months": TELECOM_FREE_MONTHS, "day": day}
    if telecom.subsidised:
        percent = int(TELECOM_SHARE * 100)
        step = Step("telecom_year_subsidised", {**values, "percent": percent})
        yield Way("telecom_year", day, date.max, TELECOM_SHARE), step
    else:
        yield Way("telecom_year", day, date.max), Step("telecom_year", values)


def _leave_prolonged(
    commitment: Commitment, received: date, telecom: Telecom
) -> Iterator[tuple[Way, Step]]:
    """Leave at any time once the commitment was prolonged tacitly (L04, L224-40)."""
    renewed = _get_initial_last_day(commitment)
    day = max(renewed, received + telecom.notice_days * ONE_DAY)
    values: dict[str, Value] = {"start": renewed + ONE_DAY, "days": telecom.notice_days, "day": day}
    yield Way("telecom_tacit", day, date.max), Step("telecom_tacit", values)


def _explain_cost(
    last_day: date, residual: Period | None, owed: tuple[Period, ...], share: Fraction
) -> list[Step]:
    if residual is None:
        return [Step("no_residual", {"day": last_day})]
    days: dict[str, Value] = {"start": residual.start, "end": residual.last_day}
    steps = [Step("residual", days)]
    if unbilled_days := residual.days - sum(part.days for part in owed):
        steps.append(Step("residual_unbilled", {"days": unbilled_days}))
    if share < 1:
        steps.append(Step("residual_share", {"percent": int(share * 100)}))
    return steps


def _get_refund(ways: list[Way], received: date, last_day: date) -> Step | None:
    """Return by when what was paid ahead is refunded, where the law says so (L01, L19)."""
    codes = {way.code for way in ways if way.is_open(last_day)}
    if "withdrawal" in codes:
        day = received + withdrawal.REFUND_DAYS * ONE_DAY
        return Step("withdrawal_refund", {"day": day})
    if "free_renewal" in codes:
        return Step("refund", {"day": last_day + REFUND_DAYS * ONE_DAY})
    return None


def _get_share(ways: list[Way], last_day: date) -> Fraction:
    """Return which share of the rest may be claimed at most on a last day (L03, L06)."""
    return min((way.share for way in ways if way.is_open(last_day)), default=Fraction(1))


def _get_residual(
    commitment: Commitment, ways: list[Way], received: date, last_day: date
) -> Period | None:
    """Return the days after a last day that still bind, None when nothing does."""
    bound = _get_bound(commitment, ways, received, last_day)
    return Period(last_day + ONE_DAY, bound + ONE_DAY) if bound > last_day else None


def _get_bound(commitment: Commitment, ways: list[Way], received: date, last_day: date) -> date:
    """Return the first day, from a last day on, on which leaving costs nothing."""
    days = [max(way.first_day, last_day) for way in ways if not way.share and way.until >= last_day]
    if commitment.initial_months:
        days.append(_find_term(commitment, received, last_day).last_day)
    return min(days)


# ----- Terms -----


def _find_term(commitment: Commitment, received: date, last_day: date) -> Term:
    """Return the first term that ends on or after a day and that a letter still refuses in time."""
    for term in _iter_terms(commitment, last_day):
        if _get_deadline(commitment, term) >= received:
            return term
    raise AssertionError("Renewals go on for ever.")


def _get_deadline(commitment: Commitment, term: Term) -> date:
    notice = terms.find_stage(commitment.stages, term.number).notice
    return terms.refusal_deadline(term.last_day, notice)


def _iter_terms(commitment: Commitment, day: date) -> Iterator[Term]:
    """Yield the recorded terms that end on or after a day, then the renewals to come."""
    number = commitment.first - 1
    for recorded in sorted(commitment.recorded, key=lambda term: term.number):
        number = recorded.number
        if recorded.last_day >= day:
            yield recorded
    for following in count(number + 1):
        period = terms.staged_term(commitment.start, commitment.stages, following)
        if period.last_day >= day:
            yield Term(following, period.start, period.last_day)


def _get_initial_last_day(commitment: Commitment) -> date:
    for recorded in commitment.recorded:
        if recorded.number == commitment.first:
            return recorded.last_day
    initial = terms.term(commitment.start, commitment.initial_months, commitment.tacit_months, 0)
    return initial.last_day
