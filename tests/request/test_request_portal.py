from datetime import timedelta

from freezegun import freeze_time
from lxml import html

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import MONDAY, PortalCommon

SECRETS = (
    "internal_note",
    "report",
    "contract_warning",
    "overlap_warning",
    "user_id",
    "charge_ids",
)


@tagged("post_install", "-at_install")
class TestRequestRights(PortalCommon):
    """What customers read through any door: their own, and of it only what is theirs."""

    def test_own_requests_only(self):
        Session = self.env["service.session"].with_user(self.user_customer)
        self.assertEqual(Session.search([]), self.request_own)
        for record in (self.request_foreign, self._create_in_sister()):
            with self.assertRaises(AccessError):
                record.with_user(self.user_customer).read(["name"])

    def _create_in_sister(self):
        sister = self.setup_other_company(name="Sister")["company"]
        return self.request_own.sudo().copy({"company_id": sister.id, "contract_id": False})

    def test_colleagues_of_one_customer_share(self):
        site = self.create_customer("Site", parent_id=self.customer_managed.id, is_company=False)
        session = self.create_request(site)
        self.assertEqual(session.with_user(self.user_customer).name, session.name)

    def test_nothing_internal(self):
        session = self.request_own.with_user(self.user_customer)
        self.assertIn("printer", session.read(["request"])[0]["request"])
        for name in SECRETS:
            with self.subTest(name=name), self.assertRaises(AccessError):
                session.read([name])
        for domain in ([("internal_note", "ilike", "late")], [("user_id", "=", 1)]):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                session.search(domain)

    def test_customers_write_nothing(self):
        session = self.request_own.with_user(self.user_customer)
        for work in (
            lambda: session.write({"request": "x"}),
            lambda: session.create({"partner_id": self.customer_managed.id}),
            session.unlink,
            session.action_answered,
            session.action_assign_to_me,
            session.action_start,
            session.action_cancel,
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                work()
        self.assertEqual(self.request_own.state, "draft")
        self.assertFalse(self.request_own.answered_at or self.request_own.user_id)

    def test_internal_users_read_on(self):
        self.assertIn("late", self.request_own.with_user(self.user_technician).internal_note)

    def test_status_in_the_customers_words(self):
        session = self.request_own
        self.assertEqual(session._get_portal_status(), "Received")
        session.action_answered()
        self.assertEqual(session._get_portal_status(), "Answered")
        session.planned_start = MONDAY
        self.assertEqual(session._get_portal_status(), "Planned")
        with freeze_time(MONDAY) as clock:
            session.action_start()
            self.assertEqual(session._get_portal_status(), "In progress")
            clock.tick(timedelta(minutes=1))
            session.action_cancel()
        self.assertEqual(session._get_portal_status(), "Cancelled")


@tagged("post_install", "-at_install")
class TestRequestPages(PortalCommon, HttpCase):
    """The customer's pages."""

    def open_page(self, path, login="service_customer", **options):
        self.authenticate(login, login)
        return self.url_open(path, **options)

    def send(self, subject="No mail", description="Since <b>this</b> morning", files=None):
        self.authenticate("service_customer", "service_customer")
        before = self.env["service.session"].search([])
        page = self.url_open(
            "/my/requests/new",
            data={
                "csrf_token": http.Request.csrf_token(self),
                "subject": subject,
                "description": description,
            },
            files=files or [],
        )
        return page, self.env["service.session"].search([]) - before

    def test_visitors_log_in_first(self):
        page = self.url_open("/my/requests")
        self.assertIn("/web/login", page.url)

    def test_list_shows_ones_own(self):
        page = self.open_page("/my/requests")
        self.assertRegex(page.text, r"<html[^>]* lang=.en-US.")
        self.assertIn(self.request_own.name, page.text)
        self.assertNotIn(self.request_foreign.name, page.text)
        self.assertIn("You have not asked", self.open_page("/my/requests", "service_nobody").text)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_portal_user("service_nobody", cls.create_customer("Nobody"))

    def test_home_has_its_entry(self):
        self.assertIn('href="/my/requests"', self.open_page("/my").text)

    def test_detail(self):
        """Times on the customer's clock; nothing internal."""
        self.request_own.write({"tz": "Indian/Reunion", "planned_start": "2026-03-02 09:00:00"})
        page = self.open_page(f"/my/requests/{self.request_own.id}")
        self.assertEqual(page.status_code, 200)
        text = " ".join(html.fromstring(page.text).text_content().split())
        self.assertIn("The printer is on strike", text)
        self.assertRegex(text, r"Appointment.*1:00")
        self.assertRegex(text, r"We answer by.*3:00")
        self.assertIn("Indian/Reunion", text)
        self.assertNotIn("Pays late", page.text)

    def test_no_promise_before_the_contract_is_chosen(self):
        self.level.response_minutes = 24 * 60
        self.create_contract(customer=self.customer_managed, product=self.product_managed)
        session = self.create_request()
        self.assertNotIn("We answer by", self.open_page(f"/my/requests/{session.id}").text)
        session.contract_id = self.contract_managed
        self.assertIn("We answer by", self.open_page(f"/my/requests/{session.id}").text)

    def test_guessed_numbers_lead_home(self):
        for number in (self.request_foreign.id, 99999999, 2**31, 10**30):
            with self.subTest(number=number):
                page = self.open_page(f"/my/requests/{number}")
                self.assertTrue(page.url.endswith("/my/requests"))
                self.assertNotIn(self.request_foreign.name, page.text)

    def test_colleagues_without_rights_are_led_home(self):
        new_test_user(self.env, login="service_none", password="service_none")
        for path in ("/my/requests", "/my/requests/1"):
            page = self.open_page(path, login="service_none")
            self.assertEqual(page.status_code, 200)
            self.assertNotIn("/my/requests", page.url)

    def test_form_of_a_new_request(self):
        page = html.fromstring(self.open_page("/my/requests/new").text)
        names = page.xpath("//main//form//*[@name]/@name")
        self.assertEqual(names, ["csrf_token", "subject", "description", "attachments"])

    def test_new_request(self):
        page, session = self.send(files=[("attachments", ("a.txt", b"hello", "text/plain"))])
        self.assertIn("Your request has arrived", page.text)
        self.assertEqual(session.request, "No mail\n\nSince <b>this</b> morning")
        self.assertNotIn("<b>this</b>", page.text)
        self.assertEqual(session.partner_id, self.customer_managed)
        self.assertEqual(session.contact_id, self.user_customer.partner_id)
        self.assertEqual(session.contract_id, self.contract_managed)
        self.assertEqual((session.request_source, session.company_id), ("portal", self.company))
        self.assertFalse(session.user_id)
        self.assertEqual(session.message_ids.attachment_ids.raw, b"hello")
        self.assertTrue(session.due_at)

    def test_what_is_missing_is_said(self):
        for vals in ({"subject": " "}, {"description": ""}):
            with self.subTest(vals=vals):
                page, session = self.send(**vals)
                self.assertFalse(session)
                self.assertIn("in a few words", page.text)
        many = [("attachments", (f"{number}.txt", b"x", "text/plain")) for number in range(11)]
        page, session = self.send(files=many)
        self.assertFalse(session)
        self.assertIn("at most 10 files", page.text)
        self.assertIn("Since &lt;b&gt;this", page.text)

    def test_too_many_requests_are_refused_in_words(self):
        """Per person, within 24 hours; the company's setting, 0 being no limit."""
        self.company.service_request_limit = 2
        sessions = [self.send()[1], self.send()[1]]
        page, session = self.send(subject="A third one")
        self.assertFalse(session)
        self.assertIn("You have sent 2 requests within 24 hours", page.text)
        self.assertIn('value="A third one"', page.text, "what was typed in stays")
        self.cr.execute(
            "UPDATE service_session SET create_date = create_date - interval '24 hours' "
            "WHERE id = %s",
            [sessions[0].id],
        )
        self.env.invalidate_all()
        self.assertTrue(self.send()[1], "the first one is older than a day")
        self.assertFalse(self.send()[1])
        self.company.service_request_limit = 0
        self.assertTrue(self.send()[1])

    def test_a_colleague_may_still_ask(self):
        self.company.service_request_limit = 1
        self.assertTrue(self.send()[1])
        self.create_portal_user("service_colleague", self.customer_managed)
        self.authenticate("service_colleague", "service_colleague")
        words = (
            self.env["service.session"]
            .with_user(self.env["res.users"].search([("login", "=", "service_colleague")]))
            .with_company(self.company)
            ._get_request_limit_words()
        )
        self.assertFalse(words)

    # ----- Withdrawing -----

    def withdraw(self, session, login="service_customer", **values):
        self.authenticate(login, login)
        values.setdefault("csrf_token", http.Request.csrf_token(self))
        return self.url_open(f"/my/requests/{session.id}/withdraw", data=values)

    def test_withdraw(self):
        self.request_own.user_id = self.user_technician
        page = self.withdraw(self.request_own, reason="It works <b>again</b>")
        self.assertEqual(self.request_own.state, "cancelled")
        self.assertIn("Cancelled", page.text)
        self.assertNotIn("o_service_withdraw", page.text)
        message = self.request_own.message_ids.filtered(lambda row: "withdrew" in row.body)
        self.assertEqual(message.author_id, self.user_customer.partner_id)
        self.assertIn("It works &lt;b&gt;again", message.body)
        activity = self.request_own.activity_ids
        self.assertEqual(activity.user_id, self.user_technician)
        self.assertIn("withdrew", activity.summary)

    def test_withdrawing_takes_the_appointment_out_of_the_calendar(self):
        self.user_customer.partner_id.email = "caller@example.com"
        self.request_own.write(
            {
                "planned_start": "2099-03-03 09:00:00",
                "contact_id": self.user_customer.partner_id.id,
            }
        )
        self.request_own.with_user(self.user_technician).action_tell_appointment()
        self.withdraw(self.request_own)
        message = self.request_own.message_ids.filtered("attachment_ids")[0]
        self.assertIn("METHOD:CANCEL", message.attachment_ids.raw.decode())
        self.assertEqual(message.notified_partner_ids, self.user_customer.partner_id)
        self.assertEqual(message.author_id, self.company.partner_id)

    def test_no_withdrawal_once_work_has_begun(self):
        session = self.request_own
        self.assertIn("o_service_withdraw", self.open_page(f"/my/requests/{session.id}").text)
        with freeze_time(MONDAY):
            session.with_user(self.user_technician).action_start()
        page = self.withdraw(session)
        self.assertEqual(session.state, "running")
        self.assertIn("has begun: write to us instead", page.text)
        self.assertNotIn("o_service_withdraw", page.text)
        self.assertEqual(self.withdraw(session).status_code, 200)

    def test_nobody_else_withdraws(self):
        for login in ("service_stranger", self.user_technician.login):
            with self.subTest(login=login):
                self.withdraw(self.request_own, login=login)
                self.assertEqual(self.request_own.state, "draft")
        page = self.withdraw(self.request_own, csrf_token="forged")
        self.assertEqual((page.status_code, self.request_own.state), (400, "draft"))

    def test_planned_preventive_work_is_not_theirs_to_withdraw(self):
        self.request_own.sudo().checklist_id = self.env["service.checklist"].create(
            {
                "name": "Monthly care",
                "level_id": self.contract_managed.level_id.id,
                "work_type_id": self.env["service.work.type"].create({"name": "Care"}).id,
            }
        )
        self.withdraw(self.request_own)
        self.assertEqual(self.request_own.state, "draft")

    def test_forged_forms_are_refused(self):
        self.authenticate("service_customer", "service_customer")
        page = self.url_open(
            "/my/requests/new", data={"subject": "x", "description": "y", "csrf_token": "z"}
        )
        self.assertEqual(page.status_code, 400)
