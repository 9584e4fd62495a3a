"""A contract that rests: days not charged, credits, reactivation, warnings (part 7)."""

from datetime import date

from freezegun import freeze_time
from psycopg2.errors import ExclusionViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestSuspension(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["default_journal_sale"].restrict_mode_hash_table = False
        cls.reason = cls.env.ref("service_contract.service_reason_suspend_unpaid")

    def suspend(self, contract, start="2026-06-15", end=None, user=None, **vals):
        suspensions = self.env["service.suspension"].with_user(user or self.user_manager)
        return suspensions.create(
            {
                "contract_id": contract.id,
                "date_start": start,
                "date_end": end,
                "reason_id": self.reason.id,
                **vals,
            }
        )

    def charge(self, contract, until):
        return contract._generate_charges(self.day(until)).sorted("date_start")

    def get_periods(self, contract):
        return contract.charge_ids.filtered(lambda charge: charge.kind == "period")

    def get_total(self, contract):
        return round(sum(contract.charge_ids.mapped("amount")), 2)

    def bill_and_post(self, until="2026-06-15"):
        run = self.create_run(until, user=self.user_accountant, is_auto_post=True)
        return run.invoice_ids

    def owe_again(self, invoice):
        """Credit an invoice in full, to be billed anew."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "service_after_credit": "owed"})
        )
        wizard.reverse_moves()
        invoice.reversal_move_ids.filtered(lambda move: move.state == "draft").action_post()

    def read_charges(self, contract):
        self.env.invalidate_all()
        names = [
            "state",
            "date_start",
            "date_end",
            "billing_date",
            "amount",
            "name",
            "after_credit",
        ]
        return contract.charge_ids.read([*names, "is_waived", "explanation"])

    # ----- Charges -----

    def test_suspended_days_are_not_charged(self):
        contract = self.create_contract(start="2026-05-01")
        self.suspend(contract, "2026-05-11", "2026-05-20")
        charges = self.charge(contract, "2026-06-15")
        self.assertPeriods(
            charges,
            [
                ("2026-05-01", "2026-05-10"),
                ("2026-05-21", "2026-05-31"),
                ("2026-06-01", "2026-06-30"),
            ],
        )
        self.assertEqual(self.get_total(contract), 50 + 33.87)

    def test_a_charge_that_is_owed_again_leaves_the_suspended_days_out(self):
        """Billed, suspended, credited to be billed anew, reactivated: ten days are not owed."""
        contract = self.create_contract(start="2026-06-01")
        invoice = self.bill_and_post()
        suspension = self.suspend(contract, "2026-06-11")
        self.owe_again(invoice)
        suspension.date_end = "2026-06-20"
        self.create_run("2026-06-30", user=self.user_accountant)
        self.assertPeriods(
            self.get_periods(contract), [("2026-06-01", "2026-06-10"), ("2026-06-21", "2026-06-30")]
        )
        self.assertEqual(self.get_total(contract), 33.34)

    def test_a_charge_that_is_owed_again_comes_back_with_its_days(self):
        """Whatever a suspension took of it, and however it is taken back: all is as it was."""
        for mode, until in (("advance", "2026-06-15"), ("arrears", "2026-07-01")):
            contract = self.create_contract(
                self.create_customer(mode), start="2026-06-01", billing_mode=mode
            )
            with freeze_time(until):
                self.owe_again(self.bill_and_post(until))
                before = self.read_charges(contract)
                for start, end in (
                    ("2026-06-01", "2026-06-30"),
                    ("2026-06-01", None),
                    ("2026-06-11", "2026-06-20"),
                    ("2026-06-01", "2026-06-10"),
                ):
                    with self.subTest(mode=mode, start=start, end=end):
                        suspension = self.suspend(contract, start, end)
                        self.assertNotEqual(self.read_charges(contract), before)
                        suspension.unlink()
                        self.assertEqual(self.read_charges(contract), before)

    def test_a_charge_that_is_owed_again_follows_its_suspension(self):
        contract = self.create_contract(start="2026-06-01")
        self.owe_again(self.bill_and_post())
        charge = contract.charge_ids
        suspension = self.suspend(contract, "2026-06-01", "2026-06-30")
        self.assertEqual(charge.state, "waived")
        self.assertFalse(self.bill_and_post("2026-06-30"))
        suspension.date_end = "2026-06-20"
        self.assertEqual(charge.state, "ready")
        self.assertPeriods(charge, [("2026-06-21", "2026-06-30")])
        suspension.date_end = "2026-06-30"
        self.assertEqual(charge.state, "waived")
        suspension.is_billed = True
        self.assertPeriods(charge, [("2026-06-01", "2026-06-30")])
        self.assertEqual(self.bill_and_post("2026-06-30").amount_untaxed, 50)
        self.assertEqual(charge.state, "invoiced")

    def test_what_a_person_waived_stays_waived(self):
        contract = self.create_contract(start="2026-06-01")
        self.owe_again(self.bill_and_post())
        self.waive(contract.charge_ids.with_user(self.user_accountant))
        self.suspend(contract, "2026-06-01", "2026-06-30").unlink()
        self.assertEqual(contract.charge_ids.mapped("state"), ["waived"])

    def test_what_rests_is_owed_by_serving_its_days(self):
        """The next change of the contract would take back what a person decided for it alone."""
        contract = self.create_contract(start="2026-06-01")
        self.owe_again(self.bill_and_post())
        suspension = self.suspend(contract, "2026-06-01", "2026-06-30")
        charge = contract.charge_ids.with_user(self.user_accountant)
        with self.assertRaisesRegex(UserError, "Reactivate the contract"), self.cr.savepoint():
            charge.action_owe()
        self.waive(charge)
        suspension.unlink()
        self.assertEqual(charge.state, "waived")
        charge.action_owe()
        self.assertEqual(charge.state, "ready")
        contract._remake_charges()
        self.assertEqual(charge.state, "ready")

    def test_several_suspensions(self):
        contract = self.create_contract(start="2026-04-01")
        self.suspend(contract, "2026-06-10", "2026-06-12")
        self.suspend(contract, "2026-04-20", "2026-05-05")
        self.charge(contract, "2026-06-15")
        self.assertPeriods(
            self.get_periods(contract),
            [
                ("2026-04-01", "2026-04-19"),
                ("2026-05-06", "2026-05-31"),
                ("2026-06-01", "2026-06-09"),
                ("2026-06-13", "2026-06-30"),
            ],
        )

    def test_open_suspension_stops_the_charges(self):
        contract = self.create_contract(start="2026-05-01")
        self.suspend(contract, "2026-05-20")
        self.charge(contract, "2026-09-15")
        self.assertPeriods(self.get_periods(contract), [("2026-05-01", "2026-05-19")])

    def test_billed_suspension_changes_nothing(self):
        self.company.service_is_suspension_billed = True
        contract = self.create_contract(start="2026-05-01")
        suspension = self.suspend(contract, "2026-05-11", "2026-05-20")
        self.assertTrue(suspension.is_billed)
        self.charge(contract, "2026-06-15")
        self.assertEqual(self.get_total(contract), 100)
        suspension.is_billed = False
        self.assertEqual(self.get_total(contract), 83.87)

    def test_in_arrears(self):
        contract = self.create_contract(start="2026-05-01", billing_mode="arrears")
        self.suspend(contract, "2026-05-11", "2026-05-20")
        charges = self.charge(contract, "2026-06-15")
        self.assertPeriods(charges, [("2026-05-01", "2026-05-10"), ("2026-05-21", "2026-05-31")])

    def test_what_was_billed_ahead_is_given_back(self):
        contract = self.create_contract(start="2026-06-01")
        self.create_run("2026-06-15", user=self.user_accountant)
        suspension = self.suspend(contract)
        credit = contract.charge_ids.filtered(lambda charge: charge.kind == "credit")
        self.assertPeriods(credit, [("2026-06-15", "2026-06-30")])
        run = self.create_run("2026-06-15", user=self.user_accountant)
        self.assertFalse(run.invoice_ids)
        self.assertEqual((run.waiting_count, run.amount_waiting), (1, -26.67))
        suspension.date_end = "2026-06-20"
        self.assertEqual(self.get_total(contract), 40)
        invoice = self.create_run("2026-07-01", user=self.user_accountant).invoice_ids
        self.assertEqual((invoice.move_type, invoice.amount_untaxed), ("out_invoice", 40))

    # ----- Reactivation -----

    def test_reactivation_restores_the_grid(self):
        contract = self.create_contract(start="2026-01-31")
        self.charge(contract, "2026-06-15")
        contract.with_user(self.user_manager).action_suspend()
        self.suspend(contract, "2026-06-05")
        self.assertTrue(contract.is_suspended)
        contract.with_user(self.user_manager).action_reactivate()
        self.assertFalse(contract.is_suspended)
        self.assertEqual(contract.suspension_ids.date_end, date(2026, 6, 14))
        self.charge(contract, "2026-07-31")
        self.assertPeriods(
            self.get_periods(contract).filtered(lambda c: c.date_start > date(2026, 5, 1)),
            [
                ("2026-05-31", "2026-06-04"),
                ("2026-06-15", "2026-06-29"),
                ("2026-06-30", "2026-07-30"),
                ("2026-07-31", "2026-08-30"),
            ],
        )
        self.assertEqual(contract.anchor_date, date(2026, 1, 31))
        self.assertEqual(contract.commitment_end, date(2027, 1, 30))

    def test_reactivated_on_its_first_day_leaves_nothing(self):
        contract = self.create_contract(start="2026-06-01")
        self.create_run("2026-06-15", user=self.user_accountant)
        before = contract.charge_ids
        self.suspend(contract)
        contract.with_user(self.user_manager).action_reactivate()
        self.assertFalse(contract.suspension_ids)
        self.assertEqual(contract.charge_ids, before)

    def test_deleted_suspension_restores_the_charges(self):
        contract = self.create_contract(start="2026-05-01")
        self.charge(contract, "2026-06-15")
        suspension = self.suspend(contract, "2026-05-11", "2026-05-20")
        self.assertEqual(self.get_total(contract), 83.87)
        suspension.unlink()
        self.assertEqual(self.get_total(contract), 100)
        self.assertEqual(contract.charged_until, date(2026, 6, 15))

    # ----- Seen -----

    def test_filter(self):
        resting, going = self.create_contract(), self.create_contract()
        self.suspend(resting, "2026-06-01")
        self.suspend(going, "2026-05-01", "2026-05-31")
        contracts = self.env["service.contract"].with_user(self.user_technician)
        both = [("id", "in", (resting + going).ids)]
        self.assertEqual(contracts.search([*both, ("is_suspended", "=", True)]), resting)
        self.assertEqual(contracts.search([*both, ("is_suspended", "=", False)]), going)
        self.assertEqual(going.can_suspend, True)
        self.assertEqual(resting.can_suspend, False)

    def test_session_warns_and_closes(self):
        contract = self.create_contract(start="2026-06-01")
        self.suspend(contract, "2026-06-10")
        session = self.create_session(
            [("2026-06-14 07:00:00", 1800)], contract_id=contract.id, done=False
        )
        self.assertIn("has been suspended since 06/10/2026", session.suspension_warning)
        self.assertIn("Unpaid invoices", session.suspension_warning)
        session.action_done()
        self.assertEqual(session.state, "done")
        early = self.create_session(
            [("2026-06-09 07:00:00", 1800)], contract_id=contract.id, done=False
        )
        self.assertFalse(early.suspension_warning)

    def test_timeline_shows_rest_and_letter(self):
        contract = self.create_contract()
        self.suspend(contract)
        contract.termination_ids._as_workflow().create(
            {
                "contract_id": contract.id,
                "received_date": "2026-06-10",
                "effective_date": "2026-12-31",
            }
        )._update_state("waiting")
        timeline = contract.with_user(self.user_technician).timeline
        bars = [bar for bar in timeline["bars"] if bar["row"] == "suspension"]
        self.assertEqual(
            [(bar["start"], bar["end"]) for bar in bars], [("2026-06-15", "2026-12-31")]
        )
        letters = [mark["date"] for mark in timeline["marks"] if mark["kind"] == "letter"]
        self.assertEqual(letters, ["2026-06-10"])

    def test_logged_on_the_contract(self):
        contract = self.create_contract()
        self.suspend(contract).date_end = "2026-06-20"
        bodies = " ".join(str(body) for body in contract.message_ids.mapped("body"))
        self.assertIn("Suspended: 06/15/2026 – …, not billed · Unpaid invoices", bodies)
        self.assertIn("06/15/2026 – 06/20/2026", bodies)

    def test_form(self):
        contract = self.create_contract().with_user(self.user_manager)
        action = contract.action_suspend()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.user_manager)
            .with_context(**action["context"])
        )
        self.assertEqual(form.date_start, date(2026, 6, 15))
        form.reason_id = self.reason
        form.save()
        self.assertTrue(contract.is_suspended)

    # ----- Refused -----

    def test_others_do_not_suspend(self):
        contract = self.create_contract()
        for user in (self.user_sales, self.user_technician, self.user_accountant):
            with self.assertRaises(AccessError):
                self.suspend(contract, user=user)
            with self.assertRaises(AccessError):
                contract.with_user(user).action_suspend()
            with self.assertRaises(AccessError):
                contract.with_user(user).action_reactivate()

    def test_days_outside_the_contract(self):
        contract = self.create_contract(start="2026-06-01", date_end="2026-08-31")
        for start, end in (("2026-05-31", None), ("2026-08-01", "2026-09-01")):
            refused = self.assertRaisesRegex(UserError, "a suspension lies within")
            with refused, self.env.cr.savepoint():
                self.suspend(contract, start, end)
        with self.assertRaisesRegex(UserError, "only an active contract is suspended"):
            self.suspend(self.create_contract(activate=False))

    @mute_logger("odoo.sql_db")
    def test_no_overlap(self):
        contract = self.create_contract()
        self.suspend(contract)
        with self.assertRaises(ExclusionViolation), self.env.cr.savepoint():
            self.suspend(contract, "2026-07-01", "2026-07-02")
            self.env.flush_all()
