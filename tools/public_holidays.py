"""Public holidays by country and territory, from the ``holidays`` library (S13).

Territories that are countries of their own in address books (La Réunion is ``RE``) and those
that only a postal code tells (974xx in France, Alsace-Moselle) come to the same calendar. A
country that the library does not know has no calendar here: ``find_territory`` returns None,
and whoever asks must say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import holidays

# ISO country codes that are territories of another country's calendar.
TERRITORIES = {
    "GP": ("FR", "971"),
    "MQ": ("FR", "972"),
    "GF": ("FR", "973"),
    "RE": ("FR", "974"),
    "YT": ("FR", "976"),
    "PM": ("FR", "PM"),
    "BL": ("FR", "BL"),
    "MF": ("FR", "MF"),
    "WF": ("FR", "WF"),
    "PF": ("FR", "PF"),
    "NC": ("FR", "NC"),
    "TF": ("FR", "TF"),
}

# The longest beginning of a postal code decides.
POSTAL_CODES = {
    "FR": {
        "57": "57",
        "67": "6AE",
        "68": "6AE",
        "971": "971",
        "97133": "BL",
        "97150": "MF",
        "972": "972",
        "973": "973",
        "974": "974",
        "975": "PM",
        "976": "976",
        "986": "WF",
        "987": "PF",
        "988": "NC",
    }
}


@dataclass(frozen=True)
class Territory:
    """Hold where a calendar of public holidays is in force; ``subdivision`` empty: the country's.

    A container of its public holidays.

    >>> date(2026, 12, 20) in Territory("FR", "974"), date(2026, 12, 20) in Territory("FR")
    (True, False)
    """

    country: str
    subdivision: str = ""

    def holidays(self, year: int) -> Mapping[date, str]:
        """Return the public holidays of a year with their names, in the territory's language."""
        return _get_year(self.country, self.subdivision, year)

    def name_of(self, day: date) -> str | None:
        """Return the name of the public holiday on a day, None on any other day.

        >>> Territory("PL").name_of(date(2026, 11, 11))
        'Narodowe Święto Niepodległości'
        """
        return self.holidays(day.year).get(day)

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in self.holidays(day.year)


def find_territory(
    country_code: str, postal_code: str = "", state_code: str = ""
) -> Territory | None:
    """Return the territory of an address, None for a country whose holidays are unknown.

    The territory is told by the country code, else by the postal code, else by the code of the
    state where the country's calendar has such a subdivision.

    >>> find_territory("RE") == find_territory("FR", "97400") == Territory("FR", "974")
    True
    >>> find_territory("FR", "75001"), find_territory("FR", "67000").subdivision
    (Territory(country='FR', subdivision=''), '6AE')
    >>> find_territory("XX") is None
    True
    """
    code = (country_code or "").strip().upper()
    if code in TERRITORIES:
        return Territory(*TERRITORIES[code])
    subdivisions = _get_subdivisions().get(code)
    if subdivisions is None:
        return None
    state = (state_code or "").strip().upper()
    by_state = state if state in subdivisions else ""
    return Territory(code, _find_by_postal_code(code, postal_code) or by_state)


def _find_by_postal_code(country: str, postal_code: str) -> str:
    digits = "".join((postal_code or "").split())
    prefixes = POSTAL_CODES.get(country, {})
    found = [prefix for prefix in prefixes if digits.startswith(prefix)]
    return prefixes[max(found, key=len)] if found else ""


@lru_cache(maxsize=1)
def _get_subdivisions() -> Mapping[str, frozenset[str]]:
    """Return the countries that the library knows, each with its subdivisions."""
    known = holidays.list_supported_countries(include_aliases=False)
    return {code: frozenset(names) for code, names in known.items() if len(code) == 2}


@lru_cache(maxsize=512)
def _get_year(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """Return a year's calendar; the language is the territory's, whatever the process speaks."""
    language = holidays.country_holidays(country).default_language
    found = holidays.country_holidays(
        country, subdiv=subdivision or None, years=year, language=language
    )
    return MappingProxyType(dict(found))
