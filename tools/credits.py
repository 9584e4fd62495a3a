"""What credit notes leave of an amount that was billed: given for good, or to be billed anew."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A line of an invoice or, where ``is_credit``, of a credit note: amounts without sign.

    ``is_waived`` says that what a credit gives back is not asked for again.
    """

    amount: float
    is_credit: bool = False
    is_waived: bool = False


def owed_share(entries: Iterable[Entry], tolerance: float) -> float:
    """Return which share of a charge may be billed after some entries, in their order: 0.0 to 1.0.

    Whatever is given back whole ends a round, of which the waived part is not owed any more; the
    next invoice bills the rest, and so on. Amounts that differ by less than ``tolerance`` are the
    same. What is not given back whole is still billed: it takes nothing from the share.

    >>> gift, anew = Entry(25, True, True), Entry(25, True, False)
    >>> owed_share([], 0.02)
    1.0
    >>> owed_share([Entry(50), Entry(50, True, False)], 0.02)
    1.0
    >>> owed_share([Entry(50), gift, anew], 0.02), owed_share([Entry(50), anew, gift], 0.02)
    (0.5, 0.5)
    >>> owed_share([Entry(50), gift, gift], 0.02)
    0.0
    >>> owed_share([Entry(50), gift], 0.02)
    1.0
    >>> owed_share([Entry(50), gift, Entry(24.99, True, True)], 0.02)
    0.0

    The rest is billed and given back in its turn, half of it for good:

    >>> half_gift, half_anew = Entry(12.5, True, True), Entry(12.5, True, False)
    >>> owed_share([Entry(50), gift, anew, Entry(25)], 0.02)
    0.5
    >>> owed_share([Entry(50), gift, anew, Entry(25), half_gift, half_anew], 0.02)
    0.25

    Two invoices that bill half each are one round:

    >>> owed_share([Entry(25), Entry(25), half_gift, Entry(37.5, True)], 0.02)
    0.75
    """
    owed = 1.0
    billed = credited = waived = 0.0
    for entry in entries:
        if not entry.is_credit:
            billed += entry.amount
            continue
        credited += entry.amount
        waived += entry.amount if entry.is_waived else 0.0
        if credited and abs(billed - credited) < tolerance:
            owed *= 1 - waived / credited
            billed = credited = waived = 0.0
    return owed
