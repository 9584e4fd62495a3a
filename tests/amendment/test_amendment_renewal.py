"""Amended renewals and notices: from the next term on that nobody was told of (L01, S35)."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import AmendmentCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestAmendedRenewal(AmendmentCommon):
    def change(self, contract, months=24, count=3, unit="month", day="2026-06-15", **vals):
        """Put an amendment of renewals in force."""
        amendment = self.draft_change(contract, months, count, unit, day, **vals)
        amendment.action_confirm()
        return amendment

    def draft_change(self, contract, months=24, count=3, unit="month", day="2026-06-15", **vals):
        renewal = {"tacit_months": months, "notice_count": count, "notice_unit": unit}
        return self.draft(contract, day, is_new_renewal=True, **renewal, **vals)

    def get_rules(self, contract, first=0):
        """Return ``[(number of the first term, months, notice in months)]``."""
        return [
            (number, months, notice.count)
            for number, months, notice in contract._get_renewal_rules(first)
        ]

    def send_notice(self, contract, day):
        with freeze_time(day):
            term = contract.commitment_ids.sorted("number")[-1]
            term.modified(["notice_opens"])
            term.with_user(self.user_manager).action_notice_posted()

    def renew(self, contract, day):
        with freeze_time(day):
            contract._renew()

    def get_terms(self, contract):
        return [
            (term.date_start.isoformat(), term.date_end.isoformat(), str(term.refusal_deadline))
            for term in contract.commitment_ids.sorted("number")
        ]

    # ----- From when -----

    def test_from_the_next_term_on(self):
        """The present term keeps its last day to refuse; its renewal is for 24 months."""
        contract = self.create_contract(start="2026-01-01")
        self.change(contract)
        self.assertEqual(contract.renewal_date, date(2026, 12, 1))
        self.assertEqual(contract.renewal_duration, "24 months")
        self.assertIn("renewed by 24 months · notice: 3 months", contract.commitment_summary)
        self.renew(contract, "2026-11-30")
        self.assertEqual(len(contract.commitment_ids), 1)
        self.renew(contract, "2026-12-01")
        self.assertEqual(
            self.get_terms(contract),
            [
                ("2026-01-01", "2026-12-31", "2026-11-30"),
                ("2027-01-01", "2028-12-31", "2028-09-30"),
            ],
        )
        self.assertEqual(contract.renewal_date, date(2028, 10, 1))

    def test_l01_a_notice_that_was_sent_keeps_what_it_said(self):
        """It announced 12 months: the renewal after that one is for 24."""
        contract = self.create_contract(start="2026-01-01", regime="consumer")
        self.send_notice(contract, "2026-09-15")
        with freeze_time("2026-09-20"):
            self.change(contract, day="2026-09-20")
        self.assertEqual(contract.renewal_duration, "12 months")
        self.renew(contract, "2028-01-15")
        self.assertEqual(
            self.get_terms(contract),
            [
                ("2026-01-01", "2026-12-31", "2026-11-30"),
                ("2027-01-01", "2027-12-31", "2027-11-30"),
                ("2028-01-01", "2029-12-31", "2029-09-30"),
            ],
        )
        self.assertEqual(contract.renewal_duration, "24 months")

    def test_l01_the_letter_says_the_amended_duration(self):
        contract = self.create_contract(start="2026-01-01", regime="consumer")
        self.change(contract)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "service_contract.renewal_notice_report", contract.ids
        )
        self.assertIn("24 months", html.decode())

    def test_a_renewal_that_is_certain_is_as_it_was(self):
        """Refused up to 30 November; the daily job has not recorded the renewal by then."""
        contract = self.create_contract(start="2026-01-01")
        with freeze_time("2026-12-01"):
            self.change(contract, months=1, count=10, unit="day", day="2026-12-01")
            self.assertEqual(contract.renewal_duration, "12 months")
        self.renew(contract, "2027-12-05")
        self.assertEqual(
            self.get_terms(contract)[1:],
            [
                ("2027-01-01", "2027-12-31", "2027-11-30"),
                ("2028-01-01", "2028-01-31", "2028-01-21"),
            ],
        )

    def test_a_renewal_is_open_up_to_its_last_day_to_refuse(self):
        contract = self.create_contract(start="2026-01-01")
        with freeze_time("2026-11-30"):
            self.change(contract, months=6, count=1, day="2026-11-30")
        self.renew(contract, "2026-12-01")
        self.assertEqual(contract.commitment_end, date(2027, 6, 30))

    def test_renewals_that_an_outage_left_behind_are_as_they_were(self):
        contract = self.create_contract(start="2026-01-01")
        with freeze_time("2027-12-01"):
            self.change(contract, months=1, count=0, day="2027-12-01")
            contract._renew()
        self.assertEqual(contract.commitment_end, date(2028, 12, 31))
        self.assertEqual(contract.renewal_duration, "1 month")

    def test_from_a_later_day_on(self):
        """In force from 2027-03-01 on: the term that begins before is renewed as signed."""
        contract = self.create_contract(start="2026-01-01")
        self.change(contract, months=6, count=10, unit="day", day="2027-03-01")
        self.renew(contract, "2028-01-10")
        self.assertEqual(
            self.get_terms(contract)[1:],
            [
                ("2027-01-01", "2027-12-31", "2027-11-30"),
                ("2028-01-01", "2028-06-30", "2028-06-20"),
            ],
        )

    def test_s35_days_do_not_drift(self):
        """3 + 1 months from the 31st, then by two: still from the last days of months."""
        self.family.write({"initial_months": 3, "tacit_months": 1})
        contract = self.create_contract(start="2026-05-31")
        self.change(contract, months=2, count=1)
        self.renew(contract, "2027-03-15")
        starts = [start for start, _end, _deadline in self.get_terms(contract)]
        self.assertEqual(
            starts, ["2026-05-31", "2026-08-31", "2026-10-31", "2026-12-31", "2027-02-28"]
        )

    def test_changed_twice(self):
        contract = self.create_contract(start="2026-01-01")
        self.change(contract)
        self.change(contract, months=6, count=1)
        self.renew(contract, "2026-12-01")
        self.assertEqual(self.get_terms(contract)[1], ("2027-01-01", "2027-06-30", "2027-05-31"))

    def test_a_new_commitment_takes_them_at_once(self):
        contract = self.create_contract(start="2026-01-01")
        self.change(contract, is_new_commitment=True, commitment_months=36)
        self.assertEqual(self.get_terms(contract)[-1], ("2026-06-15", "2029-06-14", "2029-03-14"))
        self.renew(contract, "2029-03-15")
        self.assertEqual(self.get_terms(contract)[-1], ("2029-06-15", "2031-06-14", "2031-03-14"))

    def test_a_later_commitment_keeps_them(self):
        contract = self.create_contract(start="2026-01-01")
        self.change(contract)
        self.amend(contract, "2026-06-15", is_new_commitment=True, commitment_months=12)
        self.assertEqual(self.get_terms(contract)[-1], ("2026-06-15", "2027-06-14", "2027-03-14"))
        self.renew(contract, "2027-03-15")
        self.assertEqual(self.get_terms(contract)[-1], ("2027-06-15", "2029-06-14", "2029-03-14"))

    def test_a_new_commitment_drops_what_was_agreed_for_later(self):
        """Renewals of 6 months from 2028 on, then three years that are renewed by 12 months."""
        contract = self.create_contract(start="2026-01-01")
        self.change(contract, months=6, count=1, day="2028-01-01")
        self.assertEqual(self.get_rules(contract), [(0, 12, 1), (2, 6, 1)])
        anew = self.change(contract, 12, 3, is_new_commitment=True, commitment_months=36)
        self.assertEqual(self.get_rules(contract, 1), [(1, 12, 3)])
        self.assertIn("renewed by 12 months · notice: 3 months", contract.commitment_summary)
        anew.with_user(self.user_manager).action_cancel()
        self.assertEqual(self.get_rules(contract), [(0, 12, 1), (2, 6, 1)])
        self.assertIn("renewed by 6 months · notice: 1 month", contract.commitment_summary)

    def test_what_is_put_in_force_later_holds(self):
        """Of two for the same term, whichever was drafted first; it is said once."""
        contract = self.create_contract(start="2026-01-01")
        first = self.draft_change(contract, months=24, count=3, day="2028-01-01")
        self.change(contract, months=6, count=1, day="2028-01-01")
        first.action_confirm()
        self.assertEqual(self.get_rules(contract), [(0, 12, 1), (2, 24, 3)])
        self.assertEqual(
            first.after["renewals"],
            "from 01/01/2027: 12 months · notice: 1 month; "
            "from 01/01/2028: 24 months · notice: 3 months",
        )

    # ----- Leaving -----

    def test_exits_follow_the_notice_of_their_term(self):
        """The present term is refused by one month, the ones after it by three."""
        contract = self.create_contract(start="2026-01-01")
        self.change(contract)
        for received, earliest in (
            ("2026-11-30", date(2026, 12, 31)),
            ("2026-12-01", date(2028, 12, 31)),
            ("2028-10-01", date(2030, 12, 31)),
        ):
            with self.subTest(received):
                answer = contract._get_exit(self.day(received))
                self.assertEqual(answer.earliest, earliest)

    # ----- Before and after -----

    def test_history_and_document(self):
        contract = self.create_contract(start="2026-01-01")
        amendment = self.change(contract)
        self.assertEqual(
            amendment.before["renewals"], "from 01/01/2027: 12 months · notice: 1 month"
        )
        self.assertEqual(
            amendment.after["renewals"], "from 01/01/2027: 24 months · notice: 3 months"
        )
        self.assertIn("Other renewals", amendment.summary)
        self.assertIn(amendment.after["renewals"], amendment.comparison)
        text = self.render(amendment)
        self.assertIn(amendment.before["renewals"], text)
        self.assertIn(amendment.after["renewals"], text)

    def test_history_says_what_a_sent_notice_leaves(self):
        contract = self.create_contract(start="2026-01-01", regime="consumer")
        self.send_notice(contract, "2026-09-15")
        with freeze_time("2026-09-20"):
            amendment = self.change(contract, day="2026-09-20")
        self.assertEqual(
            amendment.after["renewals"],
            "from 01/01/2027: 12 months · notice: 1 month; "
            "from 01/01/2028: 24 months · notice: 3 months",
        )

    def test_nothing_is_said_of_renewals_of_a_contract_that_is_left(self):
        """Refused, or with a last day within its term: something else is amended until then."""
        refused = self.create_contract(start="2026-01-01")
        simulations = self.env["service.exit.simulation"].with_user(self.user_manager)
        simulations.create({"contract_id": refused.id}).action_confirm()
        ending = self.create_contract(start="2026-01-01", date_end="2026-10-31")
        for contract in (refused, ending):
            amendment = self.amend(contract, "2026-06-15", line={"quantity": 2})
            self.assertEqual((amendment.before["renewals"], amendment.after["renewals"]), ("", ""))
            self.assertNotIn("Renewed tacitly", self.render(amendment))

    def test_what_is_not_said_is_not_referred_to(self):
        """Other renewals of a contract that ends within its term: the words come to nothing."""
        words = "What is said above of renewals"
        ending = self.create_contract(start="2026-01-01", date_end="2026-10-31")
        self.assertNotIn(words, self.render(self.change(ending)))
        self.assertIn(words, self.render(self.change(self.create_contract(start="2026-01-01"))))

    def render(self, amendment):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "service_contract.service_amendment_report", amendment.ids
        )
        return " ".join(html.decode().split())

    def test_l06_the_loss_follows_the_renewals(self):
        """Committed anew for a month from July on, which may be refused or no longer."""
        contract = self.create_contract(start="2026-01-01")
        draft = self.draft(
            contract,
            "2026-07-01",
            is_new_commitment=True,
            commitment_months=1,
            tacit_months=2,
            notice_count=3,
        )
        self.assertEqual(draft.lost_amount, 250)
        for name, value, lost in (
            ("is_new_renewal", True, 150),
            ("notice_unit", "day", 250),
            ("notice_count", 60, 150),
            ("tacit_months", 5, 0),
        ):
            with self.subTest(name):
                draft[name] = value
                self.assertEqual(draft.lost_amount, lost)

    def test_form(self):
        contract = self.create_contract(start="2026-01-01")
        amendments = self.env["service.amendment"].with_user(self.user_sales)
        form = Form(amendments.with_context(default_contract_id=contract.id))
        self.assertEqual((form.tacit_months, form.notice_count, form.notice_unit), (12, 1, "month"))
        form.is_new_renewal = True
        form.tacit_months = 6
        form.save().action_confirm()
        self.assertEqual(contract.renewal_duration, "6 months")

    # ----- Taken back, refused -----

    def test_taken_back(self):
        contract = self.create_contract(start="2026-01-01")
        before = self.snapshot(contract)
        words = contract.commitment_summary
        self.change(contract).action_cancel()
        self.assertEqual(self.snapshot(contract), before)
        self.assertEqual(contract.commitment_summary, words)
        self.renew(contract, "2026-12-01")
        self.assertEqual(contract.commitment_end, date(2027, 12, 31))

    def test_not_taken_back_once_renewed(self):
        contract = self.create_contract(start="2026-01-01")
        amendment = self.change(contract)
        self.renew(contract, "2026-12-01")
        with self.assertRaisesRegex(UserError, "can no longer be taken back"):
            amendment.action_cancel()

    def test_not_taken_back_once_certain(self):
        """The last day to refuse is past; the daily job has yet to record the renewal."""
        contract = self.create_contract(start="2026-01-01")
        amendment = self.change(contract)
        with freeze_time("2026-12-01"):
            with (
                self.assertRaisesRegex(UserError, "can no longer be taken back"),
                self.env.cr.savepoint(),
            ):
                amendment.action_cancel()
        with freeze_time("2026-11-30"):
            amendment.action_cancel()
        self.assertEqual(amendment.state, "cancelled")

    def test_l01_not_taken_back_once_announced(self):
        contract = self.create_contract(start="2026-01-01", regime="consumer")
        amendment = self.change(contract)
        self.send_notice(contract, "2026-09-15")
        with self.assertRaisesRegex(UserError, "announced to the customer"):
            amendment.action_cancel()

    def test_a_new_commitment_is_taken_back_with_its_renewals(self):
        contract = self.create_contract(start="2026-01-01")
        before = self.snapshot(contract)
        amendment = self.change(contract, is_new_commitment=True, commitment_months=36)
        amendment.with_user(self.user_manager).action_cancel()
        self.assertEqual(self.snapshot(contract), before)

    def test_what_is_refused(self):
        contract = self.create_contract(start="2026-01-01")
        with self.assertRaisesRegex(UserError, "changes nothing"):
            self.change(contract, months=12, count=1)
        self.family.initial_months = 0
        with self.assertRaisesRegex(UserError, "no commitment to renew"):
            self.change(self.create_contract(start="2026-01-01"))
        simulations = self.env["service.exit.simulation"].with_user(self.user_manager)
        simulations.create({"contract_id": contract.id}).action_confirm()
        with self.assertRaisesRegex(UserError, "has a termination already"):
            self.change(contract)

    def test_locked_once_in_force(self):
        amendment = self.change(self.create_contract(start="2026-01-01"))
        with self.assertRaisesRegex(UserError, "In force"):
            amendment.tacit_months = 1
        with self.assertRaisesRegex(AccessError, "use its buttons"):
            amendment.renewal_number = 5
