"""Renewals where everything goes wrong: odd starts, far time zones, outages, late letters."""

from datetime import date, datetime, timedelta
from random import Random

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ExitCommon

CRON = "service_contract.service_renewal_cron"


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01")
class TestRenewalOutages(ExitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "customer@example.com"

    def create_committed(self, start, initial, tacit, count=1, unit="month", **vals):
        return self.create_contract(
            start=start,
            initial_months=initial,
            tacit_months=tacit,
            notice_count=count,
            notice_unit=unit,
            **vals,
        )

    def run_job(self, contracts):
        """Do what the daily job does for some contracts, without its commits."""
        self.env.flush_all()
        for model, domain, work, _job in contracts._get_renewal_steps(fields.Date.today()):
            name = "id" if model._name == contracts._name else "contract_id"
            if batch := model.search([*domain, (name, "in", contracts.ids)]):
                work(batch)

    # ----- Ten years -----

    def test_ten_years_with_outages(self):
        """S35, invariant 5: on every day that the job runs, all certain terms stand, and no more.

        Counted with another calendar than the core's.
        """
        cases = [
            ("2028-02-29", 12, 12, 1, "month"),
            ("2026-01-31", 3, 1, 1, "month"),
            ("2026-08-31", 24, 12, 3, "month"),
            ("2026-03-30", 1, 1, 10, "day"),
            ("2026-12-31", 36, 12, 0, "month"),
        ]
        for seed, (start, initial, tacit, count, unit) in enumerate(cases):
            contract = self.create_committed(start, initial, tacit, count, unit)
            anchor = day = date.fromisoformat(start)
            notice = relativedelta(**{f"{unit}s": count})
            gaps = Random(seed)
            seen = {}
            with self.subTest(start=start, initial=initial):
                while day < anchor + relativedelta(years=10):
                    day += timedelta(days=gaps.choice((1, 1, 1, 7, 30, 95)))
                    with freeze_time(day):
                        self.run_job(contract)
                    ends = [anchor + relativedelta(months=initial)]
                    while ends[-1] - notice <= day:
                        ends.append(anchor + relativedelta(months=initial + tacit * len(ends)))
                    terms = contract.commitment_ids.sorted("number")
                    self.assertEqual(
                        terms.mapped("date_end"), [end - timedelta(days=1) for end in ends]
                    )
                    self.assertEqual(terms.mapped("date_start"), [anchor, *ends[:-1]])
                    recorded = {term.id: (term.date_start, term.date_end) for term in terms}
                    self.assertEqual(seen, {key: recorded[key] for key in seen})
                    seen = recorded

    # ----- Where the customer is -----

    def test_never_before_midnight_at_the_customers_and_at_most_a_day_after(self):
        """L01: the last day to refuse, 30/11, belongs to the customer to its last second."""
        cases = [
            ("Indian/Reunion", "2026-11-30 20:00:00"),
            ("Europe/Warsaw", "2026-11-30 23:00:00"),
            ("America/Martinique", "2026-12-01 04:00:00"),
            ("Pacific/Noumea", "2026-11-30 13:00:00"),
        ]
        for zone, midnight in cases:
            contract = self.create_committed("2026-01-01", 12, 12, tz=zone)
            midnight = datetime.fromisoformat(midnight)
            with self.subTest(zone):
                with freeze_time(midnight - timedelta(seconds=1)):
                    self.run_job(contract)
                    contract._renew()
                self.assertEqual(len(contract.commitment_ids), 1)
                with freeze_time(midnight):
                    contract._renew()
                self.assertEqual(len(contract.commitment_ids), 2)
                other = self.create_committed("2026-01-01", 12, 12, tz=zone)
                with freeze_time(midnight + timedelta(days=1)):
                    self.run_job(other)
                self.assertEqual(len(other.commitment_ids), 2)

    def test_first_and_last_moment_of_the_window(self):
        """L01: from 30/08 to 30/10 in the customer's time, whoever sends from wherever."""
        cases = [
            ("Indian/Reunion", "2026-08-29 20:00:00", "2026-10-30 19:59:59"),
            ("Europe/Warsaw", "2026-08-29 22:00:00", "2026-10-30 22:59:59"),
            ("America/Martinique", "2026-08-30 04:00:00", "2026-10-31 03:59:59"),
        ]
        second = timedelta(seconds=1)
        for zone, first, last in cases:
            first, last = datetime.fromisoformat(first), datetime.fromisoformat(last)
            for instant, flaw in (
                (first - second, "refused"),
                (first, False),
                (last, False),
                (last + second, "late"),
            ):
                contract = self.create_committed("2026-01-01", 12, 12, regime="consumer", tz=zone)
                term = contract.commitment_ids
                with self.subTest(zone=zone, instant=instant), freeze_time(instant):
                    if flaw == "refused":
                        with self.assertRaisesRegex(UserError, "can be sent from"):
                            term._send_notices()
                        continue
                    term.with_user(self.user_manager)._send_notices()
                    with freeze_time("2026-12-02"):
                        renewed = contract._renew()
                        self.assertEqual(renewed.notice_flaw, flaw)

    # ----- The job does not run -----

    def test_notice_is_sent_in_time_though_no_job_brought_it_to_the_queue(self):
        """L01: what may be sent is decided by the day, not by the state of an old night."""
        contract = self.create_committed("2026-01-01", 12, 12, regime="consumer")
        term = contract.commitment_ids
        self.assertEqual(term.notice_state, "upcoming")
        with freeze_time("2026-09-15"):
            term.with_user(self.user_manager).action_send_notice()
            self.assertEqual(term.notice_state, "sent")

    def test_window_that_closed_during_an_outage(self):
        """L01: three months without a job: nothing was sent, so the renewal is free to leave."""
        contract = self.create_committed("2026-01-01", 12, 12, regime="consumer")
        with freeze_time("2026-08-20"):
            self.run_job(contract)
        with freeze_time("2026-11-25"):
            self.run_job(contract)
            self.assertEqual(contract.commitment_ids.notice_state, "overdue")
        with freeze_time("2027-02-25"):
            self.run_job(contract)
            first, second = contract.commitment_ids.sorted("number")
            self.assertEqual(first.notice_state, "missed")
            self.assertEqual((second.is_free_exit, second.notice_flaw), (True, "missing"))
            self.assertEqual(second.notice_state, "upcoming")

    def test_several_terms_at_once_are_each_judged(self):
        """A notice sent before the outage covers the renewal that it told of, and no other."""
        contract = self.create_committed("2026-01-01", 12, 12, regime="consumer")
        with freeze_time("2026-09-15"):
            contract.commitment_ids._send_notices()
        with freeze_time("2029-01-15"):
            self.run_job(contract)
            terms = contract.commitment_ids.sorted("number")
            self.assertEqual(terms.mapped("notice_flaw"), [False, False, "missing", "missing"])
            self.assertEqual(terms.mapped("notice_state"), ["sent", "missed", "missed", "upcoming"])

    # ----- Refused, terminated -----

    def test_refused_on_the_last_day(self):
        """The last evening in La Réunion: the job that runs after it renews nothing."""
        contract = self.create_committed("2026-01-01", 12, 12, tz="Indian/Reunion")
        with freeze_time("2026-11-30 19:30:00"):
            self.leave(contract, "2026-11-30")
        with freeze_time("2026-12-05"):
            self.run_job(contract)
        self.assertFalse(contract.commitment_ids.filtered(lambda term: not term.is_refused)[1:])
        self.assertEqual(contract.date_end, date(2026, 12, 31))

    def test_letter_of_the_last_day_that_is_opened_late(self):
        """What counts is the day of receipt: a renewal recorded since then stands refused."""
        contract = self.create_committed("2026-01-01", 12, 12)
        with freeze_time("2026-12-04"):
            self.run_job(contract)
            self.assertEqual(len(contract.commitment_ids), 2)
            termination = self.leave(contract, "2026-11-30")
        self.assertEqual((termination.kind, termination.residual_amount), ("refusal", 0))
        self.assertEqual(contract.date_end, date(2026, 12, 31))
        self.assertEqual(contract.commitment_ids.mapped("is_refused").count(True), 1)
        with freeze_time("2027-06-01"):
            self.run_job(contract)
        self.assertEqual(len(contract.commitment_ids), 2)

    def test_letter_a_day_too_late_is_for_the_next_term(self):
        contract = self.create_committed("2026-01-01", 12, 12)
        with freeze_time("2026-12-01"):
            simulation = self.simulate(contract, "2026-12-01")
            self.assertEqual(simulation.earliest_date, date(2027, 12, 31))

    def test_terminated_during_an_outage(self):
        """L01: the simulator knows the renewals that no job recorded, and that they are free."""
        contract = self.create_committed("2026-01-01", 12, 12, regime="consumer")
        with freeze_time("2027-03-10"):
            contract.with_user(self.user_sales).action_simulate_exit()
            self.assertEqual(len(contract.commitment_ids), 2)
            simulation = self.simulate(contract, "2027-03-10")
            self.assertEqual(simulation.earliest_date, date(2027, 3, 10))
            self.assertEqual(simulation.residual_amount, 0)
            self.leave(contract, "2027-03-10", "2027-03-31")
        with freeze_time("2028-06-01"):
            self.run_job(contract)
        self.assertEqual(contract.date_end, date(2027, 3, 31))
        self.assertEqual(len(contract.commitment_ids), 2)

    # ----- Notices that come back -----

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_bounce_and_a_second_notice_in_time(self):
        """L01: a letter that came back informs nobody; one more within the window does."""
        for again, flaw in (("2026-10-30", False), ("2026-10-31", "late"), (None, "undelivered")):
            contract = self.create_committed("2026-01-01", 12, 12, regime="consumer")
            term = contract.commitment_ids
            with self.subTest(again=again):
                with freeze_time("2026-09-15"):
                    term._send_notices()
                    term.sudo().notice_message_id.notification_ids.write(
                        {"notification_status": "bounce", "failure_type": "mail_bounce"}
                    )
                    self.run_job(contract)
                    self.assertEqual(term.notice_state, "failed")
                    self.assertEqual(len(contract.activity_ids), 1)
                if again:
                    with freeze_time(again):
                        term.with_user(self.user_manager)._send_notices()
                with freeze_time("2026-12-01"):
                    self.run_job(contract)
                renewed = contract.commitment_ids.sorted("number")[-1]
                self.assertEqual((renewed.number, renewed.notice_flaw), (1, flaw))
