"""Several credit notes on one invoice: each of their lines says what it leaves of its charge."""

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-11-15")
class TestCreditDecisions(ServiceContractCommon):
    """L08c: a credit note names its origin; what its lines leave is theirs to say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["default_journal_sale"].restrict_mode_hash_table = False

    def setUp(self):
        super().setUp()
        self.contract = self.create_contract(start="2026-10-01")
        self.invoice = self.bill()
        self.invoice.action_post()
        self.october, self.november = self.contract.charge_ids.sorted("date_start")

    def bill(self):
        return self.create_run("2026-11-15", user=self.user_accountant).invoice_ids

    def credit(self, after, price=None, charges=None, post=True, invoice=None):
        """Credit some charges of an invoice, or a part of their price."""
        invoice = invoice or self.invoice
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.user_accountant)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "journal_id": invoice.journal_id.id,
                    "date": date(2026, 11, 15),
                    "service_after_credit": after,
                }
            )
        )
        wizard.refund_moves()
        note = wizard.new_move_ids
        lines = note.invoice_line_ids
        if charges:
            others = lines.filtered(lambda line: line.service_charge_id not in charges)
            note.invoice_line_ids = [Command.delete(line.id) for line in others]
        if price:
            note.invoice_line_ids.price_unit = price
        if post:
            note.action_post()
        return note

    # ----- Each its own part -----

    def test_the_charge_tells_what_credited_it(self):
        note = self.credit("waived", charges=self.october)
        message = self.october.message_ids[0]
        self.assertIn(f"Credited by {note.name}", message.body)
        self.assertIn("Nothing more is owed", message.body)
        self.assertEqual(message.author_id, self.user_accountant.partner_id)
        self.assertNotIn("Credited by", str(self.november.message_ids.mapped("body")))

    def test_owed_again_and_then_nothing_more(self):
        """October is owed again, November later for good: October is billed anew, once."""
        self.credit("owed", charges=self.october)
        self.credit("waived", charges=self.november)
        self.assertEqual((self.october.state, self.november.state), ("ready", "waived"))
        self.assertEqual((self.october.amount_left, self.november.amount_left), (50, 0))
        anew = self.bill()
        self.assertEqual(anew.amount_total, 60)
        self.assertEqual(anew.invoice_line_ids.service_charge_id, self.october)

    def test_a_gift_is_not_billed_again_by_the_other_order(self):
        self.credit("waived", charges=self.october)
        self.credit("owed", charges=self.november)
        self.assertEqual((self.october.state, self.november.state), ("waived", "ready"))
        self.assertEqual(self.bill().invoice_line_ids.service_charge_id, self.november)

    def test_a_deleted_draft_decides_nothing(self):
        self.credit("owed", charges=self.october)
        self.credit("waived", charges=self.november, post=False).unlink()
        self.assertEqual((self.october.state, self.november.state), ("ready", "invoiced"))
        self.assertEqual(self.bill().amount_untaxed, 50)

    def test_a_cancelled_draft_decides_nothing(self):
        self.credit("waived", charges=self.october, post=False).button_cancel()
        self.credit("owed", charges=self.october)
        self.assertEqual(self.october.state, "ready")

    # ----- Parts of one charge -----

    def test_half_given_and_half_owed_again(self):
        """In either order: of 50.00 there are 25.00 to bill, once and no more."""
        for decisions in (("waived", "owed"), ("owed", "waived")):
            with self.subTest(decisions), self.env.cr.savepoint() as savepoint:
                for after in decisions:
                    self.credit(after, price=25, charges=self.october)
                self.assertEqual((self.october.state, self.october.after_credit), ("ready", "part"))
                self.assertEqual(self.october.amount_left, 25)
                anew = self.bill()
                self.assertEqual(anew.amount_untaxed, 25)
                self.assertIn("Owed again: 25.00\u00a0€ of 50.00\u00a0€", anew.line_ids[0].name)
                self.assertEqual(self.october.state, "invoiced")
                anew.action_post()
                self.assertFalse(self.bill())
                self.assertEqual(self.october._get_billed_amount(), 25)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_cents(self):
        """A gift of a third: 33.33 of 50.00 are left, not 33.50."""
        self.credit("waived", price=16.67, charges=self.october)
        self.credit("owed", price=33.33, charges=self.october)
        self.assertEqual(self.bill().amount_untaxed, 33.33)

    def test_the_rest_is_credited_in_its_turn(self):
        self.credit("waived", price=25, charges=self.october)
        self.credit("owed", price=25, charges=self.october)
        rest = self.bill()
        rest.action_post()
        self.credit("owed", price=12.5, invoice=rest)
        self.assertEqual(self.october.state, "invoiced")
        self.credit("waived", price=12.5, invoice=rest)
        last = self.bill()
        self.assertEqual(last.amount_untaxed, 12.5)
        last.action_post()
        self.credit("waived", invoice=last)
        self.assertEqual((self.october.state, self.october.amount_left), ("waived", 0))
        self.assertFalse(self.bill())

    def test_another_price_for_the_rest_needs_a_reason(self):
        self.credit("waived", price=25, charges=self.october)
        self.credit("owed", price=25, charges=self.october)
        rest = self.bill()
        rest.invoice_line_ids.price_unit = 50
        with self.assertRaisesRegex(UserError, "Price differ from the charge"):
            rest.action_post()

    def test_tax_included(self):
        """S06: 20.00 of 70.00 tax included are a gift; 50.00 are owed again, to the cent."""
        charges = self.env["service.charge"].sudo()
        charge = charges.create(
            {
                **charges._prepare_billing_party_vals(self.customer, company=self.company),
                "kind": "one_off",
                "product_id": self.product_block_incl.id,
                "name": "Remote help",
                "quantity": 1,
                "price_unit": 70,
                "tax_ids": [Command.set(self.tax_included.ids)],
                "date_start": "2026-11-02",
                "date_end": "2026-11-03",
                "billing_date": "2026-11-02",
            }
        )
        invoice = self.bill()
        invoice.action_post()
        self.credit("waived", price=20, invoice=invoice)
        self.credit("owed", price=50, invoice=invoice)
        self.assertEqual(self.bill().amount_total, 50)
        self.assertEqual(charge.state, "invoiced")

    def test_several_pieces(self):
        """Of three pieces of 10.00: 20.01 are three of 6.67; 20.00 cannot be cut, and are one."""
        vals = {"quantity": 3, "price_unit": 10, "currency_id": self.october.currency_id.id}
        charge = self.env["service.charge"].new(vals)
        cut, one = (charge._prepare_share_vals(amount / 30) for amount in (20.01, 20))
        self.assertEqual((cut["quantity"], cut["price_unit"]), (3, 6.67))
        self.assertEqual((one["quantity"], one["price_unit"]), (1, 20))

    # ----- Decided by a person -----

    def test_undecided_beside_a_gift(self):
        """What was given stays given when the undecided rest is owed again."""
        self.credit("waived", price=25)
        rest = self.invoice._reverse_moves()
        rest.invoice_line_ids.price_unit = 25
        rest.action_post()
        self.assertEqual((self.october.state, self.october.amount_left), ("credited", 0))
        self.october.with_user(self.user_accountant).action_owe()
        self.assertEqual((self.october.state, self.october.amount_left), ("ready", 25))
        self.assertEqual(self.november.state, "credited")

    def test_waived_by_a_person_and_owed_again(self):
        """A decision on the charge is taken back as it was made."""
        self.credit("waived", price=25)
        self.credit("owed", price=25)
        charge = self.october.with_user(self.user_accountant)
        self.waive(charge)
        self.assertEqual(charge.state, "waived")
        charge.action_owe()
        self.assertEqual((charge.state, charge.amount_left), ("ready", 25))

    def test_no_new_decision_on_what_was_billed_anew(self):
        note = self.credit("owed", charges=self.october)
        line = note.invoice_line_ids.sudo()
        line.service_after_credit = "waived"
        self.assertEqual(self.october.state, "waived")
        line.service_after_credit = "owed"
        anew = self.bill()
        with self.assertRaisesRegex(UserError, "was billed anew on"):
            line.service_after_credit = "waived"
        anew.unlink()
        line.service_after_credit = "waived"
        self.assertEqual(self.october.state, "waived")

    def test_a_copy_decides_nothing(self):
        note = self.credit("owed")
        self.assertFalse(note.copy().invoice_line_ids.filtered("service_after_credit"))
