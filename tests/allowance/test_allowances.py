from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.service_contract.models.allowance.allowance_book import AllowanceBook
from odoo.addons.service_contract.tools.allowances import Carry, grants
from odoo.addons.service_contract.tools.periods import Period

from .common import AllowanceCommon

HALF_HOUR, HOUR = 1800, 3600


@tagged("post_install", "-at_install")
class TestIncludedTime(AllowanceCommon):
    """Time that a level grants for each period of its contracts."""

    def test_activation_grants_the_periods_that_have_begun(self):
        contract = self.contract("2026-01-31", today="2026-03-05")
        self.assertEqual(
            self.granted(contract),
            [("2026-01-31", "2026-02-27", HOUR), ("2026-02-28", "2026-03-30", HOUR)],
        )

    def test_the_daily_job_grants_each_period_once(self):
        contract = self.contract("2026-01-31")
        for today, count in [("2026-02-27", 1), ("2026-02-28", 2), ("2026-02-28", 2)]:
            with self.subTest(today), freeze_time(f"{today} 12:00:00"):
                self.run_cron("service_contract.service_allowance_cron")
                self.assertEqual(len(self.granted(contract)), count)
        with freeze_time("2026-05-10 12:00:00"):
            self.run_cron("service_contract.service_allowance_cron")
        self.assertEqual(
            [start for start, *_ in self.granted(contract)],
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"],
        )

    def test_29_february(self):
        contract = self.contract("2028-02-29", today="2028-03-29")
        self.assertEqual(
            self.granted(contract),
            [("2028-02-29", "2028-03-28", HOUR), ("2028-03-29", "2028-04-28", HOUR)],
        )

    def test_a_part_of_a_period_is_prorated(self):
        contract = self.contract("2026-03-17", anchor_date="2026-03-01")
        self.assertEqual(self.granted(contract), [("2026-03-17", "2026-03-31", 29 * 60)])

    def test_what_is_left_lapses_or_is_carried_over(self):
        cases = [
            ("none", "2026-04-02", "2026-03-31"),
            ("next", "2026-04-02", "2026-04-30"),
            ("unlimited", "2026-04-02", "False"),
        ]
        for number, (carry, day, last) in enumerate(cases):
            with self.subTest(carry):
                self.level_hours.allowance_carry = carry
                customer = self.create_customer(f"Carry {carry}")
                contract = self.contract(customer=customer)
                with freeze_time(f"{day} 12:00:00"):
                    self.run_cron("service_contract.service_allowance_cron")
                self.assertEqual(self.granted(contract)[0][1], last)
                session = self.session(2 * HOUR, day, 10 + number, customer=customer)
                drawn = 1 if carry == "none" else 2
                self.assertEqual(-sum(session.allowance_ids.mapped("seconds")), drawn * HOUR)
                self.assertEqual(session.amount_untaxed, 60.0 * (2 - drawn))

    def test_what_ends_first_is_drawn_first(self):
        self.level_hours.allowance_carry = "next"
        contract = self.contract(today="2026-04-02")
        session = self.session(90 * 60, "2026-04-02")
        drawn = {str(use.source_id.date): -use.seconds for use in session.allowance_ids}
        self.assertEqual(drawn, {"2026-03-01": HOUR, "2026-04-01": HALF_HOUR})
        grants = contract.allowance_ids.filtered("period_start")
        self.assertEqual(
            {str(grant.date): grant.left_seconds for grant in grants},
            {"2026-03-01": 0, "2026-04-01": HALF_HOUR},
        )

    def test_blocks_are_counted_by_the_tariff(self):
        self.level_hours.write({"allowance_quantity": 3, "allowance_unit": "blocks"})
        self.assertEqual(self.granted(self.contract())[0][2], 3 * HALF_HOUR)

    def test_blocks_where_the_tariff_is_younger_than_the_contract(self):
        """Each period by the tariff at its start, else by the first within it."""
        self.level_hours.write({"allowance_quantity": 2, "allowance_unit": "blocks"})
        self.level_hours.tariff_ids.date_from = "2026-03-20"
        contract = self.contract("2025-12-01", today="2026-02-10")
        self.assertEqual(self.granted(contract), [])
        self.assertFalse(contract.allowance_until, "what was not granted is tried again")
        self.create_tariff(self.level_hours, date_from="2026-04-15", block_minutes=15)
        with freeze_time("2026-03-20 12:00:00"):
            self.run_cron("service_contract.service_allowance_cron")
        self.assertEqual(self.granted(contract), [("2026-03-01", "2026-03-31", HOUR)])
        with freeze_time("2026-05-02 12:00:00"):
            self.session(60, "2026-05-02", contract_id=contract.id)
        self.assertEqual(
            [(start, seconds) for start, _until, seconds in self.granted(contract)],
            [("2026-03-01", HOUR), ("2026-04-01", HOUR), ("2026-05-01", HALF_HOUR)],
        )

    def test_blocks_of_a_contract_activated_late(self):
        self.level_hours.write({"allowance_quantity": 2, "allowance_unit": "blocks"})
        self.level_hours.tariff_ids.date_from = "2026-01-10"
        contract = self.contract("2025-11-01", today="2026-02-05")
        starts = [start for start, *_ in self.granted(contract)]
        self.assertEqual(starts, ["2026-01-01", "2026-02-01"])

    def test_quarters_and_years_are_the_contracts(self):
        for months, last in [("3", "2026-05-27"), ("12", "2027-02-27")]:
            with self.subTest(months):
                self.level_hours.allowance_period = months
                customer = self.create_customer(f"Every {months}")
                contract = self.contract("2026-02-28", customer=customer)
                self.assertEqual(self.granted(contract)[0][:2], ("2026-02-28", last))

    def test_another_period_grants_no_day_twice(self):
        contract = self.contract("2026-01-01", today="2026-03-05")
        self.level_hours.allowance_period = "3"
        with freeze_time("2026-04-01 12:00:00"):
            self.run_cron("service_contract.service_allowance_cron")
        self.session(60, "2026-02-10")
        starts = [start for start, *_ in self.granted(contract)]
        self.assertEqual(starts, ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"])

    def test_a_session_grants_its_own_period(self):
        """The daily job has not run yet."""
        contract = self.contract()
        session = self.session(HOUR, "2026-04-15")
        self.assertEqual(len(self.granted(contract)), 2)
        self.assertEqual(session.allowance_ids.source_id.date, date(2026, 4, 1))

    def test_a_level_without_included_time_grants_none(self):
        contract = self.create_contract()
        self.assertFalse(contract.allowance_ids)
        self.assertFalse(contract.has_allowance)

    @mute_logger("odoo.sql_db")
    def test_the_database_grants_a_period_once(self):
        entry = self.contract().allowance_ids
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            entry.sudo().copy({"period_start": "2026-03-31", "period_last": "2026-04-30"})

    def test_pure_grants_for_every_day(self):
        """Whatever the anchor, periods tile the days, and a whole period is granted in full."""
        for anchor in (date(2026, 1, 31), date(2024, 2, 29), date(2026, 12, 1)):
            for months in (1, 3, 12):
                served = Period(anchor, date(2030, 1, 1))
                made = list(grants(anchor, months, HOUR, Carry.NONE, served, served))
                for earlier, later in zip(made, made[1:], strict=False):
                    self.assertEqual(earlier.period.end, later.period.start)
                    self.assertEqual(earlier.seconds, HOUR)


@tagged("post_install", "-at_install")
class TestDrawing(AllowanceCommon):
    """What closing a session draws, and what reopening gives back."""

    def test_s05_a_drawn_session_is_included_and_explained(self):
        self.contract()
        session = self.session(HOUR)
        charge = session.charge_ids
        self.assertEqual((charge.state, charge.included_amount), ("included", 60.0))
        self.assertEqual((session.is_included, session.billed_minutes), (True, 0))
        sentences = charge._explain()
        self.assertIn("Blocks: 2 drawn from the included time.", sentences)
        self.assertIn("Included time: 1:00:00 drawn, 0:00:00 left.", sentences)
        self.assertIn("Drawn from the allowance: nothing is owed", sentences[-1])

    def test_included_time_goes_before_prepaid_time(self):
        self.contract()
        self.prepay(HALF_HOUR)
        session = self.session(4 * HALF_HOUR)
        self.assertEqual(session.amount_untaxed, 30.0)
        self.assertEqual(session.billed_minutes, 30)
        sentences = session.charge_ids._explain()
        self.assertIn("Prepaid time: 0:30:00 drawn, 0:00:00 left.", sentences)
        self.assertIn(
            "Blocks: 2 drawn from the included time, 1 drawn from the prepaid time, 1 billed.",
            sentences,
        )

    def test_whole_blocks_only(self):
        self.prepay(HALF_HOUR + 60)
        session = self.session(HOUR)
        self.assertEqual(session.amount_untaxed, 30.0)
        self.assertEqual(session.allowance_ids.seconds, -HALF_HOUR)
        self.assertEqual(session.allowance_ids.source_id.left_seconds, 60)

    def test_reopening_and_cancelling_give_back(self):
        grant = self.prepay(HOUR)
        session = self.session(HOUR)
        self.assertEqual(grant.left_seconds, 0)
        session.action_reopen()
        self.assertEqual(grant.left_seconds, HOUR)
        session.action_done()
        self.assertEqual(grant.left_seconds, 0)
        session.action_cancel()
        self.assertEqual(grant.left_seconds, HOUR)

    def test_another_time_draws_anew(self):
        grant = self.prepay(HOUR)
        session = self.session(HOUR)
        session.line_ids.service_stop = "2026-03-02 11:10:00"
        self.assertEqual((grant.left_seconds, len(session.allowance_ids)), (HALF_HOUR, 1))

    def test_the_preview_is_the_price(self):
        self.prepay(HOUR)
        session = self.session(HOUR, done=False)
        preview = session.price_explanation
        self.assertIn("Prepaid time: 1:00:00 drawn, 0:00:00 left.", preview)
        self.assertFalse(session.allowance_ids)
        session.action_done()
        self.assertEqual(session.price_explanation, preview)

    def test_sessions_closed_together_draw_once(self):
        grant = self.prepay(HOUR)
        sessions = self.session(HALF_HOUR, number=1, done=False)
        for number, day in [(2, "2026-03-03"), (3, "2026-03-04")]:
            sessions |= self.session(HALF_HOUR, day, number, done=False)
        sessions.action_done()
        self.assertEqual(grant.left_seconds, 0)
        self.assertEqual(sum(sessions.mapped("amount_untaxed")), 30.0)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_more_than_there_is(self):
        grant = self.prepay(HALF_HOUR)
        session = self.session(HOUR, done=False)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.ledger.create(grant._prepare_use_vals(session, HOUR))
            self.env.flush_all()

    def test_whose_time_it_is(self):
        other = self.create_customer("Other")
        contract = self.create_contract(customer=other)
        cases = [
            ({"date": "2026-03-03"}, 30.0),
            ({"date_until": "2026-03-01"}, 30.0),
            ({"date_until": "2026-03-02"}, 0.0),
            ({"partner_id": other.id}, 30.0),
            ({"partner_id": other.id, "contract_id": contract.id}, 30.0),
        ]
        for number, (vals, amount) in enumerate(cases):
            with self.subTest(vals):
                grant = self.prepay(HALF_HOUR, **vals)
                session = self.session(HALF_HOUR, number=number)
                self.assertEqual(session.amount_untaxed, amount)
                session.action_cancel()
                grant.unlink()

    def test_a_contact_draws_from_its_company(self):
        self.prepay(HALF_HOUR)
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        self.assertEqual(self.session(60, customer=contact).amount_untaxed, 0.0)

    def test_the_surcharge_of_drawn_blocks_is_owed(self):
        self.level.window_ids = [Command.create({"day": "0", "hour_from": 8, "hour_to": 12})]
        self.level.tariff_ids.write({"surcharge_mode": "percent", "surcharge_percent": 50})
        self.prepay(2 * HOUR)
        session = self.session(HOUR)
        components = session.charge_ids.mapped("component")
        self.assertEqual(components, ["after_hours_first", "after_hours_next"])
        self.assertEqual(session.amount_untaxed, 30.0)

    def test_queries_do_not_grow_with_the_sessions(self):
        def draw(sessions):
            book = AllowanceBook(self.env, sessions)
            for session in sessions:
                book.get_allowance(session)

        def close(numbers):
            sessions = self.env["service.session"]
            for number in numbers:
                sessions |= self.session(60, f"2026-03-{number:02}", number, done=False)
            return self.count_queries(lambda: draw(sessions))

        self.prepay(100 * HOUR)
        close([1])
        self.assertLessEqual(close(range(2, 12)), close([12]))


@tagged("post_install", "-at_install")
class TestPrepaidTime(AllowanceCommon):
    """A block of hours is a product on a quotation."""

    def test_confirming_the_order_enters_the_time(self):
        order = self.sold(2)
        entry = order.order_line.service_allowance_ids.sudo()
        self.assertEqual(
            (entry.kind, entry.seconds, entry.note), ("prepaid", 20 * HOUR, order.name)
        )
        session = self.session(HOUR)
        self.assertEqual(entry.left_seconds, 19 * HOUR)
        self.assertTrue(session.is_included)

    def test_the_order_itself_invoices_it(self):
        order = self.sold()
        self.assertEqual(order.order_line.qty_to_invoice, 1)
        self.assertFalse(order.service_contract_ids)

    def test_cancelling_takes_back_what_is_not_used(self):
        order = self.sold()
        order.action_cancel()
        self.assertFalse(order.order_line.service_allowance_ids)
        order.action_draft()
        order.action_confirm()
        self.assertEqual(order.order_line.service_allowance_ids.seconds, 10 * HOUR)

    def test_cancelling_refuses_what_is_used(self):
        order = self.sold()
        session = self.session(HOUR)
        with self.assertRaisesRegex(UserError, f"{order.name}.*1:00:00.*Reopen"):
            order.action_cancel()
        session.action_cancel()
        order.action_cancel()

    def test_the_quantity_of_a_confirmed_order(self):
        order = self.sold(2)
        self.session(11 * HOUR)
        entry = order.order_line.service_allowance_ids.sudo()
        order.order_line.product_uom_qty = 3
        self.assertEqual(entry.seconds, 30 * HOUR)
        with self.assertRaisesRegex(UserError, "11:00:00"):
            order.order_line.product_uom_qty = 1

    def test_a_recurring_product_has_no_prepaid_hours(self):
        with self.assertRaisesRegex(ValidationError, "not recurring"):
            self.product_support.service_prepaid_hours = 1

    def test_the_rest_is_shown(self):
        self.sold()
        contract = self.contract(today="2026-03-02")
        with freeze_time("2026-03-10 12:00:00"):
            self.session(4 * HALF_HOUR)
            contract = contract.with_user(self.user_technician)
            self.env.invalidate_all()
            self.assertEqual((contract.included_left, contract.prepaid_left), (0.0, 9.0))
            self.assertEqual(contract.time_left, "0:00:00 included, 9:00:00 prepaid")
            customer = self.customer.with_user(self.user_sales).with_company(self.company)
            self.assertEqual(customer.service_allowance_left, 9.0)

    def test_a_warning_once_when_the_rest_is_small(self):
        self.company.service_prepaid_alert_hours = 2
        contract = self.create_contract(product=self.product_hours_free())
        contract.user_id = self.user_manager
        self.prepay(4 * HOUR)
        with freeze_time("2026-03-05 12:00:00"):
            for number, (seconds, count) in enumerate([(HOUR, 0), (HOUR, 1), (HOUR, 1)]):
                self.session(seconds, f"2026-03-0{number + 2}", number)
                activities = contract.activity_ids
                self.assertEqual(len(activities), count)
        self.assertEqual(activities.user_id, self.user_manager)
        self.assertIn("2:00:00", activities.note)

    def get_warnings(self):
        return self.customer.activity_ids

    def test_a_crossing_is_told_once(self):
        """Not again by corrections, nor by closing again; a rest that grew may be told again."""
        self.company.service_prepaid_alert_hours = 2
        grant = self.prepay(4 * HOUR)
        with freeze_time("2026-03-05 12:00:00"):
            sessions = self.session(HOUR, number=1, done=False)
            sessions |= self.session(HOUR, number=2, done=False)
            sessions |= self.session(HALF_HOUR, number=3, done=False)
            sessions.action_done()
            self.assertEqual(len(self.get_warnings()), 1, "three sessions, one crossing")
            warning = self.get_warnings()
            warning.action_feedback()
            sessions[2].line_ids.service_seconds = HOUR
            self.assertFalse(self.get_warnings(), "corrected below the limit")
            for _time in range(2):
                sessions[0].action_reopen()
                sessions[1].action_reopen()
                (sessions[0] | sessions[1]).action_done()
                self.assertEqual(len(self.get_warnings()), 1)
            self.get_warnings().action_feedback()
            grant.seconds = 6 * HOUR
            self.session(HOUR, number=4)
            self.assertEqual(len(self.get_warnings()), 1, "the rest had grown")

    def test_many_warnings_ask_no_more_than_few(self):
        """Whose rest came to the limit is found at once: a warning costs its activity alone."""
        self.company.service_prepaid_alert_hours = 1

        def warn(count):
            sessions = self.env["service.session"].sudo()
            for number in range(count):
                customer = self.create_customer(f"{count} customers, {number}")
                self.prepay(2 * HOUR, partner_id=customer.id)
                sessions |= self.session(HOUR, number=number, customer=customer).sudo()
            customers = sessions.commercial_partner_id
            customers.activity_ids.unlink()
            before = {(customer, self.company): 2 * HOUR for customer in customers}
            self.env.flush_all()
            self.env.invalidate_all()
            queries = self.cr.sql_log_count
            sessions._warn_of_prepaid_rest(before)
            self.env.flush_all()
            self.assertEqual(len(customers.activity_ids), count)
            return self.cr.sql_log_count - queries

        with freeze_time("2026-03-20 12:00:00"):
            warn(1)
            few, many = warn(2), warn(8)
            self.assertLessEqual(many - few, (8 - 2) * 6)

    def test_names(self):
        entries = self.env["service.allowance"]
        self.assertEqual(entries.new({"kind": "prepaid"}).display_name, "Prepaid")
        self.assertEqual(self.prepay(HOUR).display_name, "Prepaid · 1:00:00 · Customer A")

    def product_hours_free(self):
        return self.create_product("Plain", 5.0, recurring=self.family, level=self.level)


@tagged("post_install", "-at_install")
class TestTakenBack(AllowanceCommon):
    """What the end of a contract takes out of the ledger, and what giving it up brings back."""

    def end(self, contract, last_day):
        contract.sudo().date_end = last_day

    def ledger_of(self, contract):
        self.env.flush_all()
        self.env.invalidate_all()
        entries = contract.sudo().allowance_ids.sorted(lambda entry: (entry.date, entry.seconds))
        return [(str(entry.date), entry.seconds, entry.left_seconds) for entry in entries]

    def test_shortened(self):
        """March ends half-way through; April, granted ahead, is over before it begins."""
        contract = self.contract(today="2026-04-02")
        before = self.ledger_of(contract)
        self.end(contract, "2026-03-16")
        self.assertEqual(
            self.ledger_of(contract),
            [
                ("2026-03-01", -30 * 60, 0),
                ("2026-03-01", HOUR, HALF_HOUR),
                ("2026-04-01", -HOUR, 0),
                ("2026-04-01", HOUR, 0),
            ],
        )
        self.end(contract, "2026-04-30")
        self.assertEqual(self.ledger_of(contract), before)
        self.end(contract, "2026-03-31")
        self.end(contract, False)
        self.assertEqual(self.ledger_of(contract), before)

    def test_what_was_drawn_stays(self):
        contract = self.contract()
        session = self.session(HOUR)
        self.end(contract, "2026-03-16")
        self.assertEqual(sum(contract.allowance_ids.mapped("left_seconds")), 0)
        self.assertEqual(session.charge_ids.state, "included")
        self.assertFalse(
            contract.allowance_ids.filtered(lambda entry: entry.source_id and not entry.session_id)
        )

    def test_a_session_that_is_opened_again_has_the_rest_only(self):
        contract = self.contract()
        session = self.session(HOUR)
        self.end(contract, "2026-03-16")
        session.action_reopen()
        session.action_done()
        drawn = session.allowance_ids
        self.assertEqual(-sum(drawn.mapped("seconds")), HALF_HOUR)
        self.assertEqual(session.amount_untaxed, 30.0)

    def test_withdrawn_termination_gives_it_back_exactly(self):
        for last_day in ("2026-03-10", "2026-03-31", "2026-04-15"):
            with self.subTest(last_day), freeze_time("2026-03-05 12:00:00"):
                customer = self.create_customer(f"Ends {last_day}")
                contract = self.contract(customer=customer)
                self.session(HALF_HOUR, number=int(last_day[-2:]), customer=customer)
                before = self.ledger_of(contract)
                simulations = self.env["service.exit.simulation"].with_user(self.user_manager)
                simulations.create(
                    {
                        "contract_id": contract.id,
                        "received_date": "2026-03-05",
                        "wished_date": last_day,
                        "residual_percent": 0,
                        "reason_id": self.env.ref("service_contract.service_reason_exit_notice").id,
                    }
                ).action_confirm()
                contract._make_allowances(date(2026, 4, 5))
                served = 2 if last_day > "2026-04" else 1
                grants = contract.allowance_ids.filtered("period_start")
                self.assertEqual(len(grants), served)
                contract.termination_ids.with_user(self.user_manager).action_withdraw()
                contract._make_allowances(date(2026, 3, 5))
                found = [entry for entry in self.ledger_of(contract) if entry[0] < "2026-04"]
                self.assertEqual(found, before)
                contract._make_allowances(date(2026, 4, 5))
                self.assertEqual(self.ledger_of(contract)[-1], ("2026-04-01", HOUR, HOUR))

    def test_cancelled_contracts_keep_none(self):
        contract = self.contract()
        before = self.ledger_of(contract)
        contract.with_user(self.user_manager).action_cancel()
        self.assertEqual(sum(contract.allowance_ids.mapped("left_seconds")), 0)
        contract.action_draft()
        with freeze_time("2026-03-01 12:00:00"):
            contract.action_activate()
        self.assertEqual(self.ledger_of(contract), before)

    def test_others_do_not_touch_what_was_taken_back(self):
        contract = self.contract()
        self.end(contract, "2026-03-16")
        entry = contract.allowance_ids.filtered("source_id").with_user(self.user_manager)
        with self.assertRaisesRegex(UserError, "follows it"):
            entry.unlink()


@tagged("post_install", "-at_install")
class TestRights(AllowanceCommon):
    def test_a_manager_adds_time_by_hand(self):
        entry = self.env["service.allowance"].with_user(self.user_manager)
        entry = entry.create({"partner_id": self.customer.id, "hours": 1.5, "note": "Goodwill"})
        self.assertEqual((entry.seconds, entry.left_seconds), (5400, 5400))
        entry.hours = 1
        self.assertEqual(entry.left_seconds, HOUR)
        entry.unlink()

    def test_others_read_only(self):
        entry = self.prepay(HOUR)
        for user in (self.user_technician, self.user_sales, self.user_accountant):
            with self.subTest(user.login):
                self.assertEqual(entry.with_user(user).left_seconds, HOUR)
                with self.assertRaises(AccessError):
                    entry.with_user(user).hours = 2
                with self.assertRaises(AccessError):
                    entry.with_user(user).copy()

    def test_what_others_entered_is_not_changed_by_hand(self):
        order = self.sold()
        session = self.session(HOUR)
        grant = order.order_line.service_allowance_ids
        for entry in (grant, session.allowance_ids):
            entry = entry.with_user(self.user_manager)
            with self.assertRaisesRegex(UserError, "follows it"):
                entry.hours = 3
            with self.assertRaisesRegex(UserError, "follows it"):
                entry.unlink()
        by_hand = self.prepay(HOUR)
        self.session(HOUR, "2026-01-02", 5)
        with self.assertRaisesRegex(UserError, "has been drawn"):
            by_hand.with_user(self.user_manager).unlink()
