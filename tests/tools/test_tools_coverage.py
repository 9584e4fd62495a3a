from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools.coverage import (
    DAY_SECONDS,
    PUBLIC_HOLIDAY,
    Coverage,
    Window,
)
from odoo.addons.service_contract.tools.intervals import SECOND, Interval, SessionError, union
from odoo.addons.service_contract.tools.public_holidays import Territory, find_territory

FAST = settings(max_examples=60, deadline=None, derandomize=True)
UTC = timezone.utc
REUNION = ZoneInfo("Indian/Reunion")
PARIS = ZoneInfo("Europe/Paris")
WEEK = range(5)
ON_DUTY = date(2026, 3, 8)
# Zones of every kind: none, whole hours, half an hour (Lord Howe), clocks changed at midnight
# (Beirut, Havana), a day that never was (Apia, 30 December 2011).
ZONES = [
    "UTC",
    "Indian/Reunion",
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Beirut",
    "America/Havana",
    "Pacific/Apia",
]
CHANGES = [
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 4, 5),
    date(2011, 12, 30),
]


def hours(*spans: tuple[float, float], days: Iterable[int], **limits: object) -> list[Window]:
    """Return the windows of some days between hours of the clock."""
    return [
        Window(day, round(start * 3600), round(stop * 3600), **limits)
        for day in days
        for start, stop in spans
    ]


PRISME_1 = hours((8, 12), (13.5, 16.5), days=WEEK)
PRISME_2 = [
    *hours((7, 20), days=WEEK),
    *hours((7, 16), days=[5]),
    *hours((9, 12), days=[6, PUBLIC_HOLIDAY], channel="remote", on_duty_only=True),
]
CLICKS = hours((9.5, 12), (14, 19), days=WEEK)


def local(text: str, zone: ZoneInfo = REUNION) -> datetime:
    """Return the instant of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@tagged("post_install", "-at_install")
class TestOffers(BaseCase):
    """The hours of the reference offers, in the customer's own time."""

    def _assert_open(
        self, coverage: Coverage, cases: list[tuple[str, str, bool]], zone: ZoneInfo
    ) -> None:
        for text, channel, is_open in cases:
            with self.subTest(text, channel=channel):
                self.assertEqual(coverage.is_open(local(text, zone), channel), is_open)

    def test_s12_prisme_level_1(self) -> None:
        coverage = Coverage(PRISME_1, REUNION, find_territory("RE"))
        cases = [
            ("2026-03-02 07:59:59", "remote", False),
            ("2026-03-02 08:00:00", "remote", True),
            ("2026-03-02 11:59:59", "on_site", True),
            ("2026-03-02 12:00:00", "remote", False),
            ("2026-03-02 13:30:00", "phone", True),
            ("2026-03-02 16:30:00", "phone", False),
            ("2026-03-07 10:00:00", "remote", False),
            ("2026-05-01 10:00:00", "remote", False),
        ]
        self._assert_open(coverage, cases, REUNION)

    def test_s13_prisme_sundays_and_holidays_remote_only_and_on_duty(self) -> None:
        duty = {ON_DUTY, date(2026, 5, 1), date(2026, 12, 20)}
        coverage = Coverage(PRISME_2, REUNION, find_territory("RE"), duty)
        cases = [
            ("2026-03-02 07:00:00", "on_site", True),
            ("2026-03-02 19:59:59", "remote", True),
            ("2026-03-02 20:00:00", "remote", False),
            ("2026-03-07 15:59:59", "remote", True),
            ("2026-03-07 16:00:00", "remote", False),
            ("2026-03-08 10:00:00", "remote", True),
            ("2026-03-08 10:00:00", "phone", True),
            ("2026-03-08 10:00:00", "on_site", False),
            ("2026-03-08 12:00:00", "remote", False),
            ("2026-03-15 10:00:00", "remote", False),
            ("2026-05-01 10:00:00", "remote", True),
            ("2026-05-01 10:00:00", "on_site", False),
            ("2026-05-01 14:00:00", "remote", False),
            ("2026-05-08 10:00:00", "remote", False),
        ]
        self._assert_open(coverage, cases, REUNION)

    def test_s13_la_reunion_has_20_december(self) -> None:
        """In 2027 it is a Monday: closed off duty, where Paris works as on any Monday."""
        noon = local("2027-12-20 10:30:00")
        for territory, duty, expected in [
            (find_territory("RE"), (), False),
            (find_territory("FR", "97400"), (), False),
            (find_territory("RE"), {date(2027, 12, 20)}, True),
            (find_territory("FR"), (), True),
            ((), (), True),
        ]:
            with self.subTest(territory=territory, duty=duty):
                coverage = Coverage(PRISME_2, REUNION, territory, duty)
                self.assertEqual(coverage.is_open(noon, "remote"), expected)
        on_duty = Coverage(PRISME_2, REUNION, find_territory("RE"), {date(2027, 12, 20)})
        self.assertFalse(on_duty.is_open(noon, "on_site"))

    def test_s13_clock_times_are_the_customers(self) -> None:
        """8:00 in La Réunion is 4:00 in UTC; a Sunday begins there on Saturday evening in UTC."""
        coverage = Coverage(PRISME_1, "Indian/Reunion")
        self.assertTrue(coverage.is_open(datetime(2026, 3, 2, 4, tzinfo=UTC), "remote"))
        self.assertFalse(coverage.is_open(datetime(2026, 3, 2, 3, 59, 59, tzinfo=UTC), "remote"))
        sunday = Coverage(hours((0, 24), days=[6]), REUNION)
        self.assertTrue(sunday.is_open(datetime(2026, 3, 7, 20, tzinfo=UTC), "remote"))
        self.assertFalse(sunday.is_open(datetime(2026, 3, 8, 20, tzinfo=UTC), "remote"))

    def test_s15_2clicks(self) -> None:
        coverage = Coverage(CLICKS, PARIS, Territory("FR"))
        cases = [
            ("2026-03-02 09:29:59", "remote", False),
            ("2026-03-02 09:30:00", "remote", True),
            ("2026-03-02 12:00:00", "phone", False),
            ("2026-03-02 13:59:59", "phone", False),
            ("2026-03-02 18:59:59", "on_site", True),
            ("2026-03-07 10:00:00", "remote", False),
            ("2026-04-06 10:00:00", "remote", False),
        ]
        self._assert_open(coverage, cases, PARIS)


