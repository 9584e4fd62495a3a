"""Notices of renewal: when, to whom, in which language, and what proves them (L01, L02)."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import ServiceContractCommon

CRON = "service_contract.service_renewal_cron"


@tagged("post_install", "-at_install")
@freeze_time("2026-01-01")
class TestNotices(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({"email": "customer@example.com", "lang": "fr_FR"})
        cls.contract = cls.create_contract(regime="consumer")
        cls.term = cls.contract.commitment_ids

    def at(self, day):
        """Bring the notices to a day, as the daily job does."""
        self.startPatcher(freeze_time(day))
        self.env.flush_all()
        self.term._refresh_notices(date.fromisoformat(day))
        return self.term

    def send(self, day="2026-09-15", user=None):
        self.at(day)
        self.term.with_user(user or self.user_manager).action_send_notice()
        return self.term

    def bounce(self, term):
        """Do what the mail gateway does with a returned message."""
        term.sudo().notice_message_id.notification_ids.write(
            {"notification_status": "bounce", "failure_type": "mail_bounce"}
        )

    # ----- When -----

    def test_l01_states_by_day(self):
        """L01: end 31/12, notice 1 month → window 30/08 to 30/10, last day to refuse 30/11."""
        cases = [
            ("2026-08-29", "upcoming"),
            ("2026-08-30", "due"),
            ("2026-10-30", "due"),
            ("2026-10-31", "overdue"),
            ("2026-11-30", "overdue"),
            ("2026-12-01", "missed"),
        ]
        for day, state in cases:
            with self.subTest(day):
                self.assertEqual(self.at(day).notice_state, state)

    def test_l01_days_are_those_of_the_customer(self):
        """L01: what is judged and what is recorded is one date, whoever looks from wherever."""
        for instant, zone, state in (
            ("2026-10-30 21:00:00", "UTC", "due"),
            ("2026-10-30 21:00:00", "Indian/Reunion", "overdue"),
            ("2026-10-31 02:00:00", "America/Martinique", "due"),
        ):
            with self.subTest(zone), freeze_time(instant):
                self.contract.tz = zone
                self.term.modified(["notice_opens"])
                for reader in ("UTC", "Asia/Tokyo", "America/Los_Angeles"):
                    term = self.term.with_context(tz=reader)
                    term.modified(["notice_opens"])
                    self.assertEqual(term.notice_state, state)

    def test_l02_professionals_are_informed_only_where_the_family_says_so(self):
        contract = self.create_contract(regime="professional")
        self.assertEqual(contract.commitment_ids.notice_state, "not_needed")
        self.family.is_notice_to_professionals = True
        self.assertEqual(contract.commitment_ids.notice_state, "upcoming")

    def test_no_notice_for_a_contract_that_ends(self):
        self.contract.sudo().date_end = "2026-12-31"
        self.assertEqual(self.term.notice_state, "not_needed")
        self.contract.sudo().date_end = False
        self.assertEqual(self.term.notice_state, "upcoming")

    def test_too_early_and_too_late_are_refused_in_words(self):
        for day in ("2026-08-29", "2026-12-01"):
            with self.subTest(day):
                self.at(day)
                with self.assertRaisesRegex(UserError, "can be sent from .* to .*"):
                    self.term._send_notices()

    # ----- What is sent -----

    def test_dedicated_mail_with_the_letter_in_the_customers_language(self):
        """L01: one e-mail of its own, the deadline in it, the letter enclosed, kept as proof."""
        term = self.send()
        message = term.notice_message_id
        self.assertEqual(term.notice_state, "sent")
        self.assertEqual((term.notice_sent_on, term.notice_way), (date(2026, 9, 15), "mail"))
        self.assertEqual(message.partner_ids, self.customer)
        self.assertIn("30/11/2026", message.body)
        self.assertIn("border", message.body)
        self.assertEqual(len(message.attachment_ids), 1)
        self.assertEqual(message.model, "service.contract")
        self.assertEqual(self.contract.renewal_date, date(2026, 12, 1))

    def test_letter_shows_the_deadline(self):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "service_contract.renewal_notice_report", self.contract.ids
        )
        self.assertIn("30/11/2026", html.decode())

    def test_notice_in_time_leaves_no_free_exit(self):
        self.send("2026-10-30")
        self.at("2026-12-01")
        renewed = self.contract._renew()
        self.assertFalse(renewed.is_free_exit)

    def test_sent_twice_is_refused(self):
        self.send()
        with self.assertRaisesRegex(UserError, "“Sent”"):
            self.term._send_notices()

    def test_leaving_is_no_success(self):
        """The mail server may still refuse it: the message says so and is not green."""
        self.at("2026-09-15")
        answer = self.term.with_user(self.user_manager).action_send_notice()["params"]
        self.assertEqual(answer["type"], "info")
        self.assertIn("Handed to the mail server: 1.", answer["message"])
        self.term.sudo().notice_message_id.notification_ids.notification_status = "exception"
        self.assertEqual(self.term.notice_state, "failed")

    def test_without_address_is_put_aside_and_the_others_go(self):
        other = self.create_contract(
            customer=self.create_customer("No address"), regime="non_professional"
        )
        terms = self.term + other.commitment_ids
        self.at("2026-09-15")
        answer = terms.with_user(self.user_manager).action_send_notice()
        self.assertEqual(terms.mapped("notice_state"), ["sent", "due"])
        self.assertIn("Put aside", answer["params"]["message"])
        self.assertEqual(answer["params"]["type"], "warning")
        row = self.env["service.exception"]._get_open(other.commitment_ids, "contract")
        self.assertIn("no valid e-mail address", row.detail)

    def test_letter_by_post_is_kept_as_proof(self):
        self.at("2026-09-15")
        self.term.with_user(self.user_manager).action_notice_posted()
        self.assertEqual((self.term.notice_state, self.term.notice_way), ("sent", "post"))
        self.assertEqual(len(self.term.notice_message_id.attachment_ids), 1)

    def test_technicians_and_customers_cannot_send(self):
        self.at("2026-09-15")
        for user in (self.user_technician, self.user_portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.term.with_user(user)._send_notices()

    def test_a_commitment_taken_back_brings_the_notice_back(self):
        """What replaces a term ends its notice; taken back, the term renews and wants it again."""
        self.at("2026-09-15")
        amendments = self.env["service.amendment"].with_user(self.user_manager)
        draft = amendments._prepare_draft_vals(self.contract, self.day("2026-10-01"))
        vals = {"is_new_commitment": True, "commitment_months": 24}
        amendment = amendments.create({**draft, **vals})
        amendment.action_confirm()
        self.assertEqual(self.term.notice_state, "not_needed")
        amendment.action_cancel()
        self.assertEqual(self.term.notice_state, "due")

    # ----- What comes back -----

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_bounced_notice_comes_back_as_an_activity(self):
        """L01: what did not arrive informs nobody; its colleague is told in French."""
        self.env["ir.module.module"]._load_module_terms(["service_contract"], ["fr_FR"])
        self.contract.user_id.lang = "fr_FR"
        term = self.send()
        self.bounce(term)
        self.assertEqual(term.notice_state, "failed")
        with freeze_time("2026-09-16"):
            self.run_cron(CRON)
            self.run_cron(CRON)
        activity = self.contract.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.contract.user_id)
        self.assertIn("n'est pas parvenu", activity.summary)
        self.send("2026-09-20")
        self.assertEqual(term.notice_state, "sent")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_mail_that_somebody_cancelled_informs_nobody(self):
        term = self.send()
        term.sudo().notice_message_id.notification_ids.notification_status = "canceled"
        self.assertEqual(term.notice_state, "failed")

    def test_bounce_after_the_renewal_frees_the_customer(self):
        term = self.send("2026-10-30")
        self.at("2026-12-01")
        renewed = self.contract._renew()
        self.assertFalse(renewed.is_free_exit)
        self.bounce(term)
        term.search(term._get_to_follow_up_domain())._follow_up_failure()
        self.assertEqual(renewed.notice_flaw, "undelivered")

    # ----- Screens -----

    def test_short_terms_say_when_their_window_opens(self):
        """L01, S35: 3 + 1 months: the window opens with the term, and a renewed month has none."""
        contract = self.create_contract(
            initial_months=3, tacit_months=1, notice_count=1, regime="consumer"
        )
        with freeze_time("2026-03-01"):
            contract._renew()
        first, second = contract.with_user(self.user_sales).commitment_ids.sorted("number")
        self.assertIn("opens with the term, on 01/01/2026, and closes on 01/28", first.window_note)
        self.assertIn("no day on which the law could be kept", second.window_note)
        self.assertFalse(self.term.window_note)
        contract.regime = "professional"
        self.assertFalse(first.window_note)

    def test_queue_always_shows_the_columns_that_are_worked_through(self):
        self.at("2026-09-15")
        groups = (
            self.env["service.commitment"]
            .with_user(self.user_manager)
            .with_context(read_group_expand=True)
            .web_read_group([("contract_id", "=", self.contract.id)], ["notice_state"])["groups"]
        )
        self.assertEqual(
            [(group["notice_state"], group["__count"]) for group in groups],
            [("due", 1), ("overdue", 0), ("failed", 0)],
        )

    def test_letter_as_sent_is_at_hand(self):
        term = self.send(user=self.user_sales)
        letter = term.with_user(self.user_sales).notice_letter_ids
        self.assertEqual(letter, term.notice_message_id.attachment_ids)
        self.assertTrue(letter.raw)

    def test_queue_shows_what_is_to_send(self):
        """The daily job brings to the queue what falls due, without anybody writing."""
        queue = [("notice_state", "in", ("due", "overdue", "failed"))]
        commitments = self.env["service.commitment"].with_user(self.user_manager)
        self.assertFalse(commitments.search(queue))
        with freeze_time("2026-08-30"):
            self.run_cron(CRON)
        self.assertEqual(commitments.search(queue), self.term)
        self.assertTrue(self.term.with_user(self.user_sales).read(["notice_state"]))
