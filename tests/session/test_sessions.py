from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .common import HALF_HOUR, NOON, SessionCommon


@tagged("post_install", "-at_install")
class TestSessionTimer(SessionCommon):
    """The timer and the states, by a technician."""

    def test_results_cannot_be_written_by_hand(self):
        """The states, the tariff and what they decide come from the buttons alone."""
        session = self.create_session([("2026-03-02 09:00:00", 1800)])
        for vals in (
            {"state": "draft"},
            {"sheet_state": "validated"},
            {"is_included": True},
            {"billed_minutes": 0},
            {"amount_untaxed": 1},
            {"amount_total": 1},
            {"billing_state": "ready"},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(AccessError, "buttons"):
                session.write(vals)
        with self.assertRaisesRegex(AccessError, "buttons"):
            self.create_session([], done=False, state="done")
        self.assertEqual((session.state, session.billed_minutes), ("done", 30))

    def test_results_are_not_given_by_a_context(self):
        """Neither the context nor a user's own default begins a session as something else."""
        user = self.user_technician
        self.env["ir.default"].with_user(user).set("service.session", "billed_minutes", 60, user.id)
        session = (
            self.env["service.session"]
            .with_user(user)
            .with_context(
                default_state="done", default_sheet_state="validated", default_is_included=True
            )
            .create({"partner_id": self.customer.id})
        )
        self.assertEqual((session.state, session.sheet_state), ("draft", "draft"))
        self.assertFalse(session.is_included or session.billed_minutes)

    def test_charges_are_not_given_by_defaults(self):
        """What a user sets as own defaults says nothing of the charges that a closing makes."""
        user, defaults = self.user_technician, self.env["ir.default"]
        for name, value in (("discount", 100), ("is_waived", True), ("is_included", True)):
            defaults.with_user(user).set("service.charge", name, value, user.id)
        session = self.create_session([("2026-03-02 09:00:00", 1800)])
        charge = session.sudo().charge_ids
        self.assertEqual((charge.state, charge.discount, charge.amount), ("ready", 0, 30.0))
        self.assertFalse(charge.is_included)

    def test_what_all_begin_with_may_be_given(self):
        session = self.open_session(state="draft", sheet_state="draft", is_included=False)
        self.assertEqual(session.state, "draft")

    def test_connections_by_a_context_are_followed(self):
        """What the context says of the session counts as if it were given."""
        lines = self.env["account.analytic.line"].with_user(self.user_manager)
        vals = {"service_start": "2026-03-02 10:00:00", "service_seconds": 1800}
        given, told = (self.create_session([("2026-03-02 09:00:00", 1800)]) for _number in "12")
        lines.create({"service_session_id": given.id, **vals})
        lines.with_context(default_service_session_id=told.id).create(vals)
        self.assertEqual((told.connected_seconds, told.amount_untaxed), (3600, 90.0))
        self.assertEqual(given.amount_untaxed, told.amount_untaxed)

    def test_what_closed_sessions_were_priced_by(self):
        session = self.create_session([("2026-03-02 09:00:00", 1800)])
        work_type = self.env["service.work.type"].create({"name": "Remote"})
        reason = self.env["service.reason"].create({"name": "Breach", "usage": "scope"})
        goodwill = self.env["service.reason"].create({"name": "Goodwill", "usage": "price"})
        other = self.create_customer("Other")
        for vals in (
            {"level_id": self.level_unlimited.id, "level_reason_id": goodwill.id},
            {"tz": "Indian/Reunion"},
            {"requested_at": "2026-01-01 09:00:00"},
            {"work_type_id": work_type.id},
            {"scope_reason_id": reason.id},
            {"channel": "phone"},
            {"research_seconds": 60},
            {"is_exceptional": True},
            {"is_off_contract": True},
            {"is_off_contract": False, "partner_id": other.id},
        ):
            with self.subTest(vals=vals):
                with self.assertRaisesRegex(AccessError, "[Oo]nly managers"):
                    session.write(vals)
                session.with_user(self.user_manager).write(vals)
        self.assertEqual(session.charge_ids.partner_id, other)
        draft = self.open_session()
        draft.write({"tz": "Indian/Reunion", "requested_at": "2026-01-01 09:00:00"})
        self.assertEqual(draft.tz, "Indian/Reunion")

    def test_a_closed_session_takes_no_contract_that_was_not_in_force(self):
        """Managers as well correct a closed session within what its closing allows."""
        contract = self.create_contract(start="2026-04-01")
        session = self.create_session([("2026-03-02 09:00:00", 1800)])
        manager = session.with_user(self.user_manager)
        with self.assertRaisesRegex(UserError, "is not in force"), self.env.cr.savepoint():
            manager.contract_id = contract
        self.assertFalse(session.contract_id)
        self.assertEqual(session.amount_untaxed, 30.0)

    def test_start_stop_and_another_workstation(self):
        session = self.open_session()
        with freeze_time(NOON) as clock:
            session.action_start()
            self.assertEqual(session.state, "running")
            self.assertTrue(session.is_my_timer_running)
            self.assertFalse(session.can_start)
            self.assertEqual(session.running_since, NOON)
            clock.tick(timedelta(minutes=10))
            session.action_start_workstation()
            clock.tick(timedelta(seconds=65))
            session.action_stop()
            self.assertEqual(session.state, "draft")
            self.assertEqual(session.connected_seconds, 665)
            session.action_start()
            clock.tick(timedelta(seconds=5))
            session.action_done()
        self.assertEqual(
            session.line_ids.sorted("id").mapped("service_workstation"),
            ["Workstation 1", "Workstation 2", "Workstation 2"],
        )
        self.assertEqual(session.line_ids.sorted("id").mapped("service_seconds"), [665, 65, 5])
        self.assertEqual(session.state, "done")
        self.assertEqual(session.stop, NOON + timedelta(seconds=670))

    def test_a_timer_stopped_at_once_counts_the_second_it_used(self):
        session = self.open_session()
        with freeze_time(NOON) as clock:
            session.action_start()
            session.action_stop()
            self.assertEqual(session.connected_seconds, 1)
            clock.tick(timedelta(seconds=1))
            session.action_start()
            clock.tick(timedelta(seconds=3))
            session.action_done()
        self.assertEqual(session.state, "done")
        self.assertEqual(session.line_ids.mapped("service_seconds"), [3, 1])

    def test_resumed_in_the_second_of_its_stop(self):
        """Start, stop and start again before the clock has moved: nothing overlaps."""
        session = self.open_session()
        with freeze_time(NOON) as clock:
            for _click in range(2):
                session.action_start()
                session.action_stop()
            clock.tick(timedelta(seconds=2))
            session.action_start()
            clock.tick(timedelta(seconds=3))
            session.action_done()
        self.assertEqual(session.line_ids.sorted("id").mapped("service_seconds"), [1, 1, 3])
        self.assertEqual(session.connected_seconds, 5)

    def test_no_connection_starts_in_the_future(self):
        with freeze_time(NOON):
            for minutes in (11, 60 * 24 * 365):
                start = NOON + timedelta(minutes=minutes)
                with self.subTest(minutes=minutes), self.env.cr.savepoint():
                    with self.assertRaisesRegex(ValidationError, "cannot start in the future"):
                        self.create_session([(start, 60)], done=False)
            session = self.create_session([(NOON + timedelta(minutes=10), 60)], done=False)
            with self.assertRaisesRegex(ValidationError, "cannot start in the future"):
                session.line_ids.write(
                    {
                        "service_start": NOON + timedelta(days=1),
                        "service_stop": NOON + timedelta(days=1, minutes=1),
                    }
                )

    def test_two_technicians_on_one_session(self):
        colleague = new_test_user(
            self.env,
            login="service_colleague",
            groups="service_contract.service_contract_group_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.env["hr.employee"].create(
            {"name": "Colleague", "user_id": colleague.id, "company_id": self.company.id}
        )
        session = self.open_session()
        with freeze_time(NOON) as clock:
            session.action_start()
            other = session.with_user(colleague)
            self.assertTrue(other.can_start)
            other.action_start()
            clock.tick(timedelta(seconds=60))
            other.action_stop()
            self.assertEqual(session.state, "running")
            other.action_done()
        self.assertEqual(session.state, "done")
        self.assertEqual(session.sudo().line_ids.mapped("service_seconds"), [60, 60])

    def test_forgotten_timer(self):
        session = self.open_session()
        with freeze_time(NOON):
            session.action_start()
        with freeze_time(NOON + timedelta(days=2)):
            for close in (session.action_stop, session.action_done):
                with self.assertRaisesRegex(ValidationError, "Type in when it really ended"):
                    close()
        session.line_ids.service_stop = NOON + timedelta(seconds=60)
        self.assertEqual(session.state, "draft")

    def test_transitions(self):
        session = self.create_session([(NOON, 60)])
        self.assertTrue(session.can_reopen and session.can_cancel)
        with self.assertRaisesRegex(UserError, "cannot become “Done”"):
            session.action_done()
        session.action_cancel()
        self.assertFalse(session.charge_ids)
        with self.assertRaisesRegex(UserError, "cannot become “Cancelled”"):
            session.action_cancel()
        with self.assertRaisesRegex(UserError, "reopen it before"):
            session.action_start()
        session.action_reopen()
        session.action_done()
        self.assertEqual(session.amount_untaxed, 30.0)
        with self.assertRaisesRegex(UserError, "reopen it before"):
            session.action_start()

    def test_closing_is_in_the_database_before_its_charges(self):
        """Of two who close at once the second meets the state, not a charge that exists."""
        session = self.create_session([(NOON, 60)], done=False)
        states = []

        def look(sessions):
            self.cr.execute("SELECT state FROM service_session WHERE id = %s", [session.id])
            states.append(self.cr.fetchone()[0])
            return self.env["service.charge"]

        with patch.object(type(session), "_sync_charges", look):
            session.action_done()
        self.assertEqual(states[-1], "done")

    def test_close_several_at_once(self):
        sessions = self.create_session([(NOON, 60)], done=False)
        sessions |= self.create_session([(NOON, 1801)], done=False)
        sessions.action_done()
        self.assertEqual(sessions.mapped("amount_untaxed"), [30.0, 60.0])

    def test_form_of_a_technician(self):
        form = Form(self.env["service.session"].with_user(self.user_technician))
        form.partner_id = self.customer
        with form.line_ids.new() as line:
            line.service_start = NOON
            line.service_seconds = 61
        session = form.save()
        self.assertEqual(session.user_id, self.user_technician)
        self.assertRegex(session.name, r"^SES/\d{4}/\d{5}$")
        self.assertEqual(session.line_ids.employee_id, self.employee)

    def test_form_of_other_roles(self):
        session = self.create_session([(NOON, 60)])
        for user in (self.user_sales, self.user_accountant, self.user_manager):
            with self.subTest(user=user.login):
                Form(session.with_user(user))


@tagged("post_install", "-at_install")
class TestSessionContract(SessionCommon):
    """Which contract a session belongs to (S09): never guessed."""

    def test_the_contract_of_the_local_date(self):
        contract = self.create_contract(start="2026-03-03")
        session = self.create_session([("2026-03-02 22:59:59", 60)], done=False)
        self.assertFalse(session.contract_id)
        session.line_ids.service_start = "2026-03-02 23:00:00"
        self.assertEqual(session.contract_id, contract)
        self.assertEqual(session.level_id, self.level_unlimited)

    def test_the_contract_of_the_customers_clock(self):
        self.customer.tz = "Indian/Reunion"
        contract = self.create_contract(start="2026-03-03")
        session = self.create_session([("2026-03-02 20:00:00", 60)], done=False)
        self.assertEqual(session.contract_id, contract)

    def test_contracts_that_price_no_session_do_not_count(self):
        self.create_contract(customer=self.customer, product=self.product_fibre_level())
        session = self.create_session([(NOON, 60)])
        self.assertFalse(session.contract_id or session.contract_warning)
        self.assertEqual(session.amount_untaxed, 30.0)

    def product_fibre_level(self):
        family = self.env["service.family"].create({"name": "Access"})
        level = self.create_level("Access", "per_intervention", family=family, tariff=False)
        return self.create_product("Access", 20.0, recurring=family, level=level)

    def test_several_equals_are_left_to_the_technician(self):
        contracts = self.create_contract() | self.create_contract()
        session = self.create_session([(NOON, 60)], done=False)
        self.assertFalse(session.contract_id)
        for contract in contracts:
            self.assertIn(contract.name, session.contract_warning)
        with self.assertRaisesRegex(UserError, "has several contracts in force"):
            session.action_done()
        session.contract_id = contracts[1]
        self.assertFalse(session.contract_warning)
        session.action_done()
        self.assertTrue(session.is_included)

    def test_outside_of_any_contract(self):
        self.create_contract()
        self.create_contract()
        session = self.create_session([(NOON, 60)], done=False)
        session.is_off_contract = True
        session.action_done()
        self.assertEqual(session.amount_untaxed, 30.0)

    def test_the_site_decides(self):
        site = self.create_customer("Site", parent_id=self.customer.id, is_company=False)
        self.create_contract()
        contract = self.create_contract(partner_shipping_id=site.id)
        session = self.create_session([(NOON, 60)], customer=site, done=False)
        self.assertEqual(session.contract_id, contract)

    def test_choice_is_kept(self):
        contracts = self.create_contract() | self.create_contract()
        session = self.create_session([(NOON, 60)], done=False, contract_id=contracts[0].id)
        session.line_ids.service_start = NOON - timedelta(hours=13)
        self.assertEqual(session.date, self.day("2026-03-01"))
        self.assertEqual(session.contract_id, contracts[0])

    def test_ended_contract(self):
        contract = self.create_contract()
        session = self.create_session([(NOON, 60)], done=False)
        contract._set_ended(self.day("2026-03-01"))
        self.assertIn("is not in force", session.contract_warning)
        with self.assertRaisesRegex(UserError, f"{contract.name} is not in force"):
            session.action_done()

    def test_contract_signed_before_closing(self):
        session = self.create_session([(NOON, 60)], done=False)
        contract = self.create_contract()
        session.action_done()
        self.assertEqual(session.contract_id, contract)
        self.assertTrue(session.is_included)


@tagged("post_install", "-at_install")
class TestSessionCharges(SessionCommon):
    """From the closing to the invoice and back."""

    def test_party_and_texts(self):
        self.create_contract(partner_invoice_id=self.create_customer("Payer").id)
        session = self.create_session([(NOON, 60)])
        charge = session.charge_ids
        self.assertEqual(charge.partner_invoice_id.name, "Payer")
        self.assertEqual(charge.contract_id, session.contract_id)
        self.assertEqual(charge.billing_date, self.day("2026-03-02"))
        self.assertIn(session.name, charge.name)

    def test_corrections_make_charges_anew(self):
        session = self.create_session([(NOON, 60)])
        session.line_ids.service_seconds = HALF_HOUR + 1
        self.assertEqual(session.amount_untaxed, 60.0)
        self.assertEqual(set(session.charge_ids.mapped("revision")), {0})
        session.with_user(self.user_manager).is_off_contract = True
        self.assertEqual(session.amount_untaxed, 60.0)
        with self.assertRaisesRegex(UserError, "no second of connection"):
            session.line_ids.unlink()

    def test_decisions_outlive_a_correction(self):
        reason = self.env["service.reason"].create({"name": "Goodwill", "usage": "waive"})
        session = self.create_session([(NOON, 60)])
        session.sudo().charge_ids.write({"is_waived": True, "reason_id": reason.id})
        session.line_ids.service_seconds = HALF_HOUR + 1
        self.assertEqual(session.billing_state, "waived")
        self.assertEqual(session.charge_ids.reason_id, reason)
        self.assertEqual(len(session.charge_ids), 2)
        self.assertEqual(session.amount_untaxed, 0)
        for refused in (session.action_reopen, session.action_cancel):
            with self.assertRaisesRegex(UserError, "Ask a manager"):
                refused()
        session.with_user(self.user_manager).action_reopen()
        self.assertEqual(session.state, "draft")

    def test_decision_on_a_component_stays_there(self):
        """What is waived of a session does not waive the rest when a connection is corrected."""
        session = self.create_session([(NOON, HALF_HOUR + 1)])
        self.assertEqual(session.amount_untaxed, 60.0)
        charges = session.sudo().charge_ids
        self.waive(charges.filtered(lambda charge: charge.component == "first_block"))
        session.line_ids.service_seconds = 2 * HALF_HOUR + 1
        states = {charge.component: charge.state for charge in session.charge_ids}
        self.assertEqual(states, {"first_block": "waived", "next_blocks": "ready"})
        self.assertEqual(session.amount_untaxed, 60.0)

    def test_billed_session_is_locked(self):
        session = self.create_session([(NOON, 60)])
        move = self.invoice(session)
        self.assertEqual(session.billing_state, "invoiced")
        self.assertTrue(session.is_billed)
        self.assertFalse(session.can_reopen or session.can_cancel)
        for refused in (session.action_reopen, session.action_cancel):
            with self.assertRaisesRegex(UserError, f"{session.name} is billed on"):
                refused()
        for vals in ({"is_off_contract": True}, {"channel": "phone"}, {"tz": "Asia/Tokyo"}):
            with self.assertRaisesRegex(UserError, "is billed on"):
                session.write(vals)
        with self.assertRaisesRegex(UserError, "is billed on"):
            self.create_line(session)
        move.unlink()
        session.action_reopen()
        self.assertFalse(session.charge_ids)

    def create_line(self, session):
        return self.env["account.analytic.line"].create(
            {
                "service_session_id": session.id,
                "service_start": NOON + timedelta(hours=1),
                "service_seconds": 60,
            }
        )

    def test_credited_session_gets_a_new_revision(self):
        session = self.create_session([(NOON, 60)])
        move = self.invoice(session, post=True)
        move._reverse_moves([{"invoice_date": move.invoice_date}], cancel=True)
        self.assertFalse(session.is_billed)
        session.action_reopen()
        session.line_ids.service_seconds = HALF_HOUR + 1
        session.action_done()
        found = session.charge_ids.sorted("id").mapped(
            lambda charge: (charge.revision, charge.state)
        )
        self.assertEqual(found, [(0, "waived"), (1, "ready"), (1, "ready")])
        self.assertEqual(session.amount_untaxed, 60.0)

    def credit_for_good(self, session):
        """Credit the session's invoice with “Nothing more is owed”."""
        move = self.invoice(session, post=True)
        wizard = self.env["account.move.reversal"].with_user(self.user_accountant)
        wizard = wizard.with_context(active_model="account.move", active_ids=move.ids)
        vals = {"journal_id": move.journal_id.id, "service_after_credit": "waived"}
        wizard.create({**vals, "date": move.invoice_date}).refund_moves()
        (move.reversal_move_ids).action_post()

    def waive_what_was_credited(self, session):
        """Credit the session's invoice without a decision, then waive by the button."""
        move = self.invoice(session, post=True)
        move._reverse_moves([{"invoice_date": move.invoice_date}], cancel=True)
        self.assertEqual(session.charge_ids.state, "credited")
        self.waive(session.charge_ids.with_user(self.user_accountant))

    def test_a_correction_owes_nothing_anew_of_what_a_credit_settled(self):
        """Whoever corrects what: the session has to be reopened, or owed again."""
        for settle in (self.credit_for_good, self.waive_what_was_credited):
            session = self.create_session([(NOON, 60, settle.__name__)])
            settle(session)
            manager = session.with_user(self.user_manager)
            reason = self.env["service.reason"].create({"name": "Agreed", "usage": "price"})
            for change in (
                lambda line=session.line_ids: line.write({"service_seconds": HALF_HOUR + 1}),
                lambda line=manager.line_ids: line.write({"service_seconds": HALF_HOUR + 1}),
                lambda session=manager: session.write({"is_off_contract": True}),
                lambda session=manager, reason=reason: session._set_override(5.0, reason),
            ):
                with (
                    self.subTest(settle=settle),
                    self.assertRaisesRegex(UserError, "nothing more is owed"),
                    self.env.cr.savepoint(),
                ):
                    change()
            self.assertEqual(session.charge_ids.mapped("state"), ["waived"])
            session.charge_ids.with_user(self.user_accountant).action_owe()
            session.line_ids.service_seconds = HALF_HOUR + 1
            self.assertEqual(session.amount_untaxed, 60.0)

    def test_credited_without_a_decision_is_not_shown_as_waived(self):
        session = self.create_session([(NOON, 60)])
        move = self.invoice(session, post=True)
        move._reverse_moves([{"invoice_date": move.invoice_date}], cancel=True)
        self.assertEqual(session.billing_state, "credited")
        self.waive(session.charge_ids.with_user(self.user_accountant))
        self.assertEqual(session.billing_state, "waived")

    def test_its_own_page_says_what_is_waived_and_why(self):
        reason = self.env["service.reason"].create({"name": "Goodwill", "usage": "waive"})
        session = self.create_session([(NOON, HALF_HOUR + 1)])
        self.assertNotIn("Waived", session.price_explanation)
        charges = session.sudo().charge_ids
        self.waive(charges[0])
        self.assertRegex(session.price_explanation, "Waived: 30.00.*€ of it is not owed")
        self.waive(charges)
        charges.reason_id = reason
        for words in ("Waived: nothing is owed", "Reason: Goodwill"):
            self.assertIn(words, session.price_explanation)
        charges.action_owe()
        self.assertNotIn("Waived", session.price_explanation)
        credited = self.create_session([(NOON, 60, "PC 2")])
        self.credit_for_good(credited)
        self.assertIn("Credited: nothing more is owed", credited.price_explanation)

    def assertManagersReopen(self, session):
        """Only a manager's reopening lets what was settled be charged again."""
        for refused in (session.action_reopen, session.action_cancel):
            with self.assertRaisesRegex(UserError, "Ask a manager"):
                refused()
        session.with_user(self.user_manager).action_reopen()
        session.action_done()
        self.assertEqual(session.charge_ids.sorted("revision").mapped("state"), ["waived", "ready"])

    def test_what_was_credited_and_waived_is_reopened_by_managers(self):
        session = self.create_session([(NOON, 60)])
        self.waive_what_was_credited(session)
        self.assertManagersReopen(session)

    def test_settled_by_credit_is_reopened_by_managers(self):
        """What was credited with “Nothing more is owed” is not billed again by a technician."""
        session = self.create_session([(NOON, 60)])
        self.credit_for_good(session)
        self.assertEqual(session.charge_ids.state, "waived")
        self.assertManagersReopen(session)

    def test_delete(self):
        used = self.create_session([(NOON, 60)])
        with self.assertRaisesRegex(UserError, "is kept. Cancel it instead"):
            used.with_user(self.user_manager).unlink()
        with self.assertRaises(AccessError):
            self.open_session().unlink()
        self.open_session().with_user(self.user_manager).unlink()

    def test_technicians_make_no_charges_by_hand(self):
        charge = self.create_session([(NOON, 60)]).charge_ids
        with self.assertRaises(AccessError):
            charge.price_unit = 1
        with self.assertRaises(AccessError):
            charge.copy()

    def test_others_do_not_close(self):
        session = self.create_session([(NOON, 60)], done=False)
        for user in (self.user_sales, self.user_accountant, self.user_portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                session.with_user(user).action_done()

    def test_sync_does_not_ask_more_for_more(self):
        self.create_contract()
        other = self.create_customer("Without contract")

        def close(count):
            sessions = self.env["service.session"]
            for number in range(count):
                start = NOON + timedelta(hours=number)
                sessions |= self.create_session([(start, 60)], done=False)
                sessions |= self.create_session([(start, 60)], customer=other, done=False)
            sessions.action_done()
            return self.count_queries(sessions._sync_charges)

        close(1)
        few, many = close(2), close(8)
        self.assertLessEqual(many, few)


@tagged("post_install", "-at_install")
class TestSessionAnnex(SessionCommon):
    """The connection details that go with the invoice (S29)."""

    def rows(self, move):
        return [
            (row.session.id, row.amount, row.included_amount)
            for row in self.env["service.session"]._get_annex_rows(move)
        ]

    def test_rows_of_billed_and_included_sessions(self):
        contract = self.create_contract()
        billed_type = self.env["service.work.type"].create({"name": "Travel"})
        self.env["service.scope.rule"].create(
            {
                "level_id": self.level_unlimited.id,
                "work_type_id": billed_type.id,
                "effect": "billed",
            }
        )
        remote = self.env["service.work.type"].create({"name": "Remote"})
        included = self.create_session([(NOON, 60)], work_type_id=remote.id)
        billed = self.create_session(
            [(NOON + timedelta(hours=2), HALF_HOUR + 1, "PC")], work_type_id=billed_type.id
        )
        later = self.create_session([(NOON + timedelta(days=40), 60)], work_type_id=remote.id)
        first = self.invoice(billed)
        self.assertEqual(self.rows(first), [(included.id, 0, 30.0), (billed.id, 60.0, 0)])
        row = self.env["service.session"]._get_annex_rows(first)[1]
        self.assertEqual((row.start, row.stop, row.duration), ("14:00:00", "14:30:01", "0:30:01"))
        self.assertEqual((row.technicians, row.workstations), ("Technician", "PC"))
        self.assertEqual(row.sentences, billed.charge_ids[0]._explain())
        second_billed = self.create_session(
            [(NOON + timedelta(days=41), 60)], work_type_id=billed_type.id
        )
        second = self.invoice(second_billed)
        second.invoice_date = "2026-04-30"
        self.assertEqual(self.rows(second), [(later.id, 0, 30.0), (second_billed.id, 30.0, 0)])
        self.assertEqual(contract, second.invoice_line_ids.service_charge_id.contract_id)

    def test_tax_included_rows(self):
        level = self.create_level(
            "2CLICKS",
            "per_intervention",
            first=self.product_block_incl,
            following=self.product_next_incl,
        )
        self.company.service_default_level_id = level
        session = self.create_session([(NOON, 65 * 60)])
        (row,) = self.env["service.session"]._get_annex_rows(self.invoice(session))
        self.assertTrue(row.is_tax_included)
        self.assertAlmostEqual(row.amount, 70.0)

    def test_workstations_stand_in_the_order_of_the_explanation(self):
        session = self.create_session([(NOON, 60, "PC1"), (NOON, 60, "PC2")])
        (row,) = self.env["service.session"]._get_annex_rows(self.invoice(session))
        self.assertEqual(row.workstations, "PC1, PC2")
        listed = [line.workstation for line in session._get_sheet_connections()]
        self.assertEqual(listed, ["PC1", "PC2"])

    def test_page_of_the_invoice(self):
        session = self.create_session([(NOON, 65 * 60, "Reception PC")])
        move = self.invoice(session)
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("account.account_invoices", move.ids)[0]
            .decode()
        )
        for words in ("o_service_session_annex", "Reception PC", session.name, "1:05:00"):
            self.assertIn(words, html)
        plain = self.init_invoice("out_invoice", products=self.product_fee)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "account.account_invoices", plain.ids
        )
        self.assertNotIn("o_service_session_annex", html[0].decode())

    def test_intervention_sheet(self):
        session = self.create_session([(NOON, 65, "Reception PC")], request="The printer is mute")
        report = self.env["ir.actions.report"].with_user(self.user_technician)
        html = report._render_qweb_html(
            "service_contract.service_session_sheet_report", session.ids
        )[0].decode()
        for words in ("The printer is mute", "Reception PC", "0:01:05", "Europe/Paris"):
            self.assertIn(words, html)