@tagged("post_install", "-at_install")
class TestCoverage(BaseCase):
    def test_windows_that_make_no_sense_are_refused(self) -> None:
        for day, start, stop, channel in [
            (0, 10, 10, "any"),
            (0, 20, 10, "any"),
            (0, -1, 10, "any"),
            (0, 0, DAY_SECONDS + 1, "any"),
            (8, 0, 10, "any"),
            (0, 0, 10, "phone"),
        ]:
            with (
                self.subTest(day=day, start=start, stop=stop, channel=channel),
                self.assertRaises(SessionError) as caught,
            ):
                Window(day, start, stop, channel)
            self.assertEqual(caught.exception.code, "window")

    def test_naive_instants_are_refused(self) -> None:
        for coverage in (Coverage(CLICKS, PARIS), Coverage([], PARIS)):
            with self.assertRaises(SessionError):
                coverage.is_open(datetime(2026, 3, 2), "remote")

    def test_a_level_without_windows_is_always_open(self) -> None:
        coverage = Coverage([], PARIS, Territory("FR"))
        christmas = local("2026-12-25 03:00:00", PARIS)
        self.assertTrue(coverage.is_always)
        self.assertTrue(coverage.is_open(christmas, "on_site"))
        self.assertIsNone(coverage.open_until(christmas, "on_site"))
        self.assertIsNone(coverage.next_opening(christmas, "on_site"))
        (span,) = coverage.between(christmas, christmas + SECOND, "remote")
        self.assertEqual(
            (span.seconds, span.window, span.to_json().keys()), (1, None, {"start", "stop"})
        )

    def test_a_level_without_windows_for_holidays_is_closed_then(self) -> None:
        coverage = Coverage(CLICKS, PARIS, Territory("FR"))
        self.assertFalse(coverage.is_open(local("2026-12-25 10:00:00", PARIS), "remote"))
        self.assertTrue(coverage.is_open(local("2026-12-24 10:00:00", PARIS), "remote"))

    def test_dates_may_be_told_by_a_function(self) -> None:
        windows = hours((9, 12), days=[6], on_duty_only=True)
        coverage = Coverage(windows, REUNION, duty=lambda day: day == ON_DUTY)
        self.assertTrue(coverage.is_open(local("2026-03-08 10:00:00"), "remote"))
        self.assertFalse(coverage.is_open(local("2026-03-15 10:00:00"), "remote"))

    def test_open_until_and_next_opening(self) -> None:
        coverage = Coverage(CLICKS, PARIS, Territory("FR"))
        cases = [
            ("2026-03-02 10:00:00", "2026-03-02 12:00:00", "2026-03-02 14:00:00"),
            ("2026-03-02 12:00:00", None, "2026-03-02 14:00:00"),
            ("2026-03-06 19:00:00", None, "2026-03-09 09:30:00"),
            ("2026-04-03 20:00:00", None, "2026-04-07 09:30:00"),
        ]
        for now, until, opening in cases:
            with self.subTest(now):
                instant = local(now, PARIS)
                found = coverage.open_until(instant, "remote")
                self.assertEqual(found, until and local(until, PARIS))
                self.assertEqual(coverage.next_opening(instant, "remote"), local(opening, PARIS))

    def test_windows_that_touch_are_open_until_the_last_ends(self) -> None:
        coverage = Coverage(hours((0, 24), days=[0, 1]) + hours((0, 8), days=[2]), PARIS)
        until = coverage.open_until(local("2026-03-02 10:00:00", PARIS), "remote")
        self.assertEqual(until, local("2026-03-04 08:00:00", PARIS))

    def test_never_open_on_a_channel(self) -> None:
        coverage = Coverage(hours((9, 12), days=WEEK, channel="on_site"), PARIS)
        self.assertIsNone(coverage.next_opening(local("2026-03-02 08:00:00", PARIS), "phone"))

    def test_each_interval_knows_its_window(self) -> None:
        coverage = Coverage(hours((9.5, 12), days=[0], key="w1"), PARIS)
        (found,) = coverage.between(local("2026-03-02", PARIS), local("2026-03-03", PARIS), "phone")
        self.assertEqual(
            found.to_json(),
            {
                "start": "2026-03-02T08:30:00+00:00",
                "stop": "2026-03-02T11:00:00+00:00",
                "key": "w1",
                "date": "2026-03-02",
                "day": 0,
                "from": 34200,
                "to": 43200,
                "channel": "any",
                "on_duty": False,
            },
        )

    def test_a_window_is_whole_where_a_span_begins_inside_it(self) -> None:
        coverage = Coverage(CLICKS, PARIS)
        inside = local("2026-03-02 10:00:00", PARIS)
        (found,) = coverage.between(inside, inside + SECOND, "remote")
        self.assertEqual(found.seconds, 9000)
        before = local("2026-03-02 09:30:00", PARIS)
        self.assertFalse(coverage.between(before - timedelta(hours=1), before, "remote"))


