"""What changes between looking, billing and crediting: nothing is lost, doubled or passed over."""

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_preview import PreviewCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestRunMeanwhile(PreviewCommon):
    # ----- A preview that is older than what it shows -----

    def test_what_was_charged_since_the_preview_is_decided_on(self):
        contract = self.create_contract(start="2026-06-01")
        row = self.preview(self.draft())
        contract._generate_charges(self.day("2026-06-15"))
        charge = self.decide_rows(row.action_hold(), "hold", hold_until=False)
        self.assertEqual(charge, contract.charge_ids)
        self.assertEqual((charge.state, row.kind), ("on_hold", "held"))

    def test_what_was_billed_since_the_preview_is_not(self):
        self.create_contract(start="2026-06-01")
        row = self.preview(self.draft())
        self.bill()
        with self.assertRaisesRegex(UserError, "is on invoice"):
            self.decide_rows(row.action_waive(), "waive")

    def test_what_is_not_owed_any_more_is_told(self):
        contract = self.create_contract(start="2026-06-01")
        rows = self.preview(self.draft())
        contract._set_cancelled()
        with self.assertRaisesRegex(UserError, "has changed since this preview"):
            self.decide_rows(rows.action_hold(), "hold", hold_until=False)
        self.assertFalse(contract.charge_ids)

    def test_a_price_that_has_changed_is_the_one_that_is_billed(self):
        contract = self.create_contract(start="2026-06-01")
        run = self.draft()
        row = self.preview(run)
        contract.line_ids._replace_from(self.day("2026-06-01"), price_unit=70)
        current = self.preview(run)
        self.assertEqual((row.exists(), current.amount_untaxed), (row.browse(), 70))
        self.decide_rows(current.action_hold(), "hold", hold_until=False)
        contract.charge_ids.with_user(self.user_accountant).action_release()
        run._start()
        self.assertEqual(run.amount_untaxed, 70)

    def test_waived_and_owed_again_is_billed_once(self):
        contract = self.create_contract(start="2026-06-01")
        run = self.draft()
        charge = self.decide_rows(self.preview(run).action_waive(), "waive")
        charge.action_owe()
        row = self.preview(run)
        self.assertEqual((row.kind, row.charge_id, row.amount_untaxed), ("due", charge, 50))
        run._start()
        self.assertEqual((contract.charge_ids, run.amount_untaxed), (charge, 50))
        self.assertEqual(charge.state, "invoiced")

    def test_a_hold_that_has_ended_is_billed_though_no_job_has_looked(self):
        contract = self.create_contract(start="2026-06-01")
        contract._generate_charges(self.day("2026-06-15"))
        contract.charge_ids.sudo()._as_workflow().hold_until = "2026-06-16"
        with freeze_time("2026-06-18"):
            run = self.draft("2026-06-18")
            self.assertEqual(self.preview(run).mapped("kind"), ["due"])
            run._start()
        self.assertEqual(run.amount_untaxed, 50)

    # ----- Customers -----

    def test_an_archived_customer_still_owes(self):
        customer = self.create_customer("Leaves")
        self.create_contract(customer, start="2026-06-01")
        run = self.draft()
        self.preview(run)
        customer.active = False
        self.assertIn("is archived", self.preview(run).matter)
        run._start()
        self.assertEqual((run.invoice_ids.partner_id, run.amount_untaxed), (customer, 50))

    @mute_logger("odoo.addons.base.wizard.base_partner_merge")
    def test_customers_that_are_merged_are_billed_once_each_contract(self):
        kept, gone = (self.create_customer(name, email="same@example.com") for name in "KG")
        contracts = self.create_contract(kept, start="2026-06-01")
        contracts += self.create_contract(gone, start="2026-05-01")
        contracts[1]._generate_charges(self.day("2026-06-15"))
        run = self.draft()
        expected = sum(self.preview(run).mapped("amount_untaxed"))
        self.env["base.partner.merge.automatic.wizard"]._merge([kept.id, gone.id], kept)
        self.env.invalidate_all()
        self.assertEqual(contracts.partner_invoice_id, kept)
        self.assertEqual(sum(self.preview(run).mapped("amount_untaxed")), expected)
        run._start()
        self.assertEqual(run.invoice_ids.partner_id, kept)
        self.assertEqual((run.amount_untaxed, expected), (150, 150))

    def test_another_companys_contracts_are_not_billed(self):
        """Nor forecast, whichever companies the user has chosen."""
        self.create_contract(start="2026-06-01")
        sister = self.setup_other_company(name="Sister")["company"]
        run = self.env["service.billing.run"].create(
            {"company_id": sister.id, "cutoff_date": "2026-06-15"}
        )
        run = run.with_context(allowed_company_ids=[self.company.id, sister.id])
        run._start()
        self.assertEqual((run.state, run.invoice_count), ("done", 0))
        wizard = self.env["service.forecast"].create({"company_id": sister.id})
        self.assertFalse(wizard._get_payers())

    # ----- Gates -----

    def test_a_gate_is_not_below_zero(self):
        self.create_contract(start="2026-06-01")
        for name in ("expected_amount", "expected_percent", "change_percent"):
            with (
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.draft(**{name: -1})

    def test_an_empty_gate_never_stops_and_one_of_no_percent_is_exact(self):
        self.create_contract(start="2026-06-01")
        run = self.draft(expected_amount=49.99, expected_percent=0)
        run._start()
        self.assertEqual((run.invoice_count, run.exception_count), (0, 1))
        run.expected_amount = 0
        run.action_resume()
        self.assertEqual((run.amount_untaxed, run.exception_count), (50, 0))

    # ----- Journals -----

    def test_a_journal_of_another_currency_bills_what_is_charged(self):
        self.create_contract(start="2026-06-01")
        dollar = self.env.ref("base.USD")
        dollar.active = True
        journal = self.company_data["default_journal_sale"].copy(
            {"name": "Dollars", "code": "USD", "currency_id": dollar.id, "sequence": 0}
        )
        run = self.bill(is_auto_post=True)
        self.assertEqual(run.invoice_ids.currency_id, self.company.currency_id)
        self.assertEqual((run.amount_untaxed, run.exception_count), (50, 0))
        self.assertEqual(run.invoice_ids.journal_id, self.company_data["default_journal_sale"])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Dollars", "currency_id": dollar.id}
        )
        self.create_contract(self.create_customer("Dollars"), pricelist_id=pricelist.id)
        self.assertEqual(self.bill().invoice_ids.journal_id, journal)

    # ----- Credited before -----

    def test_a_cancelled_credit_note_credits_nothing(self):
        self.create_contract(start="2026-06-01")
        run = self.bill(is_auto_post=True)
        note = run.invoice_ids._reverse_moves()
        with self.assertRaisesRegex(UserError, "not credited yet"):
            run.action_credit_invoices()
        note.button_cancel()
        self.assertTrue(run.action_credit_invoices())

    def test_of_what_is_credited_in_part_no_more_than_the_rest_is_given_back(self):
        contract = self.create_contract(start="2026-06-01")
        invoice = self.bill(is_auto_post=True).invoice_ids
        part = invoice._reverse_moves()
        part.invoice_line_ids.write({"price_unit": 20, "service_after_credit": "waived"})
        part.action_post()
        rest = invoice._reverse_moves()
        rest.invoice_line_ids.service_after_credit = "waived"
        with self.assertRaisesRegex(UserError, "given back twice"), self.env.cr.savepoint():
            rest.action_post()
        rest.invoice_line_ids.price_unit = 30
        rest.action_post()
        self.assertEqual(
            (contract.charge_ids.state, contract.charge_ids.amount_left), ("waived", 0)
        )
