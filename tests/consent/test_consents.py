"""No remote session without the customer's order where the level demands it (S24–S28)."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import ADDRESS, CHROME, ConsentCommon

NO_CONSENT = "consent is not recorded"


@tagged("post_install", "-at_install")
class TestConsents(ConsentCommon):
    # ----- Given -----

    def test_code_consent_start_and_bill(self):
        """S24, S07, S01: the timer starts at take-over, not before, and half-hours are billed."""
        session, consent, code = self.ask()
        with self.assertRaisesRegex(UserError, NO_CONSENT):
            self.start(session)
        self.assertEqual(self.give(code), consent)
        with freeze_time("2026-06-15 09:05:30"):
            self.assertEqual((session.consent_state, session.can_start), ("given", True))
        self.assertFalse(session.line_ids)
        self.start(session, "2026-06-15 09:06:00")
        with freeze_time("2026-06-15 09:36:01"):
            session.with_user(self.user_technician).action_done()
        self.assertEqual(session.amount_untaxed, 60.0)

    def test_what_is_kept(self):
        """S24, S33: conditions, version, digest, time, address, browser and its own words."""
        _session, consent, code = self.ask()
        self.give(code, reservations="Not the mailbox")
        self.assertEqual(consent.state, "given")
        self.assertEqual(str(consent.accepted_at), "2026-06-15 09:05:00")
        self.assertEqual(consent.ip_address, ADDRESS)
        self.assertEqual(
            (consent.browser, consent.operating_system), ("Chrome 130.0", "Windows 10")
        )
        self.assertEqual(consent.user_agent, CHROME)
        self.assertEqual(consent.conditions_id, self.conditions)
        self.assertEqual(len(consent.conditions_digest), 64)
        self.assertEqual(consent.reservations, "Not the mailbox")
        for words in ("Deletion of data", "I have backups", "The printer is mute", "30.00"):
            self.assertIn(words, consent.accepted_text)
        self.assertTrue(self.conditions.is_locked)

    def test_the_code_is_kept_nowhere(self):
        _session, consent, code = self.ask()
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT to_jsonb(consent)::text FROM service_consent consent WHERE id = %s",
            [consent.id],
        )
        text = self.env.cr.fetchone()[0]
        self.assertNotIn(code, text)
        self.assertEqual(len(consent.code_hmac), 64)
        self.assertFalse(self.give(code).code_hmac)

    def test_receipt_goes_by_mail(self):
        """Code civil 1127-2: a receipt on a durable medium."""
        session, _consent, code = self.ask()
        self.give(code)
        message = session.sudo().message_ids.filtered(lambda item: item.partner_ids)
        self.assertEqual(message.partner_ids, self.customer)
        self.assertIn("Deletion of data", message.body)

    def test_nobody_of_ours_gets_the_receipt(self):
        self.customer.email = self.user_manager.email = "boss@example.com"
        session, _consent, code = self.ask()
        self.give(code)
        self.assertFalse(session.sudo().message_ids.partner_ids)
        self.assertTrue(any("Deletion" in (item.body or "") for item in session.sudo().message_ids))

    def test_the_technician_is_told_at_once(self):
        _session, _consent, code = self.ask()
        self.env["bus.bus"].sudo().search([]).unlink()
        self.give(code, reservations="Not the <b>mailbox</b>")
        self.env.cr.precommit.run()
        told = self.env["bus.bus"].sudo().search([]).mapped("message")
        self.assertTrue([text for text in told if "simple_notification" in text], told)
        self.assertTrue([text for text in told if "service_contract.consent" in text], told)

    def test_the_sheet_and_the_proof_of_a_debit_show_it(self):
        """S30, L14: what was ordered stands with what was done, and with what was debited."""
        session, consent, code = self.ask()
        self.give(code, reservations="Not the mailbox")
        self.work(session)
        html = self.env["ir.qweb"]._render("service_contract.sheet_work", {"session": session})
        self.assertIn("Not the mailbox", html)
        files = self.env["service.debit.proof"]._get_consent_files(session)
        [file] = files[session]
        self.assertIn(consent.accepted_digest, file.content.decode())
        self.assertIn(ADDRESS, file.content.decode())

    # ----- Every door -----

    def test_no_door_without_consent(self):
        """S24: the timer, one more workstation, the desk, lines by hand: none goes without."""
        session = self.prepare().with_user(self.user_technician)
        connection = self.prepare_connection("2026-06-15 08:00:00", 600)
        doors = (
            lambda: session.action_start(),
            lambda: session.action_start_workstation(),
            lambda: session.write({"line_ids": [(0, 0, connection)]}),
            lambda: self.env["account.analytic.line"].create(
                {"service_session_id": session.id, **connection}
            ),
            lambda: session.env["service.desk"].start_again(session.id),
            lambda: session.env["service.desk"].start_consented(session.id),
            lambda: session.env["service.desk"].start_session({"partner_id": self.customer.id}),
            lambda: self.create_session([("2026-06-15 08:00:00", 600)], done=False),
        )
        with freeze_time("2026-06-15 09:00:00"):
            for number, door in enumerate(doors):
                with self.subTest(number), self.assertRaisesRegex(UserError, NO_CONSENT):
                    with self.env.cr.savepoint():
                        door()
        self.assertFalse(session.line_ids)

    def test_the_channel_is_no_way_round(self):
        with freeze_time("2026-06-15 09:00:00"):
            session = self.create_session(
                [("2026-06-15 08:00:00", 600)], done=False, channel="on_site"
            )
            session.channel = "remote"
            with self.assertRaisesRegex(UserError, NO_CONSENT):
                session.action_done()
            session._note_phone_consent("Their screen was black")
            session.action_done()
        self.assertEqual(session.state, "done")

    def test_other_channels_and_levels_ask_nothing(self):
        self.create_session([("2026-06-10 08:00:00", 600)], channel="on_site")
        self.create_session([("2026-06-11 08:00:00", 600)], channel="phone")
        self.level.consent_rule = "none"
        self.assertEqual(self.create_session([("2026-06-12 08:00:00", 600)]).state, "done")

    def test_what_was_imported_is_a_loose_end(self):
        log = (
            self.env["service.connection.log"]
            ._as_workflow()
            .create({"name": "x", "profile": "generic"})
        )
        with freeze_time("2026-06-15 09:00:00"):
            session = (
                self.env["service.session"]
                .with_user(self.user_technician)
                ._as_workflow()
                .create({"partner_id": self.customer.id, "connection_log_id": log.id})
            )
            session = session.with_user(self.user_technician)
            session.line_ids = [(0, 0, self.prepare_connection("2026-06-15 08:00:00", 600))]
            self.assertEqual(session.loose_end, "consent")
            self.assertIn(
                session, self.env["service.session"].search([("loose_end", "=", "consent")])
            )
            session.action_done()
            self.assertEqual(session.loose_end, "consent")
            session._note_phone_consent("They called before")
        session.invalidate_recordset()
        self.assertNotEqual(session.loose_end, "consent")

    # ----- By telephone -----

    def test_by_telephone_a_reason_is_asked(self):
        session = self.prepare()
        wizard = self.env["service.consent.phone"].with_user(self.user_technician)
        form = Form(wizard.with_context(default_session_id=session.id))
        with self.assertRaisesRegex(UserError, "why"):
            form.save().action_note()
        form.reason = "No browser at hand"
        form.save().action_note()
        consent = session.consent_ids
        self.assertEqual((consent.way, consent.state), ("phone", "given"))
        self.assertEqual(consent.reason, "No browser at hand")
        self.assertEqual(consent.user_id, self.user_technician)
        self.assertEqual(self.start(session).state, "running")

    def test_calling_is_accepting(self):
        """S26: no reason is asked, and it is noted as the timer starts."""
        self.level.consent_rule = "call"
        session = self.start(self.prepare())
        self.assertEqual(session.consent_ids.way, "call")
        self.assertFalse(session.consent_ids.reason)
        with freeze_time("2026-06-15 09:20:00"):
            session.with_user(self.user_technician).action_stop()
            session.with_user(self.user_technician).action_done()
        self.assertEqual(len(session.consent_ids), 1)

    # ----- How long it holds -----

    def test_consent_of_yesterday_starts_nothing(self):
        """S28: no reconnection without knowledge and consent."""
        session, _consent, code = self.ask()
        self.give(code)
        self.start(session)
        with freeze_time("2026-06-15 09:30:00"):
            session.with_user(self.user_technician).action_stop()
        self.start(session, "2026-06-15 20:00:00")
        with freeze_time("2026-06-15 20:10:00"):
            session.with_user(self.user_technician).action_stop()
        with self.assertRaisesRegex(UserError, NO_CONSENT):
            self.start(session, "2026-06-15 21:05:01")

    def test_each_connection_anew(self):
        self.level.consent_hours = 0
        session, _consent, code = self.ask()
        self.give(code)
        self.start(session)
        with freeze_time("2026-06-15 09:30:00"):
            session.with_user(self.user_technician).action_stop()
        with self.assertRaisesRegex(UserError, NO_CONSENT):
            self.start(session, "2026-06-15 09:31:00")
        _session, _consent, code = self.ask(session, at="2026-06-15 09:32:00")
        self.give(code, at="2026-06-15 09:33:00")
        self.start(session, "2026-06-15 09:34:00")
        with freeze_time("2026-06-15 09:40:00"):
            session.with_user(self.user_technician).action_done()
        self.assertEqual(session.state, "done")

    def test_nothing_before_the_page_was_validated(self):
        session, _consent, code = self.ask()
        self.give(code)
        with freeze_time("2026-06-15 09:10:00"), self.assertRaisesRegex(UserError, NO_CONSENT):
            session.line_ids = [(0, 0, self.prepare_connection("2026-06-15 09:04:59", 600))]

    # ----- What is ordered -----

    def test_all_is_ticked_or_nothing_is_ordered(self):
        """S25: present, backups and conditions are declared one by one."""
        _session, consent, code = self.ask()
        opened = self.open(code)
        with freeze_time("2026-06-15 09:05:00"):
            for number in range(3):
                values = self.fill(opened)
                del values[f"declaration_{number}"]
                with self.assertRaisesRegex(UserError, "Tick this"):
                    opened._give(values, ADDRESS)
            with self.assertRaisesRegex(UserError, "Shorten"):
                opened._give(self.fill(opened, reservations="x" * 2001), ADDRESS)
        self.assertEqual(consent.state, "waiting")

    def test_what_changed_meanwhile_is_read_again(self):
        session, consent, code = self.ask()
        opened = self.open(code)
        with freeze_time("2026-06-15 09:05:00"):
            values = self.fill(opened)
            session.request = "Reinstall everything"
            with self.assertRaisesRegex(UserError, "changed meanwhile"):
                opened._give(values, ADDRESS)
            opened._give(self.fill(opened), ADDRESS)
        self.assertEqual(consent.requested_work, "Reinstall everything")

    def test_covered_work_ordered_is_not_billed_work(self):
        """L20: who authorised covered work ordered nothing that costs money."""
        self.level_unlimited.consent_rule = "code"
        work = self.env["service.work.type"].create({"name": "Cabling"})
        self.env["service.scope.rule"].create(
            {"level_id": self.level_unlimited.id, "work_type_id": work.id, "effect": "billed"}
        )
        contract = self.create_contract(start="2026-06-01")
        session, consent, code = self.ask(contract_id=contract.id)
        self.give(code)
        self.assertEqual(
            (consent.price_kind, consent.button), ("covered", "Authorise the take-over")
        )
        self.start(session)
        session.work_type_id = work
        with freeze_time("2026-06-15 09:30:00"):
            with self.assertRaisesRegex(UserError, "authorised covered work"):
                session.with_user(self.user_technician).action_done()
            session.with_user(self.user_technician)._note_phone_consent("Told the price by phone")
            session.with_user(self.user_technician).action_done()
        self.assertEqual(session.amount_untaxed, 30.0)

    # ----- Who -----

    def test_who_asks_and_who_reads(self):
        session, consent, _code = self.ask()
        for user in (self.user_sales, self.user_accountant, self.user_portal):
            with self.assertRaises(AccessError):
                session.with_user(user)._ask_consent()
        for user in (self.user_sales, self.user_portal):
            with self.assertRaises(AccessError):
                consent.with_user(user).read(["accepted_text"])
        with self.assertRaises(AccessError):
            consent.with_user(self.user_accountant).read(["ip_address"])
        with self.assertRaises(AccessError):
            consent.with_user(self.user_technician).read(["ip_address"])
        with self.assertRaises(AccessError):
            consent.with_user(self.user_manager).read(["code_hmac"])
        for user in (self.user_technician, self.user_manager):
            with self.assertRaises(AccessError):
                consent.with_user(user).write({"state": "given"})
            with self.assertRaises(AccessError):
                consent.with_user(user).create({"session_id": session.id, "state": "given"})

    def test_a_session_with_a_consent_is_kept(self):
        session, _consent, code = self.ask()
        self.give(code)
        with self.assertRaisesRegex(UserError, "is kept"):
            session.with_user(self.user_manager).unlink()

    # ----- Withdrawn from (L26) -----

    def work(self, session, at="2026-06-15 09:06:00"):
        self.start(session, at)
        with freeze_time("2026-06-15 09:36:00"):
            session.with_user(self.user_technician).action_done()
        return session

    def test_consumers_who_waived_do_not_withdraw(self):
        session, _consent, code = self.ask(customer=self.person)
        self.give(code)
        self.work(session)
        with freeze_time("2026-06-16 09:00:00"), self.assertRaisesRegex(UserError, "no right"):
            session.with_user(self.user_manager).action_withdraw_order()
        self.assertEqual(session.amount_total, 36.0)

    def test_consumers_who_waived_nothing_owe_nothing(self):
        """L221-25: a word by telephone is no express request; who withdraws owes nothing."""
        session = self.prepare(customer=self.person)
        with freeze_time("2026-06-15 09:05:00"):
            session.with_user(self.user_technician)._note_phone_consent("No browser at hand")
        self.work(session)
        with freeze_time("2026-06-30 09:00:00"), self.assertRaisesRegex(UserError, "is over"):
            session.with_user(self.user_manager).action_withdraw_order()
        with freeze_time("2026-06-29 09:00:00"):
            with self.assertRaisesRegex(UserError, "manager"):
                session.with_user(self.user_technician).action_withdraw_order()
            session.with_user(self.user_manager).action_withdraw_order()
        self.assertEqual(session.amount_total, 0.0)
        self.assertEqual(session.billing_state, "waived")

    def test_professionals_do_not_withdraw(self):
        session, _consent, code = self.ask()
        self.give(code)
        self.work(session)
        with freeze_time("2026-06-16 09:00:00"), self.assertRaisesRegex(UserError, "no right"):
            session.with_user(self.user_manager).action_withdraw_order()
