"""The intervention sheet (S30): sent, confirmed, contested, settled; what is held and when."""

import base64
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..session.common import HALF_HOUR, NOON
from .common import SheetCommon


@tagged("post_install", "-at_install")
class TestSheetStates(SheetCommon):
    """From closing to the answer, and what each step does to the charge."""

    def test_closed_but_unsent_is_held_for_ever(self):
        session = self.close()
        self.assertEqual(self.state(session), ("draft", "on_hold", "unsent", False))
        self.cron("2026-06-01 12:00:00")
        self.assertFalse(self.bill("2026-06-01 12:00:00").invoice_ids)

    def test_without_days_nothing_is_held(self):
        self.level.contest_days = 0
        session = self.close()
        self.assertEqual(self.state(session), ("draft", "ready", False, False))
        self.send(session)
        self.assertEqual(self.state(session), ("sent", "ready", False, False))
        self.deliver(session)
        self.cron("2026-03-03 12:00:00")
        self.assertEqual(self.state(session), ("validated", "ready", False, False))

    def test_sent_is_held_until_the_last_day(self):
        session = self.close_and_send("2026-03-02 23:30:00")
        self.assertEqual(self.state(session), ("sent", "on_hold", "sent", self.day("2026-03-08")))
        self.assertEqual(session.sheet_email, "customer@example.com")
        self.deliver(session, "2026-03-02 23:31:00")
        self.cron("2026-03-08 22:59:59")
        self.assertEqual(session.sheet_state, "sent")
        self.cron("2026-03-08 23:00:00")
        self.assertEqual(self.state(session), ("validated", "ready", False, False))
        self.assertEqual(session.sheet_validation, "silence")

    def test_last_day_by_zone_and_calendar(self):
        """Midnight is the customer's; months and daylight-saving nights change nothing."""
        cases = [
            # zone, sent (UTC), last day, last second (UTC), first second after
            ("Indian/Reunion", "2026-03-02 19:59:59", "2026-03-07", "2026-03-07 19:59:59"),
            ("Indian/Reunion", "2026-03-02 20:00:00", "2026-03-08", "2026-03-08 19:59:59"),
            ("America/Martinique", "2026-03-03 03:59:59", "2026-03-07", "2026-03-08 03:59:59"),
            ("Europe/Paris", "2026-12-31 22:59:59", "2027-01-05", "2027-01-05 22:59:59"),
            ("Europe/Paris", "2026-03-27 12:00:00", "2026-04-01", "2026-04-01 21:59:59"),
            ("Europe/Paris", "2026-10-24 12:00:00", "2026-10-29", "2026-10-29 22:59:59"),
            ("Europe/Paris", "2028-02-26 12:00:00", "2028-03-02", "2028-03-02 22:59:59"),
        ]
        for zone, sent, last_day, last_second in cases:
            with self.subTest(zone=zone, sent=sent):
                session = self.close_and_send(sent, tz=zone)
                self.deliver(session, sent)
                self.assertEqual(session.sheet_contest_until, self.day(last_day))
                with freeze_time(last_second):
                    self.assertTrue(session._is_contestable())
                    self.assertFalse(session._is_silent())
                with freeze_time(last_second) as clock:
                    clock.tick(1)
                    self.assertFalse(session._is_contestable())
                    self.assertTrue(session._is_silent())

    def test_transitions(self):
        """Every step that the table does not have is refused in words."""
        session = self.close()
        manager = session.with_user(self.user_manager)
        with self.assertRaisesRegex(UserError, "cannot become"):
            session._set_sheet_contested("No")
        with self.assertRaisesRegex(UserError, "cannot become"):
            manager._settle_sheet("confirm", "Yes")
        self.send(session)
        session._set_sheet_validated("customer")
        for step in (
            lambda: session._set_sheet_validated("silence"),
            lambda: session._set_sheet_contested("No"),
            lambda: manager._settle_sheet("confirm", "Yes"),
        ):
            with self.assertRaisesRegex(UserError, "cannot become"):
                step()

    def test_open_sessions_have_no_sheet(self):
        session = self.create_session([(NOON, 60)], done=False)
        for step in (
            session.action_send_sheet,
            lambda: session._set_sheet_validated("paper"),
        ):
            with self.assertRaisesRegex(UserError, "is not closed"):
                step()
        self.assertFalse(session.can_send_sheet or session.can_sign_sheet)

    def test_days_of_the_sending_outlive_the_level(self):
        """Changing a level neither shortens nor ends what customers were told."""
        session = self.close_and_send()
        self.level.contest_days = 0
        session.sudo()._sync_holds()
        self.assertEqual(self.state(session)[:3], ("sent", "on_hold", "sent"))
        with freeze_time("2026-03-05 12:00:00"):
            self.assertTrue(session._is_contestable())

    def test_results_are_not_written_by_hand(self):
        session = self.close_and_send()
        for vals in (
            {"sheet_state": "validated"},
            {"sheet_contest_until": "2026-01-01"},
            {"sheet_failure": False},
            {"contest_text": "x"},
            {"settlement": "confirm"},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(AccessError, "buttons"):
                session.with_user(self.user_manager).write(vals)

    def test_others_do_not_send(self):
        session = self.close()
        for user in (self.user_sales, self.user_accountant, self.user_portal):
            for step in ("action_send_sheet", "action_withdraw_sheet"):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    getattr(session.with_user(user), step)()


@tagged("post_install", "-at_install")
class TestSheetMail(SheetCommon):
    """The mail: to whom, in which language, with what; and what happens when it fails."""

    def get_mail(self, session):
        return self.env["mail.mail"].search(
            [("mail_message_id", "=", session.sudo().sheet_message_id.id)]
        )

    def test_mail_has_the_sheet_and_the_link(self):
        session = self.close(internal_note="<p>Difficult customer</p>")
        self.send(session)
        mail = self.get_mail(session)
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn(session._get_sheet_url(), mail.body_html)
        self.assertNotIn("Difficult customer", mail.body_html)
        self.assertIn("03/07/2026", mail.body_html)
        self.assertEqual(len(mail.attachment_ids), 1)
        self.assertIn(session.name.replace("/", "-"), mail.attachment_ids.name)
        self.assertIn("desk@example.com", mail.email_from)

    def test_recipient_is_the_referent_then_the_caller(self):
        contact = {"parent_id": self.customer.id, "is_company": False}
        caller = self.create_customer("Caller", email="caller@example.com", **contact)
        referent = self.create_customer("Référent", email="referent@example.com", **contact)
        session = self.close(contact_id=caller.id)
        self.assertEqual(session._get_sheet_recipient(), caller)
        self.create_contract(referent_id=referent.id)
        with_contract = self.close(contact_id=caller.id)
        self.assertEqual(with_contract._get_sheet_recipient(), referent)
        referent.email = caller.email = False
        self.assertEqual(with_contract._get_sheet_recipient(), self.customer)

    def test_followers_get_no_copy(self):
        session = self.close()
        session.sudo().message_subscribe(self.user_manager.partner_id.ids)
        self.send(session)
        self.assertEqual(session.sudo().sheet_message_id.notified_partner_ids, self.customer)

    def test_no_address(self):
        self.customer.email = False
        session = self.close()
        action = session.action_send_sheet()
        self.assertIn("no valid e-mail address", action["params"]["message"])
        self.assertEqual(self.state(session)[:3], ("draft", "on_hold", "undelivered"))
        row = self.env["service.exception"]._get_open(session, "session")
        self.assertIn("no valid e-mail address", row.detail)
        self.customer.email = "customer@example.com"
        self.send(session)
        self.assertEqual(self.state(session)[:3], ("sent", "on_hold", "sent"))
        self.assertEqual(row.state, "done")

    def test_a_colleagues_address_is_no_customers(self):
        """Who did the work types in their own address: the sheet goes to the next person (S30)."""
        contact = {"parent_id": self.customer.id, "is_company": False}
        own = self.user_technician.partner_id.email_normalized
        caller = self.create_customer("Caller", email=own, **contact)
        session = self.close(contact_id=caller.id)
        self.assertEqual(session._get_sheet_recipient(), self.customer)
        self.customer.email = own
        action = session.action_send_sheet()
        self.assertIn("is a colleague's", action["params"]["message"])
        self.assertEqual(self.state(session)[:3], ("draft", "on_hold", "undelivered"))

    def test_many_at_once(self):
        """One customer without an address keeps nobody else's sheet back."""
        silent = self.create_customer("Without address")
        sessions = self.close() | self.close(customer=silent)
        sessions |= self.create_session([(NOON, 60)], done=False)
        action = sessions.with_user(self.user_technician).action_send_sheet()
        self.assertEqual(sessions.mapped("sheet_state"), ["sent", "draft", "draft"])
        self.assertEqual(action["params"]["title"], "Not sent: 1")
        rows = self.env["service.exception"]._get_open(sessions, "session")
        self.assertEqual(rows.mapped("res_id"), sessions[1].ids)
        with self.assertRaisesRegex(UserError, "No sheet to send"):
            sessions[2:].browse((sessions[2] | self.open_session()).ids).action_send_sheet()

    def test_refused_mail_never_validates(self):
        session = self.close_and_send()
        self.deliver(session, failure_type="mail_smtp", failure_reason="Mailbox unknown")
        self.assertEqual(self.state(session)[:3], ("sent", "on_hold", "undelivered"))
        self.assertIn("Mailbox unknown", session.sheet_failure)
        self.assertEqual((session.sheet_state, session.sheet_standing), ("sent", "undelivered"))
        self.cron("2026-06-01 12:00:00")
        self.assertEqual(session.sheet_state, "sent")
        self.send(session, "2026-06-02 12:00:00")
        self.deliver(session, "2026-06-02 12:00:00")
        self.assertEqual(session.sheet_contest_until, self.day("2026-06-07"))
        self.cron("2026-06-08 12:00:00")
        self.assertEqual(session.sheet_state, "validated")

    def test_mail_that_has_not_left_waits(self):
        """The days run from when the mail left, not from the click."""
        session = self.close_and_send("2026-03-02 12:00:00")
        self.cron("2026-03-09 12:00:00")
        self.assertEqual(session.sheet_state, "sent")
        self.deliver(session, "2026-03-10 12:00:00")
        self.assertEqual(session.sheet_contest_until, self.day("2026-03-15"))
        self.cron("2026-03-16 12:00:00")
        self.assertEqual(session.sheet_state, "validated")

    def bounce(self, session, email="customer@example.com"):
        session.sudo()._message_receive_bounce(email, session.partner_id)

    def test_bounce_never_validates(self):
        session = self.close_and_send()
        self.deliver(session)
        self.bounce(session, "somebody@example.com")
        self.assertFalse(session.sheet_failure)
        self.bounce(session)
        self.assertEqual(self.state(session)[:3], ("sent", "on_hold", "undelivered"))
        self.cron("2026-06-01 12:00:00")
        self.assertEqual(session.sheet_state, "sent")
        self.assertFalse(self.bill("2026-06-01 12:00:00").invoice_ids)

    def test_bounce_known_by_the_notification_only(self):
        session = self.close_and_send()
        self.deliver(session)
        session.sudo().sheet_message_id.notification_ids.notification_status = "bounce"
        self.cron("2026-06-01 12:00:00")
        self.assertEqual(self.state(session)[:3], ("sent", "on_hold", "undelivered"))

    def test_late_bounce_takes_silence_back(self):
        session = self.close_and_send()
        self.deliver(session)
        self.cron("2026-03-08 12:00:00")
        self.assertEqual(session.sheet_state, "validated")
        self.bounce(session)
        self.assertEqual(self.state(session)[:3], ("sent", "on_hold", "undelivered"))

    def test_late_bounce_of_a_billed_session_goes_to_the_inbox(self):
        session = self.close_and_send()
        self.deliver(session)
        self.cron("2026-03-08 12:00:00")
        self.assertTrue(self.bill().invoice_ids)
        self.bounce(session)
        self.assertEqual(session.sheet_state, "validated")
        self.assertTrue(self.env["service.exception"]._get_open(session, "session"))

    def test_bounce_after_an_answer_is_nothing(self):
        session = self.close_and_send()
        session._set_sheet_validated("customer")
        self.bounce(session)
        self.assertEqual(self.state(session)[:2], ("validated", "ready"))


@tagged("post_install", "-at_install")
class TestSheetSilence(SheetCommon):
    """The daily job."""

    def test_outage_is_caught_up(self):
        sessions = self.env["service.session"]
        for day in ("02", "10", "20"):
            at = f"2026-03-{day} 12:00:00"
            session = self.close_and_send(at)
            self.deliver(session, at)
            sessions |= session
        self.cron("2026-03-21 12:00:00")
        self.assertEqual(sessions.mapped("sheet_state"), ["validated", "validated", "sent"])
        self.cron("2026-03-26 12:00:00")
        self.assertEqual(set(sessions.mapped("sheet_state")), {"validated"})

    def test_small_chunks_come_to_the_end(self):
        """Those that still wait in their own time zone do not hinder those behind them."""
        waiting = self.close_and_send("2026-03-02 12:00:00", tz="America/Martinique")
        rest = self.env["service.session"]
        for number in range(5):
            rest |= self.close_and_send(f"2026-03-02 12:0{number}:00")
        for session in waiting | rest:
            self.deliver(session)
        Cron = type(self.env["ir.cron"])
        with (
            freeze_time("2026-03-07 23:30:00"),
            patch.object(Cron, "_commit_progress", return_value=60),
        ):
            self.env["service.session"]._cron_validate_sheets(limit=2)
        self.assertEqual(waiting.sheet_state, "sent")
        self.assertEqual(set(rest.mapped("sheet_state")), {"validated"})

    def test_a_failing_session_harms_no_other(self):
        good, bad = self.close_and_send(), self.close_and_send()
        for session in good | bad:
            self.deliver(session)
        original = type(good)._sync_holds

        def fail(records):
            if bad in records:
                raise ValueError("Broken")
            return original(records)

        with patch.object(type(good), "_sync_holds", fail):
            self.cron("2026-03-08 12:00:00")
        self.assertEqual((good.sheet_state, bad.sheet_state), ("validated", "sent"))
        self.assertEqual(self.env["service.exception"]._get_open(bad, "session").detail, "Broken")
        self.cron("2026-03-09 12:00:00")
        self.assertEqual(bad.sheet_state, "validated")

    def test_silence_does_not_ask_more_for_more(self):
        def validate(count):
            sessions = self.env["service.session"]
            for _number in range(count):
                session = self.close_and_send()
                self.deliver(session)
                sessions |= session
            sessions = sessions.with_user(self.env.ref("base.user_root")).sudo()
            with freeze_time("2026-03-08 12:00:00"):
                queries = self.count_queries(sessions._validate_silent)
            self.assertEqual(set(sessions.mapped("sheet_state")), {"validated"})
            return queries

        validate(1)
        few, many = validate(2), validate(6)
        self.assertLessEqual(many, few)

    def test_other_matters_of_a_session_stay_in_the_inbox(self):
        session = self.close_and_send()
        row = self.env["service.exception"]._report(session, "session", "Something else")
        session._set_sheet_validated("customer")
        self.assertEqual(row.state, "open")

    def test_a_run_does_not_wait_for_the_job(self):
        session = self.close_and_send()
        self.deliver(session)
        self.assertFalse(self.bill("2026-03-07 22:30:00").invoice_ids)
        with freeze_time("2026-03-08 12:00:00"):
            preview = self.create_run("2026-03-08", user=self.user_accountant, start=False)
            action = preview.action_preview()
        rows = self.env[action["res_model"]].with_user(self.user_accountant)
        self.assertEqual(rows.search(action["domain"]).mapped("kind"), ["due"])
        self.assertEqual(session.sheet_state, "sent", "a preview validates nothing")
        self.assertTrue(self.bill("2026-03-08 12:00:00").invoice_ids)
        self.assertEqual(session.sheet_state, "validated")


@tagged("post_install", "-at_install")
class TestSheetNeverBilled(SheetCommon):
    """Invariant 4: a contested or still contestable session is in no invoice."""

    def setUp(self):
        super().setUp()
        self.session = self.close_and_send()
        self.deliver(self.session)
        self.charge = self.session.sudo().charge_ids

    def get_ways(self):
        """Return all that people may try to get a charge out of its hold."""
        for user in (self.user_accountant, self.user_manager):
            charge = self.session.charge_ids.with_user(user)
            yield charge.action_release
            yield lambda charge=charge: charge.write({"hold_cause": False, "hold_until": False})
            yield lambda charge=charge: (self.hold(charge), charge.action_release())
            yield lambda charge=charge: (self.waive(charge), charge.action_owe())
        yield lambda: self.session.with_user(self.user_manager).action_bill_now()
        yield lambda: self.send(self.session, "2026-03-03 12:00:00")
        yield lambda: self.session.with_user(self.user_manager).write({"is_off_contract": True})
        yield lambda: (self.session.action_reopen(), self.session.action_done())

    def test_no_way_around(self):
        for number, way in enumerate(list(self.get_ways())):
            with self.subTest(way=number), freeze_time("2026-03-03 12:00:00"):
                try:
                    with self.env.cr.savepoint():
                        way()
                except (AccessError, UserError):
                    self.env.invalidate_all()
                self.assertEqual(self.session.sudo().charge_ids.state, "on_hold")
                self.assertFalse(self.bill("2026-03-03 12:00:00").invoice_ids)

    def test_no_way_around_a_contest(self):
        self.contest(self.session)
        self.cron("2026-06-01 12:00:00")
        for user in (self.user_accountant, self.user_manager):
            charge = self.charge.with_user(user)
            with self.assertRaisesRegex(UserError, "Only the session itself"):
                charge.action_release()
            self.waive(charge)
            charge.action_owe()
            self.assertEqual(self.charge.state, "on_hold")
        with self.assertRaisesRegex(UserError, "nothing that may be billed"):
            self.session.with_user(self.user_manager).action_bill_now()
        self.assertFalse(self.bill("2026-06-01 12:00:00").invoice_ids)

    def test_what_was_waived_follows_the_sheet(self):
        """Owed again, a charge waits for what its session waits for then, and for nothing more."""
        self.waive(self.charge.with_user(self.user_accountant))
        self.contest(self.session)
        self.charge.action_owe()
        self.assertEqual((self.charge.hold_cause, self.charge.state), ("contested", "on_hold"))
        self.waive(self.charge)
        self.session.with_user(self.user_manager)._settle_sheet("confirm", "It stands")
        self.charge.action_owe()
        self.assertEqual((self.charge.hold_cause, self.charge.state), (False, "ready"))

    def test_what_was_credited_follows_the_sheet(self):
        self.level.contest_days = 0
        session = self.close_and_send()
        move = self.bill("2026-03-02 12:00:00").invoice_ids.with_env(self.env)
        move.action_post()
        move._reverse_moves(cancel=True)
        self.assertEqual(session.charge_ids.state, "credited")
        self.contest(session)
        session.charge_ids.with_user(self.user_accountant).action_owe()
        self.assertEqual(self.state(session)[1:3], ("on_hold", "contested"))

    def test_releasing_a_manual_hold_leaves_the_sheet(self):
        charge = self.charge.with_user(self.user_accountant)
        self.hold(charge)
        charge.action_release()
        self.assertEqual((charge.is_held, charge.state), (False, "on_hold"))
        self.cron("2026-03-08 12:00:00")
        self.assertEqual(charge.state, "ready")

    def test_of_several_those_are_released_that_somebody_held(self):
        """The sheet's own hold stays, and hinders no other (S30)."""
        other = self.close_and_send().charge_ids
        held = self.make_ready_charge()
        self.hold(held.with_user(self.user_accountant))
        (held | other).with_user(self.user_accountant).action_release()
        self.assertEqual((held.state, other.state), ("ready", "on_hold"))

    def make_ready_charge(self):
        contract = self.create_contract(start="2026-03-01")
        contract._generate_charges(self.day("2026-03-01"))
        return contract.charge_ids

    def test_validated_but_held_by_hand_stays_held(self):
        self.hold(self.charge.with_user(self.user_accountant))
        self.cron("2026-03-08 12:00:00")
        self.assertEqual(self.charge.state, "on_hold")
        self.charge.with_user(self.user_accountant).action_release()
        self.assertEqual(self.charge.state, "ready")


@tagged("post_install", "-at_install")
class TestSheetChanges(SheetCommon):
    """Reopened, cancelled or priced anew: what was sent no longer counts."""

    def test_each_change_withdraws_the_sheet(self):
        visit = self.create_session([], done=False, channel="on_site")
        changes = {
            "reopen": lambda session: session.action_reopen(),
            "cancel": lambda session: session.action_cancel(),
            "connection": lambda session: session.line_ids.write({"service_seconds": 1801}),
            "level": lambda session: session.with_user(self.user_manager).write(
                {"is_off_contract": True}
            ),
            "replaced": lambda session: session.write({"replaced_by_id": visit.id}),
        }
        for name, change in changes.items():
            with self.subTest(change=name):
                session = self.close_and_send()
                change(session)
                self.assertEqual((session.sheet_state, session.sheet_revision), ("draft", 1))
                self.assertFalse(session.sheet_contest_until or session.sheet_sent_at)
                if session.can_cancel:
                    session.action_cancel()

    def test_no_context_keeps_the_answer_to_another_price(self):
        """What the customer confirmed is what is billed, whatever a client sends along."""
        for value in (True, "object", {}):
            with self.subTest(value=value):
                session = self.close_and_send()
                session._set_sheet_validated("customer")
                client = session.with_user(self.user_manager).with_context(service_settling=value)
                client.line_ids.write({"service_seconds": HALF_HOUR + 1})
                self.assertEqual((session.sheet_state, session.sheet_revision), ("draft", 1))
                self.assertEqual(set(session.charge_ids.mapped("hold_cause")), {"unsent"})

    def get_shown_changes(self):
        return {"request": "Something else", "report": "<p>Something else</p>"}

    def test_other_words_withdraw_the_sheet(self):
        """Customers confirm what they read: other words have to be sent again."""
        for name, value in self.get_shown_changes().items():
            with self.subTest(name=name):
                session = self.close_and_send()
                field = session._fields[name]
                session.write({name: field.convert_to_write(session[name], session)})
                self.assertEqual(session.sheet_state, "sent", "nothing has changed")
                session.write({name: value})
                self.assertEqual((session.sheet_state, session.sheet_revision), ("draft", 1))
                self.assertEqual(session.charge_ids.hold_cause, "unsent")

    def test_a_manager_corrects_who_called_and_who_came(self):
        contact = self.create_customer("Caller", parent_id=self.customer.id)
        for name, person in (("contact_id", contact), ("user_id", self.user_manager)):
            with self.subTest(name=name):
                session = self.close_and_send()
                with self.assertRaisesRegex(AccessError, "reopen it"), self.env.cr.savepoint():
                    session.write({name: person.id})
                session.with_user(self.user_manager).write({name: person.id})
                self.assertEqual((session.sheet_state, session.sheet_revision), ("draft", 1))

    def test_answered_words_stay(self):
        for name, value in self.get_shown_changes().items():
            for state in ("validated", "settled", "contested"):
                with self.subTest(name=name, state=state):
                    session = self.close_and_send()
                    if state == "validated":
                        session._set_sheet_validated("paper")
                    else:
                        self.contest(session)
                    if state == "settled":
                        session.with_user(self.user_manager)._settle_sheet("confirm", "Yes")
                    words = "ask a manager" if state == "contested" else "has answered"
                    with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                        session.write({name: value})
                    self.assertEqual(session.sheet_state, state)
                    session.write({"internal_note": "<p>Not theirs</p>"})
                    self.assertEqual(session.sheet_state, state)

    def test_sent_again_the_days_begin_anew(self):
        session = self.close_and_send()
        session.line_ids.service_seconds = HALF_HOUR + 1
        self.assertEqual(set(session.charge_ids.mapped("hold_cause")), {"unsent"})
        self.send(session, "2026-03-05 12:00:00")
        self.assertEqual(session.sheet_contest_until, self.day("2026-03-10"))
        self.assertEqual(set(session.charge_ids.mapped("hold_cause")), {"sent"})

    def test_resending_keeps_the_link_and_moves_the_days(self):
        session = self.close_and_send()
        url = session._get_sheet_url()
        self.send(session, "2026-03-04 12:00:00")
        self.assertEqual(session._get_sheet_url(), url)
        self.assertEqual(session.sheet_contest_until, self.day("2026-03-09"))

    def test_late_news_of_an_old_mail_is_nothing(self):
        session = self.close_and_send()
        mail = self.env["mail.mail"].search(
            [("mail_message_id", "=", session.sudo().sheet_message_id.id)]
        )
        session.line_ids.service_seconds = HALF_HOUR + 1
        mail._postprocess_sent_message([], [], failure_type="mail_smtp", failure_reason="x")
        self.assertFalse(session.sheet_failure)

    def test_withdraw(self):
        session = self.close_and_send()
        session.action_withdraw_sheet()
        self.assertEqual(self.state(session)[:3], ("draft", "on_hold", "unsent"))
        with self.assertRaisesRegex(UserError, "cannot become"):
            session.action_withdraw_sheet()

    def test_contested_sessions_are_changed_by_managers_only(self):
        session = self.close_and_send()
        self.contest(session)
        for change in (
            session.action_reopen,
            session.action_cancel,
            lambda: session.line_ids.write({"service_seconds": 1801}),
        ):
            with self.assertRaisesRegex(UserError, "ask a manager"), self.env.cr.savepoint():
                change()
        session.with_user(self.user_manager).action_reopen()
        self.assertEqual((session.sheet_state, session.contest_text), ("draft", "I was not there"))
        self.assertFalse(session.activity_ids)

    def test_replaced_after_the_sheet_was_sent(self):
        """S08: the remote part costs nothing, and the sheet that goes out again says so."""
        session = self.close_and_send()
        session.replaced_by_id = self.create_session([], done=False, channel="on_site")
        self.assertFalse(session.charge_ids)
        self.assertEqual(session.amount_total, 0)
        self.send(session)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "service_contract.service_session_sheet_report", session.ids
        )[0]
        self.assertIn("only the visit is billed", html.decode())
        self.assertIn("only the visit is billed", str(session.price_explanation))


