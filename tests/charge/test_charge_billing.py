"""A charge and its invoices: deleted, cancelled, credited, made anew, changed."""

from datetime import date

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestChargeBilling(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["default_journal_sale"].restrict_mode_hash_table = False
        cls.reason = cls.env["service.reason"].create({"name": "Goodwill", "usage": "invoice"})

    def setUp(self):
        super().setUp()
        self.contract = self.create_contract(start="2026-06-01")
        self.run_1 = self.create_run("2026-06-15", user=self.user_accountant)
        self.invoice = self.run_1.invoice_ids
        self.charge_1 = self.contract.charge_ids

    def bill_again(self):
        return self.create_run("2026-06-15", user=self.user_accountant).invoice_ids

    def bill_by_hand(self):
        return (
            self.env["account.move"]
            .sudo()
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_line_ids": [
                        Command.create(self.charge_1._prepare_invoice_line_vals())
                    ],
                }
            )
        )

    def reverse(self, moves, after="waived", modify=False, post=True):
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.user_accountant)
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create(
                {
                    "journal_id": moves.journal_id.id,
                    "date": date(2026, 6, 15),
                    "service_after_credit": after,
                }
            )
        )
        self.assertTrue(wizard.service_has_charges)
        wizard.modify_moves() if modify else wizard.refund_moves()
        result = wizard.new_move_ids
        if post and not modify:
            result.action_post()
        return result

    def assertBilledOnce(self):
        self.assertEqual(self.charge_1.billed_quantity, 1)
        self.assertEqual(self.charge_1.state, "invoiced")
        self.assertFalse(self.bill_again())

    # ----- Line = charge -----

    def test_invoice_line_equals_its_charge(self):
        """Invariant 2, first half."""
        line = self.invoice.invoice_line_ids
        self.assertEqual(line.service_charge_id, self.charge_1)
        self.assertEqual(line.price_subtotal, self.charge_1.amount_untaxed)
        self.assertEqual(line.price_total, self.charge_1.amount_total)
        self.assertEqual((line.start_date, line.end_date), (date(2026, 6, 1), date(2026, 6, 30)))
        self.assertEqual(self.charge_1.state, "invoiced")
        self.assertEqual(self.charge_1.invoice_id, self.invoice)
        self.assertFalse(line.sale_line_ids)
        self.assertEqual(self.invoice.service_charge_count, 1)
        domain = self.invoice.action_open_service_charges()["domain"]
        self.assertEqual(self.env["service.charge"].search(domain), self.charge_1)

    def test_tax_included_to_the_cent(self):
        """S06: 30.00 + 2 × 20.00 tax included is 70.00, not 70.01."""
        for product, quantity in ((self.product_block_incl, 1), (self.product_next_incl, 2)):
            charges = self.env["service.charge"].sudo()
            party = charges._prepare_billing_party_vals(self.customer, company=self.company)
            charges.create(
                {
                    **party,
                    "kind": "one_off",
                    "product_id": product.id,
                    "name": product.name,
                    "quantity": quantity,
                    "price_unit": product.list_price,
                    "tax_ids": [Command.set(self.tax_included.ids)],
                    "date_start": "2026-06-01",
                    "date_end": "2026-06-02",
                    "billing_date": "2026-06-01",
                }
            )
        invoice = self.bill_again()
        self.assertEqual(invoice.amount_total, 70)
        lines = invoice.invoice_line_ids
        self.assertEqual(lines.mapped("price_total"), [30, 40])
        self.assertEqual(sum(lines.service_charge_id.mapped("amount_total")), 70)

    # ----- Delete, cancel, reset -----

    def test_deleted_draft_frees_its_charge(self):
        self.invoice.unlink()
        self.assertEqual(self.charge_1.state, "ready")
        self.assertFalse(self.charge_1.invoice_id)
        self.assertEqual(self.bill_again().invoice_line_ids.service_charge_id, self.charge_1)

    def test_deleted_line_frees_its_charge(self):
        self.invoice.invoice_line_ids.unlink()
        self.assertEqual(self.charge_1.state, "ready")

    def test_cancelled_draft_frees_its_charge(self):
        self.invoice.button_cancel()
        self.assertEqual(self.charge_1.state, "ready")
        self.invoice.button_draft()
        self.assertBilledOnce()

    def test_cancelled_invoice_cannot_come_back_once_billed_elsewhere(self):
        self.invoice.button_cancel()
        second = self.bill_again()
        with self.assertRaisesRegex(UserError, "cannot come back"):
            self.invoice.button_draft()
        second.unlink()
        self.invoice.button_draft()
        self.assertBilledOnce()

    def test_cancelled_invoice_cannot_come_back_once_charged_anew(self):
        self.invoice.button_cancel()
        self.contract.line_ids.price_unit = 60
        self.assertFalse(self.charge_1.exists())
        second = self.bill_again()
        self.assertEqual(second.amount_untaxed, 60)
        with self.assertRaisesRegex(UserError, "cannot come back"):
            self.invoice.button_draft()
        self.invoice.unlink()
        self.assertEqual(second.invoice_line_ids.service_charge_id.state, "invoiced")

    def test_cancelled_invoice_of_a_waived_charge_stays_cancelled(self):
        self.invoice.button_cancel()
        self.waive(self.charge_1)
        with self.assertRaisesRegex(UserError, "cannot come back"):
            self.invoice.button_draft()

    def test_posted_invoice_reset_and_deleted(self):
        self.invoice.action_post()
        self.invoice.button_draft()
        self.assertBilledOnce()
        self.invoice.unlink()
        self.assertEqual(self.charge_1.state, "ready")

    # ----- Credit -----

    def test_full_credit_and_nothing_more_is_owed(self):
        self.invoice.action_post()
        credit = self.reverse(self.invoice, "waived")
        self.assertEqual(credit.invoice_line_ids.service_charge_id, self.charge_1)
        self.assertEqual(self.charge_1.state, "waived")
        self.assertFalse(self.bill_again())
        self.charge_1.action_owe()
        self.assertEqual(self.bill_again().amount_untaxed, 50)

    def test_full_credit_owed_again(self):
        self.invoice.action_post()
        self.reverse(self.invoice, "owed")
        self.assertEqual(self.charge_1.state, "ready")
        second = self.bill_again()
        self.assertEqual(second.invoice_line_ids.service_charge_id, self.charge_1)
        second.action_post()
        self.assertBilledOnce()

    def test_credited_again_after_being_owed(self):
        self.invoice.action_post()
        self.reverse(self.invoice, "owed")
        second = self.bill_again()
        second.action_post()
        self.reverse(second, "waived")
        self.assertEqual(self.charge_1.state, "waived")

    def test_draft_credit_changes_nothing_yet(self):
        """Else a run bills anew, the draft is thrown away, and the customer pays twice."""
        self.invoice.action_post()
        credit = self.reverse(self.invoice, "owed", post=False)
        self.assertBilledOnce()
        credit.unlink()
        self.assertBilledOnce()

    def test_credit_cannot_be_taken_back_once_billed_again(self):
        self.invoice.action_post()
        credit = self.reverse(self.invoice, "owed")
        second = self.bill_again()
        with self.assertRaisesRegex(UserError, "would be billed twice"), self.env.cr.savepoint():
            credit.button_draft()
        second.unlink()
        credit.button_draft()
        self.assertBilledOnce()

    def test_credit_without_the_wizard_waits_for_a_decision(self):
        self.invoice.action_post()
        self.invoice._reverse_moves(cancel=True)
        self.assertEqual(self.charge_1.state, "credited")
        self.assertFalse(self.bill_again())
        self.waive(self.charge_1.with_user(self.user_accountant))
        self.assertEqual(self.charge_1.state, "waived")

    def test_partial_credit_of_the_quantity(self):
        self.invoice.action_post()
        credit = self.reverse(self.invoice, "owed", post=False)
        credit.invoice_line_ids.quantity = 0.5
        credit.action_post()
        self.assertEqual(self.charge_1.state, "invoiced")
        self.assertFalse(self.bill_again())

    def test_partial_credit_of_the_price(self):
        """A gesture of 10.00 on 50.00 frees nothing: the charge is still billed."""
        self.invoice.action_post()
        credit = self.reverse(self.invoice, "owed", post=False)
        credit.invoice_line_ids.price_unit = 10
        credit.action_post()
        self.assertEqual(self.charge_1.state, "invoiced")
        self.assertFalse(self.bill_again())

    def test_second_full_credit_is_refused(self):
        """What was billed is given back once; a draft binds nobody."""
        self.invoice.action_post()
        self.reverse(self.invoice, "waived")
        second = self.reverse(self.invoice, "owed", post=False)
        self.assertEqual(self.charge_1.billed_quantity, 0)
        with self.assertRaisesRegex(UserError, "given back twice"), self.env.cr.savepoint():
            second.action_post()
        second.unlink()
        self.assertFalse(self.charge_1.billed_quantity)

    def test_second_full_credit_of_what_was_billed_anew(self):
        """Owed again and billed again: each invoice is given back by its own credit note only."""
        self.invoice.action_post()
        self.reverse(self.invoice, "owed")
        anew = self.bill_again()
        anew.action_post()
        self.reverse(anew, "waived")
        self.assertEqual(self.charge_1.state, "waived")
        third = self.reverse(self.invoice, "waived", post=False)
        with self.assertRaisesRegex(UserError, "given back twice"):
            third.action_post()

    def test_full_credit_after_a_gesture(self):
        """10.00 of 50.00 are given back: 40.00 are left to credit, and then nothing is billed."""
        self.invoice.action_post()
        gesture = self.reverse(self.invoice, "owed", post=False)
        gesture.invoice_line_ids.price_unit = 10
        gesture.action_post()
        rest = self.reverse(self.invoice, "owed", post=False)
        with self.assertRaisesRegex(UserError, "given back twice"), self.env.cr.savepoint():
            rest.action_post()
        rest.invoice_line_ids.price_unit = 40
        rest.action_post()
        self.assertEqual(self.charge_1.state, "ready")
        self.assertEqual(self.bill_again().amount_untaxed, 50)
        self.assertEqual(self.charge_1.state, "invoiced")

    def test_billed_once_after_credits_by_amount(self):
        """Each credit note has the quantity of the whole charge: their amounts count."""
        self.invoice.action_post()
        for amount in (10, 40):
            credit = self.reverse(self.invoice, "owed", post=False)
            credit.invoice_line_ids.price_unit = amount
            credit.action_post()
        anew = self.bill_again()
        with self.assertRaisesRegex(UserError, "would be billed twice"), self.cr.savepoint():
            self.bill_by_hand()
        anew.unlink()
        self.bill_by_hand()
        self.assertEqual(self.charge_1.state, "invoiced")

    def test_billed_once_after_a_gesture(self):
        self.invoice.action_post()
        gesture = self.reverse(self.invoice, "owed", post=False)
        gesture.invoice_line_ids.price_unit = 10
        gesture.action_post()
        with self.assertRaisesRegex(UserError, "would be billed twice"):
            self.bill_by_hand()

    def test_another_price_after_a_full_credit(self):
        """What is billed anew may cost more than what was credited."""
        self.invoice.action_post()
        self.reverse(self.invoice, "owed")
        anew = self.bill_again()
        anew.invoice_line_ids.write({"price_unit": 60, "service_reason_id": self.reason.id})
        anew.action_post()
        self.assertEqual(self.charge_1.state, "invoiced")

    def test_a_part_of_what_cost_nothing(self):
        """A quantity is not rounded as money: 0.01 of a piece is no cent."""
        self.invoice.invoice_line_ids.write({"price_unit": 0, "service_reason_id": self.reason.id})
        self.invoice.action_post()
        credit = self.reverse(self.invoice, "waived", post=False)
        credit.invoice_line_ids.quantity = 0.99
        credit.action_post()
        self.assertEqual(self.charge_1.state, "invoiced")

    def test_second_credit_of_what_cost_nothing(self):
        self.invoice.invoice_line_ids.write({"price_unit": 0, "service_reason_id": self.reason.id})
        self.invoice.action_post()
        self.reverse(self.invoice, "waived")
        self.assertEqual(self.charge_1.state, "waived")
        second = self.reverse(self.invoice, "waived", post=False)
        with self.assertRaisesRegex(UserError, "given back twice"):
            second.action_post()

    def test_wrong_price_credited_mended_and_billed_anew(self):
        self.invoice.action_post()
        self.reverse(self.invoice, "owed")
        self.contract.line_ids.price_unit = 45
        self.assertEqual(self.charge_1.price_unit, 45)
        second = self.bill_again()
        self.assertEqual(second.amount_untaxed, 45)
        self.assertEqual(second.invoice_line_ids.service_charge_id, self.charge_1)
        second.action_post()
        self.assertFalse(self.bill_again())

    def test_credited_charge_after_the_line_has_ended(self):
        self.invoice.action_post()
        self.reverse(self.invoice, "owed")
        self.contract.line_ids.date_end = "2026-06-15"
        self.assertPeriods(self.charge_1, [("2026-06-01", "2026-06-15")])
        self.assertEqual(self.charge_1.amount, 25)
        self.contract.line_ids.write({"date_start": "2026-05-01", "date_end": "2026-05-31"})
        self.assertEqual(self.charge_1.state, "waived")
        with self.assertRaisesRegex(UserError, "it is kept"):
            self.charge_1.sudo().unlink()

    def test_refund_and_rebill_keeps_the_charge_billed(self):
        self.invoice.action_post()
        second = self.reverse(self.invoice, modify=True)
        self.assertEqual(second.invoice_line_ids.service_charge_id, self.charge_1)
        self.assertEqual(second.service_contract_id, self.contract)
        self.assertEqual(second.service_run_id, self.run_1)
        self.assertFalse(self.invoice.reversal_move_ids.service_run_id)
        self.assertBilledOnce()
        self.assertEqual(self.charge_1.invoice_id, second)
        second.unlink()
        self.assertEqual(self.charge_1.state, "credited")

    def test_copy_does_not_carry_charges(self):
        self.invoice.action_post()
        copy = self.invoice.copy()
        self.assertFalse(copy.invoice_line_ids.service_charge_id)
        self.assertFalse(copy.service_run_id)
        copy.invoice_date = "2026-06-15"
        copy.action_post()
        self.assertBilledOnce()

    # ----- Changes by hand -----

    def test_changed_line_needs_a_reason(self):
        line = self.invoice.invoice_line_ids
        for vals, word in (
            ({"price_unit": 40}, "Unit Price"),
            ({"quantity": 2}, "Quantity"),
            ({"discount": 50}, "Discount"),
            ({"tax_ids": [Command.clear()]}, "Taxes"),
            ({"product_id": self.product_fee.id}, "Product"),
        ):
            with self.subTest(vals=vals):
                saved = {name: line[name] for name in ("price_unit", "quantity", "discount")}
                line.write(vals)
                with self.assertRaisesRegex(UserError, word), self.env.cr.savepoint():
                    self.invoice.with_user(self.user_accountant).action_post()
                line.write(
                    {
                        "product_id": self.product_support.id,
                        "tax_ids": [Command.set(self.charge_1.tax_ids.ids)],
                        **saved,
                    }
                )
        self.invoice.with_user(self.user_accountant).action_post()

    def test_changed_line_with_a_reason(self):
        self.invoice.invoice_line_ids.write({"price_unit": 40, "service_reason_id": self.reason.id})
        self.invoice.with_user(self.user_accountant).action_post()
        self.assertEqual((self.invoice.state, self.invoice.amount_untaxed), ("posted", 40))
        self.assertBilledOnce()

    def test_reason_is_given_on_the_screen(self):
        with Form(self.invoice.with_user(self.user_accountant)) as form:
            with form.invoice_line_ids.edit(0) as line:
                line.price_unit = 41
                line.service_reason_id = self.reason
        self.invoice.action_post()
        self.assertEqual(self.invoice.amount_untaxed, 41)

    def test_charge_cannot_be_put_on_two_invoices_by_hand(self):
        with self.assertRaisesRegex(UserError, "would be billed twice"):
            self.bill_by_hand()

    def test_other_lines_are_free(self):
        self.invoice.invoice_line_ids = [
            Command.create({"name": "Postage", "price_unit": 3, "quantity": 1})
        ]
        self.invoice.action_post()
        self.assertEqual(self.invoice.amount_untaxed, 53)

    # ----- Below zero -----

    def create_credit(self, amount, **vals):
        charges = self.env["service.charge"].sudo()
        return charges.create(
            {
                **charges._prepare_billing_party_vals(self.customer, self.contract),
                "kind": "credit",
                "product_id": self.product_support.id,
                "name": "Credit",
                "quantity": -1,
                "price_unit": amount,
                "tax_ids": [Command.set(self.tax_excluded.ids)],
                "date_start": "2026-06-10",
                "date_end": "2026-06-15",
                "billing_date": "2026-06-15",
                **vals,
            }
        )

    def credit_origin(self, credit):
        """Have the accountant credit the invoice that a credit belongs to; return the draft."""
        action = credit.with_user(self.user_accountant).action_credit_origin()
        return self.env["account.move"].search(action["domain"])

    def test_group_below_zero_waits_and_is_credited_with_its_origin(self):
        """L08c: never a credit note without the invoice that it belongs to."""
        credit = self.create_credit(20)
        self.assertFalse(self.bill_again())
        self.assertEqual(credit.state, "ready")
        with self.assertRaisesRegex(UserError, "there is no posted invoice to credit"):
            self.credit_origin(credit)
        self.invoice.action_post()
        move = self.credit_origin(credit)
        self.assertEqual((move.move_type, move.amount_untaxed), ("out_refund", 20))
        self.assertEqual(move.reversed_entry_id, self.invoice)
        self.assertEqual(move.invoice_line_ids.quantity, 1)
        self.assertEqual(credit.state, "invoiced", "a draft credit note holds its charge")
        self.assertFalse(self.bill_again())
        move.with_user(self.user_accountant).action_post()
        self.assertEqual(credit.state, "invoiced")
        self.assertEqual(credit.billed_quantity, -1)

    def test_credit_is_taken_off_an_invoice(self):
        self.contract.line_ids.copy({"contract_id": self.contract.id})
        self.create_credit(20)
        move = self.bill_again()
        self.assertEqual((move.move_type, move.amount_untaxed), ("out_invoice", 30))
        move.action_post()
        self.assertEqual(set(self.contract.charge_ids.mapped("state")), {"invoiced"})

    def test_deleted_credit_note_frees_its_charge(self):
        credit = self.create_credit(20)
        self.invoice.action_post()
        self.credit_origin(credit).unlink()
        self.assertEqual(credit.state, "ready")

    # ----- Sessions follow -----

    def test_connections_carry_their_invoice(self):
        self.company.service_default_level_id = self.level
        customer = self.create_customer("Without contract")
        session = self.create_session([("2026-06-01 09:00:00", 1800)], customer=customer)
        lines = session.sudo().line_ids
        invoice = self.bill_again()
        self.assertEqual(lines.timesheet_invoice_id, invoice)
        invoice.button_cancel()
        self.assertFalse(lines.timesheet_invoice_id)
        invoice.button_draft()
        self.assertEqual(lines.timesheet_invoice_id, invoice)
        invoice.invoice_line_ids.unlink()
        self.assertFalse(lines.timesheet_invoice_id)
        second = self.bill_again()
        second.action_post()
        third = self.reverse(second, modify=True)
        self.assertEqual(lines.timesheet_invoice_id, third)
        third.unlink()
        self.assertFalse(lines.timesheet_invoice_id)
        self.assertEqual(session.sudo().charge_ids.mapped("state"), ["credited"])

    def test_everything_is_dated_by_the_run(self):
        self.assertEqual(self.invoice.invoice_date, fields.Date.to_date("2026-06-15"))
