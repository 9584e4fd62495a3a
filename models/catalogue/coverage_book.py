from functools import partial

from ...tools.coverage import Coverage
from ...tools.public_holidays import find_territory


class CoverageBook:
    """Remember the open hours that many sessions or contracts ask for again (S12–S15).

    The duties of ``partners`` are read by one query when a level first asks for them.
    """

    def __init__(self, env, partners=None):
        self._duty = env["service.duty"]
        self._partners = partners or env["res.partner"]
        self._days = {}
        self._windows = {}
        self._coverages = {}

    def get_coverage(self, level, tz, place, partner, company):
        """Return the Coverage of a level at a place of a customer, on the clock of ``tz``."""
        partner = partner.commercial_partner_id if self._has_duty(level) else None
        territory = self.get_territory(place, company)
        key = (level, tz, territory, partner, company)
        if key not in self._coverages:
            is_on_duty = partial(self._is_on_duty, company, partner) if partner else ()
            self._coverages[key] = Coverage(
                self._get_windows(level), tz, holidays=territory or (), duty=is_on_duty
            )
        return self._coverages[key]

    @staticmethod
    def get_territory(place, company):
        """Return the territory whose public holidays count, None where its country has no list.

        An address without a country is in the company's; a customer without any address is where
        the company is (S13).
        """
        address = get_address(place, company)
        country = address.country_id or company.country_id
        return find_territory(country.code or "", address.zip or "", address.state_id.code or "")

    def _get_windows(self, level):
        if level not in self._windows:
            self._windows[level] = level.sudo().window_ids._get_rules()
        return self._windows[level]

    def _has_duty(self, level):
        return any(window.on_duty_only for window in self._get_windows(level))

    def _is_on_duty(self, company, partner, day):
        key = (company, partner)
        if key not in self._days:
            partners = self._partners.commercial_partner_id | partner
            days = self._duty._get_days(company, partners)
            self._days.update({(company, each): days.get(each, []) for each in partners})
        return any(first <= day <= last for first, last in self._days[key])


def get_address(place, company):
    """Return the address that says where a customer is: the place's, else the company's."""
    addresses = (place, place.commercial_partner_id)
    return next(
        (address for address in addresses if address.country_id or address.zip), company.partner_id
    )
