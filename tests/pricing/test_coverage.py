from datetime import date, datetime

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import ServiceContractCommon
from .common import HALF_HOUR, WEEK, CoverageCommon


@tagged("post_install", "-at_install")
class TestCoveragePrices(CoverageCommon):
    def test_s12_office_hours_by_the_block(self):
        """8–12 and 13:30–16:30: a block is billed if its first second is not covered."""
        level = self.create_level("Office hours", "unlimited")
        level.is_by_appointment = True
        self.create_windows(level, WEEK, (8, 12), (13.5, 16.5))
        product = self.create_product("Office", 9.0, recurring=self.family, level=level)
        customer = self.create_customer("Office", tz="Europe/Paris")
        self.create_contract(customer, product)
        cases = [
            ("2026-03-02 08:00:00", HALF_HOUR, 0),
            ("2026-03-02 07:59:59", HALF_HOUR, 30),
            ("2026-03-02 11:59:59", HALF_HOUR, 0),
            ("2026-03-02 12:00:00", HALF_HOUR, 30),
            ("2026-03-02 11:45:00", HALF_HOUR + 1, 30),
            ("2026-03-02 13:30:00", 6 * HALF_HOUR, 0),
            ("2026-03-02 16:29:00", 2 * HALF_HOUR, 30),
            ("2026-03-07 09:00:00", HALF_HOUR, 30),
        ]
        self.assertCases(cases, customer=customer, hours=1)

    def test_s12_exceptional_appointment_is_said(self):
        session = self.work("2026-03-02 21:00:00", is_exceptional=True)
        self.assertEqual(session.amount_untaxed, 30.0)
        self.assertIn("Exceptional appointment", session.price_explanation)
        session = self.work("2026-03-02 10:00:00", is_exceptional=True)
        self.assertEqual(session.billing_state, "included")

    def test_s13_weekdays_and_saturdays(self):
        cases = [
            ("2026-03-02 06:59:00", 60, 30),
            ("2026-03-02 07:00:00", 60, 0),
            ("2026-03-02 19:59:59", 60, 0),
            ("2026-03-02 20:00:00", 60, 30),
            ("2026-03-07 15:59:59", 60, 0),
            ("2026-03-07 16:00:00", 60, 30),
        ]
        self.assertCases(cases)

    def test_s13_sundays_and_holidays_remote_and_on_duty(self):
        """La Réunion: Sunday 6 December, Christmas, the abolition of slavery on 20 December."""
        on_site = {"channel": "on_site"}
        cases = [
            ("2025-12-25 10:00:00", 60, 0),
            ("2025-12-25 10:30:00", 60, 30, on_site),
            ("2025-12-25 10:45:00", 60, 0, {"channel": "phone"}),
            ("2025-12-25 08:59:00", 60, 30),
            ("2025-12-25 12:00:00", 60, 30),
            ("2025-12-20 10:00:00", 60, 0),
            ("2025-12-20 14:00:00", 60, 30),
            ("2025-12-07 10:00:00", 60, 0),
            ("2025-12-07 11:00:00", 60, 30, on_site),
            ("2025-12-14 10:00:00", 60, 30),
            ("2025-12-13 14:00:00", 60, 0),
        ]
        contract = self.create_contract(self.practice, start="2025-01-01")
        self.contract._set_ended(self.day("2026-01-01"))
        for first, last in (("2025-12-07", None), ("2025-12-20", "2025-12-25")):
            self.put_on_duty(first, last)
        self.assertCases(
            [(*case[:3], {"contract_id": contract.id, **dict(*case[3:])}) for case in cases]
        )

    def test_s13_other_practices_are_not_on_duty(self):
        other = self.create_customer("Other Practice", country_id=self.env.ref("base.re").id)
        self.put_on_duty("2026-03-08", customer=other)
        self.assertEqual(self.work("2026-03-08 10:00:00").amount_untaxed, 30.0)
        self.put_on_duty("2026-03-08")
        self.assertEqual(self.work("2026-03-08 11:00:00").amount_untaxed, 0.0)

    def test_s13_the_territory_of_the_site(self):
        """Tuesday 14 July is a holiday in La Réunion, not in Poland."""
        site = self.env["res.partner"].create(
            {
                "name": "Warsaw branch",
                "parent_id": self.practice.id,
                "type": "delivery",
                "country_id": self.env.ref("base.pl").id,
            }
        )
        cases = [(self.practice, 30), (site, 0)]
        for place, amount in cases:
            with self.subTest(place=place.name):
                self.contract.partner_shipping_id = place
                session = self.work("2026-07-14 10:00:00")
                self.assertEqual(session.amount_untaxed, amount)
                session.action_cancel()
                session.line_ids.unlink()

    def test_s13_territory_without_a_country(self):
        """The company's country, and the customer's own postal code."""
        cases = [
            ({"country_id": False, "zip": "97410"}, 30),
            ({"country_id": False, "zip": "69001"}, 0),
            ({"country_id": self.env.ref("base.fr").id, "zip": "97410"}, 30),
            ({"country_id": False, "zip": False}, 0),
        ]
        for vals, amount in cases:
            with self.subTest(vals=vals):
                customer = self.create_customer("Nowhere", tz="Indian/Reunion", **vals)
                self.create_contract(customer)
                session = self.work("2026-05-28 10:00:00", customer=customer)
                self.assertFalse(session.amount_untaxed)
                contract = self.create_contract(customer, start="2024-01-01")
                session = self.work(
                    "2024-12-20 10:00:00", customer=customer, contract_id=contract.id
                )
                self.assertEqual(session.amount_untaxed, amount)

    def test_s13_an_unknown_country_is_said(self):
        country = self.env["res.country"].create({"name": "Utopia", "code": "QU"})
        customer = self.create_customer("Nowhere", country_id=country.id, tz="Indian/Reunion")
        self.create_contract(customer)
        session = self.work("2026-03-02 10:00:00", customer=customer)
        self.assertIn("public holidays of Utopia are not known", session.price_explanation)
        self.assertNotIn("not known", self.work("2026-03-02 11:00:00").price_explanation)

    def test_s15_no_window_is_always_open(self):
        level = self.create_level("Always", "unlimited")
        product = self.create_product("Always", 9.0, recurring=self.family, level=level)
        customer = self.create_customer("Always", tz="Indian/Reunion")
        self.create_contract(customer, product)
        self.assertFalse(self.work("2026-03-08 03:00:00", customer=customer).amount_untaxed)

    def test_clock_change_night(self):
        """Between 1:30 and 3:30 on 29 March lies one hour in Paris."""
        level = self.create_level("Night", "unlimited")
        self.create_windows(level, "6", (0, 2))
        product = self.create_product("Night", 9.0, recurring=self.family, level=level)
        customer = self.create_customer("Night", tz="Europe/Paris")
        self.create_contract(customer, product)
        session = self.work("2026-03-29 01:30:00", 3600, customer=customer, hours=1)
        self.assertEqual(session.amount_untaxed, 30.0)
        self.assertEqual(session.billed_minutes, 30)

    def test_other_hours_change_no_closed_session(self):
        session = self.work("2026-03-02 10:00:00")
        charge = session.charge_ids
        self.level_unlimited.window_ids.unlink()
        self.create_windows(self.level_unlimited, WEEK, (20, 21))
        self.assertEqual(session.charge_ids, charge)
        self.assertEqual(session.billing_state, "included")

    def test_sync_does_not_ask_more_for_more(self):
        self.put_on_duty("2026-03-08")
        others = [
            self.create_customer(f"Practice {number}", tz="Indian/Reunion") for number in range(6)
        ]
        for customer in others:
            self.create_contract(customer)

        def close(customers, day):
            sessions = self.env["service.session"]
            for customer in customers:
                sessions |= self.work(f"{day} 10:00:00", customer=customer, done=False)
            sessions.action_done()
            return self.count_queries(sessions._sync_charges)

        close(others[:1], "2026-03-01")
        few, many = close(others[:3], "2026-03-08"), close(others, "2026-03-15")
        self.assertLessEqual(many, few + 12, "a party and its prices for each new customer only")


