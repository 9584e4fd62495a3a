"""What a run would bill by a slip is asked about; what it charged ahead goes with it."""

from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import BillingRunCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestBillingRunGuard(BillingRunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["default_journal_sale"].restrict_mode_hash_table = False

    def create_draft(self, cutoff="2026-06-15", **vals):
        return self.bill(cutoff, start=False, **{"invoice_date": "2026-06-15", **vals})

    def get_question(self, action):
        self.assertEqual(action["res_model"], "service.billing.question")
        question = self.env[action["res_model"]].with_user(self.user_accountant)
        return question.browse(action["res_id"])

    # ----- Far ahead -----

    def test_a_year_typed_wrong(self):
        """Until the end of 2028 instead of 2026: 31 charges of a monthly contract are asked of."""
        contract = self.create_contract(start="2026-06-01")
        run = self.create_draft("2028-12-31")
        for verb in (run.action_start, run.action_preview):
            question = self.get_question(verb())
            self.assertIn("12/31/2028: that day is far ahead", question.text)
            self.assertIn("of 1 contracts", question.text)
            self.assertFalse(contract.charge_ids)
            self.assertEqual(run.state, "draft")

    def test_until_the_end_of_next_month_nobody_is_asked(self):
        contract = self.create_contract(start="2026-06-01")
        run = self.create_draft("2026-07-31")
        self.assertFalse(run.action_start())
        self.assertEqual((run.state, len(contract.charge_ids)), ("done", 2))

    def test_answered_is_not_asked_again(self):
        contract = self.create_contract(start="2026-06-01")
        run = self.create_draft("2026-09-30")
        action = self.get_question(run.action_preview()).action_confirm()
        self.assertEqual(action["res_model"], "service.billing.preview")
        self.assertFalse(contract.charge_ids, "looking charges nothing")
        run.cutoff_date = "2026-10-31"
        question = self.get_question(run.action_start())
        question.action_confirm()
        self.assertEqual((run.state, len(contract.charge_ids)), ("done", 5))

    def test_an_answer_is_given_to_what_is_asked(self):
        """Nor does who may only read the run answer for others."""
        self.create_contract(start="2026-01-01")
        run = self.create_draft()
        question = self.env["service.billing.question"].with_user(self.user_accountant)
        forged = question.create({"run_ids": run.ids, "verb": "start", "text": "Mine"})
        self.get_question(forged.action_confirm())
        self.assertEqual((run.state, run.confirmed_text), ("draft", False))
        theirs = run.with_user(self.user_manager).action_preview()["res_id"]
        question.with_user(self.user_manager).browse(theirs).action_confirm()
        self.assertFalse(run.confirmed_text)

    def test_who_takes_a_run_up_again_is_asked_too(self):
        run = self.bill()
        self.create_contract(start="2026-01-01")
        question = self.get_question(run.action_resume())
        self.assertEqual((run.state, run.invoice_count), ("done", 0))
        question.action_confirm()
        self.assertEqual((run.state, run.invoice_count), ("done", 1))
        self.company.fiscalyear_lock_date = "2026-06-30"
        with self.assertRaisesRegex(UserError, "books are closed"):
            run.action_resume()

    def test_an_invoice_date_far_ahead(self):
        run = self.create_draft(invoice_date="2027-06-15")
        self.assertIn("dated 06/15/2027", self.get_question(run.action_start()).text)

    def test_an_invoice_date_long_past(self):
        """December of the year before: its numbers and its VAT are of a year that is over."""
        run = self.create_draft(invoice_date="2025-12-01")
        self.assertIn(
            "12/01/2025: that day is long past", self.get_question(run.action_start()).text
        )
        last_month = self.create_draft(invoice_date="2026-05-01")
        self.assertFalse(last_month.action_start())

    def test_a_manager_is_asked_too_and_bills_nothing(self):
        run = self.create_draft("2028-12-31").with_user(self.user_manager)
        question = self.env["service.billing.question"].with_user(self.user_manager)
        question = question.browse(run.action_preview()["res_id"])
        question.action_confirm()
        question = question.create({"run_ids": run.ids, "verb": "start", "text": question.text})
        with self.assertRaises(AccessError):
            question.action_confirm()

    def test_a_started_run_keeps_its_dates(self):
        """Else a finished one is taken up again until 2028, and nobody is asked."""
        run = self.bill()
        for name in ("cutoff_date", "session_cutoff_date", "invoice_date"):
            with self.subTest(name), self.assertRaises(UserError):
                run[name] = "2028-12-31"
        run.cutoff_date = "2026-06-15"

    # ----- Long behind -----

    def test_a_long_backlog(self):
        """Nobody noticed a contract of January: two months are older than three months."""
        self.create_contract(start="2026-01-01")
        run = self.create_draft()
        text = self.get_question(run.action_start()).text
        self.assertIn("before 03/01/2026: 2, the oldest on 01/01/2026, 100.00", text)

    def test_a_long_backlog_that_is_charged_already(self):
        contract = self.create_contract(start="2026-01-01")
        contract._generate_charges(date(2026, 6, 15))
        text = self.get_question(self.create_draft().action_start()).text
        self.assertIn("before 03/01/2026: 2, the oldest on 01/01/2026, 100.00", text)

    def test_a_quarter_is_no_long_backlog(self):
        """Billed each quarter on its last day: nobody is asked; nor of a year in arrears."""
        self.create_contract(start="2026-04-01")
        self.create_contract(start="2025-07-01", billing_interval="12", billing_mode="arrears")
        with freeze_time("2026-06-30"):
            self.assertFalse(self.create_draft("2026-06-30").action_start())

    def test_the_billing_day_asks_nobody(self):
        self.create_contract(start="2026-01-01")
        self.company.service_billing_day = 15
        self.run_cron("service_contract.service_billing_day_cron")
        run = self.env["service.billing.run"].search([("company_id", "=", self.company.id)])
        self.assertEqual((run.state, run.invoice_count), ("done", 1))
        self.assertIn("before 03/01/2026: 2", run.exception_ids.detail, "told to who checks them")

    # ----- What a run leaves behind -----

    def bill_far_ahead(self, cutoff):
        """Bill until a day that was mistyped, and delete the drafts again."""
        run = self.create_draft(cutoff)
        self.get_question(run.action_start()).action_confirm()
        run.invoice_ids.unlink()
        return run

    def test_a_deleted_run_takes_along_what_it_charged_ahead(self):
        """31 charges until 2028: those that are due today stay, the daily job would make them."""
        contract = self.create_contract(start="2026-06-01")
        run = self.bill_far_ahead("2028-12-31")
        self.assertEqual(len(contract.charge_ids), 31)
        run.unlink()
        self.assertPeriods(contract.charge_ids, [("2026-06-01", "2026-06-30")])
        self.run_cron("service_contract.service_contract_cron")
        self.assertPeriods(contract.charge_ids, [("2026-06-01", "2026-06-30")])
        with freeze_time("2026-07-15"):
            self.assertEqual(self.bill("2026-07-15").invoice_ids.amount_untaxed, 100)

    def test_a_suspended_contract_is_looked_at_again_too(self):
        """Nothing was charged of it until 2028, and nothing is once it is served again."""
        contract = self.create_contract(start="2026-06-15")
        suspension = self.env["service.suspension"].with_user(self.user_manager)
        suspension.create({"contract_id": contract.id, "date_start": "2026-06-15"})
        self.bill_far_ahead("2028-12-31").unlink()
        self.assertFalse(contract.charged_until)

    def test_an_earlier_cutoff_bills_no_more_than_was_asked(self):
        """The preview of a later one has charged nothing that would be billed with it."""
        contract = self.create_contract(start="2026-06-01")
        run = self.create_draft("2028-12-31")
        self.get_question(run.action_preview()).action_confirm()
        run.cutoff_date = "2026-07-31"
        run.action_start()
        self.assertEqual((run.amount_untaxed, len(contract.charge_ids)), (100, 2))

    def test_decisions_and_other_runs_keep_their_charges(self):
        contract = self.create_contract(start="2026-06-01")
        run = self.bill_far_ahead("2026-10-31")
        july, august, september = contract.charge_ids.sorted("date_start")[1:4]
        self.hold(august.with_user(self.user_accountant))
        self.hold(september.with_user(self.user_accountant), hold_until="2026-10-31")
        other = self.bill("2026-07-31")
        self.assertEqual(july.state, "invoiced")
        run.unlink()
        self.assertPeriods(
            contract.charge_ids.sorted("date_start"),
            [
                ("2026-06-01", "2026-06-30"),
                ("2026-07-01", "2026-07-31"),
                ("2026-08-01", "2026-08-31"),
                ("2026-09-01", "2026-09-30"),
            ],
        )
        other.invoice_ids.unlink()
        self.assertTrue(july.exists(), "another run billed it since")

    def test_a_run_whose_drafts_were_deleted(self):
        """The same for what was billed ahead, deleted, and is nobody's any more."""
        contract = self.create_contract(start="2026-06-01")
        run = self.bill("2026-07-31")
        run.invoice_ids.unlink()
        run.unlink()
        self.assertPeriods(contract.charge_ids, [("2026-06-01", "2026-06-30")])

    # ----- Closed books -----

    def test_closed_books_are_said_once(self):
        for index in range(3):
            self.create_contract(self.create_customer(f"C{index}"), start="2026-06-01")
        run = self.bill()
        self.company.fiscalyear_lock_date = "2026-06-30"
        with self.assertRaisesRegex(UserError, "closed for 06/15/2026.*the date of 3 drafts"):
            run.action_post_invoices()
        self.assertFalse(run.exception_ids)
        self.redate(run, "2026-07-01")
        run.action_post_invoices()
        self.assertEqual(set(run.invoice_ids.mapped("state")), {"posted"})

    def test_each_kind_of_closed_books(self):
        for lock in ("fiscalyear_lock_date", "sale_lock_date", "tax_lock_date", "hard_lock_date"):
            with self.subTest(lock), self.env.cr.savepoint() as savepoint:
                self.company[lock] = "2026-06-30"
                with self.assertRaisesRegex(UserError, "books are closed"):
                    self.create_draft().action_start()
                savepoint.rollback()
                self.env.invalidate_all()

    def test_closed_books_before_anything_is_made(self):
        contract = self.create_contract(start="2026-06-01")
        self.company.sale_lock_date = "2026-06-30"
        run = self.create_draft()
        with self.assertRaisesRegex(UserError, "books are closed for the invoice date 06/15/2026"):
            run.action_start()
        self.assertFalse(contract.charge_ids)
        run.invoice_date = "2026-07-01"
        run.action_start()
        self.assertEqual(run.invoice_count, 1)

    # ----- Another date -----

    def redate(self, run, day):
        wizard = self.env["service.billing.redate"].with_user(self.user_accountant)
        with Form(wizard.with_context(**run.action_change_date()["context"])) as form:
            form.invoice_date = day
        form.record.action_redate()

    def test_another_date_moves_what_is_due(self):
        """S34: due on receipt stays due on receipt; thirty days stay thirty days."""
        term = self.env.ref("account.account_payment_term_30days")
        self.create_contract(start="2026-06-01", payment_term_id=False)
        self.create_contract(self.create_customer("B"), start="2026-06-01", payment_term_id=term.id)
        run = self.bill()
        at_once, later = run.invoice_ids.sorted("invoice_date_due")
        self.redate(run, "2026-07-01")
        self.assertEqual(run.invoice_date, date(2026, 7, 1))
        self.assertEqual(set(run.invoice_ids.mapped("invoice_date")), {date(2026, 7, 1)})
        self.assertEqual(at_once.invoice_date_due, date(2026, 7, 1))
        self.assertEqual(later.invoice_date_due, date(2026, 7, 31))
        run.action_post_invoices()
        lines = at_once.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertEqual(lines.date_maturity, date(2026, 7, 1))

    def test_another_date_comes_step_by_step(self):
        """Nothing that a click may do takes longer than the server allows, nor is half done."""
        for name in "ABC":
            self.create_contract(self.create_customer(name), start="2026-06-01")
        run = self.bill()
        with patch.object(type(run), "_is_small", lambda run: False):
            self.redate(run, "2026-07-01")
        self.assertEqual((run.state, run.phase, run.total_count), ("running", "date", 3))
        run._step(limit=1)
        self.assertEqual(len(run.invoice_ids.filtered(self.is_dated_anew)), 1)
        with self.assertRaisesRegex(UserError, "not finished"):
            run.action_post_invoices()
        self.run_cron("service_contract.service_billing_run_cron")
        self.assertEqual(len(run.invoice_ids.filtered(self.is_dated_anew)), 3)
        self.assertEqual(run.state, "done")

    def is_dated_anew(self, move):
        return move.invoice_date == date(2026, 7, 1)

    def test_a_draft_that_takes_no_other_date_keeps_back_no_other(self):
        for name in "AB":
            self.create_contract(self.create_customer(name), start="2026-06-01")
        run = self.bill()
        stuck = run.invoice_ids[0]
        write, words = type(stuck).write, "No."

        def refuse(moves, vals):
            if stuck in moves and "invoice_date" in vals:
                raise UserError(words)
            return write(moves, vals)

        with patch.object(type(stuck), "write", refuse):
            self.redate(run, "2026-07-01")
        self.assertEqual(run.invoice_ids.filtered(self.is_dated_anew), run.invoice_ids - stuck)
        self.assertEqual(run.exception_ids.mapped("res_id"), stuck.ids)
        self.redate(run, "2026-07-02")
        self.assertEqual(set(run.invoice_ids.mapped("invoice_date")), {date(2026, 7, 2)})
        self.assertEqual(run.exception_ids.state, "done")

    def test_a_date_changed_by_hand_moves_what_is_due(self):
        self.create_contract(start="2026-06-01", payment_term_id=False)
        invoice = self.bill().invoice_ids.with_user(self.user_accountant)
        with Form(invoice) as form:
            form.invoice_date = date(2026, 6, 20)
        self.assertEqual(invoice.invoice_date_due, date(2026, 6, 20))
        invoice.invoice_date_due = "2026-06-30"
        invoice.invoice_date = "2026-06-22"
        self.assertEqual(invoice.invoice_date_due, date(2026, 6, 30), "a date of its own stays")

    def test_posted_invoices_keep_their_date(self):
        for index in range(2):
            self.create_contract(self.create_customer(f"C{index}"), start="2026-06-01")
        run = self.bill()
        posted, draft = run.invoice_ids
        posted.action_post()
        self.redate(run, "2026-06-20")
        self.assertEqual(posted.invoice_date, date(2026, 6, 15))
        self.assertEqual(draft.invoice_date, date(2026, 6, 20))

    # ----- What costs nothing; who pays -----

    def test_a_free_contract_gets_no_invoice(self):
        """Nor does it wait for ever, nor is it asked again; what costs something later is owed."""
        free = self.create_contract(start="2026-05-01")
        free.line_ids.price_unit = 0
        run = self.bill()
        self.assertEqual((run.state, run.invoice_count), ("done", 0))
        self.assertEqual(free.charge_ids.mapped("state"), ["included"] * 2)
        self.assertFalse(self.bill().invoice_ids)
        free.line_ids.price_unit = 50
        self.assertEqual(self.bill().invoice_ids.amount_untaxed, 100)

    def test_what_costs_nothing_beside_something_is_shown(self):
        contract = self.create_contract(start="2026-06-01")
        contract.line_ids.copy({"price_unit": 0, "name": "Gift"})
        invoice = self.bill().invoice_ids
        self.assertEqual(sorted(invoice.invoice_line_ids.mapped("price_unit")), [0, 50])

    def test_a_session_at_no_price_gets_no_invoice(self):
        self.company.service_default_level_id = self.level
        session = self.create_session([("2026-06-10 09:00:00", 1800)])
        session.sudo().charge_ids.price_unit = 0
        session = session.with_user(self.user_accountant)
        action = session.action_bill_now()
        self.assertIn("nothing to pay", action["params"]["message"])
        self.assertEqual(session.sudo().billing_state, "included")
        self.assertFalse(session.sudo().charge_ids.move_line_ids)

    def test_a_credit_and_a_charge_that_make_nothing_are_invoiced(self):
        contract = self.create_contract(start="2026-06-01")
        contract.line_ids.copy({"price_unit": -50, "name": "Gift"})
        self.assertEqual(self.bill().invoice_ids.amount_total, 0)

    def test_another_customer_on_the_draft_needs_a_reason(self):
        self.create_contract(start="2026-06-01")
        invoice = self.bill().invoice_ids.with_user(self.user_accountant)
        other = self.create_customer("Another one")
        invoice.partner_id = other
        with self.assertRaisesRegex(UserError, "Customer differ from the charge"):
            invoice.action_post()
        reason = self.env["service.reason"].create({"name": "Sold", "usage": "invoice"})
        invoice.invoice_line_ids.service_reason_id = reason
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_a_contact_of_the_same_customer_needs_none(self):
        contract = self.create_contract(start="2026-06-01")
        invoice = self.bill().invoice_ids
        contact = {"name": "Accounts", "type": "invoice", "parent_id": contract.partner_id.id}
        invoice.partner_id = self.env["res.partner"].create(contact)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_a_credit_note_is_its_invoices_customers(self):
        self.create_contract(start="2026-06-01")
        invoice = self.bill().invoice_ids
        invoice.action_post()
        note = invoice._reverse_moves()
        note.partner_id = self.create_customer("Another one")
        with self.assertRaisesRegex(UserError, "Customer differ from the charge"):
            note.action_post()
        note.partner_id = invoice.partner_id
        note.action_post()

    def test_another_fiscal_position_on_the_draft_needs_a_reason(self):
        """It decides the mentions and the accounts, where the taxes stay the same as well (L09)."""
        self.create_contract(start="2026-06-01")
        invoice = self.bill().invoice_ids.with_user(self.user_accountant)
        other = self.env["account.fiscal.position"].create(
            {"name": "Other", "company_id": self.company.id}
        )
        invoice.fiscal_position_id = other
        with self.assertRaisesRegex(UserError, "Fiscal Position differ from the charge"):
            invoice.action_post()
        reason = self.env["service.reason"].create({"name": "Agreed", "usage": "invoice"})
        invoice.invoice_line_ids.service_reason_id = reason
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_another_currency_on_the_draft_needs_a_reason(self):
        self.create_contract(start="2026-06-01")
        invoice = self.bill().invoice_ids.with_user(self.user_accountant)
        invoice.currency_id = self.setup_other_currency("PLN", rates=[("2020-01-01", 4.0)])
        with self.assertRaisesRegex(UserError, "Currency"):
            invoice.action_post()

    def test_the_position_that_the_contract_has_by_now_is_none(self):
        contract = self.create_contract(start="2026-06-01")
        invoice = self.bill().invoice_ids
        contract.fiscal_position_id = self.env["account.fiscal.position"].create(
            {"name": "Since", "company_id": self.company.id}
        )
        invoice.fiscal_position_id = contract.fiscal_position_id
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
