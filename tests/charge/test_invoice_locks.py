"""What an invoice line bills is said by its run and its credit note: nobody writes it past them."""

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import ServiceContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestInvoiceLocks(ServiceContractCommon):
    """Invariant 1, by each door that a client has; the accountant's own ways stay open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["default_journal_sale"].restrict_mode_hash_table = False
        cls.reason = cls.env["service.reason"].create({"name": "Goodwill", "usage": "invoice"})

    def setUp(self):
        super().setUp()
        self.contract = self.create_contract(start="2026-06-01")
        self.run_1 = self.create_run("2026-06-15", user=self.user_accountant)
        self.invoice = self.run_1.invoice_ids.with_user(self.user_accountant)
        self.line = self.invoice.invoice_line_ids
        self.charge = self.contract.charge_ids
        self.other = self.create_contract(self.create_customer("Other"), start="2026-06-01")
        self.other._generate_charges(self.day("2026-06-15"))

    def refuse(self, work, error=AccessError):
        with self.assertRaises(error), self.env.cr.savepoint():
            work()
            self.env.flush_all()
        self.env.invalidate_all()

    def refuse_write(self, record, *cases, **context):
        for vals in cases:
            with self.subTest(vals):
                self.refuse(lambda vals=vals: record.with_context(**context).write(vals))

    def create_sister_charge(self):
        """Return a charge of another company, to which the accountant belongs as well."""
        sister = self.setup_other_company(name="Sister")["company"]
        self.user_accountant.company_ids += sister
        charges = self.env["service.charge"].sudo().with_company(sister)
        customer = self.create_customer("Sister's")
        return charges.create(
            {
                **charges._prepare_billing_party_vals(customer, company=sister),
                "kind": "fee",
                "product_id": self.product_support.id,
                "name": "Fee",
                "price_unit": 10,
                "date_start": "2026-06-01",
                "date_end": "2026-06-02",
                "billing_date": "2026-06-01",
            }
        )

    def get_wizard(self, **vals):
        return (
            self.env["account.move.reversal"]
            .with_user(self.user_accountant)
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id, "date": date(2026, 6, 15), **vals})
        )

    # ----- The charge of a line -----

    def test_the_charge_of_a_line_is_not_written(self):
        other = self.other.charge_ids
        sister = self.create_sister_charge()
        cases = [{"service_charge_id": charge.id} for charge in (other, sister, other.browse())]
        self.refuse_write(self.line, *cases)
        self.refuse_write(self.line, *cases, service_workflow=True, service_billing=True)
        for vals in cases:
            commands = {"invoice_line_ids": [Command.update(self.line.id, vals)]}
            self.refuse_write(self.invoice, commands, {"line_ids": commands["invoice_line_ids"]})
        self.invoice.action_post()
        self.refuse_write(self.line, *cases)
        commands = {"line_ids": [Command.update(self.line.id, cases[0])]}
        self.refuse_write(self.invoice, commands, skip_readonly_check=True)
        self.assertEqual((self.charge.state, other.state), ("invoiced", "ready"))

    def test_no_new_line_names_a_charge(self):
        """By a form, an import, a command of the invoice, a context."""
        charge = self.other.charge_ids
        vals = {"name": "By hand", "quantity": 1, "price_unit": 1}
        given = {**vals, "service_charge_id": charge.id}
        moves = self.env["account.move"].with_user(self.user_accountant)
        head = {"move_type": "out_invoice", "partner_id": self.customer.id}
        self.refuse(lambda: moves.create({**head, "invoice_line_ids": [Command.create(given)]}))
        self.refuse_write(self.invoice, {"invoice_line_ids": [Command.create(given)]})
        self.refuse(lambda: self.line.create({**given, "move_id": self.invoice.id}))
        self.refuse(
            lambda: moves.create(
                {**head, "reversed_entry_id": self.invoice.id, "line_ids": [Command.create(given)]}
            )
        )
        imported = self.line.load(
            [".id", "service_charge_id/.id"], [[str(self.line.id), str(charge.id)]]
        )
        self.assertFalse(imported["ids"])
        forged = moves.with_context(
            default_service_charge_id=charge.id,
            default_service_contract_id=self.contract.id,
            default_service_run_id=self.run_1.id,
        )
        move = forged.create({**head, "invoice_line_ids": [Command.create(vals)]})
        self.assertFalse(move.line_ids.service_charge_id)
        self.assertFalse(move.service_contract_id or move.service_run_id)
        self.assertEqual(charge.state, "ready")

    def test_a_charge_takes_no_line(self):
        """Seen from the charge, whose lines are a command away."""
        other = self.other.charge_ids.with_user(self.user_accountant)
        vals = {"move_id": self.invoice.id, "name": "By hand", "price_unit": 1}
        self.refuse_write(other, {"move_line_ids": [Command.link(self.line.id)]})
        self.refuse_write(other, {"move_line_ids": [Command.create(vals)]})
        charge = self.charge.with_user(self.user_accountant)
        self.refuse_write(charge, {"move_line_ids": [Command.clear()]})
        self.refuse_write(charge, {"move_line_ids": [Command.unlink(self.line.id)]})

    def test_a_duplicate_bills_no_charge(self):
        """Whatever the client's context says."""
        forged = {"include_business_fields": True, "move_reverse_cancel": False}
        for invoice in (self.invoice, self.invoice.with_context(**forged)):
            copy = invoice.copy()
            self.assertEqual(copy.amount_untaxed, 50)
            self.assertFalse(copy.invoice_line_ids.service_charge_id)
            self.assertFalse(copy.service_contract_id or copy.service_run_id)
        self.assertEqual(self.charge.invoice_id, self.invoice)

    def test_a_line_stays_on_its_invoice(self):
        copy = self.invoice.copy()
        self.refuse_write(self.line, {"move_id": copy.id})
        self.refuse_write(copy, {"invoice_line_ids": [Command.link(self.line.id)]})
        self.refuse_write(copy, {"line_ids": [Command.set(self.line.ids)]})
        self.assertEqual(self.line.move_id, self.invoice)

    def test_charges_are_of_the_company_of_their_invoice(self):
        """Whoever writes it: our own methods as well."""
        sister = self.create_sister_charge()
        with self.assertRaisesRegex(UserError, "company"), self.env.cr.savepoint():
            self.line.sudo().service_charge_id = sister
        self.env.invalidate_all()

    def test_a_line_that_is_given_another_charge_bills_none_twice(self):
        other = self.create_run("2026-06-15", user=self.user_accountant).invoice_ids
        self.assertEqual(other.invoice_line_ids.service_charge_id, self.other.charge_ids)
        self.refuse(
            lambda: self.line.sudo().write({"service_charge_id": self.other.charge_ids.id}),
            UserError,
        )

    # ----- What a posted line says -----

    def test_posted_lines_of_charges_stay(self):
        line = self.line
        line.service_reason_id = self.reason
        self.invoice.action_post()
        self.refuse_write(
            line,
            {"quantity": 0.5},
            {"price_unit": 0.01},
            {"discount": 50},
            {"product_id": self.product_fibre.id},
            {"display_type": "line_note"},
            {"service_reason_id": False},
            {"service_after_credit": "waived"},
        )
        line.name = "Words may change"
        self.refuse(lambda: line.with_context(force_delete=True, dynamic_unlink=True).unlink())
        self.assertEqual((self.invoice.amount_untaxed, self.charge.state), (50, "invoiced"))

    def test_a_posted_invoice_keeps_its_customer(self):
        self.invoice.action_post()
        move = self.invoice.with_context(skip_readonly_check=True)
        self.refuse(lambda: move.write({"partner_id": self.other.partner_id.id}), UserError)

    # ----- What an invoice says of itself -----

    def test_what_an_invoice_belongs_to_is_not_written(self):
        run = self.create_run("2026-06-15", start=False)
        cases = (
            {"service_contract_id": self.other.id},
            {"service_contract_id": False},
            {"service_run_id": run.id},
            {"service_run_id": False},
            {"service_is_superseded": True},
        )
        self.refuse_write(self.invoice, *cases)
        run = run.with_user(self.user_accountant)
        self.refuse_write(run, {"invoice_ids": [Command.link(self.invoice.id)]})
        self.refuse_write(self.run_1, {"invoice_ids": [Command.clear()]})
        contract = self.contract.with_user(self.user_accountant)
        self.assertEqual(contract.charge_ids.invoice_id, self.invoice)

    def test_a_credit_note_keeps_its_origin(self):
        """L08c: what it may give back is what its origin billed."""
        self.invoice.action_post()
        wizard = self.get_wizard()
        wizard.refund_moves()
        note = wizard.new_move_ids
        other = self.create_run("2026-06-15", user=self.user_accountant).invoice_ids
        other.action_post()
        self.refuse_write(note, {"reversed_entry_id": other.id}, {"reversed_entry_id": False})
        note.write({"reversed_entry_id": self.invoice.id, "ref": "As it is"})
        self.refuse_write(other, {"reversed_entry_id": self.invoice.id})
        self.refuse_write(
            self.invoice, {"reversal_move_ids": [Command.link(other.id)]}, service_billing=True
        )

    # ----- What people do -----

    def test_refund_of_an_accountant(self):
        self.invoice.action_post()
        wizard = self.get_wizard(service_after_credit="owed")
        wizard.with_context(default_service_charge_id=self.other.charge_ids.id).refund_moves()
        note = wizard.new_move_ids
        self.assertEqual(note.invoice_line_ids.service_charge_id, self.charge)
        self.assertEqual(note.service_contract_id, self.contract)
        self.assertFalse(note.line_ids.service_charge_id - self.charge)
        self.assertNotIn("service_billing", note.env.context)
        note.invoice_line_ids.price_unit = 20
        note.action_post()
        self.assertEqual(self.charge.state, "invoiced")

    def test_refund_and_bill_anew(self):
        self.invoice.action_post()
        wizard = self.get_wizard()
        wizard.modify_moves()
        anew = wizard.new_move_ids
        self.assertEqual(anew.invoice_line_ids.service_charge_id, self.charge)
        self.assertEqual(anew.service_run_id, self.run_1)
        self.assertEqual(self.charge.invoice_id, anew)
        self.assertEqual(self.invoice.payment_state, "reversed")

    def test_a_credit_note_by_hand_gives_back_what_its_invoice_billed(self):
        self.invoice.action_post()
        head = {
            "move_type": "out_refund",
            "partner_id": self.customer.id,
            "reversed_entry_id": self.invoice.id,
        }
        moves = self.env["account.move"].with_user(self.user_accountant)

        def create(charge):
            line = {"name": "Back", "price_unit": 50, "service_charge_id": charge.id}
            return moves.create({**head, "invoice_line_ids": [Command.create(line)]})

        self.refuse(lambda: create(self.other.charge_ids))
        note = create(self.charge)
        note.action_post()
        self.assertEqual(self.charge.state, "credited")

    def test_drafts_are_edited_as_before(self):
        """A line by hand, another price with its reason, a line deleted."""
        self.invoice.invoice_line_ids = [
            Command.create({"name": "By hand", "price_unit": 7}),
            Command.update(self.line.id, {"price_unit": 40, "service_reason_id": self.reason.id}),
        ]
        self.assertEqual(self.invoice.amount_untaxed, 47)
        self.invoice.action_post()
        self.invoice.button_draft()
        self.invoice.invoice_line_ids = [Command.delete(self.line.id)]
        self.assertEqual((self.invoice.amount_untaxed, self.charge.state), (7, "ready"))

    def test_lines_of_no_charge_are_free(self):
        plain = self.invoice.copy({"partner_id": self.customer.id})
        line = plain.invoice_line_ids
        line.write({"quantity": 2, "discount": 10})
        self.assertEqual(plain.amount_untaxed, 90)
        plain.action_post()