@tagged("post_install", "-at_install")
class TestCoverageNow(CoverageCommon):
    def open_session(self, **vals):
        return self.create_session([], self.practice, done=False, **vals)

    def test_s13_covered_right_now(self):
        cases = [
            ("2026-03-02 09:00:00", "remote", True, "Covered now, until 20:00 (Indian/Reunion)."),
            (
                "2026-03-02 17:00:00",
                "remote",
                False,
                "until Tuesday 3 March 07:00 (Indian/Reunion).",
            ),
            ("2026-03-08 06:00:00", "remote", True, "Covered now, until 12:00 (Indian/Reunion)."),
            ("2026-03-08 06:00:00", "phone", True, "Covered now, until 12:00 (Indian/Reunion)."),
            (
                "2026-03-08 06:00:00",
                "on_site",
                False,
                "until Monday 9 March 07:00 (Indian/Reunion).",
            ),
            ("2026-03-02 02:00:00", "remote", False, "covered hours until 07:00 (Indian/Reunion)."),
        ]
        self.put_on_duty("2026-03-08")
        for instant, channel, is_covered, words in cases:
            with self.subTest(instant=instant, channel=channel), freeze_time(instant):
                session = self.open_session(channel=channel)
                self.assertEqual(session.is_covered_now, is_covered)
                self.assertIn(words, session.coverage_now)

    @freeze_time("2026-03-02 09:00:00")
    def test_new_session_form(self):
        form = Form(self.env["service.session"].with_user(self.user_technician))
        self.assertFalse(form.coverage_now)
        form.partner_id = self.practice
        self.assertEqual(form.coverage_now, "Covered now, until 20:00 (Indian/Reunion).")
        form.is_off_contract = True
        self.assertFalse(form.coverage_now, "billed at any time: nothing is covered")

    @freeze_time("2026-03-02 09:00:00")
    def test_contract_says_its_hours(self):
        contract = self.contract.with_user(self.user_sales)
        self.assertEqual(contract.coverage_now, "Covered now, until 20:00 (Indian/Reunion).")
        self.assertIn("Monday–Friday 07:00–20:00", contract.coverage_summary)
        fibre = self.create_contract(product=self.product_fibre, activate=False)
        self.assertFalse(fibre.coverage_now)
        self.assertFalse(fibre._get_coverage_now(datetime(2026, 3, 2), "remote"))

    def test_never_open_again(self):
        self.level_unlimited.window_ids.filtered(lambda window: window.day != "6").unlink()
        with freeze_time("2026-03-02 09:00:00"):
            self.assertEqual(self.open_session().coverage_now, "Outside the covered hours.")

    @freeze_time("2026-03-08 06:00:00")
    def test_queries_do_not_grow(self):
        def count(number):
            contracts = self.env["service.contract"]
            for index in range(number):
                customer = self.create_customer(f"Practice {index}", tz="Indian/Reunion")
                contracts |= self.create_contract(customer)
            instant = datetime(2026, 3, 8, 6)
            self.assertEqual(len(contracts._get_coverage_now(instant, "remote")), number)
            return self.count_queries(lambda: contracts._get_coverage_now(instant, "remote"))

        count(1)
        few, many = count(2), count(8)
        self.assertLessEqual(many, few)


