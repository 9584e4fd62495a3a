"""What is given back comes off the next invoice, or is credited with its origin (L08c)."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import BillingRunCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestSetOff(BillingRunCommon):
    def create_credited(self, price=120.0, **vals):
        """Return a contract whose year was billed ahead and posted, and whose price fell then.

        The second line, of 10.00 a month, goes on.
        """
        contract = self.create_contract(
            self.create_customer("Given back"),
            start="2026-01-01",
            billing_interval="12",
            line={"price_unit": price / 12},
            **vals,
        )
        self.bill("2026-01-01", is_auto_post=True)
        return contract

    def get_credit(self, contract):
        return contract.charge_ids.filtered(lambda charge: charge.kind == "credit")

    def add_charge(self, contract, amount, day="2026-06-15"):
        """Owe something once more, such as a fee."""
        charges = self.env["service.charge"].sudo()
        return charges.create(
            {
                **charges._prepare_billing_party_vals(contract.partner_id, contract),
                "kind": "fee",
                "product_id": self.product_support.id,
                "name": "Fee",
                "price_unit": amount,
                "tax_ids": [(6, 0, self.tax_excluded.ids)],
                "date_start": day,
                "date_end": date.fromisoformat(day).replace(day=28),
                "billing_date": day,
            }
        )

    def get_matter(self, contract):
        return self.env["service.exception"].search(
            [("res_id", "=", contract.id), ("job", "=", "set_off"), ("state", "=", "open")]
        )

    def end(self, contract, day="2026-06-15"):
        contract.sudo().date_end = day

    # ----- Off the next invoice -----

    def test_it_waits_until_an_invoice_takes_it(self):
        contract = self.create_credited()
        self.end(contract)
        credit = self.get_credit(contract)
        run = self.bill("2026-06-16")
        self.assertFalse(run.invoice_ids)
        self.assertEqual((run.state, run.waiting_count), ("done", 1))
        self.assertEqual((credit.state, credit.set_off_run_id), ("ready", run))
        self.add_charge(contract, 100)
        invoice = self.bill("2026-06-16").invoice_ids
        self.assertEqual(invoice.move_type, "out_invoice")
        self.assertAlmostEqual(invoice.amount_untaxed, 100 + credit.amount, 2)
        self.assertEqual(credit.invoice_id, invoice)

    def test_a_run_that_is_taken_up_again_looks_again(self):
        contract = self.create_credited()
        self.end(contract)
        run = self.bill("2026-06-16")
        self.add_charge(contract, 100)
        run.action_resume()
        self.assertEqual(run.invoice_ids, self.get_credit(contract).invoice_id)
        self.assertFalse(run.waiting_count)

    def test_an_invoice_takes_as_much_as_leaves_it_above_zero(self):
        """Cut by days: nothing is lost or given twice, to the cent."""
        contract = self.create_credited()
        self.end(contract)
        whole = self.get_credit(contract).amount
        self.assertAlmostEqual(whole, -65.42, 2)
        self.add_charge(contract, 20)
        invoice = self.bill("2026-06-16").invoice_ids
        self.assertEqual(invoice.move_type, "out_invoice")
        self.assertGreaterEqual(invoice.amount_total, 0)
        self.assertLess(invoice.amount_untaxed, 0.4)
        rest, taken = self.get_credit(contract).sorted("date_start")
        self.assertEqual((taken.state, rest.state), ("invoiced", "ready"))
        self.assertEqual(rest.date_end, taken.date_start)
        self.assertAlmostEqual(taken.amount + rest.amount, whole, 2)
        contract._remake_charges()
        self.assertEqual(self.get_credit(contract), taken + rest)
        invoice.unlink()
        self.add_charge(contract, 80)
        invoice = self.bill("2026-06-16").invoice_ids
        self.assertAlmostEqual(invoice.amount_untaxed, 100 + whole, 2)

    def test_what_cannot_be_cut_waits_as_a_whole(self):
        contract = self.create_contract(self.create_customer("Reduced"), start="2026-06-01")
        reduction = self.add_charge(contract, -80)
        invoice = self.bill().invoice_ids
        self.assertEqual((invoice.amount_untaxed, reduction.state), (50, "ready"))
        invoice = self.bill("2026-08-01").invoice_ids
        self.assertEqual((invoice.amount_untaxed, reduction.state), (20, "invoiced"))

    def test_tax_included_to_the_cent(self):
        """S06: with 30.00 to pay and more to give back, the invoice is not below zero."""
        product = self.create_product(
            "Incl.", 30.0, self.tax_included, self.family, self.level_unlimited
        )
        contract = self.create_contract(
            self.create_customer("Included"),
            product=product,
            start="2026-01-01",
            billing_interval="12",
        )
        self.bill("2026-01-01", is_auto_post=True)
        self.end(contract)
        fee = self.add_charge(contract, 30)
        fee.tax_ids = self.tax_included
        invoice = self.bill("2026-06-16").invoice_ids
        self.assertGreaterEqual(invoice.amount_total, 0)
        self.assertLess(invoice.amount_total, 1)
        invoice.action_post()

    def test_no_run_makes_a_credit_note(self):
        contract = self.create_credited()
        self.end(contract)
        for day in ("2026-06-16", "2026-07-16", "2026-08-16"):
            self.bill(day, is_auto_post=True)
        lines = self.get_credit(contract).move_line_ids
        self.assertFalse(lines)

    def test_an_invoice_is_not_below_zero_where_taxes_are_rounded_at_once(self):
        """L08c: 30.09 and 6.03 of tax, line by line, are no room for 30.10 and 6.02."""
        self.company.tax_calculation_rounding_method = "round_globally"
        contract = self.create_contract(self.create_customer("Cents"), start="2026-06-01")
        self.bill("2026-06-15", is_auto_post=True)
        for _number in range(3):
            self.add_charge(contract, 10.03)
        reduction = self.add_charge(contract, -30.10)
        invoice = self.bill("2026-06-15", is_auto_post=True).invoice_ids
        self.assertEqual((invoice.amount_untaxed, invoice.state), (30.09, "posted"))
        self.assertEqual(reduction.state, "ready")

    # ----- Of its origin -----

    def test_where_nothing_is_to_come_somebody_is_told_and_credits_the_origin(self):
        contract = self.create_credited()
        origin = contract.charge_ids.invoice_id
        self.bill("2026-06-14")
        self.assertFalse(self.get_matter(contract))
        self.end(contract)
        with freeze_time("2026-06-20"):
            contract._end_expired()
            self.bill("2026-06-20")
            matter = self.get_matter(contract)
            self.assertIn("78.50\u00a0€ are to be given back to Given back", matter.detail)
            self.assertEqual(matter.cause_id.code, "credit")
            matter.with_user(self.user_accountant).action_mend()
        note = origin.reversal_move_ids
        self.assertEqual((note.move_type, note.state), ("out_refund", "draft"))
        self.assertEqual((note.amount_untaxed, matter.state), (65.42, "done"))
        note.with_user(self.user_accountant).action_post()
        self.assertEqual(self.get_credit(contract).state, "invoiced")
        self.assertEqual(contract.charge_ids.mapped("state"), ["invoiced"] * 2)

    def test_the_inbox_offers_what_settles_a_matter(self):
        """Whatever the cause, a row of the list has its button, and so has the form."""
        matters = self.env["service.exception"].with_user(self.user_accountant)
        for kind in ("list", "form"):
            arch = matters.get_view(view_type=kind)["arch"]
            self.assertIn('"action_mend"', arch)

    def test_while_the_contract_goes_on_nobody_is_told(self):
        contract = self.create_credited()
        contract.line_ids.sudo().date_end = "2026-06-15"
        self.bill("2026-06-16")
        self.assertEqual(self.get_credit(contract).state, "ready")
        self.assertFalse(self.get_matter(contract))

    def test_where_another_pays_by_now_somebody_is_told(self):
        """The new payer's invoices do not take what the old one is to get back."""
        contract = self.create_credited()
        contract.line_ids.sudo().date_end = "2026-06-15"
        contract.sudo().partner_invoice_id = self.create_customer("New Payer")
        self.bill("2026-06-16")
        self.assertTrue(self.get_matter(contract))

    def test_one_credit_note_for_each_origin(self):
        customer = self.create_customer("Two years")
        contract = self.create_contract(customer, start="2026-01-01", billing_interval="3")
        self.bill("2026-04-01", is_auto_post=True)
        contract.sudo().date_end = "2026-02-28"
        credits = self.get_credit(contract)
        self.assertEqual(len(credits), 2)
        credits.with_user(self.user_accountant).action_credit_origin()
        notes = credits.invoice_id
        self.assertEqual(notes.reversed_entry_id, credits.reversed_charge_id.invoice_id)
        self.assertEqual(len(notes), len(credits.reversed_charge_id.invoice_id))

    def test_what_is_billed_is_not_credited_by_that_button(self):
        contract = self.create_credited()
        with self.assertRaisesRegex(UserError, "is to be given back"):
            contract.charge_ids.with_user(self.user_accountant).action_credit_origin()
