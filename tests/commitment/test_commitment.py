"""Commitment periods: their dates by family, and that they never change (S35, invariant 5)."""

from datetime import date

from freezegun import freeze_time
from psycopg2.errors import ExclusionViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestCommitment(ServiceContractCommon):
    def test_commitments_by_family(self):
        """S35: fibre 36 + 12, telephony 24 + 12, cellular and mobile fleet 3 + 1."""
        cases = [
            (36, 12, "2026-02-01", "2029-01-31", "2030-01-31"),
            (24, 12, "2026-01-31", "2028-01-30", "2029-01-30"),
            (3, 1, "2026-01-31", "2026-04-29", "2026-05-30"),
            (12, 12, "2024-02-29", "2025-02-27", "2026-02-27"),
        ]
        for initial, tacit, start, end, renewed in cases:
            with self.subTest(initial=initial, start=start):
                self.family.write({"initial_months": initial, "tacit_months": tacit})
                contract = self.create_contract(start=start)
                term = contract.commitment_ids
                self.assertEqual((term.kind, term.number), ("initial", 0))
                self.assertEqual(term.date_start, self.day(start))
                self.assertEqual(term.date_end, self.day(end))
                self.assertEqual(contract.commitment_end, self.day(end))
                vals = term._prepare_commitment_vals(contract, 1)
                self.assertEqual(vals["date_end"], self.day(renewed))
                self.assertEqual(vals["kind"], "tacit")

    def test_refusal_deadline_and_notice_window(self):
        """L01: end 31/12, one month's notice → deadline 30/11, send from 30/08 to 30/10."""
        term = self.create_contract(start="2026-01-01").commitment_ids
        self.assertEqual(term.refusal_deadline, date(2026, 11, 30))
        self.assertEqual(
            (term.notice_opens, term.notice_closes), (date(2026, 8, 30), date(2026, 10, 30))
        )
        self.assertFalse(term.is_window_shortened)

    def test_family_without_commitment_records_none(self):
        self.family.initial_months = 0
        self.assertFalse(self.create_contract().commitment_ids)

    def test_recorded_terms_do_not_change(self):
        """Invariant 5."""
        term = self.create_contract().commitment_ids
        for vals in (
            {"date_end": "2027-06-30"},
            {"date_start": "2025-01-01"},
            {"number": 4},
            {"refusal_deadline": "2026-12-31"},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "does not change"):
                term.with_user(self.user_manager).write(vals)
        with self.assertRaisesRegex(UserError, "are kept"):
            term.with_user(self.user_manager).unlink()
        with self.assertRaisesRegex(AccessError, "use its buttons"):
            term.with_user(self.user_manager).notice_sent_on = "2026-09-01"

    def test_family_change_leaves_recorded_terms_alone(self):
        contract = self.create_contract()
        self.family.write({"initial_months": 24, "tacit_months": 24})
        self.assertEqual(contract.commitment_end, date(2026, 12, 31))

    @mute_logger("odoo.sql_db")
    def test_terms_cannot_overlap(self):
        contract = self.create_contract()
        vals = contract.commitment_ids._prepare_commitment_vals(contract, 1)
        with self.assertRaises(ExclusionViolation) as caught, self.env.cr.savepoint():
            self.env["service.commitment"].sudo().create({**vals, "date_start": "2026-12-31"})
            self.env.flush_all()
        self.assertEqual(
            self.env["service.commitment"]._sql_error_to_message(caught.exception),
            "The commitment periods of a contract cannot overlap.",
        )
        self.env["service.commitment"].sudo().create(vals)
        self.assertEqual(contract.commitment_end, date(2027, 12, 31))

    def test_state_of_terms(self):
        contract = self.create_contract(start="2024-01-01")
        terms = contract.commitment_ids
        terms += terms.sudo().create(
            [terms._prepare_commitment_vals(contract, number) for number in (1, 2, 3)]
        )
        self.assertEqual(terms.mapped("state"), ["past", "past", "current", "planned"])
        for state in ("past", "current", "planned"):
            found = terms.search([("id", "in", terms.ids), ("state", "in", [state])])
            self.assertEqual(found, terms.filtered(lambda term, state=state: term.state == state))
        terms[2]._as_workflow().is_refused = True
        self.assertEqual(terms[2].state, "refused")
