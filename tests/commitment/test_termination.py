"""Leaving a contract: simulated, asked for, confirmed, charged, withdrawn (L01, L03, L04, L06)."""

from datetime import date

from freezegun import freeze_time
from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ExitCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestTermination(ExitCommon):
    # ----- Simulation -----

    def test_refusal_in_time(self):
        contract = self.create_contract()
        simulation = self.simulate(contract, user=self.user_sales)
        self.assertEqual(simulation.earliest_date, date(2026, 12, 31))
        self.assertEqual(simulation.effective_date, date(2026, 12, 31))
        self.assertEqual((simulation.kind, simulation.claimed_amount), ("refusal", 0))
        self.assertFalse(simulation.residual_until)

    def test_early_exit_shows_the_rest(self):
        """L06: 50.00 a month, six months left."""
        simulation = self.simulate(self.create_contract(), wished="2026-06-30")
        self.assertEqual(simulation.kind, "termination")
        self.assertEqual(simulation.residual_until, date(2026, 12, 31))
        self.assertEqual((simulation.residual_months, simulation.residual_amount), (6, 300))
        self.assertEqual((simulation.residual_percent, simulation.claimed_amount), (100, 300))

    def test_words_of_what_nobody_has_done_yet(self):
        """Nobody has refused anything in a simulation, and what costs nothing is not early."""
        contract = self.create_contract()
        for wished, kind in (
            ("2026-12-31", "refusal"),
            ("2029-12-31", "refusal"),
            ("2029-11-30", "termination"),
        ):
            with self.subTest(wished):
                simulation = self.simulate(contract, wished=wished)
                self.assertEqual(simulation.kind, kind)
                self.assertEqual(bool(simulation.claimed_amount), kind == "termination")
        self.assertIn("For a letter that is received on 06/15/2026:", simulation.steps_html)
        self.assertIn("It comes in time to refuse the renewal", simulation.steps_html)

    def test_where_nothing_binds_leaving_is_not_early(self):
        self.family.initial_months = 0
        simulation = self.simulate(self.create_contract(), wished="2028-02-10")
        self.assertEqual((simulation.kind, simulation.claimed_amount), ("free", 0))
        simulation.action_confirm()
        self.assertEqual(simulation.contract_id.termination_ids.kind, "free")

    def test_rest_is_untaxed(self):
        product = self.create_product(
            "Included", 60.0, tax=self.tax_included, recurring=self.family
        )
        contract = self.create_contract(product=product)
        self.assertEqual(self.simulate(contract, wished="2026-06-30").residual_amount, 300)

    def test_rest_knows_lines_and_parts_of_a_month(self):
        contract = self.create_contract(line={"quantity": 2})
        contract.line_ids.copy({"contract_id": contract.id, "date_end": "2026-08-31"})
        simulation = self.simulate(contract, wished="2026-07-15")
        self.assertEqual(simulation.residual_amount, 5 * 100 + 51.61 + 51.61 + 100)
        self.assertAlmostEqual(simulation.residual_months, 5.52)

    def test_form_is_live(self):
        contract = self.create_contract().with_user(self.user_sales)
        action = contract.action_simulate_exit()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.user_sales)
            .with_context(**action["context"])
        )
        self.assertEqual(form.earliest_date, date(2026, 12, 31))
        form.wished_date = "2026-09-30"
        self.assertEqual(form.claimed_amount, 150)
        self.assertIn("judge may reduce", form.steps_html)
        form.residual_percent = 50
        self.assertEqual(form.claimed_amount, 75)
        form.received_date = "2026-12-01"
        self.assertIn("received on 12/01/2026", form.issue)
        form.wished_date = False
        self.assertEqual(form.earliest_date, date(2027, 12, 31))
        form.wished_date = "2025-12-31"
        self.assertIn("starts on 01/01/2026", form.issue)

    def test_every_step_has_words_in_each_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        terminations = self.env["service.termination"]
        prefix = "_describe_step_"
        names = [name for name in dir(terminations) if name.startswith(prefix)]
        self.assertEqual(len(names), 19)
        values = dict.fromkeys(
            ("day", "deadline", "present", "start", "end", "until"), "2026-06-15"
        ) | dict.fromkeys(("months", "days", "percent"), 12)
        for name in names:
            method = getattr(terminations, name)
            arguments = method.__code__.co_varnames[1 : method.__code__.co_argcount]
            code = name.removeprefix(prefix)
            step = {"code": code, "values": {key: values[key] for key in arguments}}
            self.assertTrue(terminations._describe_steps([step])[0])

    def test_l01_free_exit_refunds_within_30_days(self):
        contract = self.create_contract(
            start="2025-01-01", billing_interval="12", regime="consumer"
        )
        with freeze_time("2025-12-15"):
            contract._renew()
        self.assertTrue(contract.commitment_ids.sorted("number")[-1].is_free_exit)
        self.create_run("2026-01-01", user=self.user_accountant)
        simulation = self.simulate(contract)
        self.assertEqual(simulation.effective_date, date(2026, 6, 15))
        self.assertEqual(simulation.refund_by, date(2026, 7, 15))
        self.assertEqual(simulation.refund_amount, 327.12)
        self.assertIn("L215-1", simulation.steps_html)
        simulation.action_confirm()
        credit = contract.charge_ids.filtered(lambda charge: charge.kind == "credit")
        self.assertEqual(credit.mapped("amount_untaxed"), [-327.12])

    def test_l03_l04_telecom(self):
        family = self.family.copy({"name": "Telephony", "is_telecom": True, "initial_months": 36})
        product = self.create_product("Telephony", 20.0, recurring=family)
        firm = self.create_contract(product=product)
        self.assertEqual(self.simulate(firm).earliest_date, date(2028, 12, 31))
        firm.is_small_firm = True
        self.assertEqual(self.simulate(firm).earliest_date, date(2027, 12, 31))
        firm.sudo().is_telecom_cap_waived = True
        simulation = self.simulate(firm)
        self.assertEqual(simulation.earliest_date, date(2028, 12, 31))
        self.assertIn("gave up the limit of 24", simulation.steps_html)
        renewed = self.create_contract(product=product, start="2022-01-01")
        renewed._renew()
        self.assertEqual(self.simulate(renewed).earliest_date, date(2026, 6, 25))

    def test_l03_subsidised_equipment(self):
        family = self.family.copy({"name": "Mobile", "is_telecom": True, "initial_months": 24})
        product = self.create_product("Mobile", 20.0, recurring=family)
        contract = self.create_contract(product=product, start="2025-01-01", regime="consumer")
        simulation = self.simulate(contract, wished="2026-06-30", is_equipment_subsidised=True)
        self.assertEqual((simulation.max_percent, simulation.claimed_amount), (20, 24))
        simulation.residual_percent = 50
        with self.assertRaisesRegex(UserError, "between 0 and 20"):
            simulation.action_confirm()

    # ----- Confirming -----

    def test_refusal_stands_and_ends_the_contract(self):
        contract = self.create_contract()
        termination = self.leave(contract)
        self.assertEqual((termination.state, termination.kind), ("confirmed", "refusal"))
        self.assertEqual(termination.approver_id, self.user_manager)
        self.assertEqual(contract.date_end, date(2026, 12, 31))
        refused = contract.commitment_ids.sorted("number")[-1]
        self.assertEqual((refused.number, refused.is_refused), (1, True))
        self.assertFalse(contract.renewal_date)
        self.assertFalse(termination.charge_id)
        with freeze_time("2027-01-01"):
            self.run_cron("service_contract.service_contract_cron")
            self.run_cron("service_contract.service_renewal_cron")
        self.assertEqual(contract.state, "ended")
        self.assertEqual(len(contract.commitment_ids), 2)

    def test_letter_recorded_after_the_renewal(self):
        """Received in time, recorded late: the renewal of the daily job is refused."""
        contract = self.create_contract()
        with freeze_time("2026-12-05"):
            contract._renew()
            self.leave(contract, "2026-11-30")
        terms = contract.commitment_ids.sorted("number")
        self.assertEqual(terms.mapped("is_refused"), [False, True])
        self.assertEqual(contract.date_end, date(2026, 12, 31))
        self.assertEqual(contract.commitment_end, date(2026, 12, 31))

    def test_letter_too_late_lets_the_renewal_begin(self):
        contract = self.create_contract()
        with freeze_time("2026-12-05"):
            self.leave(contract, "2026-12-05")
        terms = contract.commitment_ids.sorted("number")
        self.assertEqual(terms.mapped("is_refused"), [False, False, True])
        self.assertEqual(contract.date_end, date(2027, 12, 31))

    def test_early_exit_is_charged_at_its_date(self):
        """One closing charge, from the day after; what was billed ahead is given back."""
        contract = self.create_contract(billing_interval="3")
        self.create_run("2026-06-15", user=self.user_accountant)
        termination = self.leave(contract, "2026-05-20", wished="2026-05-31", residual_percent=40)
        charge = termination.charge_id
        self.assertEqual((charge.kind, charge.amount_untaxed), ("termination", 140))
        self.assertEqual(charge.billing_date, date(2026, 6, 1))
        self.assertEqual(charge.tax_ids, self.tax_excluded)
        self.assertEqual(
            charge._explain(),
            ["Rest of the commitment: 7 months, 350.00\u00a0€.", "Of it 40 % is claimed."],
        )
        self.assertEqual(contract.state, "ended")
        run = self.create_run("2026-06-15", user=self.user_accountant)
        self.assertEqual(len(run.invoice_ids), 1)
        self.assertEqual(run.invoice_ids.amount_untaxed, 90.55)
        run.invoice_ids.action_post()
        self.assertEqual(run.invoice_ids.state, "posted")

    def test_taxes_of_the_closing_charge_are_its_products(self):
        """L06: whether VAT is due is the company's decision."""
        self.company.service_exit_product_id.taxes_id = False
        contract = self.create_contract()
        charge = self.leave(contract, wished="2026-06-30").charge_id
        self.assertFalse(charge.tax_ids)
        self.assertEqual(charge.amount_total, 300)

    def test_without_product_in_words(self):
        self.company.service_exit_product_id = False
        contract = self.create_contract()
        with self.assertRaisesRegex(UserError, "choose the product"), self.env.cr.savepoint():
            self.leave(contract, wished="2026-06-30")
        self.leave(contract, wished="2026-06-30", residual_percent=0)
        self.assertEqual(contract.date_end, date(2026, 6, 30))

    def test_salesperson_asks_manager_confirms(self):
        contract = self.create_contract()
        termination = self.leave(contract, user=self.user_sales)
        self.assertEqual(termination.state, "waiting")
        self.assertFalse(contract.date_end)
        self.assertTrue(contract.activity_ids)
        self.assertIn("waits for a manager", contract.termination_note)
        mine = termination.with_user(self.user_sales)
        mine.invalidate_recordset()
        self.assertFalse(mine.can_confirm)
        for action in ("action_confirm", "action_withdraw"):
            with self.assertRaises(AccessError):
                getattr(mine, action)()
        contract.with_user(self.user_manager).action_confirm_termination()
        self.assertEqual(termination.state, "confirmed")
        self.assertFalse(contract.activity_ids)
        self.assertEqual(contract.date_end, date(2026, 12, 31))

    def test_claim_above_the_limit_waits(self):
        self.company.service_exit_approval_amount = 200
        contract = self.create_contract()
        termination = self.leave(contract, wished="2026-06-30")
        self.assertEqual(termination.state, "waiting")
        termination.action_confirm()
        self.assertEqual(termination.charge_id.amount_untaxed, 300)
        other = self.leave(self.create_contract(), wished="2026-06-30", residual_percent=50)
        self.assertEqual(other.state, "confirmed")

    def test_banner(self):
        contract = self.create_contract().with_user(self.user_manager)
        self.assertFalse(contract.termination_note)
        self.leave(contract, wished="2026-09-30")
        self.assertIn("ends on 09/30/2026", contract.termination_note)
        self.assertIn("150.00", contract.termination_note)
        self.assertTrue(contract.can_withdraw_termination)
        self.assertEqual(contract.action_open_termination()["res_id"], contract.termination_id.id)

    # ----- Withdrawing -----

    def test_withdrawing_restores_the_contract(self):
        """Contract, lines, terms and charges are what they were, whatever the exit."""
        cases = [
            ("refusal", {}),
            ("early", {"wished": "2026-06-30"}),
            ("within a billed period", {"wished": "2026-08-15"}),
            ("next term", {"wished": "2027-03-31"}),
        ]
        for name, vals in cases:
            for interval in ("1", "12"):
                with self.subTest(name, interval=interval):
                    contract = self.create_contract(billing_interval=interval)
                    self.create_run("2026-06-15", user=self.user_accountant)
                    contract._generate_charges(date(2026, 8, 1))
                    before = self.dump(contract)
                    termination = self.leave(contract, **vals)
                    self.assertNotEqual(self.dump(contract), before)
                    termination.action_withdraw()
                    self.assertEqual(termination.state, "withdrawn")
                    self.assertEqual(self.dump(contract), before)

    def test_withdrawing_restores_an_earlier_last_day(self):
        contract = self.create_contract(date_end="2026-10-31")
        self.leave(contract, wished="2026-08-31").action_withdraw()
        self.assertEqual(contract.date_end, date(2026, 10, 31))

    def test_withdrawing_after_its_date_is_refused(self):
        contract = self.create_contract()
        termination = self.leave(contract, wished="2026-06-30")
        with freeze_time("2026-07-01"):
            termination.invalidate_recordset()
            self.assertFalse(termination.can_withdraw)
            with self.assertRaisesRegex(UserError, "ended on 06/30/2026"):
                termination.action_withdraw()

    def test_withdrawing_what_is_invoiced_is_refused(self):
        contract = self.create_contract()
        termination = self.leave(contract, wished="2026-06-30")
        self.create_run("2026-07-01", user=self.user_accountant)
        with self.assertRaisesRegex(UserError, "is on .* already"):
            termination.action_withdraw()

    def test_a_new_termination_after_a_withdrawn_one(self):
        contract = self.create_contract()
        self.leave(contract).action_withdraw()
        termination = self.leave(contract, wished="2026-09-30")
        self.assertEqual(termination.state, "confirmed")
        words = "termination of .* is “Confirmed” and cannot become"
        with self.assertRaisesRegex(UserError, words):
            termination.action_confirm()

    # ----- Bad input -----

    def test_second_termination_is_refused(self):
        contract = self.create_contract()
        self.leave(contract)
        self.assertIn("has a termination already", self.simulate(contract).issue)
        with self.assertRaisesRegex(UserError, "has a termination already, on 12/31/2026"):
            contract.action_simulate_exit()
        with self.assertRaisesRegex(UserError, "has a termination already"):
            self.simulate(contract).action_confirm()

    def test_dates_outside_the_contract_are_refused(self):
        contract = self.create_contract(date_end="2026-10-31")
        for wished, words in (("2025-12-31", "starts on"), ("2026-11-01", "ends on .* anyway")):
            with self.assertRaisesRegex(UserError, words):
                self.simulate(contract, wished=wished).action_confirm()

    def test_draft_and_ended_contracts_are_not_terminated(self):
        draft = self.create_contract(activate=False)
        with self.assertRaisesRegex(UserError, "only an active contract"):
            draft.action_simulate_exit()
        ended = self.create_contract()
        ended._set_ended(date(2026, 6, 15))
        with self.assertRaisesRegex(UserError, "only an active contract"):
            self.leave(ended)

    def test_ongoing_termination_is_kept(self):
        contract = self.create_contract()
        termination = self.leave(contract)
        with self.assertRaisesRegex(UserError, "Withdraw it instead"):
            termination.unlink()
        with self.assertRaisesRegex(UserError, "withdraw it first"):
            contract.action_cancel()

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses(self):
        contract = self.create_contract()
        termination = self.leave(contract).sudo()
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            other = termination.create(
                {"contract_id": self.create_contract().id, "effective_date": "2026-12-31"}
            )
            other.write({"contract_id": contract.id, "state": "waiting"})
            self.env.flush_all()
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            termination.residual_percent = 101
            self.env.flush_all()

    def test_technician_reads_only(self):
        contract = self.create_contract()
        termination = self.leave(contract)
        self.assertTrue(termination.with_user(self.user_technician).steps_html)
        with self.assertRaises(AccessError):
            self.simulate(contract, user=self.user_technician)
        with self.assertRaises(AccessError):
            termination.with_user(self.user_technician).action_withdraw()

    def test_nobody_leaves_before_the_letter(self):
        contract = self.create_contract()
        simulation = self.simulate(contract, wished="2026-06-14", user=self.user_sales)
        self.assertIn("received on 06/15/2026", simulation.issue)
        self.assertFalse(simulation.effective_date)
        with self.assertRaisesRegex(UserError, "cannot have ended before, on 06/14/2026"):
            simulation.action_confirm()
        terminations = self.env["service.termination"].with_user(self.user_manager)._as_workflow()
        with self.assertRaisesRegex(UserError, "cannot have ended before"):
            terminations.create(
                {
                    "contract_id": contract.id,
                    "received_date": "2026-06-15",
                    "effective_date": "2026-06-14",
                }
            )
        self.assertEqual(self.leave(contract, wished="2026-06-15").state, "confirmed")

    def test_a_letter_to_come_is_simulated_only(self):
        contract = self.create_contract()
        simulation = self.simulate(contract, "2026-06-16")
        self.assertEqual(simulation.earliest_date, date(2026, 12, 31))
        with self.assertRaisesRegex(UserError, "only simulate"):
            simulation.action_confirm()

    # ----- Suspended -----

    def suspend(self, contract, start, end=None, **vals):
        suspensions = self.env["service.suspension"].with_user(self.user_manager)
        return suspensions.create(
            {"contract_id": contract.id, "date_start": start, "date_end": end, **vals}
        )

    def test_l06_days_that_are_not_billed_are_not_claimed(self):
        """Six months left, of which two and a half rest."""
        cases = [
            ("not billed", {"is_billed": False}, "2026-10-15", 3.52, 175.81),
            ("billed meanwhile", {"is_billed": True}, "2026-10-15", 6, 300),
            ("nobody knows until when", {"is_billed": False}, None, 1, 50),
        ]
        for name, vals, end, months, amount in cases:
            with self.subTest(name):
                contract = self.create_contract()
                self.suspend(contract, "2026-08-01", end, **vals)
                simulation = self.simulate(contract, wished="2026-06-30", user=self.user_sales)
                self.assertEqual(simulation.residual_until, date(2026, 12, 31))
                self.assertAlmostEqual(simulation.residual_months, months, 2)
                self.assertAlmostEqual(simulation.residual_amount, amount, 2)
                is_said = "suspended and not billed" in simulation.steps_html
                self.assertEqual(is_said, amount < 300)

    def test_suspended_meanwhile_a_waiting_exit_is_asked_for_anew(self):
        contract = self.create_contract()
        termination = self.leave(contract, wished="2026-06-30", user=self.user_sales)
        self.suspend(contract, "2026-08-01", "2026-08-31")
        with self.assertRaisesRegex(UserError, "has changed since"):
            termination.action_confirm()

    # ----- At the customer's -----

    def test_ends_when_the_day_is_over_at_the_customers(self):
        """At 20:30 UTC La Réunion is in the next day; at 01:30 UTC Cayenne is in the one before."""
        cases = [
            ("Indian/Reunion", "2026-06-30 19:30:00", "active"),
            ("Indian/Reunion", "2026-06-30 20:30:00", "ended"),
            ("America/Cayenne", "2026-07-01 01:30:00", "active"),
            ("America/Cayenne", "2026-07-01 03:30:00", "ended"),
        ]
        for zone, now, state in cases:
            with self.subTest(zone, now=now):
                contract = self.create_contract(tz=zone)
                self.leave(contract, wished="2026-06-30")
                with freeze_time(now):
                    self.run_cron("service_contract.service_contract_cron")
                self.assertEqual(contract.state, state)

    def test_confirmed_on_its_last_day_it_still_runs_there(self):
        contract = self.create_contract(tz="America/Cayenne")
        with freeze_time("2026-07-01 01:30:00"):
            termination = self.leave(contract, "2026-06-20", wished="2026-06-30")
            self.assertEqual(contract.state, "active")
            self.assertTrue(termination.can_withdraw)
        other = self.create_contract(tz="Indian/Reunion")
        with freeze_time("2026-06-30 20:30:00"):
            self.leave(other, "2026-06-20", wished="2026-06-30")
            self.assertEqual(other.state, "ended")

    # ----- Days that not every month has -----

    def test_last_days_of_odd_months(self):
        """29 February and the 31st: what is billed, given back and claimed add up.

        The rest is counted in months: a year's price cut by day differs by some days of a month.
        """
        cases = [
            ("2027-08-31", "2028-02-29"),
            ("2028-02-29", "2028-03-30"),
            ("2027-12-31", "2028-05-31"),
            ("2028-01-30", "2028-02-29"),
        ]
        for start, last in cases:
            for interval in ("1", "12"):
                with self.subTest(start, last=last, interval=interval), freeze_time(last):
                    contract = self.create_contract(start=start, billing_interval=interval)
                    self.create_run(last, user=self.user_accountant)
                    billed = sum(contract.charge_ids.mapped("amount"))
                    before = self.dump(contract)
                    termination = self.leave(contract, last, wished=last)
                    kept = sum(
                        contract.charge_ids.filtered(
                            lambda charge: charge.kind in ("period", "credit")
                        ).mapped("amount")
                    )
                    self.assertAlmostEqual(billed - kept, termination.refund_amount, 2)
                    months = termination.residual_months
                    self.assertAlmostEqual(termination.residual_amount, 50 * months, delta=0.26)
                    slack = 0.02 if interval == "1" else 50 / 20
                    self.assertAlmostEqual(kept + termination.claimed_amount, 600, delta=slack)
                    termination.action_withdraw()
                    self.assertEqual(self.dump(contract), before)

    def test_tax_included_prices_and_another_currency(self):
        pln = self.env.ref("base.PLN")
        pln.active = True
        pricelist = self.env["product.pricelist"].create({"name": "PLN", "currency_id": pln.id})
        product = self.create_product(
            "Included", 120.0, tax=self.tax_included, recurring=self.family
        )
        contract = self.create_contract(
            product=product,
            billing_interval="12",
            pricelist_id=pricelist.id,
            line={"price_unit": 120.0},
        )
        self.assertEqual(contract.currency_id, pln)
        self.create_run("2026-06-15", user=self.user_accountant)
        before = self.dump(contract)
        termination = self.leave(contract, wished="2026-06-30")
        self.assertEqual(termination.currency_id, pln)
        self.assertEqual((termination.residual_amount, termination.refund_amount), (600, 604.93))
        self.assertEqual(termination.charge_id.currency_id, pln)
        termination.action_withdraw()
        self.assertEqual(self.dump(contract), before)

    # ----- Churn -----

    def test_churn_by_reason_and_month(self):
        self.leave(self.create_contract(), wished="2026-09-30")
        self.leave(self.create_contract(line={"quantity": 3}))
        self.leave(self.create_contract()).action_withdraw()
        rows = (
            self.env["service.termination"]
            .with_user(self.user_manager)
            ._read_group(
                [("state", "=", "confirmed"), ("company_id", "=", self.company.id)],
                ["family_id", "effective_date:month"],
                ["lost_mrr:sum"],
                order="effective_date:month",
            )
        )
        self.assertEqual(
            [(family, fields.Date.to_date(month), lost) for family, month, lost in rows],
            [
                (self.family, date(2026, 9, 1), 50),
                (self.family, date(2026, 12, 1), 150),
            ],
        )
