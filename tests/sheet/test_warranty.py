"""Rework under warranty (S31): what is owed, until when, and who decides."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..session.common import HALF_HOUR, NOON, SessionCommon


@tagged("post_install", "-at_install")
class TestWarranty(SessionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level.write({"warranty_days": 14, "complaint_days": 3})
        with freeze_time("2026-03-02 12:00:00"):
            cls.first = cls.create_session([(NOON, HALF_HOUR)])

    def open_rework(self, asked="2026-03-04 10:00:00", first=None, user=None, **vals):
        """Return an open session that was asked for, and done, at an instant in UTC."""
        with freeze_time(asked):
            return self.create_session(
                [(asked, HALF_HOUR + 1)],
                done=False,
                user=user,
                rework_of_id=(first or self.first).id,
                requested_at=asked,
                **vals,
            )

    def close(self, session, at="2026-03-20 12:00:00"):
        with freeze_time(at):
            session.action_done()
        return session

    # ----- Price -----

    def test_rework_costs_nothing_and_says_why(self):
        rework = self.close(self.open_rework())
        self.assertEqual((rework.billing_state, rework.amount_total), ("included", 0))
        charge = rework.charge_ids
        self.assertEqual(charge.explanation["reason"], "warranty")
        self.assertEqual((charge.amount, charge.included_amount), (0, 60.0))
        self.assertIn("nothing is owed for a value of", charge._explain()[-1])
        text = " ".join(charge._explain())
        for words in (self.first.name, "03/02/2026", "03/16/2026", "03/04/2026"):
            self.assertIn(words, text)
        self.assertIn(self.first.name, str(rework.price_explanation))

    def test_button_makes_a_rework_session(self):
        self.assertTrue(self.first.can_make_rework)
        with freeze_time("2026-03-03 12:00:00"):
            action = self.first.action_make_rework()
            rework = self.env["service.session"].browse(action["res_id"])
            self.assertEqual(rework.rework_of_id, self.first)
            self.assertIn(self.first.name, rework.request)
            self.assertFalse(rework.complaint_warning)
        done = self.close(self.open_rework())
        with freeze_time("2026-03-05 12:00:00"):
            again = self.env["service.session"].browse(done.action_make_rework()["res_id"])
        self.assertEqual(again.rework_of_id, self.first, "rework of rework is about the first")

    def test_without_warranty(self):
        self.level.warranty_days = 0
        self.assertFalse(self.first.can_make_rework)
        with self.assertRaisesRegex(UserError, "gives no warranty"):
            self.close(self.open_rework())

    def test_unfounded_complaint_is_billed(self):
        """The normal tariff, with its reason, after a manager's approval."""
        rework = self.open_rework(is_unfounded=True)
        reason = self.env.ref("service_contract.service_reason_scope_unfounded")
        self.assertEqual(rework.scope_reason_id, reason)
        self.close(rework)
        self.assertEqual(rework.amount_untaxed, 60.0)
        self.assertEqual(
            rework.charge_ids.mapped("hold_cause"), ["approval"] * len(rework.charge_ids)
        )
        rework.with_user(self.user_manager).action_approve()
        self.assertEqual(rework.billing_state, "ready")

    def test_found_unfounded_afterwards(self):
        rework = self.close(self.open_rework())
        rework.is_unfounded = True
        self.assertEqual(rework.amount_untaxed, 60.0)
        self.assertTrue(rework.scope_reason_id)
        rework.is_unfounded = False
        self.assertEqual(rework.amount_untaxed, 0)
        self.assertFalse(rework.scope_reason_id, "it was the reason to bill the complaint")

    def test_no_other_reason_comes_or_goes_with_the_complaint(self):
        """On a closed session a technician changes no reason in the name of a complaint."""
        rework = self.close(self.open_rework())
        other = self.env["service.reason"].create({"name": "Breach", "usage": "scope"})
        with self.assertRaisesRegex(AccessError, "only managers"):
            rework.write({"is_unfounded": True, "scope_reason_id": other.id})
        rework.with_user(self.user_manager).scope_reason_id = other
        for is_unfounded in (True, False):
            vals = {"is_unfounded": is_unfounded, "scope_reason_id": False}
            with self.subTest(vals), self.assertRaisesRegex(AccessError, "only managers"):
                rework.write(vals)

    def test_the_reason_of_no_complaint_stays(self):
        """What bills a session that no complaint is about does not go as if one were founded."""
        reason = self.env.ref("service_contract.service_reason_scope_unfounded")
        session = self.create_session(
            [("2026-03-02 15:00:00", HALF_HOUR)], scope_reason_id=reason.id
        )
        with self.assertRaisesRegex(AccessError, "only managers"):
            session.write({"is_unfounded": False, "scope_reason_id": False})
        self.assertEqual(session.scope_reason_id, reason)

    def test_the_live_price_follows_the_complaint(self):
        rework = self.open_rework("2026-04-20 10:00:00").with_user(self.user_manager)
        with freeze_time("2026-04-20 12:00:00"):
            self.assertIn("under the warranty of", rework.price_explanation)
            rework.complaint_acceptance = "Good customer"
            self.assertIn("Accepted: Good customer", rework.price_explanation)
            rework.is_unfounded = True
            self.assertIn("60.00", rework.price_explanation)
            self.assertNotIn("warranty of", rework.price_explanation)
            rework.write({"is_unfounded": False, "rework_of_id": False})
            self.assertIn("Total", rework.price_explanation)

    def test_unfounded_on_the_form(self):
        rework = self.open_rework()
        form = Form(rework.with_user(self.user_technician))
        form.is_unfounded = True
        self.assertTrue(form.scope_reason_id)
        form.is_unfounded = False
        self.assertFalse(form.scope_reason_id)

    # ----- Time limits -----

    def assertTimely(self, asked, problem, **vals):
        session = self.open_rework(asked, **vals)
        with freeze_time(asked):
            found = session.complaint_warning or ""
        if problem:
            self.assertIn(problem, found)
            with self.assertRaisesRegex(UserError, problem):
                self.close(session)
        else:
            self.assertFalse(found)
        session.line_ids.unlink()
        session.with_user(self.user_manager).unlink()

    def test_working_days_after_the_confirmation(self):
        """Closed on Monday 2 March: three working days end with Thursday, in Paris."""
        for asked, problem in (
            ("2026-03-02 13:00:00", ""),
            ("2026-03-05 22:59:59", ""),
            ("2026-03-05 23:00:00", "complaints were due by 03/05/2026"),
        ):
            with self.subTest(asked=asked):
                self.assertTimely(asked, problem)

    def test_weekends_and_public_holidays(self):
        """Thursday 30 April 2026: 1 May is a holiday, Friday 8 May too."""
        with freeze_time("2026-04-30 12:00:00"):
            first = self.create_session([("2026-04-30 10:00:00", 60)])
        self.assertEqual(first._get_complaint_deadline(), self.day("2026-05-06"))
        self.customer.country_id = self.env.ref("base.pl")
        first.invalidate_recordset()
        self.assertEqual(first._get_complaint_deadline(), self.day("2026-05-06"))
        with freeze_time("2026-12-17 12:00:00"):
            first = self.create_session([("2026-12-17 10:00:00", 60)])
        self.assertEqual(first._get_complaint_deadline(), self.day("2026-12-22"))
        self.customer.write({"country_id": self.env.ref("base.re").id})
        with freeze_time("2027-12-17 12:00:00"):
            first = self.create_session([("2027-12-17 10:00:00", 60)])
        # 20 December 2027, a Monday, is a holiday in La Réunion.
        self.assertEqual(first._get_complaint_deadline(), self.day("2027-12-23"))

    def test_midnight_in_la_reunion(self):
        """The days are the customer's: 20:00 UTC is tomorrow there."""
        with freeze_time("2026-03-02 20:30:00"):
            first = self.create_session([("2026-03-02 20:00:00", 60)], tz="Indian/Reunion")
        self.assertEqual(first._get_last_day(), self.day("2026-03-03"))
        self.assertEqual(first._get_complaint_deadline(), self.day("2026-03-06"))
        self.assertTimely("2026-03-06 19:59:59", "", first=first, tz="Indian/Reunion")
        self.assertTimely("2026-03-06 20:00:00", "were due", first=first, tz="Indian/Reunion")

    def test_confirmation_is_the_customers_own_word(self):
        """Silence is none: the days run from the sending then."""
        self.customer.email = "customer@example.com"
        with freeze_time("2026-03-03 12:00:00"):
            self.first.action_send_sheet()
        self.assertEqual(self.first._get_complaint_deadline(), self.day("2026-03-06"))
        with freeze_time("2026-03-04 12:00:00"):
            self.first._set_sheet_validated("silence")
        self.assertEqual(self.first._get_complaint_deadline(), self.day("2026-03-06"))
        self.first.sudo().sheet_validation = "customer"
        self.assertEqual(self.first._get_complaint_deadline(), self.day("2026-03-09"))

    def test_end_of_the_warranty(self):
        """14 days from the end of the work, over the end of a month and a changed clock."""
        self.level.complaint_days = 100
        for done, last_day in (
            ("2026-03-02 10:00:00", "2026-03-16"),
            ("2026-03-31 10:00:00", "2026-04-14"),
            ("2026-03-22 10:00:00", "2026-04-05"),
            ("2026-10-18 10:00:00", "2026-11-01"),
            ("2028-02-20 10:00:00", "2028-03-05"),
        ):
            with self.subTest(done=done), freeze_time(done) as clock:
                clock.tick(timedelta(hours=1))
                first = self.create_session([(done, 60)])
                self.assertEqual(first._get_warranty_end(), self.day(last_day))
        self.assertTimely("2026-03-16 12:00:00", "")
        self.assertTimely("2026-03-17 12:00:00", "its warranty ended on 03/16/2026")

    def test_next_ordered_service(self):
        """A complaint counts at the latest with the customer's next order."""
        with freeze_time("2026-03-03 09:00:00"):
            other = self.create_session([], done=False, requested_at="2026-03-03 09:00:00")
        self.assertTimely("2026-03-03 12:00:00", "")
        self.assertTimely("2026-03-04 12:00:00", f"{other.name} was ordered in between")
        other.action_cancel()
        self.assertTimely("2026-03-04 12:00:00", "")

    def test_other_customers_and_rework_are_no_next_order(self):
        self.close(self.open_rework("2026-03-03 10:00:00"))
        with freeze_time("2026-03-03 09:00:00"):
            self.create_session([], done=False, customer=self.create_customer("Other"))
        self.assertTimely("2026-03-04 12:00:00", "")

    def test_a_manager_accepts_a_late_complaint(self):
        rework = self.open_rework("2026-04-20 10:00:00")
        with self.assertRaisesRegex(AccessError, "Only managers accept"):
            rework.complaint_acceptance = "Because"
        with self.assertRaises(AccessError):
            self.open_rework("2026-04-21 10:00:00", complaint_acceptance="Because")
        rework.with_user(self.user_manager).complaint_acceptance = "Good customer"
        self.close(rework, "2026-04-20 12:00:00")
        self.assertEqual(rework.billing_state, "included")
        self.assertIn("Accepted: Good customer.", rework.charge_ids._explain())

    def test_closed_sessions_become_no_late_rework(self):
        with freeze_time("2026-04-20 12:00:00"):
            session = self.create_session(
                [("2026-04-20 10:00:00", 60)], requested_at="2026-04-20 10:00:00"
            )
            with self.assertRaisesRegex(UserError, "its warranty ended"), self.env.cr.savepoint():
                session.with_user(self.user_manager).rework_of_id = self.first
        self.assertEqual(session.amount_untaxed, 30.0)

    # ----- Links -----

    def test_what_can_be_reworked(self):
        other = self.create_session([(NOON, 60)], customer=self.create_customer("Other"))
        rework = self.close(self.open_rework())
        for first in (other, rework, self.open_session()):
            with self.subTest(first=first), self.assertRaises(ValidationError):
                self.open_rework(first=first)
        with self.assertRaises(ValidationError):
            self.create_session([], done=False, is_unfounded=True)

    def test_billed_rework_is_locked(self):
        rework = self.close(self.open_rework(is_unfounded=True))
        rework.with_user(self.user_manager).action_approve()
        self.invoice(rework)
        with self.assertRaisesRegex(UserError, "is billed on"):
            rework.is_unfounded = False
