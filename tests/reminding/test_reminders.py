"""Everybody who is late is reminded, at three levels, with what the law adds for firms (L07)."""

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import ReminderCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestReminders(ReminderCommon):
    def get_level(self, name):
        return self.env.ref(f"service_contract.service_reminder_level_{name}")

    # ----- The policy -----

    def test_three_levels_of_a_firm(self):
        """A reminder, a second one and a formal notice, which alone claims what the law adds."""
        move = self.create_late()
        self.assertFalse(self.prepare("2026-06-06"), "seven days after it was due")
        first = self.remind("2026-06-07")
        self.assertEqual((first.level_id, first.state), (self.get_level("first"), "sent"))
        self.assertEqual((first.amount_total, first.penalty, first.recovery_fee), (120, 0, 0))
        self.assertEqual(str(first.pay_by), "2026-06-15")
        self.assertEqual(move.service_reminder_level_id, self.get_level("first"))
        self.assertFalse(self.prepare("2026-06-21"), "fifteen days after the first")
        second = self.remind("2026-06-22")
        self.assertEqual((second.level_id, second.recovery_fee), (self.get_level("second"), 0))
        formal = self.remind("2026-07-07")
        self.assertEqual(formal.level_id, self.get_level("formal"))
        self.assertEqual(formal.days_late, 37)
        # 120.00 × 12.15 % × 37 / 365
        self.assertEqual(
            (formal.penalty, formal.recovery_fee, formal.amount_total), (1.48, 40, 161.48)
        )
        self.assertFalse(self.prepare("2026-12-31"), "nothing follows a formal notice")
        self.assertIn("07/15/2026", move.service_reminder_status)

    def test_consumers_owe_nothing_more(self):
        """Neither penalties nor the fee: L441-10 is for professionals (L07)."""
        for regime in ("consumer", "non_professional"):
            customer = self.create_customer(regime, service_regime=regime, email="a@example.com")
            move = self.create_late(customer)
            self.assertFalse(move._is_between_professionals())
        self.remind("2026-06-07")
        self.remind("2026-06-22")
        formal = self.remind("2026-07-07")
        self.assertEqual(formal.level_id, self.get_level("formal"))
        self.assertEqual(formal.mapped("amount_total"), [120, 120])

    def test_a_fee_for_each_invoice(self):
        first, second = self.create_late(), self.create_late(price=39.0, due="2026-06-05")
        self.remind("2026-06-15")
        self.remind("2026-06-30")
        formal = self.remind("2026-07-15")
        self.assertEqual(formal.line_ids.move_id, first + second)
        self.assertEqual(formal.recovery_fee, 80)
        # 120.00 × 12.15 % × 45 / 365 and 46.80 × 12.15 % × 40 / 365
        self.assertEqual(formal.line_ids.mapped("penalty"), [1.8, 0.62])

    def test_a_company_without_a_rate_claims_the_fee_alone(self):
        self.company.service_penalty_rate = 0
        self.create_late()
        for day in ("2026-06-15", "2026-06-30", "2026-07-15"):
            formal = self.remind(day)
        self.assertEqual((formal.penalty, formal.recovery_fee), (0, 40))
        self.assertNotIn("L441-10", formal._get_claim_words())
        self.assertIn("D441-5", formal._get_claim_words())

    def test_a_company_with_levels_of_its_own(self):
        own = self.env["service.reminder.level"].create(
            {"name": "Call", "delay_days": 1, "text": "Hello", "company_id": self.company.id}
        )
        self.create_late(due="2026-06-14")
        self.assertEqual(self.remind("2026-06-15").level_id, own)
        self.assertFalse(self.prepare("2026-12-31"))

    # ----- Whose letter -----

    def test_one_letter_of_the_highest_level(self):
        """Each invoice keeps its own level, and no other costs what the law adds."""
        old = self.create_late()
        self.remind("2026-06-07")
        self.remind("2026-06-22")
        young = self.create_late(due="2026-06-20", invoice_date="2026-06-01")
        letter = self.remind("2026-07-07")
        self.assertEqual(letter.level_id, self.get_level("formal"))
        self.assertEqual(letter.line_ids.move_id, old + young)
        self.assertEqual(letter.line_ids.mapped("recovery_fee"), [40, 0])
        self.assertEqual(young.service_reminder_level_id, self.get_level("first"))

    def test_prepared_twice_is_one_letter(self):
        move = self.create_late()
        first = self.prepare()
        first.channel = "post"
        again = self.prepare()
        self.assertFalse(first.exists())
        self.assertEqual((again.line_ids.move_id, again.channel), (move, "post"))
        again.action_send()
        self.assertFalse(self.prepare(), "it stands in a letter that has not gone out")
        again.action_prepare()
        self.assertEqual(self.letters.search([]), again, "nor from its own row in the list")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            again.line_ids.sudo().copy({"level_id": self.get_level("second").id})
            self.env.flush_all()

    def test_each_addressee_and_currency_has_its_letter(self):
        site = self.env["res.partner"].create(
            {"name": "Site", "parent_id": self.customer.id, "email": "site@example.com"}
        )
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.create_late()
        self.create_late(site)
        self.create_late(currency_id=dollar.id)
        letters = self.prepare()
        self.assertEqual(len(letters), 3)
        self.assertEqual(letters.partner_id, self.customer + site)
        self.assertEqual(letters.currency_id, self.company.currency_id + dollar)

    def test_another_company(self):
        """What is late in a company that the user does not work in is none of his letters."""
        self.create_late()
        sister = self.env["res.company"].create({"name": "Elsewhere"})
        letters = self.prepare()
        foreign = letters.sudo().with_company(sister)._find_rows(sister)
        self.assertEqual((letters.company_id, foreign), (self.company, []))
        self.user_accountant.write(
            {"company_ids": [Command.set(sister.ids)], "company_id": sister.id}
        )
        with self.assertRaises(AccessError):
            letters.with_context(allowed_company_ids=sister.ids).action_send()

    # ----- How much -----

    def test_only_what_is_late_of_an_invoice_in_parts(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (10, 90)
                ],
            }
        )
        move = self.create_late(invoice_payment_term_id=term.id, invoice_date="2026-05-01")
        letter = self.prepare()
        self.assertEqual((letter.amount_total, letter.days_late), (60, 35))
        self.assertEqual(letter.line_ids.move_id, move)

    def test_cents_of_prices_with_tax(self):
        self.create_late(price=70.0, tax=self.tax_included)
        self.assertEqual(self.prepare().amount_total, 70.0)

    def test_the_end_of_february(self):
        self.create_late(due="2028-02-29", invoice_date="2028-02-01")
        with freeze_time("2028-03-07"):
            self.assertFalse(self.prepare("2028-03-06"))
            self.assertTrue(self.prepare("2028-03-07"))

    def test_a_credit_on_account_is_taken_off(self):
        """Who has paid is not reminded because nobody has matched it yet."""
        first, second = self.create_late(), self.create_late(price=50.0, due="2026-06-05")
        self.credit(self.customer, 150.0)
        letter = self.prepare()
        self.assertEqual(letter.line_ids.move_id, second)
        self.assertEqual(letter.amount_total, 30)
        self.credit(self.customer, 30.0)
        self.assertFalse(self.prepare())
        self.assertEqual(first.amount_residual, 120, "nothing was matched by it")

    def test_a_payment_that_stands_in_no_account(self):
        self.create_late()
        method = self.method_sdd.journal_id.inbound_payment_method_line_ids.filtered(
            lambda one: one.code == "manual"
        )
        method.payment_account_id = False
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 120,
                "journal_id": method.journal_id.id,
                "payment_method_line_id": method.id,
            }
        )
        payment.action_post()
        self.assertFalse(self.prepare())

    def test_what_is_not_worth_a_letter(self):
        self.create_late(price=0.5)
        self.assertFalse(self.prepare())
        self.company.service_reminder_minimum = 0.6
        self.assertEqual(self.prepare().amount_total, 0.6)

    # ----- Who may -----

    def test_others_prepare_and_send_none(self):
        self.create_late()
        letter = self.prepare()
        for user in (self.user_technician, self.user_sales, self.user_manager):
            with self.assertRaises(AccessError):
                letter.with_user(user).action_prepare()
            with self.assertRaises(AccessError):
                letter.with_user(user).action_send()

    def test_nothing_is_written_by_hand(self):
        move = self.create_late()
        letter = self.prepare()
        for vals in ({"state": "sent"}, {"level_id": self.get_level("formal").id}):
            with self.assertRaises(AccessError):
                letter.write(vals)
        with self.assertRaises(AccessError):
            letter.line_ids.write({"amount": 999})
        with self.assertRaises(AccessError):
            self.letters.create({"partner_id": self.customer.id, "level_id": letter.level_id.id})
        with self.assertRaises(AccessError):
            move.with_user(self.user_accountant).service_reminded_on = "2026-01-01"
        with self.assertRaises(AccessError):
            letter.unlink()

    def test_a_copied_invoice_was_never_reminded(self):
        move = self.create_late()
        self.remind("2026-06-15")
        self.assertTrue(move.service_reminder_level_id)
        self.assertFalse(move.copy().service_reminder_level_id)

    # ----- What others see -----

    def test_the_contract_shows_it(self):
        contract = self.create_contract(start="2026-06-01")
        run = self.create_run("2026-06-15", user=self.user_accountant, is_auto_post=True)
        move = run.invoice_ids
        self.assertFalse(contract.reminded_count)
        move.sudo()._as_workflow().service_sending = "sent"
        self.remind("2026-09-01")
        shown = contract.with_user(self.user_sales)
        shown.invalidate_recordset()
        self.assertEqual((shown.reminded_count, shown.reminder_level_id.name), (1, "Reminder"))
        move.invoice_user_id = self.user_manager
        self.env.invalidate_all()
        self.assertEqual(shown.action_open_reminded()["domain"], [("id", "in", move.ids)])
        self.pay(move, move.amount_total)
        contract.invalidate_recordset()
        self.assertFalse(contract.reminded_count)

    def test_the_list_of_what_is_late(self):
        """It shows what the letters are made of, and more: what nobody is reminded of."""
        late = self.create_late()
        self.create_late(due="2026-06-15")
        paid = self.create_late()
        self.pay(paid, 120)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_overdue_action"
        )
        moves = self.env["account.move"].with_user(self.user_accountant)
        own = moves._get_overdue_domain(self.company, self.day("2026-06-15"))
        shown = moves.search(safe_eval(action["domain"]))
        self.assertEqual((moves.search(own), shown), (late, late))
        self.assertEqual(late.service_reminder_status, "Reminder from 06/07/2026 on.")

    def test_queries_do_not_grow_with_the_invoices(self):
        """Of each customer more statements make its letter, and none tell who gets one."""
        customers = [
            self.create_customer(f"Firm {number}", email="a@example.com") for number in range(8)
        ]

        def count(number):
            for customer in customers[:number]:
                self.create_late(customer)
                self.create_late(customer)
            return self.count_queries(
                lambda: self.letters.sudo()._find_rows(self.company),
                lambda: self.company._get_reminder_levels().mapped("name"),
            )

        few, many = count(2), count(8)
        self.assertLessEqual(many, few + 1)
