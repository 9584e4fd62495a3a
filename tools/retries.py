"""When something that failed is tried again: a few times, each later than the one before."""

import re
from datetime import timedelta

DELAYS = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)
# The first code of a mail server's answer: 5xx is for good, after 4xx it may be tried again.
# Its second digit is 5 at most (4.2.1): 587, a port, is no answer.
ANSWER = re.compile(r"\b([45])[0-5]\d(?=[\s,-])")


def get_delay(tries: int) -> timedelta | None:
    """Return how long to wait after so many tries that failed; nothing when these are enough.

    >>> get_delay(1), get_delay(4)
    (datetime.timedelta(seconds=300), datetime.timedelta(seconds=28800))
    >>> get_delay(0), get_delay(5)
    (datetime.timedelta(seconds=300), None)
    """
    number = max(tries, 1) - 1
    return DELAYS[number] if number < len(DELAYS) else None


def is_refused_for_good(reason: str) -> bool:
    """Tell whether a mail server's answer says that another try would change nothing (RFC 5321).

    >>> is_refused_for_good("{'a@b.fr': (550, b'5.1.1 No such user here')}")
    True
    >>> is_refused_for_good("(451, b'4.7.1 Greylisted, try again in 500 seconds')")
    False
    >>> is_refused_for_good("[Errno 111] Connection refused"), is_refused_for_good("")
    (False, False)
    >>> is_refused_for_good("mail.example.com:587 does not answer")
    False
    """
    answer = ANSWER.search(reason)
    return bool(answer) and answer[1] == "5"