@tagged("post_install", "-at_install")
class TestClockChange(BaseCase):
    """The convention of nights on which the clocks change."""

    def _lay(self, day: date, start: float, stop: float, zone: str) -> Interval | None:
        coverage = Coverage(hours((start, stop), days=[day.weekday()]), zone)
        midnight = datetime.combine(day, time(), UTC)
        found = coverage.between(
            midnight - timedelta(days=1), midnight + timedelta(days=2), "remote"
        )
        return found[0] if found else None

    def test_a_whole_day_has_23_or_25_hours(self) -> None:
        cases = [
            (date(2026, 3, 29), "Europe/Paris", 23),
            (date(2026, 10, 25), "Europe/Paris", 25),
            (date(2026, 3, 29), "Indian/Reunion", 24),
            (date(2026, 3, 29), "Asia/Beirut", 23),
            (date(2026, 10, 25), "Asia/Beirut", 24),
            (date(2026, 10, 24), "Asia/Beirut", 25),
            (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        ]
        for day, zone, expected in cases:
            with self.subTest(day=day, zone=zone):
                self.assertEqual(self._lay(day, 0, 24, zone).seconds, expected * 3600)

    def test_a_day_that_never_was_is_never_open(self) -> None:
        self.assertIsNone(self._lay(date(2011, 12, 30), 0, 24, "Pacific/Apia"))

    def test_a_time_that_does_not_occur_is_the_jump(self) -> None:
        spring = date(2026, 3, 29)
        jump = datetime(2026, 3, 29, 1, tzinfo=UTC)
        self.assertIsNone(self._lay(spring, 2.25, 2.75, "Europe/Paris"))
        self.assertEqual(self._lay(spring, 1, 2.5, "Europe/Paris").stop, jump)
        self.assertEqual(self._lay(spring, 2.5, 4, "Europe/Paris").start, jump)

    def test_a_time_that_occurs_twice_is_its_first(self) -> None:
        autumn = date(2026, 10, 25)
        first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        self.assertEqual(self._lay(autumn, 1, 2.5, "Europe/Paris").stop, first)
        self.assertEqual(self._lay(autumn, 2.5, 4, "Europe/Paris").start, first)
        self.assertEqual(self._lay(autumn, 2.25, 2.75, "Europe/Paris").seconds, 1800)

    @FAST
    @given(
        st.sampled_from(ZONES),
        st.sampled_from(CHANGES),
        st.lists(st.integers(1, DAY_SECONDS - 1), max_size=4, unique=True),
    )
    def test_windows_that_share_a_day_share_its_time(
        self, zone: str, day: date, cuts: list[int]
    ) -> None:
        """Hold the windows of a day to the whole day: no gap, no overlap, no second lost."""
        borders = [0, *sorted(cuts), DAY_SECONDS]
        windows = [
            Window(number, *pair)
            for number in range(7)
            for pair in zip(borders, borders[1:], strict=False)
        ]
        start = datetime.combine(day, time(), UTC) - timedelta(days=1)
        stop = start + timedelta(days=3)
        found = Coverage(windows, zone).between(start, stop, "remote")
        for earlier, later in zip(found, found[1:], strict=False):
            self.assertEqual(earlier.stop, later.start)
        self.assertLessEqual(found[0].start, start)
        self.assertGreaterEqual(found[-1].stop, stop)

    @FAST
    @given(
        st.sampled_from(ZONES),
        st.sampled_from(CHANGES),
        st.integers(-86400, 86400),
        st.integers(0, DAY_SECONDS - 1),
        st.integers(1, DAY_SECONDS),
    )
    def test_an_instant_is_open_when_its_clock_is(
        self, zone: str, day: date, offset: int, start: int, length: int
    ) -> None:
        """Compare with the wall clock, in all but the hour that occurs twice."""
        window = Window(day.weekday(), start, min(start + length, DAY_SECONDS))
        instant = datetime.combine(day, time(12), UTC) + timedelta(seconds=offset)
        clock = instant.astimezone(ZoneInfo(zone))
        if clock.replace(fold=0).utcoffset() != clock.replace(fold=1).utcoffset():
            return
        seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
        expected = clock.weekday() == window.day and window.start <= seconds < window.stop
        self.assertEqual(Coverage([window], zone).is_open(instant, "remote"), expected)


@tagged("post_install", "-at_install")
class TestProperties(BaseCase):
    WINDOWS = st.lists(
        st.builds(
            lambda day, start, length, channel, duty: Window(
                day, start, min(start + length, DAY_SECONDS), channel, duty
            ),
            st.integers(0, 7),
            st.integers(0, DAY_SECONDS - 1),
            st.integers(1, DAY_SECONDS),
            st.sampled_from(["any", "remote", "on_site"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
    INSTANTS = st.builds(
        lambda seconds: datetime(2026, 3, 25, tzinfo=UTC) + timedelta(seconds=seconds),
        st.integers(0, 14 * DAY_SECONDS),
    )

    @FAST
    @given(WINDOWS, st.sampled_from(ZONES), INSTANTS, st.integers(1, 3 * DAY_SECONDS))
    def test_open_and_closed_seconds_are_all_seconds(
        self, windows: list[Window], zone: str, start: datetime, seconds: int
    ) -> None:
        coverage = Coverage(windows, zone, Territory("FR"), lambda day: day.day % 2 == 0)
        span = Interval(start, start + timedelta(seconds=seconds))
        runs = union(coverage.between(span.start, span.stop, "remote"))
        opened = sum(span.shared_seconds(run) for run in runs)
        borders = [span.start, *(end for run in runs for end in (run.start, run.stop)), span.stop]
        gaps = [
            max((min(later, span.stop) - max(earlier, span.start)) // SECOND, 0)
            for earlier, later in zip(borders[::2], borders[1::2], strict=True)
        ]
        self.assertEqual(opened + sum(gaps), seconds)

    @FAST
    @given(WINDOWS, st.sampled_from(ZONES), INSTANTS)
    def test_one_question_or_many(
        self, windows: list[Window], zone: str, instant: datetime
    ) -> None:
        """Whatever was asked before, and however wide the span, an instant is open or not."""
        fresh = Coverage(windows, zone, Territory("FR"))
        asked = Coverage(windows, zone, Territory("FR"))
        week = asked.between(instant - timedelta(days=3), instant + timedelta(days=3), "phone")
        within = any(run.start <= instant < run.stop for run in week)
        self.assertEqual(within, fresh.is_open(instant, "phone"))
        self.assertEqual(within, asked.is_open(instant, "remote"))
        self.assertEqual(list(week), sorted(week, key=lambda run: run.start))
