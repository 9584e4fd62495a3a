"""The pages of interventions: times, price and sheet; answers and complaints there (S30, S31)."""

import html as html_tools

from freezegun import freeze_time

from odoo.tests import tagged

from ..session.common import HALF_HOUR
from .common import PagesCommon

DONE = "2026-06-01 12:00:00"
SENT = "2026-06-02 12:00:00"


class InterventionCommon(PagesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level_managed.kind = "per_intervention"
        cls.level_managed.contest_days = 5
        cls.level_managed.warranty_days = 14
        cls.customer_managed.write({"email": "managed@example.com", "lang": "en_US"})
        with freeze_time(DONE):
            cls.work = cls.create_session(
                [("2026-06-01 09:00:05", HALF_HOUR)],
                customer=cls.customer_managed,
                request="The printer is mute",
                report="<p>Driver installed</p>",
                internal_note="<p>Difficult customer</p>",
                requested_at="2026-06-01 08:00:00",
            )
            cls.foreign_session = cls.create_session([("2026-06-01 09:00:00", HALF_HOUR)])
        cls.path = f"/my/interventions/{cls.work.id}"

    def send(self, at=SENT):
        with freeze_time(at):
            self.work.with_user(self.user_technician).action_send_sheet()
            self.env.flush_all()

    def answer(self, verb, session=None, revision=None, at="2026-06-03 12:00:00", **options):
        session = session or self.work
        revision = session.sheet_revision if revision is None else revision
        return self.post(f"/my/interventions/{session.id}/{revision}/{verb}", at=at, **options)


@tagged("post_install", "-at_install")
class TestInterventionPages(InterventionCommon):
    def test_home_has_its_entry(self):
        self.assertIn('href="/my/interventions"', self.get("/my").text)

    def test_list_shows_ones_own(self):
        self.send()
        words = self.get_words("/my/interventions", at=SENT)
        self.assertIn(self.work.name, words)
        self.assertIn("The printer is mute", words)
        self.assertIn("To check until 06/07/2026", words)
        self.assertNotIn(self.foreign_session.name, words)
        self.assertNotIn(self.request_own.name, words, "a request is no work yet")

    def test_a_longer_list_costs_no_query_more(self):
        self.create_more(2)
        few = self.count_list_queries()
        self.create_more(27)
        self.assertEqual(self.count_list_queries(), few)

    def create_more(self, count):
        with freeze_time(DONE):
            for number in range(count):
                minute = len(self.env["service.session"].search([])) % 60
                self.create_session(
                    [(f"2026-05-{number % 28 + 1:02} 09:{minute:02}:00", 60)],
                    customer=self.customer_managed,
                )

    def count_list_queries(self):
        sessions = self.env["service.session"].with_user(self.user_customer).sudo()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        for session in sessions.search(sessions._get_customer_domain(), limit=30):
            session._get_request_line()
            session._get_portal_sheet()
            session.mapped("user_id.name")
        return self.cr.sql_log_count - before

    def test_page_of_an_intervention(self):
        """Exact times on the customer's clock, and the price in the words of its charges."""
        self.work.sudo().tz = "Indian/Reunion"
        self.send()
        page = self.get(at="2026-06-03 12:00:00")
        words = self.words(page)
        for part in (
            self.work.name,
            "The printer is mute",
            "Driver installed",
            "13:00:05",
            "13:30:05",
            self.employee.name,
            "36.00",
            "until 06/07/2026 inclusive",
            "I confirm this sheet",
            "I contest this sheet",
        ):
            self.assertIn(part, words)
        for sentence in self.work.charge_ids._explain():
            self.assertIn(sentence, html_tools.unescape(page.text))
        self.assertNotIn("Difficult customer", page.text)

    def test_before_the_sheet_is_sent_neither_report_nor_price(self):
        words = self.get_words()
        self.assertIn("is being prepared", words)
        self.assertIn("The printer is mute", words)
        for part in ("Driver installed", "36.00", "I confirm"):
            self.assertNotIn(part, words)

    def test_what_needs_no_sheet_shows_its_price(self):
        self.level_managed.contest_days = 0
        self.work.sudo()._sync_holds()
        self.assertIn("36.00", self.get_words())

    def test_what_goes_on_has_no_price(self):
        with freeze_time(DONE):
            session = self.create_session(
                [("2026-06-01 11:00:00", 600)], customer=self.customer_managed, done=False
            )
        words = self.get_words(f"/my/interventions/{session.id}")
        self.assertIn("This work goes on", words)
        self.assertNotIn("Why this price", words)

    def test_guessed_numbers_lead_to_the_list(self):
        for number in (self.foreign_session.id, self.request_own.id, 99999999, 2**31, 10**30, 0):
            with self.subTest(number=number):
                page = self.get(f"/my/interventions/{number}")
                self.assertTrue(page.url.endswith("/my/interventions"))
                self.assertNotIn(self.foreign_session.name, page.text)

    # ----- Answers -----

    def test_confirm(self):
        self.send()
        page = self.answer("confirm")
        self.assertIn("You have confirmed this sheet", page.text)
        session = self.work
        self.assertEqual((session.sheet_state, session.sheet_validation), ("validated", "customer"))
        self.assertEqual(session.sudo().sheet_ip, "127.0.0.1")
        self.assertEqual(session.sudo().charge_ids.state, "ready")
        message = session.sudo().message_ids.filtered(lambda row: "Confirmed in" in row.body)
        self.assertEqual(message.author_id, self.user_customer.partner_id)

    def test_contest(self):
        self.send()
        page = self.answer("contest", text="I was <b>not</b> there")
        self.assertIn("You have contested this sheet", page.text)
        self.assertIn("I was &lt;b&gt;not&lt;/b&gt; there", page.text)
        self.assertEqual(self.work.sheet_state, "contested")
        self.assertEqual(self.work.sudo().charge_ids.hold_cause, "contested")

    def test_contest_says_why(self):
        self.send()
        page = self.answer("contest", text=" ")
        self.assertIn("Say in a few words what you contest", page.text)
        self.assertEqual(self.work.sheet_state, "sent")

    def test_not_after_the_last_day(self):
        """The days run from the sending: 2 June and five days, where the customer is."""
        self.send()
        page = self.answer("contest", text="Late", at="2026-06-07 22:30:00")
        self.assertIn("its days are over", page.text)
        self.assertEqual(self.work.sheet_state, "sent")
        self.answer("contest", text="In time", at="2026-06-07 21:30:00")
        self.assertEqual(self.work.sheet_state, "contested")

    def test_no_answer_to_a_sheet_that_was_withdrawn(self):
        self.send()
        self.work.with_user(self.user_technician).action_withdraw_sheet()
        self.send("2026-06-02 13:00:00")
        for verb in ("confirm", "contest"):
            self.assertIn("The sheet has changed", self.answer(verb, revision=0, text="x").text)
        self.assertEqual(self.work.sheet_state, "sent")
        self.answer("confirm", revision=1)
        self.assertEqual(self.work.sheet_state, "validated")

    def test_nobody_else_answers(self):
        self.send()
        for login in ("service_stranger", self.user_technician.login):
            for verb in ("confirm", "contest"):
                self.answer(verb, login=login, text="x")
        self.assertEqual(self.answer("confirm", csrf_token="forged").status_code, 400)
        self.assertEqual(self.get(f"{self.path}/0/confirm", at=SENT).status_code, 405)
        self.assertEqual(self.work.sheet_state, "sent")

    # ----- Complaints -----

    def complain(self, at="2026-06-04 12:00:00", session=None, **options):
        session = session or self.work
        options.setdefault("complaint", "It is mute again")
        return self.post(f"/my/interventions/{session.id}/complain", at=at, **options)

    def get_rework(self):
        return self.env["service.session"].search([("rework_of_id", "=", self.work.id)])

    def confirm(self):
        self.send()
        self.answer("confirm")

    def test_the_deadline_is_shown(self):
        """Confirmed on Wednesday 3 June: three working days later is Monday."""
        self.confirm()
        self.assertIn(
            "complain until 06/08/2026 inclusive", self.get_words(at="2026-06-04 12:00:00")
        )

    def test_complain(self):
        self.confirm()
        page = self.complain()
        self.assertIn("Your request has arrived", page.text)
        rework = self.get_rework()
        self.assertIn("It is mute again", rework.request)
        self.assertEqual(rework.contact_id, self.user_customer.partner_id)
        self.assertEqual(rework.request_source, "portal")
        self.assertFalse(rework.user_id)
        self.assertFalse(rework.complaint_warning)
        self.assertIn("We have your complaint already", self.complain().text)
        self.assertEqual(len(self.get_rework()), 1)

    def test_too_late_is_refused_in_words(self):
        self.confirm()
        page = self.complain(at="2026-06-09 12:00:00")
        self.assertIn("were due by 06/08/2026", page.text)
        self.assertFalse(self.get_rework())

    def test_not_once_other_work_was_ordered(self):
        self.confirm()
        self.create_request(requested_at="2026-06-04 09:00:00")
        page = self.complain(at="2026-06-05 12:00:00")
        self.assertIn("You have ordered other work since, on 06/04/2026", page.text)
        self.assertFalse(self.get_rework())

    def test_no_warranty_no_complaint(self):
        self.confirm()
        self.level_managed.warranty_days = 0
        self.assertNotIn("Warranty", self.get_words(at="2026-06-04 12:00:00"))
        self.complain()
        self.assertFalse(self.get_rework())

    def test_nobody_elses_work(self):
        self.confirm()
        self.complain(login="service_stranger")
        self.assertEqual(self.complain(csrf_token="forged").status_code, 400)
        self.assertFalse(self.get_rework())
