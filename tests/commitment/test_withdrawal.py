"""The right of withdrawal, on the quotation, the contract and in the simulator (L19)."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import TODAY, WithdrawalCommon

LAST = date(2026, 6, 29)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWithdrawalQuote(WithdrawalCommon):
    def test_l19_who_may_withdraw(self):
        cases = [
            ("consumer", "distance", False, LAST),
            ("consumer", "off_premises", False, LAST),
            ("consumer", "premises", False, False),
            ("professional", "off_premises", True, LAST),
            ("professional", "off_premises", False, False),
            ("professional", "distance", True, False),
            ("non_professional", "off_premises", True, LAST),
        ]
        for regime, conclusion, is_off_activity, until in cases:
            with self.subTest(regime, conclusion=conclusion, off=is_off_activity):
                order = self.quote(
                    service_regime=regime,
                    service_conclusion=conclusion,
                    service_is_off_activity=is_off_activity,
                )
                self.assertEqual(order.service_withdrawal_until, until)
                self.assertEqual(order.service_is_start_early, bool(until))

    def test_l19_a_public_holiday_moves_the_last_day(self):
        """14 July is no working day where the customer is."""
        with freeze_time("2026-06-30"):
            self.assertEqual(self.quote().service_withdrawal_until, date(2026, 7, 15))

    def test_l19_the_days_are_a_setting(self):
        self.company.service_withdrawal_days = 30
        self.assertEqual(self.quote().service_withdrawal_until, date(2026, 7, 15))

    def test_l19_the_signature_counts_not_the_confirmation(self):
        order = self.quote(start="2026-07-01", signed_on="2026-06-10 08:00:00")
        self.assertEqual(order.service_withdrawal_until, date(2026, 6, 24))
        contract = self.confirm(order)
        self.assertEqual(contract.concluded_on, date(2026, 6, 10))
        self.assertEqual(contract.withdrawal_until, date(2026, 6, 24))

    def test_l19_nothing_is_ticked_beforehand(self):
        """Another customer, or another way of concluding, has asked for nothing."""
        with Form(self.quote()) as form:
            form.service_is_start_requested = True
            form.service_conclusion = "off_premises"
            self.assertFalse(form.service_is_start_requested)
            form.service_is_start_requested = True
            form.partner_id = self.create_customer("Another One")
            self.assertFalse(form.service_is_start_requested)

    def test_l19_an_early_start_waits(self):
        contract = self.confirm(self.quote())
        self.assertEqual(contract.state, "draft")
        with self.assertRaisesRegex(UserError, "may withdraw until 06/29/2026"):
            contract.with_user(self.user_manager).action_activate()
        activity = contract.activity_ids
        self.assertEqual(activity.date_deadline, date(2026, 6, 30))
        self.assertEqual(activity.user_id, self.user_sales)
        with freeze_time("2026-06-30"):
            with self.assertRaisesRegex(UserError, "start later"):
                contract.with_user(self.user_manager).action_activate()
            contract.date_start = "2026-06-30"
            contract.with_user(self.user_manager).action_activate()
        self.assertEqual(contract.state, "active")

    def test_l19_the_day_of_the_conclusion_is_the_customers(self):
        """21:30 UTC on the 10th is the 11th in La Réunion, whoever reads the quotation."""
        self.consumer.tz = "Indian/Reunion"
        order = self.quote(start="2026-07-01", signed_on="2026-06-10 21:30:00")
        for user in (self.user_sales, self.user_manager.sudo()):
            user.tz = "America/Cayenne"
            found = order.sudo().with_user(user)._get_conclusion_date()
            self.assertEqual(found, date(2026, 6, 11))

    def test_a_confirmed_order_warns_no_more(self):
        order = self.quote()
        self.assertTrue(order.service_is_start_early)
        self.confirm(order)
        self.assertFalse(order.service_is_start_early)

    def test_l19_a_later_start_or_an_express_request_waits_for_nothing(self):
        for vals in (
            {"start": "2026-06-30"},
            {"service_is_start_requested": True},
            {"service_conclusion": "premises"},
        ):
            with self.subTest(vals):
                contract = self.confirm(self.quote(**vals))
                self.assertEqual(contract.state, "active")

    def test_what_was_signed_does_not_change(self):
        order = self.quote(service_is_start_requested=True)
        contract = self.confirm(order)
        with self.assertRaisesRegex(UserError, "is confirmed"):
            order.service_is_start_requested = False
        order.service_is_start_requested = True
        self.assertTrue(contract.is_start_requested)

    def test_the_quotation_prints_right_and_request(self):
        def printed(order):
            report = self.env["ir.actions.report"]
            html, _kind = report._render_qweb_html("sale.report_saleorder", order.ids)
            return html.decode()

        self.assertIn("L221-18", printed(self.quote()))
        self.assertNotIn("L221-25", printed(self.quote()))
        self.assertIn("L221-25", printed(self.quote(service_is_start_requested=True)))
        self.assertNotIn("L221-18", printed(self.quote(service_conclusion="premises")))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWithdrawal(WithdrawalCommon):
    def sign(self, **vals):
        return self.confirm(self.quote(**vals))

    def bill(self, contract, cutoff):
        run = self.create_run(cutoff, user=self.user_accountant)
        run.invoice_ids.action_post()
        return contract.charge_ids.filtered(lambda charge: charge.kind == "period")

    def owed(self, contract):
        """Return what is charged and kept, credits deducted."""
        return sum(contract.charge_ids.mapped("amount_untaxed"))

    def test_l19_before_the_start_nothing_is_owed(self):
        contract = self.sign(start="2026-07-01")
        self.assertTrue(contract.is_withdrawal_open)
        simulation = self.simulate(contract, received="2026-06-29")
        self.assertEqual(simulation.kind, "withdrawal")
        self.assertEqual(simulation.effective_date, date(2026, 6, 30))
        self.assertEqual(simulation.refund_by, date(2026, 7, 13))
        self.assertIn("L221-18", simulation.steps_html)
        with freeze_time("2026-06-29"):
            simulation.action_confirm()
        self.assertEqual((contract.state, contract.is_withdrawn), ("ended", True))
        self.assertEqual(contract.termination_ids.kind, "withdrawal")
        self.assertFalse(contract._generate_charges(self.day("2026-12-31")))

    def test_l19_after_the_last_day_the_rules_of_exits_hold(self):
        contract = self.sign(start="2026-07-01")
        simulation = self.simulate(contract, received="2026-06-30")
        self.assertEqual(simulation.kind, "refusal")
        self.assertNotIn("L221-18", simulation.steps_html)

    def test_l19_the_day_of_sending_is_asked_for(self):
        """Sent on the last day, arrived a day later: the day of sending makes it a withdrawal."""
        contract = self.sign(start="2026-07-01")
        for received, kind, is_asked in (
            ("2026-06-29", "withdrawal", True),
            ("2026-06-30", "refusal", True),
            ("2026-08-15", "refusal", False),
        ):
            with self.subTest(received):
                simulation = self.simulate(contract, received=received)
                found = (simulation.kind, simulation.is_sending_day_asked)
                self.assertEqual(found, (kind, is_asked))

    def test_l19_served_on_request_is_owed_in_proportion(self):
        """Ten days of June (16 served days of the first month, 15/06 to 14/07, of 30 days)."""
        contract = self.sign(service_is_start_requested=True)
        self.bill(contract, TODAY)
        with freeze_time("2026-06-24"):
            self.leave(contract, "2026-06-24")
        self.assertEqual(contract.date_end, date(2026, 6, 24))
        self.assertFalse(contract.is_withdrawn)
        price = contract.line_ids.price_unit
        self.assertAlmostEqual(self.owed(contract), round(price * 10 / 30, 2))

    def test_l19_served_without_request_is_not_owed(self):
        """The service began although nobody had asked for it: all is given back (L221-25)."""
        contract = self.sign(service_is_start_requested=True)
        contract.sudo().is_start_requested = False
        self.bill(contract, TODAY)
        with freeze_time("2026-06-24"):
            simulation = self.simulate(contract, received="2026-06-24")
            self.assertEqual(simulation.refund_amount, contract.line_ids.price_unit)
            simulation.action_confirm()
        self.assertTrue(contract.is_withdrawn)
        self.assertEqual(contract.state, "ended")
        self.assertAlmostEqual(self.owed(contract), 0)

    def test_l19_a_wished_later_day_is_no_withdrawal(self):
        contract = self.sign(service_is_start_requested=True)
        simulation = self.simulate(contract, received="2026-06-20", wished="2026-08-31")
        self.assertEqual(simulation.kind, "termination")
        self.assertTrue(simulation.residual_amount)

    def test_taken_back_it_leaves_the_contract_as_it_was(self):
        contract = self.sign(service_is_start_requested=True)
        self.bill(contract, TODAY)
        contract._generate_charges(self.day(TODAY))
        before = self.dump(contract)
        termination = self.leave(contract, TODAY)
        self.assertEqual(termination.kind, "withdrawal")
        termination.action_withdraw()
        self.assertEqual(self.dump(contract), before)

    def test_salespeople_ask_and_managers_decide(self):
        contract = self.sign(start="2026-07-01")
        self.simulate(contract, received=TODAY, user=self.user_sales).action_confirm()
        self.assertEqual(contract.termination_ids.state, "waiting")
        self.assertEqual(contract.state, "active")
        contract.termination_ids.with_user(self.user_manager).action_confirm()
        self.assertTrue(contract.is_withdrawn)

    def test_movements_of_a_withdrawal_fall_on_the_same_day(self):
        contract = self.sign(start="2026-07-01")
        self.leave(contract, TODAY)
        contract._record_mrr_movements()
        days = contract.sudo().mrr_movement_ids.mapped("date")
        self.assertEqual(set(days), {date(2026, 7, 1)})

    def test_a_right_that_is_gone_is_said_in_words(self):
        contract = self.sign(start="2026-07-01")
        self.simulate(contract, received=TODAY, user=self.user_sales).action_confirm()
        contract.regime = "professional"
        with self.assertRaisesRegex(UserError, "cannot end before"):
            contract.termination_ids.with_user(self.user_manager).action_confirm()

    def test_nobody_writes_that_a_contract_was_withdrawn_from(self):
        contract = self.sign(start="2026-07-01")
        with self.assertRaises(UserError):
            contract.with_user(self.user_sales).is_withdrawn = True

    def test_only_a_withdrawal_ends_before_the_start(self):
        contract = self.sign(start="2026-07-01")
        with self.assertRaisesRegex(UserError, "cannot end before"):
            self.simulate(contract, TODAY, wished="2026-06-30").action_confirm()
