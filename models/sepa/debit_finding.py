"""One debit that is to be made, and what was found about it before it is."""

from dataclasses import dataclass
from typing import Any, NamedTuple

# It stays until somebody has mended it; it stays until somebody decides; it goes on all the same.
STOP, ASK, NOTE = "stop", "ask", "note"

# What a finding is about: the button that mends it hangs on it.
MANDATE, HOLD, ADDRESS, SETUP = "lint_mandate", "lint_hold", "lint_address", "lint_setup"
DAY, CREDIT, ORDER, NOTICE = "lint_day", "lint_credit", "lint_order", "lint_notice"
# What a context carries where debits were just looked at, and where an order that has no file yet
# follows the books: no client can send an object.
LINTED, LEAVING = object(), object()


class Finding(NamedTuple):
    """What speaks against a debit, or is told of it.

    ``record`` is what a person mends: the invoice where none is named.
    """

    level: str
    subject: str
    words: str
    record: Any = None

    @property
    def stays(self):
        return self.level != NOTE


@dataclass(frozen=True, eq=False)
class Debit:
    """A receivable as an order debits it, or as the next one would.

    ``line`` may be empty: an order has debits that somebody typed. ``day`` is None where the day
    of the collection is computed.
    """

    line: Any
    order_line: Any
    method: Any
    mandate: Any
    amount: float
    currency: Any
    company: Any
    day: Any = None

    @property
    def move(self):
        return self.line.move_id

    @property
    def name(self):
        return self.move.display_name or self.order_line.display_name

    @property
    def customer(self):
        return self.order_line.partner_id or self.move.commercial_partner_id