@tagged("post_install", "-at_install")
class TestSheetPaper(SheetCommon):
    """A signed paper sheet validates at once."""

    def sign(self, session, at="2026-03-04 12:00:00", **vals):
        with freeze_time(at):
            wizard = self.env["service.session.signature"].with_user(self.user_technician)
            wizard = Form(wizard.with_context(default_session_id=session.id))
            for name, value in vals.items():
                wizard[name] = value
            wizard.save().action_sign()

    def test_signed_unsent_sheet_is_billable(self):
        session = self.close()
        self.sign(session, scan=b"aGVsbG8=")
        self.assertEqual(self.state(session), ("validated", "ready", False, False))
        self.assertEqual(session.sheet_validation, "paper")
        self.assertEqual(session.message_ids.attachment_ids.raw, b"hello")
        self.assertTrue(self.bill().invoice_ids)

    def test_signed_after_sending(self):
        session = self.close_and_send()
        self.sign(session, date="2026-03-03")
        self.assertEqual(session.sheet_state, "validated")
        self.assertEqual(str(session.sheet_validated_at), "2026-03-03 11:00:00")

    def test_signed_on_screen(self):
        """On the technician's phone, by the customer, now; drawing and name are kept."""
        session = self.close()
        self.sign(session, signature=base64.b64encode(b"drawn"), signer="Rita Lane")
        self.assertEqual(self.state(session), ("validated", "ready", False, False))
        self.assertEqual(session.sheet_validation, "screen")
        self.assertEqual(str(session.sheet_validated_at), "2026-03-04 12:00:00")
        self.assertEqual(session.message_ids.attachment_ids.raw, b"drawn")
        self.assertIn("Rita Lane", session.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "ask a manager"):
            session.with_user(self.user_technician).action_reopen()

    def test_who_signs_on_screen_has_a_name(self):
        session = self.close()
        with self.assertRaisesRegex(UserError, "Type in who signs"):
            self.sign(session, signature=base64.b64encode(b"drawn"), signer=" ")
        self.assertEqual(session.sheet_state, "draft")

    def test_date_of_the_signature(self):
        for day in ("2026-03-01", "2026-03-05"):
            with self.subTest(day=day), self.assertRaisesRegex(UserError, "was signed between"):
                self.sign(self.close(), date=day)


