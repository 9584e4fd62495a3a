"""Tacit renewal: what is recorded when, by daily jobs, after outages, and never (S35, L01, L05)."""

from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ServiceContractCommon

CRON = "service_contract.service_renewal_cron"


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01")
class TestRenewal(ServiceContractCommon):
    def create_committed(
        self, start="2026-01-01", initial=12, tacit=12, count=1, unit="month", **vals
    ):
        """Create an active contract with the given durations."""
        self.family.write(
            {
                "initial_months": initial,
                "tacit_months": tacit,
                "notice_count": count,
                "notice_unit": unit,
            }
        )
        return self.create_contract(start=start, **vals)

    def renew(self, day):
        """Do what the daily job does on a day, without its commits."""
        with freeze_time(day):
            contracts = self.env["service.contract"]
            domain = contracts._get_to_renew_domain(fields.Date.today())
            return contracts.search(domain)._renew()

    def assertTerms(self, contract, expected):
        found = [
            (term.number, term.date_start.isoformat(), term.date_end.isoformat())
            for term in contract.commitment_ids.sorted("number")
        ]
        self.assertEqual(found, expected)

    # ----- When -----

    def test_recorded_the_day_after_the_deadline(self):
        """S35, L01: end 31/12, one month → last day to refuse 30/11, recorded on 01/12."""
        contract = self.create_committed()
        self.assertEqual(contract.renewal_date, date(2026, 12, 1))
        self.assertFalse(self.renew("2026-11-30"))
        renewed = self.renew("2026-12-01")
        self.assertTerms(
            contract, [(0, "2026-01-01", "2026-12-31"), (1, "2027-01-01", "2027-12-31")]
        )
        self.assertEqual(renewed.kind, "tacit")
        with freeze_time("2026-12-01"):
            self.env.invalidate_all()
            self.assertEqual(contract.commitment_ids.mapped("state"), ["current", "planned"])
        self.assertEqual(contract.renewal_date, date(2027, 12, 1))
        self.assertEqual(contract.commitment_end, date(2027, 12, 31))

    def test_deadline_table(self):
        """S35: the day on which each offer's first renewal is certain."""
        cases = [
            ("fibre", "2026-01-01", 36, 12, 1, "month", "2028-12-01"),
            ("telephony from the 31st", "2026-01-31", 24, 12, 1, "month", "2027-12-31"),
            ("cellular", "2026-01-31", 3, 1, 1, "month", "2026-03-30"),
            ("ten days", "2026-01-01", 12, 12, 10, "day", "2026-12-22"),
            ("no notice", "2026-01-01", 12, 12, 0, "month", "2027-01-01"),
            ("leap day", "2028-02-29", 12, 12, 1, "month", "2029-01-28"),
        ]
        for name, start, initial, tacit, count, unit, expected in cases:
            with self.subTest(name):
                contract = self.create_committed(start, initial, tacit, count, unit)
                self.assertEqual(contract.renewal_date, date.fromisoformat(expected))

    def test_not_before_the_deadline_has_passed_at_the_customer(self):
        """The last evening in Guadeloupe is the next day already in UTC."""
        contract = self.create_committed(tz="America/Guadeloupe")
        with freeze_time("2026-12-01 02:00:00"):
            contract._renew()
        self.assertEqual(len(contract.commitment_ids), 1)
        with freeze_time("2026-12-01 05:00:00"):
            contract._renew()
        self.assertEqual(len(contract.commitment_ids), 2)

    # ----- Ten years -----

    def test_ten_years_of_daily_jobs(self):
        """S35, invariant 5: 3 + 1 months from the 31st tile the time line and never move."""
        contract = self.create_committed("2026-01-31", 3, 1)
        contract_12 = self.create_committed("2026-02-28", 12, 12)
        seen = {}
        day = date(2026, 2, 1)
        while day < date(2036, 2, 1):
            self.renew(day)
            day += timedelta(days=1)
        for terms in (contract.commitment_ids, contract_12.commitment_ids):
            terms = terms.sorted("number")
            for term, following in zip(terms, terms[1:], strict=False):
                self.assertEqual(term.date_end + timedelta(days=1), following.date_start)
            seen[terms.contract_id] = terms
        self.assertEqual(seen[contract][-1].date_start, date(2036, 2, 29))
        self.assertEqual(len(seen[contract]), 120)
        self.assertEqual(
            seen[contract_12].mapped("date_end")[:2], [date(2027, 2, 27), date(2028, 2, 27)]
        )

    def test_outage_is_caught_up_at_once(self):
        """An outage of years leaves the same terms as daily jobs."""
        daily = self.create_committed("2026-01-31", 3, 1)
        day = date(2026, 2, 1)
        while day <= date(2028, 6, 15):
            self.renew(day)
            day += timedelta(days=1)
        late = self.create_committed("2026-01-31", 3, 1, customer=self.create_customer("Late"))
        self.renew("2028-06-15")
        dates = [
            contract.commitment_ids.sorted("number").mapped(lambda t: (t.date_start, t.date_end))
            for contract in (daily, late)
        ]
        self.assertEqual(*dates)
        self.assertGreater(len(late.commitment_ids), 25)

    def test_twice_on_a_day_records_once(self):
        contract = self.create_committed()
        self.renew("2026-12-05")
        self.assertFalse(self.renew("2026-12-05"))
        self.assertEqual(len(contract.commitment_ids), 2)

    # ----- Never -----

    def test_refused_renewal_is_never_recorded(self):
        contract = self.create_committed()
        vals = contract.commitment_ids._prepare_commitment_vals(contract, 1)
        self.env["service.commitment"]._as_workflow().create({**vals, "is_refused": True})
        self.assertFalse(contract.renewal_date)
        self.assertFalse(self.renew("2029-01-01"))
        self.assertEqual(contract.commitment_end, date(2026, 12, 31))

    def test_ending_contract_is_not_renewed(self):
        """A last day within the term ends it; one beyond leaves the renewal."""
        for last_day, expected in (
            ("2026-12-31", False),
            ("2026-06-30", False),
            ("2027-06-30", date(2026, 12, 1)),
        ):
            with self.subTest(last_day):
                contract = self.create_committed()
                contract.sudo().date_end = last_day
                self.assertEqual(contract.renewal_date, expected)

    def test_contract_without_commitment_has_a_last_day_like_any_other(self):
        contract = self.create_committed(initial=0)
        contract.sudo().date_end = "2026-06-30"
        self.assertFalse(contract.renewal_date)
        simulations = self.env["service.exit.simulation"].with_user(self.user_manager)
        exit_day = self.day("2026-03-31")
        simulations.create({"contract_id": contract.id, "wished_date": exit_day}).action_confirm()
        self.assertEqual(contract.date_end, exit_day)

    def test_ended_cancelled_and_uncommitted_contracts_are_not_renewed(self):
        ended, cancelled = self.create_committed(), self.create_committed()
        ended._set_ended(date(2026, 3, 31))
        cancelled.action_cancel()
        without = self.create_committed(initial=0)
        draft = self.create_committed(activate=False)
        self.assertFalse(any((ended + cancelled + without + draft).mapped("renewal_date")))
        self.assertFalse(self.renew("2030-01-01"))

    # ----- As signed -----

    def test_family_change_leaves_signed_durations_alone(self):
        contract = self.create_committed()
        self.family.write({"initial_months": 36, "tacit_months": 24, "notice_count": 6})
        self.renew("2026-12-01")
        self.assertEqual(contract.commitment_end, date(2027, 12, 31))
        with self.assertRaisesRegex(UserError, "can no longer change"):
            contract.with_user(self.user_manager).tacit_months = 1

    # ----- Free exit -----

    def test_l01_renewal_without_legal_notice_is_free_to_leave(self):
        """L01, L02: window 30/08 to 30/10 for consumers and non-professionals only."""
        cases = [
            ("consumer", False, "missing"),
            ("consumer", "2026-08-29", "early"),
            ("consumer", "2026-08-30", False),
            ("non_professional", "2026-10-30", False),
            ("non_professional", "2026-10-31", "late"),
            ("professional", False, False),
        ]
        for regime, sent_on, flaw in cases:
            with self.subTest(regime=regime, sent_on=sent_on):
                contract = self.create_committed(regime=regime)
                contract.commitment_ids.sudo().notice_sent_on = sent_on
                self.renew("2026-12-01")
                renewed = contract.commitment_ids.sorted("number")[-1]
                self.assertEqual(renewed.notice_flaw, flaw)
                self.assertEqual(renewed.is_free_exit, bool(flaw))

    def test_l01_terms_too_short_to_inform_in_time(self):
        """3 + 1 months: a renewed month leaves no day on which the law could be kept."""
        contract = self.create_committed("2026-01-01", 3, 1, regime="consumer")
        contract.commitment_ids.sudo().notice_sent_on = "2026-01-05"
        self.renew("2026-04-15")
        renewals = contract.commitment_ids.sorted("number")[1:]
        self.assertEqual(renewals.mapped("notice_flaw"), [False, "impossible"])

    # ----- The job -----

    def test_job_logs_on_the_contract_and_isolates_failures(self):
        good, bad = self.create_committed(), self.create_committed()
        method = type(good)._get_due_terms

        def fail(contract):
            if contract == bad:
                raise ValueError("Broken durations")
            return method(contract)

        with freeze_time("2026-12-02"), patch.object(type(good), "_get_due_terms", fail):
            self.run_cron(CRON)
        self.assertEqual(len(good.commitment_ids), 2)
        self.assertEqual(len(bad.commitment_ids), 1)
        self.assertIn("Renewed tacitly", good.message_ids[0].body)
        row = self.env["service.exception"]._get_open(bad, "contract")
        self.assertEqual(row.detail, "Broken durations")
        with freeze_time("2026-12-03"):
            self.run_cron(CRON)
        self.assertEqual(len(bad.commitment_ids), 2)
        self.assertEqual(row.state, "done")

    def test_success_of_another_job_leaves_the_row(self):
        """What could not be renewed stays in the inbox until it is renewed."""
        contract = self.create_committed()
        inbox = self.env["service.exception"]
        runner = self.env["service.batch.runner"]
        row = inbox._report(contract, "contract", "Broken durations", job="renewal")
        other = inbox._report(contract, "contract", "Broken price", job="charge")
        self.assertNotEqual(row, other)
        for job in ("charge", "allowance"):
            runner._run_isolated(contract, lambda done: done, kind="contract", job=job)
        self.assertEqual((row + other).mapped("state"), ["open", "done"])
        self.assertEqual(inbox._get_open(contract, "contract"), row)
        runner._run_isolated(contract, lambda done: done, kind="contract", job="renewal")
        self.assertEqual(row.state, "done")

    def test_queries_do_not_grow_with_contracts(self):
        """At most six queries a renewal; the batch shares them."""
        counts = []
        for number in (5, 20):
            contracts = self.env["service.contract"].union(
                *(self.create_committed() for _index in range(number))
            )
            with freeze_time("2026-12-01"):
                counts.append(self.count_queries(contracts._renew))
        self.assertLessEqual(counts[0], 6 * 5)
        self.assertLess(counts[1] - counts[0], 15)

    def test_selection_is_one_indexed_query(self):
        """The daily selection reads the index of renewals that are due."""
        self.create_committed()
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        contracts = self.env["service.contract"].sudo()
        query = contracts._search(contracts._get_to_renew_domain(date(2026, 12, 1)))
        self.env.cr.execute("EXPLAIN " + query.select().code, query.select().params)
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("service_contract_to_renew", plan)