@tagged("post_install", "-at_install")
class TestCoverageWindows(ServiceContractCommon):
    def test_windows_that_overlap_are_refused_in_words(self):
        cases = [
            ({}, (11, 14), True),
            ({}, (8, 12), True),
            ({"channel": "remote"}, (11.5, 13), True),
            ({}, (12, 14), False),
            ({"on_call_only": True}, (11, 14), False),
            ({"day": "1"}, (8, 12), False),
        ]
        for number, (vals, hours, is_refused) in enumerate(cases):
            with self.subTest(vals=vals, hours=hours):
                level = self.create_level(f"Level {number}", "unlimited", tariff=False)
                self.create_windows(level, "0", (8, 12))
                self.assertOverlap(level, hours, vals, is_refused)

    def assertOverlap(self, level, hours, vals, is_refused):
        if not is_refused:
            self.create_windows(level, vals.pop("day", "0"), hours, **vals)
            return
        with self.assertRaisesRegex(ValidationError, "covers Monday twice, 08:00–12:00 and"):
            self.create_windows(level, "0", hours, **vals)

    def test_channels_of_one_hour_may_differ(self):
        level = self.create_level("Two channels", "unlimited", tariff=False)
        self.create_windows(level, "0", (8, 12), channel="remote")
        self.create_windows(level, "0", (8, 10), channel="on_site")
        self.assertEqual(len(level.window_ids), 2)


@tagged("post_install", "-at_install")
class TestDuty(CoverageCommon):
    def test_a_duty_of_one_day(self):
        with Form(self.env["service.duty"].with_user(self.user_technician)) as form:
            form.partner_id = self.practice
            form.date_start = "2026-03-08"
            self.assertEqual(form.date_end, date(2026, 3, 8))
            form.date_start = "2026-03-15"
        duty = form.record
        self.assertEqual(duty.date_end, date(2026, 3, 15))
        self.assertEqual(duty.display_name, "Practice, 03/15/2026")

    def test_days_are_inclusive(self):
        duty = self.put_on_duty("2026-03-07", "2026-03-08")
        days = duty._get_days(self.company, self.practice)
        self.assertEqual(days, {self.practice: [(date(2026, 3, 7), date(2026, 3, 8))]})
        self.assertIn(" – ", duty.display_name)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_nonsense(self):
        self.put_on_duty("2026-03-07", "2026-03-08")
        for first, last in (("2026-03-10", "2026-03-09"), ("2026-03-08", "2026-03-09")):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.put_on_duty(first, last)
        contact = self.env["res.partner"].create({"name": "Site", "parent_id": self.practice.id})
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.put_on_duty("2026-03-08", customer=contact)

    def test_who_may_do_what(self):
        duty = self.put_on_duty("2026-03-08")
        duty.with_user(self.user_technician).note = "Dr Payet"
        for user in (self.user_technician, self.user_sales, self.user_accountant):
            with self.assertRaises(AccessError):
                duty.with_user(user).unlink()
        with self.assertRaises(AccessError):
            self.put_on_duty("2026-03-09", user=self.user_sales)
        self.assertTrue(duty.with_user(self.user_sales).read(["note"]))
        duty.with_user(self.user_manager).unlink()

    def test_screens(self):
        duties = self.env["service.duty"].with_user(self.user_technician)
        views = duties.get_views([(False, "calendar"), (False, "list"), (False, "form")])
        self.assertIn("multi_create_view", views["views"]["calendar"]["arch"])
        self.put_on_duty("2026-03-08")
        contract = self.contract.with_user(self.user_technician)
        self.assertTrue(contract.has_duty_windows)
        self.assertEqual(contract.duty_count, 1)
        action = contract.action_open_duties()
        self.assertEqual(duties.search(action["domain"]).partner_id, self.practice)