@tagged("post_install", "-at_install")
class TestSheetContest(SheetCommon):
    """Contested and settled."""

    def test_contest_holds_tells_and_keeps_the_words(self):
        session = self.close_and_send()
        self.contest(session, "  <script>alert(1)</script> No!  ")
        self.assertEqual(self.state(session)[:3], ("contested", "on_hold", "contested"))
        self.assertEqual(session.contest_text, "<script>alert(1)</script> No!")
        self.assertIn("&lt;script&gt;", session.message_ids[0].body)
        asked = session.activity_ids.user_id
        self.assertIn(self.user_manager, asked)
        self.assertFalse(asked & (self.user_technician | self.env.ref("base.user_admin")))

    def test_chosen_manager(self):
        self.company.service_contest_user_id = self.user_manager
        session = self.close_and_send()
        self.contest(session)
        self.assertEqual(session.activity_ids.user_id, self.user_manager)

    def test_managers_are_asked_in_their_language(self):
        """Whatever the language of the customer who contests."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.company.service_contest_user_id = self.user_manager
        activity_type = self.env.ref("service_contract.service_activity_contested")
        activity_type.with_context(lang="fr_FR").summary = "À régler"
        session = self.close_and_send()
        self.contest(session.with_context(lang="fr_FR"))
        self.assertEqual(session.activity_ids.summary, activity_type.summary)

    def test_words_are_needed(self):
        session = self.close_and_send()
        for text in ("", "  \n ", None):
            with self.assertRaisesRegex(UserError, "what you contest"):
                session._set_sheet_contested(text)

    def test_recorded_by_telephone(self):
        session = self.close_and_send()
        self.assertTrue(session.can_contest_sheet)
        wizard = self.env["service.session.contest"].with_user(self.user_technician)
        wizard.create({"session_id": session.id, "text": "By phone: no"}).action_contest()
        self.assertEqual(session.sheet_state, "contested")
        self.assertFalse(session.can_contest_sheet)

    def test_billed_sessions_are_not_contested_here(self):
        self.level.contest_days = 0
        session = self.close_and_send()
        self.assertTrue(self.bill().invoice_ids)
        with self.assertRaisesRegex(UserError, "is billed on"):
            session._set_sheet_contested("Too late")

    def settle(self, session, user=None, **vals):
        wizard = self.env["service.session.settlement"].with_user(user or self.user_manager)
        values = {"session_id": session.id, "settlement": "confirm", "note": "We are sorry"}
        wizard.create({**values, **vals}).action_settle()

    def get_reason(self, usage):
        return self.env["service.reason"].search([("usage", "=", usage)], limit=1)

    def test_confirm(self):
        session = self.close_and_send()
        self.contest(session)
        self.settle(session)
        self.assertEqual(self.state(session), ("settled", "ready", False, False))
        self.assertEqual(session.settled_by_id, self.user_manager)
        self.assertFalse(session.activity_ids)
        message = session.message_ids.filtered("notified_partner_ids")[0]
        self.assertEqual(message.notified_partner_ids, self.customer)
        self.assertIn("We are sorry", message.body)
        self.assertIn("The price stands", message.body)
        self.assertEqual(self.bill().invoice_ids.amount_untaxed, 30.0)

    def test_waive(self):
        session = self.close_and_send()
        self.contest(session)
        with self.assertRaisesRegex(UserError, "Choose a reason"):
            self.settle(session, settlement="waive")
        reason = self.get_reason("waive")
        self.settle(session, settlement="waive", reason_id=reason.id)
        self.assertEqual(self.state(session)[:2], ("settled", "waived"))
        self.assertEqual(session.charge_ids.reason_id, reason)
        self.assertIn(
            "Nothing is owed", session.message_ids.filtered("notified_partner_ids")[0].body
        )
        self.assertFalse(self.bill().invoice_ids)

    def test_waive_gives_back_the_time_drawn(self):
        """Also where all of it was drawn and no charge is left to waive."""
        grant = self.env["service.allowance"].sudo()
        for seconds, states in ((HALF_HOUR, {"waived"}), (2 * HALF_HOUR, {"included"})):
            with self.subTest(seconds=seconds), freeze_time("2026-03-02 12:00:00"):
                customer = self.create_customer("Prepaid", email="prepaid@example.com")
                vals = {"partner_id": customer.id, "seconds": seconds, "date": "2026-01-01"}
                entry = grant.create({"company_id": self.company.id, "kind": "prepaid", **vals})
                session = self.create_session([(NOON, 2 * HALF_HOUR)], customer=customer)
                self.assertEqual(entry.left_seconds, 0)
                self.send(session)
                self.contest(session)
                reason = self.get_reason("waive")
                self.settle(session, settlement="waive", reason_id=reason.id)
                self.assertEqual(entry.left_seconds, seconds)
                self.assertEqual(set(session.charge_ids.mapped("state")), states)
                self.assertIn("The time drawn was given back.", session.charge_ids[0]._explain())

    def test_reduce(self):
        session = self.close_and_send()
        self.contest(session)
        vals = {"settlement": "reduce", "reason_id": self.get_reason("price").id}
        for amount in (0, 30, 31, -1):
            with self.subTest(amount=amount), self.assertRaisesRegex(UserError, "below"):
                self.settle(session, amount=amount, **vals)
        self.settle(session, amount=12.5, **vals)
        self.assertEqual(self.state(session)[:3], ("settled", "ready", False))
        self.assertEqual(session.sheet_revision, 0, "the customer's link goes on showing it")
        explanation = session.charge_ids.explanation
        self.assertEqual(explanation["reason"], "overridden")
        self.assertIn("12.50", session.message_ids.filtered("notified_partner_ids")[0].body)
        self.assertEqual(self.bill().invoice_ids.amount_untaxed, 12.5)

    def test_reduce_tax_included(self):
        """The reduced price is in the tariff's own tax mode, to the cent."""
        level = self.create_level("2CLICKS", "per_intervention", first=self.product_block_incl)
        level.contest_days = 5
        self.company.service_default_level_id = level
        session = self.close_and_send()
        self.contest(session)
        wizard = self.env["service.session.settlement"].with_user(self.user_manager)
        wizard = wizard.create({"session_id": session.id, "note": "x"})
        self.assertEqual((wizard.price, wizard.is_tax_included), (30.0, True))
        self.settle(session, settlement="reduce", amount=20, reason_id=self.get_reason("price").id)
        self.assertEqual(self.bill().invoice_ids.amount_total, 20.0)

    def test_technicians_do_not_settle(self):
        session = self.close_and_send()
        self.contest(session)
        self.assertFalse(session.can_settle_sheet)
        self.assertTrue(session.with_user(self.user_manager).can_settle_sheet)
        with self.assertRaises(AccessError):
            self.settle(session, user=self.user_technician)
        with self.assertRaisesRegex(AccessError, "Only managers"):
            session._settle_sheet("confirm", "Mine")


