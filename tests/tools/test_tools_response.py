from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools.coverage import Coverage, Window
from odoo.addons.service_contract.tools.intervals import SessionError, union
from odoo.addons.service_contract.tools.public_holidays import Territory
from odoo.addons.service_contract.tools.response import due_at

FAST = settings(max_examples=60, deadline=None, derandomize=True)
PARIS = ZoneInfo("Europe/Paris")
DAY = 24 * 60
CLICKS = Coverage(
    [
        Window(day, start * 1800, stop * 1800)
        for day in range(5)
        for start, stop in ((19, 24), (28, 38))
    ],
    PARIS,
    Territory("FR"),
)
ALWAYS = Coverage([], PARIS)


def paris(text: str, fold: int = 0) -> datetime:
    """Return the instant of a local time in Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold)


@tagged("post_install", "-at_install")
class TestDueTime(BaseCase):
    def test_s16_working_hours(self) -> None:
        cases = [
            ("2026-03-02 10:00:00", 60, "2026-03-02 11:00:00"),
            ("2026-03-02 11:30:00", 30, "2026-03-02 12:00:00"),
            ("2026-03-02 11:30:00", 31, "2026-03-02 14:01:00"),
            ("2026-03-02 12:30:00", 60, "2026-03-02 15:00:00"),
            ("2026-03-06 18:30:00", 60, "2026-03-09 10:00:00"),
            ("2026-03-07 03:00:00", 1, "2026-03-09 09:31:00"),
            ("2026-03-02 09:30:00", 8 * 60, "2026-03-03 10:00:00"),
            ("2026-04-03 18:30:00", 60, "2026-04-07 10:00:00"),
            ("2026-04-30 18:59:59", 1, "2026-05-04 09:30:59"),
            ("2028-02-28 18:30:00", 60, "2028-02-29 10:00:00"),
            ("2026-12-31 18:30:00", 60, "2027-01-04 10:00:00"),
        ]
        for requested, minutes, due in cases:
            with self.subTest(requested, minutes=minutes):
                found = due_at(paris(requested), minutes, "working", CLICKS.on("remote"))
                self.assertEqual(found, paris(due))

    def test_s16_within_24_hours_of_the_request_day_and_night(self) -> None:
        cases = [
            ("2026-03-06 18:30:00", "2026-03-07 18:30:00"),
            ("2026-03-28 18:30:00", "2026-03-29 19:30:00"),
            ("2026-10-24 18:30:00", "2026-10-25 17:30:00"),
            ("2026-02-28 10:00:00", "2026-03-01 10:00:00"),
        ]
        for requested, due in cases:
            with self.subTest(requested):
                found = due_at(paris(requested), DAY, "clock", CLICKS.on("remote"))
                self.assertEqual(found, paris(due))

    def test_a_level_without_windows_works_day_and_night(self) -> None:
        for clock in ("working", "clock"):
            found = due_at(paris("2026-03-06 18:30:00"), DAY, clock, ALWAYS.on("remote"))
            self.assertEqual(found, paris("2026-03-07 18:30:00"))

    def test_a_night_of_clock_change_has_its_real_minutes(self) -> None:
        """Between 1:30 and 3:30 lies one hour in spring, and three in autumn."""
        nights = Coverage([Window(6, 0, 86400)], PARIS)
        cases = [
            ("2026-03-29 01:30:00", 60, "2026-03-29 03:30:00"),
            ("2026-10-25 01:30:00", 180, "2026-10-25 03:30:00"),
        ]
        for requested, minutes, due in cases:
            with self.subTest(requested):
                found = due_at(paris(requested), minutes, "working", nights.on("remote"))
                self.assertEqual(found, paris(due))

    def test_no_time_is_due_at_once(self) -> None:
        closed = paris("2026-03-07 03:00:00")
        self.assertEqual(due_at(closed, 0, "working", CLICKS.on("remote")), closed)

    def test_hours_that_never_open_have_no_due_time(self) -> None:
        on_site = Coverage([Window(0, 0, 3600, "on_site")], PARIS)
        self.assertIsNone(due_at(paris("2026-03-02 10:00:00"), 1, "working", on_site.on("phone")))

    def test_bad_input_is_refused(self) -> None:
        for minutes, clock in [(-1, "working"), (5, "moon")]:
            with self.assertRaises(SessionError) as caught:
                due_at(paris("2026-03-02 10:00:00"), minutes, clock, CLICKS.on("remote"))
            self.assertEqual(caught.exception.code, "clock")
        with self.assertRaises(SessionError):
            due_at(datetime(2026, 3, 2), 5, "working", CLICKS.on("remote"))

    @FAST
    @given(st.integers(0, 20 * DAY * 60), st.integers(1, 6000))
    def test_the_open_time_until_the_due_time_is_the_promise(
        self, seconds: int, minutes: int
    ) -> None:
        start = datetime(2026, 3, 20, tzinfo=timezone.utc) + timedelta(seconds=seconds)
        due = due_at(start, minutes, "working", CLICKS.on("remote"))
        runs = union(CLICKS.between(start, due, "remote"))
        open_time = sum((min(run.stop, due) - max(run.start, start) for run in runs), timedelta())
        self.assertEqual(open_time, timedelta(minutes=minutes))
        later = due_at(start, minutes + 1, "working", CLICKS.on("remote"))
        self.assertLess(due, later)
        clock = due_at(start, minutes, "clock", CLICKS.on("remote"))
        self.assertLessEqual(clock, due)
