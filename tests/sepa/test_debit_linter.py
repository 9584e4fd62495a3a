"""All that speaks against debits is told at once, before anything is made, with its button."""

from datetime import date

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import IBANS
from .common import SepaCommon

MONACO = "MC5811222000010123456789030"
BRITISH = "GB29NWBK60161331926819"


class LinterCommon(SepaCommon):
    def make_invoice(self, customer=None, **vals):
        """Return the posted invoice of a contract that is debited, as the accountant."""
        self.create_debited_contract(customer, **vals)
        return self.bill().invoice_ids.with_user(self.user_accountant)

    def find(self, invoices, **options):
        """Return ``[(level, words)]`` of what is found about the debits of invoices."""
        lines = invoices.line_ids.filtered(lambda line: line._is_open_receivable())
        found = lines._get_debit_findings(**options)
        return [(one.level, one.words) for line in lines for one in found[line]]

    def assertFound(self, invoices, level, words, **options):
        found = self.find(invoices, **options)
        self.assertEqual([one[0] for one in found], [level], found)
        self.assertRegex(found[0][1], words)

    def order_of(self, invoice):
        """Return the draft order that Odoo's own button makes."""
        invoice.create_account_payment_line()
        return invoice.line_ids.payment_line_ids.order_id.filtered(lambda one: one.state == "draft")

    def check(self, record):
        """Press “Check the Debits”; return the dialog."""
        action = record.action_check_debits()
        return record.env[action["res_model"]].browse(action["res_id"])


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestDebitLinter(LinterCommon):
    def test_nothing_speaks_against_a_good_debit(self):
        self.assertEqual(self.find(self.make_invoice()), [])

    # ----- Mandate and account -----

    def test_mandates(self):
        """L10, L13, L16: what a bank would refuse of a mandate is known before it does."""
        invoice = self.make_invoice()
        account = self.mandate.partner_bank_id
        cases = [
            (self.mandate, {"state": "expired"}, "not valid"),
            (self.mandate, {"format": "basic"}, "neither SEPA CORE nor B2B"),
            (
                self.mandate,
                {"state": "suspended", "service_suspension": "Who signed it?"},
                "is suspended: Who signed it?",
            ),
            (self.mandate, {"service_lapses_on": "2026-06-15"}, "has lapsed on 06/15/2026"),
            (
                self.mandate,
                {"unique_mandate_reference": "Contrat n°12/é"},
                "cannot stand in a file",
            ),
            (self.mandate, {"service_debit_limit": 46.79}, "46.79.* at most"),
            (account, {"active": False}, "was archived"),
            (account, {"partner_id": self.customer.id}, f"is one of {self.customer.name} now"),
            (account, {"sanitized_acc_number": "LT601010012345678901"}, "was overwritten"),
        ]
        for record, vals, words in cases:
            with self.subTest(vals), self.env.cr.savepoint() as savepoint:
                self.store(record, **vals)
                self.assertFound(invoice, "stop", words)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_accounts_that_no_debit_reaches(self):
        """However they came to be valid: outside SEPA, or no IBAN at all."""
        invoice = self.make_invoice()
        account = self.mandate.partner_bank_id
        cases = [
            ("TN5910006035183598478831", "cannot be debited by SEPA"),
            ("12345", "has no IBAN"),
        ]
        for number, words in cases:
            with self.subTest(number), self.env.cr.savepoint() as savepoint:
                self.store(account, sanitized_acc_number=number, acc_number=number)
                self.store(self.mandate, service_signed_iban=number)
                self.assertFound(invoice, "stop", words)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_lapse_is_not_a_day_early(self):
        invoice = self.make_invoice()
        self.store(self.mandate, service_lapses_on="2026-06-16")
        self.assertEqual(self.find(invoice), [])

    def test_limit_that_is_just_kept(self):
        invoice = self.make_invoice()
        self.mandate.service_debit_limit = 46.8
        self.assertEqual(self.find(invoice), [])

    def test_limit_of_what_is_taken_at_once(self):
        """Two invoices of one mandate and day are one debit: its sum counts."""
        self.mandate.service_debit_limit = 90
        self.create_debited_contract()
        invoices = self.make_invoice()
        self.assertEqual([level for level, _words in self.find(invoices)], ["stop", "stop"])
        self.method_sdd.group_lines = False
        self.assertEqual(self.find(invoices), [])

    def test_b2b_of_a_consumer(self):
        """L10: whatever he signed."""
        invoice = self.make_invoice()
        self.store(self.mandate, format="sepa_b2b", service_registered_on="2026-01-02")
        self.assertEqual(self.find(invoice), [])
        self.payer.service_regime = "consumer"
        self.assertFound(invoice, "stop", "never debited by B2B")

    # ----- Address and characters -----

    def make_foreign(self, iban, **vals):
        customer = self.create_customer("Abroad", iban=iban, **vals)
        return customer, self.make_invoice(customer)

    def test_address_outside_the_economic_area(self):
        """L15: Monaco, Switzerland and the United Kingdom need one, with town and country."""
        customer, invoice = self.make_foreign(MONACO, city=False)
        self.assertFound(invoice, "stop", "outside the European Economic Area")
        run = invoice.service_run_id.with_user(self.user_accountant)
        run.action_collect()
        row = self.env["service.exception"]._get_open(customer, "sepa")
        self.assertEqual((row.cause_id.code, row.res_model), ("debtor", "res.partner"))
        self.assertFalse(run.order_ids)
        accountant = self.user_accountant.sudo()
        accountant.group_ids += self.env.ref("base.group_partner_manager")
        action = row.with_user(self.user_accountant).action_mend()
        wizard = self.env[action["res_model"]].with_user(self.user_accountant)
        wizard = wizard.with_context(**action["context"]).create({})
        wizard.line_ids.city = "Monaco"
        wizard.line_ids.country_id = self.env.ref("base.mc")
        wizard.action_confirm()
        self.assertEqual((row.state, customer.country_id.code), ("done", "MC"))
        self.assertCollected(run, "46.80", 1)

    def test_address_of_britain(self):
        _customer, invoice = self.make_foreign(BRITISH, country_id=False)
        self.assertFound(invoice, "stop", "outside the European Economic Area")

    def test_half_an_address_is_left_out(self):
        """L15: elsewhere it is no hindrance, and never written without a town."""
        self.payer.city = False
        invoice = self.make_invoice()
        self.assertFound(invoice, "note", "no whole address")
        order = self.collect(invoice.service_run_id.with_user(self.user_accountant))
        root = etree.fromstring(order.payment_file_id.raw)
        (debtor,) = root.iterfind(".//{*}Dbtr")
        self.assertIsNone(debtor.find("{*}PstlAdr"))

    def test_whole_address_is_written(self):
        order = self.collect(self.make_invoice().service_run_id)
        root = etree.fromstring(order.payment_file_id.raw)
        (address,) = root.iterfind(".//{*}Dbtr/{*}PstlAdr")
        written = {etree.QName(child).localname: child.text for child in address}
        self.assertEqual((written["TwnNm"], written["Ctry"]), ("Lyon", "FR"))

    def test_characters_that_are_replaced(self):
        self.payer.name = "Café & Fils"
        self.assertFound(self.make_invoice(), "note", "instead of &")

    # ----- Who is not debited now -----

    def test_disputed_invoice(self):
        invoice = self.make_invoice()
        invoice.sudo().payment_state = "blocked"
        self.assertFound(invoice, "stop", "is disputed")
        run = invoice.service_run_id.with_user(self.user_accountant)
        check = self.check(run)
        self.assertEqual((check.good_count, check.kept_count), (0, 1))

    def test_contested_session(self):
        session = self.create_session(
            [("2026-06-10 09:00:00", 1800)], customer=self.payer, level_id=self.level.id
        )
        run = self.create_run("2026-06-15", user=self.user_accountant)
        run.action_post_invoices()
        invoice = run.invoice_ids
        self.assertTrue(invoice._get_service_charges().session_id)
        self.store(session, sheet_state="contested")
        self.assertFound(invoice, "stop", "bills a session that is contested")

    def test_insolvency_holds_earlier_debts(self):
        """L15c: as old as what it bills, whenever it was issued."""
        invoice = self.make_invoice()
        self.payer.service_insolvent_on = "2026-06-01"
        self.assertEqual(self.find(invoice), [])
        self.payer.service_insolvent_on = "2026-06-02"
        self.assertFound(invoice, "stop", "opened on 06/02/2026")

    def test_insolvency_is_seen_by_accounting_alone(self):
        for user in (self.user_sales, self.user_technician):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                self.payer.with_user(user).read(["service_insolvent_on"])

    # ----- The creditor -----

    def test_creditor_identifier_with_a_wrong_key(self):
        """L16: a wrong one sends the whole file back."""
        invoice = self.make_invoice()
        self.store(self.company, sepa_creditor_identifier="FR79ZZZ424242")
        self.assertFound(invoice, "stop", "its key does not fit")

    def test_bank_journal_without_an_account(self):
        invoice = self.make_invoice()
        self.store(self.method_sdd.journal_id, bank_account_id=False)
        self.assertFound(invoice, "stop", "no account to collect on")

    # ----- What somebody decides -----

    def test_over_the_limit_of_the_company(self):
        self.company.service_debit_limit = 46.79
        invoice = self.make_invoice()
        self.assertFound(invoice, "ask", "more than the .*46.79")
        run = invoice.service_run_id.with_user(self.user_accountant)
        run.action_collect()
        self.assertEqual(invoice.service_debit_decision, "ask")
        action = invoice.action_debit_again()
        self.assertEqual(invoice.service_debit_decision, "ask", "nothing without a reason")
        self.assertEqual(action["res_model"], "service.debit.anyway")
        wizard = self.debit_anyway(invoice, "Agreed by telephone")
        self.assertIn("46.79", wizard.doubts or invoice.service_debit_note)
        self.assertIn("Agreed by telephone", invoice.message_ids[0].body)
        self.assertCollected(run, "46.80", 1)

    def test_credit_is_set_off_or_debited_anyway(self):
        """A customer who owes nothing is not debited; asked, the rest is, or all for a reason."""
        invoice = self.make_invoice()
        self.credit(self.payer, 10)
        self.assertFound(invoice, "ask", "credit of .*10.00")
        self.assertFound(invoice, "note", "is set off first", sets_off=True)
        order = self.order_of(invoice)
        check = self.check(order)
        (line,) = check.line_ids
        self.assertTrue(line.can_set_off and line.can_decide)
        line.action_set_off()
        self.assertEqual(order.payment_line_ids.amount_currency, 36.8)
        self.assertFalse(check.line_ids)
        order.action_confirm_debits()
        self.assertEqual((order.state, order.payment_ids.amount), ("open", 36.8))

    def test_credit_that_pays_all_empties_the_order(self):
        invoice = self.make_invoice()
        self.credit(self.payer, 60)
        order = self.order_of(invoice)
        self.check(order).line_ids.action_set_off()
        self.assertFalse(order.payment_line_ids)
        self.assertFalse(invoice.amount_residual)

    def test_debit_anyway_from_the_check(self):
        invoice = self.make_invoice()
        self.credit(self.payer, 10)
        order = self.order_of(invoice)
        check = self.check(order)
        action = check.line_ids.action_debit_anyway()
        wizards = self.env[action["res_model"]].with_user(self.user_accountant)
        wizard = wizards.with_context(**action["context"]).create({"reason": "A deposit"})
        self.assertIn("10.00", wizard.doubts)
        shown = wizard.action_confirm()
        self.assertEqual(shown["res_id"], check.id)
        self.assertFalse(check.line_ids)
        order.action_confirm_debits()
        self.assertEqual((order.state, order.payment_ids.amount), ("open", 46.8))

    # ----- The day -----

    def test_day_on_which_no_bank_collects(self):
        """L11: neither a Sunday nor Whit Monday's weekend, nor before the cut-off."""
        invoice = self.make_invoice()
        order = self.order_of(invoice)
        order.write({"date_prefered": "fixed", "date_scheduled": "2026-06-21"})
        check = self.check(order)
        self.assertIn("06/22/2026", check.line_ids.words)
        check.line_ids.action_mend()
        self.assertEqual(order.date_scheduled, date(2026, 6, 22))
        self.assertFalse(check.line_ids)

    def test_day_before_the_cut_off(self):
        self.company.service_debit_lead = 2
        order = self.order_of(self.make_invoice())
        order.write({"date_prefered": "fixed", "date_scheduled": "2026-06-16"})
        check = self.check(order)
        self.assertIn("06/17/2026", check.line_ids.words)
        with self.assertRaisesRegex(UserError, "no day of collection"):
            order.draft2open()

    # ----- All at once -----

    def make_bad_and_good(self):
        """Return an order of a good debit, one without a mandate and one of a disputed invoice."""
        others = [self.create_customer(f"C{index}", iban=IBANS[index]) for index in (1, 2)]
        for customer in (self.payer, *others):
            self.create_debited_contract(customer)
        invoices = self.bill().invoice_ids.with_user(self.user_accountant)
        order = self.order_of(invoices)
        good = invoices.filtered(lambda move: move.partner_id == self.payer)
        dead, disputed = invoices - good
        dead.sudo().mandate_id.state = "cancel"
        disputed.sudo().payment_state = "blocked"
        return order, good, dead, disputed

    def test_the_good_ones_go_on(self):
        """One bad mandate stops nothing but its own debit."""
        order, good, dead, disputed = self.make_bad_and_good()
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            order.draft2open()
        for words in ("not valid", "is disputed"):
            self.assertIn(words, str(caught.exception))
        action = order.action_confirm_debits()
        check = order.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((order.state, check.good_count, check.kept_count), ("draft", 1, 2))
        self.assertEqual(check.line_ids.move_id, dead + disputed)
        self.assertEqual(check.good_amount, 46.8)
        check.action_leave_out()
        self.assertEqual(order.state, "open")
        self.assertEqual(order.payment_line_ids.move_line_id.move_id, good)
        self.assertIn(dead.name, " ".join(order.message_ids.mapped("body")))

    def test_mandate_that_dies_before_the_file(self):
        order, *_rest = self.make_bad_and_good()
        self.check(order).action_leave_out()
        self.mandate.cancel()
        with self.assertRaisesRegex(UserError, "not valid"):
            order.open2generated()

    def test_matters_have_their_cause_and_are_mended(self):
        order, _good, dead, _disputed = self.make_bad_and_good()
        order.unlink()
        run = dead.service_run_id.with_user(self.user_accountant)
        run.action_collect()
        self.assertEqual(len(run.order_ids.payment_line_ids), 1)
        row = self.env["service.exception"]._get_open(dead, "sepa")
        self.assertEqual(row.cause_id.code, "mandate")
        action = row.with_user(self.user_accountant).action_mend()
        self.assertEqual(action["res_id"], dead.mandate_id.id)
        self.assertFalse(row._look_again())
        dead.sudo().mandate_id.state = "valid"
        self.assertTrue(row._look_again())
        self.assertEqual(row.state, "done")

    def test_check_of_a_run_makes_nothing(self):
        order, *_rest = self.make_bad_and_good()
        order.unlink()
        run = self.env["service.billing.run"].search([], limit=1, order="id desc")
        run = run.with_user(self.user_accountant)
        check = self.check(run)
        self.assertEqual((check.good_count, check.kept_count), (1, 2))
        self.assertFalse(run.order_ids)
        self.assertFalse(self.env["service.exception"]._get_open(run.invoice_ids, "sepa"))
        check.action_collect()
        self.assertEqual(len(run.order_ids.payment_line_ids), 1)

    def test_buttons_of_the_check_open_what_is_mended(self):
        order, *_rest = self.make_bad_and_good()
        for line in self.check(order).line_ids:
            with self.subTest(line.words):
                self.assertEqual(line.action_mend()["type"], "ir.actions.act_window")

    def test_orders_that_are_no_sepa_debits_are_left_alone(self):
        """What another inbound method collects has no mandate, and needs none."""
        method = self.method_sdd.journal_id.inbound_payment_method_line_ids.filtered(
            lambda line: line.code == "manual"
        )[:1]
        method.write({"selectable": True, "payment_order_ok": True})
        invoice = self.make_invoice()
        invoice.sudo().write({"mandate_id": False, "preferred_payment_method_line_id": method.id})
        self.assertEqual(self.find(invoice), [])

    def test_queries_do_not_grow(self):
        """However many debits: their credits, sessions and mandates are asked for once."""

        def count(number):
            for index in range(number):
                customer = self.create_customer(f"Many {index}", iban=IBANS[0])
                self.create_debited_contract(customer)
                self.credit(customer, 1)
            invoices = self.bill().invoice_ids
            lines = invoices.line_ids.filtered(lambda line: line._is_open_receivable())
            self.assertEqual(len(lines), number)

            return self.count_queries(lines._get_debit_findings)

        few = count(2)
        self.assertEqual(count(9), few)

    def test_who_checks(self):
        order = self.order_of(self.make_invoice())
        for user in (self.user_manager, self.user_sales, self.user_technician):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                order.with_user(user).action_check_debits()