@tagged("post_install", "-at_install")
class TestBillNow(SheetCommon):
    """Bill this session now: a run of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level.contest_days = 0

    def test_looks_at_no_other_sheet(self):
        """Who bills one session does not wait for what silence makes of all the others."""
        session = self.close()
        with patch.object(type(session), "_validate_silent_of", side_effect=AssertionError):
            session.with_user(self.user_accountant).action_bill_now()
        self.assertEqual(session.billing_state, "invoiced")

    def test_bills_this_session_only(self):
        session, other = self.close(), self.close()
        contract = self.create_contract(start="2026-03-01")
        with freeze_time("2026-03-02 13:00:00"):
            action = session.with_user(self.user_accountant).action_bill_now()
        move = session.with_user(self.user_accountant).charge_ids.invoice_id
        self.assertEqual(action["res_id"], move.id)
        self.assertEqual(move.invoice_line_ids.service_charge_id, session.charge_ids)
        self.assertEqual(move.service_run_id.session_ids, session)
        self.assertEqual(
            (other.billing_state, contract.charge_ids), ("ready", contract.charge_ids[:0])
        )
        rows = self.env["service.session"]._get_annex_rows(move)
        self.assertEqual([row.session for row in rows], [session])
        with self.assertRaisesRegex(UserError, "nothing that may be billed"):
            session.with_user(self.user_accountant).action_bill_now()

    def test_who_may(self):
        session = self.close()
        for user in (self.user_technician, self.user_sales):
            with self.assertRaisesRegex(AccessError, "Only accountants"):
                session.with_user(user).action_bill_now()
        action = session.with_user(self.user_manager).action_bill_now()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(session.billing_state, "invoiced")

    def test_the_run_of_the_billing_day_is_made_all_the_same(self):
        self.company.service_billing_day = 2
        session, other = self.close(), self.close()
        with freeze_time("2026-03-02 13:00:00"):
            session.with_user(self.user_accountant).action_bill_now()
            self.run_cron("service_contract.service_billing_day_cron")
        self.assertEqual(other.billing_state, "invoiced")

    def test_what_fails_is_said(self):
        session = self.close()
        path = "odoo.addons.service_contract.models.billing.service_billing_run.ServiceBillingRun"
        with (
            patch(f"{path}._create_invoices", side_effect=UserError("No journal")),
            self.assertRaisesRegex(UserError, "No journal"),
        ):
            session.with_user(self.user_accountant).action_bill_now()
