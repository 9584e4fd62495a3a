"""A run is taken back while its invoices are drafts; then credit notes, each with its origin."""

from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import BillingRunCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestRunUndo(BillingRunCommon):
    def make_contracts(self, count=3, **vals):
        contracts = self.env["service.contract"]
        for index in range(count):
            customer = self.create_customer(f"Undone {index}")
            contracts += self.create_contract(customer, start="2026-06-01", **vals)
        return contracts

    def get_bill(self, run):
        return {
            move.partner_id: (move.amount_total, move.invoice_line_ids.mapped("name"))
            for move in run.invoice_ids
        }

    # ----- Rolled back -----

    def test_drafts_go_and_their_charges_are_to_be_billed_again(self):
        contracts = self.make_contracts()
        run = self.bill()
        before, charges = self.get_bill(run), self.get_charges(run)
        run.action_roll_back()
        self.assertEqual((run.state, run.invoice_ids), ("draft", self.env["account.move"]))
        self.assertEqual(set(charges.mapped("state")), {"ready"})
        self.assertEqual(charges, contracts.charge_ids)
        self.start_run(run)
        self.assertEqual(run.state, "done")
        self.assertEqual(self.get_bill(run), before)
        self.assertEqual(self.get_charges(run), charges)

    def test_an_emptied_run_can_be_changed_or_deleted(self):
        contracts = self.make_contracts(1)
        run = self.bill()
        run.action_roll_back()
        run.write({"cutoff_date": "2026-06-30", "invoice_date": "2026-06-20"})
        run.unlink()
        self.assertEqual(contracts.charge_ids.state, "ready")
        self.assertTrue(self.bill().invoice_ids)

    def test_a_run_that_was_stopped_before_its_first_draft(self):
        """Its cut-off was wrong: it is taken back, put right and started anew."""
        self.make_contracts(1)
        run = self.bill(start=False)
        with patch.object(type(run), "_is_small", lambda run: False):
            run.action_start()
        run.action_stop()
        self.assertTrue(run.is_stopped)
        arch = etree.fromstring(run.get_view(view_type="form")["arch"])
        (button,) = arch.xpath("//button[@name='action_roll_back']")
        self.assertIn("is_stopped or is_gated", button.get("invisible"))
        run.action_roll_back()
        self.assertEqual((run.state, run.is_stopped), ("draft", False))
        run.cutoff_date = "2026-06-30"
        self.start_run(run)
        self.assertEqual(len(run.invoice_ids), 1)

    def test_posted_invoices_stay(self):
        self.make_contracts(2)
        run = self.bill()
        run.invoice_ids[:1].action_post()
        with self.assertRaisesRegex(UserError, "cannot be rolled back: 1 of its invoices"):
            run.action_roll_back()
        self.assertEqual(len(run.invoice_ids), 2)
        with self.assertRaises(AccessError):
            run.with_user(self.user_manager).action_roll_back()

    def test_a_running_run_is_not_rolled_back(self):
        run = self.bill(start=False)
        for state in ("draft", "running"):
            with self.assertRaises(UserError):
                run.action_roll_back()
            if state == "draft":
                run.sudo()._update_state("running")

    def test_a_large_run_is_rolled_back_in_the_background(self):
        self.make_contracts(4)
        run = self.bill()
        charges = self.get_charges(run)
        with self.small_chunks():
            run.action_roll_back()
            self.assertEqual((run.state, run.phase), ("running", "undo"))
            self.run_cron("service_contract.service_billing_run_cron")
        self.assertEqual((run.state, len(run.invoice_ids)), ("draft", 0))
        self.assertEqual(set(charges.mapped("state")), {"ready"})
        self.assertIn("is rolled back", " ".join(run.message_ids.mapped("body")))

    # ----- Credited -----

    def test_each_credit_note_has_its_origin(self):
        """L08c: one credit note for each invoice."""
        self.make_contracts(2)
        run = self.bill(is_auto_post=True)
        action = run.action_credit_invoices()
        wizard = self.env["account.move.reversal"].with_user(self.user_accountant)
        wizard = wizard.with_context(**action["context"]).create(
            {"journal_id": run.invoice_ids.journal_id.id, "service_after_credit": "owed"}
        )
        charges = self.get_charges(run)
        wizard.reverse_moves()
        notes = run.invoice_ids.reversal_move_ids
        self.assertEqual(len(notes), 2)
        self.assertEqual(notes.reversed_entry_id, run.invoice_ids)
        notes.action_post()
        self.assertEqual(set(charges.mapped("state")), {"ready"})
        with self.assertRaisesRegex(UserError, "not credited yet"):
            run.action_credit_invoices()

    def test_what_was_settled_at_nothing_is_open_again(self):
        """By rolling back, with drafts or without, and by deleting the run."""
        free = self.create_contract(start="2026-05-01", line={"price_unit": 0})
        paying = self.create_contract(self.create_customer("Pays"), start="2026-05-01")
        run = self.bill().with_user(self.user_accountant)
        self.assertEqual((run.invoice_count, run.settled_count), (1, 2))
        run.action_roll_back()
        self.assertEqual((run.state, run.settled_count), ("draft", 0))
        self.assertEqual(set((free + paying).charge_ids.mapped("state")), {"ready"})
        with self.assertRaisesRegex(UserError, "no longer possible"):
            run.action_roll_back()
        run._start()
        self.assertEqual((run.invoice_count, run.settled_count), (1, 2))
        run.invoice_ids.action_post()
        only_free = self.create_contract(start="2026-05-01", line={"price_unit": 0})
        last = self.bill().with_user(self.user_accountant)
        self.assertEqual((last.invoice_count, last.settled_count), (0, 2))
        last.action_roll_back()
        self.assertEqual((last.state, only_free.charge_ids[0].state), ("draft", "ready"))
        last._start()
        last.unlink()
        self.assertEqual(set(only_free.charge_ids.mapped("state")), {"ready"})
        self.assertEqual(set(free.charge_ids.mapped("state")), {"included"})

    def test_a_draft_does_not_become_a_credit_note(self):
        """Else what nobody has billed would be given back."""
        self.make_contracts(1)
        draft = self.bill().invoice_ids
        for switch in (
            lambda: draft.action_switch_move_type(),
            lambda: draft.write({"move_type": "out_refund"}),
        ):
            with self.assertRaisesRegex(UserError, "it stays what it is"), self.env.cr.savepoint():
                switch()
        self.assertEqual(draft.move_type, "out_invoice")
        draft.action_post()
        note = draft._reverse_moves()
        with self.assertRaisesRegex(UserError, "it stays what it is"):
            note.action_switch_move_type()

    def test_other_drafts_are_switched_as_ever(self):
        plain = self.init_invoice("out_invoice", products=self.product_a)
        plain.action_switch_move_type()
        self.assertEqual(plain.move_type, "out_refund")

    # ----- The trace of decisions -----

    def test_one_message_a_record_however_many_charges_are_waived(self):
        contract = self.create_contract(start="2026-01-01")
        charges = contract._generate_charges(self.day("2026-06-15"))
        self.assertEqual(len(charges), 6)
        before = contract.message_ids
        self.waive(charges.with_user(self.user_accountant))
        message = contract.message_ids - before
        self.assertEqual(len(message), 1)
        self.assertEqual(message.body.count("Waived"), 6)
        for charge in charges:
            self.assertEqual(charge.message_ids[:1].body.count("Waived"), 1)

    def test_the_trace_costs_no_query_a_charge(self):
        contract = self.create_contract(start="2024-01-01")
        charges = contract._generate_charges(self.day("2026-06-15")).sudo()
        few, many = charges[:5], charges[5:25]

        def note(part):
            return self.count_queries(lambda: part._note_decision("Waived"))

        note(charges[25:])
        self.assertLessEqual(note(many) - note(few), 6)
