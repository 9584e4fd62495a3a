"""The billing run: everything due becomes one invoice each, once, whatever happens."""

from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import IBANS
from .common import BillingRunCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestBillingRun(BillingRunCommon):
    # ----- What is billed -----

    def test_run_bills_everything_due_once(self):
        contracts = self.create_contract() + self.create_contract(self.create_customer("B"))
        run = self.bill()
        self.assertEqual((run.state, run.phase), ("done", "done"))
        self.assertEqual(run.invoice_count, 2)
        self.assertEqual(run.invoice_ids.service_contract_id, contracts)
        self.assertEqual(self.get_charges(run), contracts.charge_ids)
        self.assertEqual(run.amount_untaxed, 600)
        self.assertEqual(run.amount_total, 720)
        self.assertRegex(run.name, r"^RUN/2026/\d{4}$")
        self.assertEqual(set(run.invoice_ids.mapped("state")), {"draft"})

    def test_second_run_bills_nothing(self):
        """Invariant 1."""
        self.create_contract()
        self.bill()
        second = self.bill()
        self.assertEqual((second.state, second.invoice_count), ("done", 0))
        with self.assertRaisesRegex(UserError, "has been started already"):
            second.action_start()

    def test_later_run_bills_the_rest(self):
        contract = self.create_contract(start="2026-05-01")
        self.bill("2026-05-15")
        run = self.bill("2026-06-15")
        self.assertPeriods(self.get_charges(run), [("2026-06-01", "2026-06-30")])
        self.assertEqual(contract.charged_until, date(2026, 6, 15))

    def test_backlog_shows_its_service_dates_and_nothing_is_back_dated(self):
        self.create_contract(start="2026-03-01")
        invoice = self.bill().invoice_ids
        self.assertEqual(invoice.invoice_date, date(2026, 6, 15))
        self.assertEqual(
            invoice.invoice_line_ids.mapped("start_date"),
            [date(2026, month, 1) for month in (3, 4, 5, 6)],
        )
        self.assertEqual(invoice.invoice_line_ids[0].end_date, date(2026, 3, 31))

    def test_sessions_have_their_own_cutoff(self):
        self.company.service_default_level_id = self.level
        customer = self.create_customer("Without contract")
        self.create_session([("2026-06-10 09:00:00", 1800)], customer=customer)
        run = self.bill(session_cutoff_date="2026-06-09")
        self.assertFalse(run.invoice_ids)
        run = self.bill(session_cutoff_date="2026-06-10")
        self.assertEqual(run.invoice_ids.partner_id, customer)
        self.assertFalse(run.invoice_ids.service_contract_id)

    def test_held_and_waived_charges_are_not_billed(self):
        contract = self.create_contract(start="2026-05-01")
        contract._generate_charges(date(2026, 6, 15))
        held, waived = contract.charge_ids
        self.hold(held)
        self.waive(waived)
        self.assertFalse(self.bill().invoice_ids)
        held.action_release()
        self.assertEqual(self.get_charges(self.bill()), held)

    def test_preview_bills_nothing(self):
        contract = self.create_contract(start="2026-06-01")
        run = self.bill(start=False)
        action = run.action_preview()
        rows = self.env[action["res_model"]].with_user(self.user_accountant)
        rows = rows.search(action["domain"])
        self.assertEqual(rows.contract_id, contract)
        self.assertFalse(contract.charge_ids)
        self.assertFalse(run.invoice_ids)
        self.assertEqual(run.state, "draft")

    # ----- One invoice for what -----

    def test_one_invoice_per_contract(self):
        for _number in range(2):
            self.create_contract(start="2026-06-01")
        self.assertEqual(self.bill().invoice_count, 2)

    def test_one_invoice_per_customer(self):
        self.company.service_grouping = "customer"
        contracts = self.env["service.contract"]
        for _number in range(2):
            contracts += self.create_contract(start="2026-06-01")
        invoice = self.bill().invoice_ids
        self.assertEqual(len(invoice), 1)
        self.assertFalse(invoice.service_contract_id)
        self.assertEqual(invoice.invoice_origin, ", ".join(contracts.mapped("name")))
        sections = invoice.invoice_line_ids.filtered(
            lambda line: line.display_type == "line_section"
        )
        self.assertEqual(
            sections.mapped("name"), [f"{contract.name} – Maintenance" for contract in contracts]
        )
        self.assertEqual(
            invoice.invoice_line_ids.sorted("sequence").mapped("display_type"),
            ["line_section", "product"] * 2,
        )
        self.assertEqual(invoice.amount_untaxed, 100)

    def test_what_differs_is_invoiced_apart(self):
        self.company.service_grouping = "site"
        payer = self.create_customer("Payer", iban=IBANS[0])
        other_mandate = self.create_mandate(payer, IBANS[1])
        site = self.env["res.partner"].create(
            {"name": "Site", "type": "delivery", "parent_id": payer.id}
        )
        zloty = self.setup_other_currency("PLN", rates=[("2020-01-01", 4.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "PLN", "currency_id": zloty.id, "company_id": self.company.id}
        )
        term = self.env.ref("account.account_payment_term_30days")
        variants = (
            {},
            {"mandate_id": other_mandate.id},
            {"payment_method_line_id": False, "mandate_id": False},
            {"payment_term_id": term.id},
            {"pricelist_id": pricelist.id},
            {"partner_shipping_id": site.id},
        )
        for vals in variants:
            self.create_contract(
                payer, start="2026-06-01", **{"partner_shipping_id": payer.id, **vals}
            )
        invoices = self.bill().invoice_ids
        self.assertEqual(len(invoices), len(variants))
        self.assertEqual(len(invoices.currency_id), 2)
        self.assertIn(other_mandate, invoices.mandate_id)
        for invoice in invoices:
            charge = invoice.invoice_line_ids.service_charge_id
            self.assertEqual(invoice.mandate_id, charge.mandate_id)
            self.assertEqual(invoice.invoice_payment_term_id, charge.payment_term_id)
            self.assertEqual(
                invoice.preferred_payment_method_line_id, charge.payment_method_line_id
            )

    def test_due_dates_equal_those_of_single_invoices(self):
        """The trap of batched creation: an invoice without term must not lend its date."""
        term = self.env.ref("account.account_payment_term_30days")
        late = self.env.ref("account.account_payment_term_end_following_month")
        expected = {}
        for index, payment_term in enumerate((False, term, False, late, term)):
            contract = self.create_contract(
                self.create_customer(f"C{index}"),
                start="2026-06-01",
                payment_term_id=payment_term and payment_term.id,
            )
            alone = self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": contract.partner_id.id,
                    "invoice_date": "2026-06-15",
                    "invoice_payment_term_id": payment_term and payment_term.id,
                    "invoice_line_ids": [Command.create({"name": "x", "price_unit": 50})],
                }
            )
            expected[contract] = alone.invoice_date_due
        invoices = self.bill().invoice_ids
        found = {invoice.service_contract_id: invoice.invoice_date_due for invoice in invoices}
        self.assertEqual(found, expected)
        self.assertEqual(len(set(expected.values())), 3)

    def test_without_term_an_invoice_is_due_on_its_own_date(self):
        """Not on the day of the click: the debit would go out before or after it."""
        self.create_contract(start="2026-06-01", payment_term_id=False)
        run = self.create_run("2026-06-30", user=self.user_accountant)
        self.assertEqual(run.invoice_ids.invoice_date_due, self.day("2026-06-30"))

    def test_company_of_the_run_counts(self):
        """A user who works in another company bills with the run's journals and rates."""
        sister = self.setup_other_company(name="Sister")["company"]
        self.user_accountant.company_ids += sister
        contract = self.create_contract(start="2026-06-01")
        run = (
            self.env["service.billing.run"]
            .with_user(self.user_accountant)
            .with_context(allowed_company_ids=[sister.id, self.company.id])
            .create(
                {
                    "company_id": self.company.id,
                    "cutoff_date": "2026-06-15",
                    "invoice_date": "2026-06-15",
                }
            )
        )
        run.action_start()
        invoice = run.invoice_ids
        self.assertEqual(invoice.company_id, self.company)
        self.assertEqual(invoice.journal_id.company_id, self.company)
        self.assertEqual(invoice.service_contract_id, contract)
        run.action_post_invoices()
        self.assertEqual(invoice.state, "posted")

    def test_other_companies_are_left_alone(self):
        sister = self.setup_other_company(name="Sister")["company"]
        contract = self.create_contract(start="2026-06-01", company_id=sister.id)
        self.assertFalse(self.bill().invoice_ids)
        self.assertFalse(contract.charge_ids)

    # ----- Failures -----

    def test_a_matter_is_its_runs_only_as_long_as_no_job_meets_it_again(self):
        """A run that is deleted takes no matter along that the daily job met since."""
        contract, run = self.create_contract(), self.create_run("2026-06-15", start=False)
        inbox = self.env["service.exception"]
        row = inbox._report(contract, "contract", "Broken", "charge", run_id=run.id)
        self.assertEqual(row.run_id, run)
        self.assertEqual(inbox._report(contract, "contract", "Broken", "charge"), row)
        self.assertFalse(row.run_id)

    def test_failing_contract_is_isolated_and_listed(self):
        contracts = self.env["service.contract"]
        for index in range(5):
            contracts += self.create_contract(self.create_customer(f"C{index}"), start="2026-06-01")
        bad = contracts[2]
        with self.break_contracts(bad):
            run = self.bill()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.invoice_ids.service_contract_id, contracts - bad)
        self.assertEqual(run.exception_count, 1)
        row = run.exception_ids
        self.assertEqual(
            (row.kind, row.contract_id, row.partner_id), ("billing", bad, bad.partner_id)
        )
        self.assertEqual(row.detail, f"{bad.name}: no income account.")
        self.assertEqual(bad.charge_ids.state, "ready")
        action = run.action_open_exceptions()
        self.assertEqual(self.env["service.exception"].search(action["domain"]), row)

    def test_mended_contract_is_billed_by_resuming(self):
        bad = self.create_contract(start="2026-06-01")
        with self.break_contracts(bad):
            run = self.bill()
            self.assertFalse(run.invoice_ids)
            run.action_resume()
            self.assertEqual(run.exception_count, 1, "still bad: listed once")
        run.action_resume()
        self.assertEqual(run.invoice_ids.service_contract_id, bad)
        self.assertEqual(run.exception_count, 0)
        self.assertEqual(run.state, "done")

    def test_daily_job_does_not_settle_what_a_run_put_aside(self):
        bad = self.create_contract(start="2026-06-01")
        with self.break_contracts(bad):
            run = self.bill()
        self.run_cron("service_contract.service_contract_cron")
        self.assertEqual(run.exception_count, 1)

    def test_failing_customer_without_contract_is_isolated(self):
        self.company.service_default_level_id = self.level
        for name in ("A", "B"):
            self.create_session(
                [("2026-06-10 09:00:00", 1800)], customer=self.create_customer(name)
            )
        run_class = type(self.env["service.billing.run"])
        prepare = run_class._prepare_invoice_vals

        def fail(run, charges):
            if charges.partner_id.name == "A":
                message = "No."
                raise UserError(message)
            return prepare(run, charges)

        with patch.object(run_class, "_prepare_invoice_vals", fail):
            run = self.bill()
        self.assertEqual(run.invoice_ids.partner_id.name, "B")
        self.assertEqual(
            (run.exception_ids.res_model, run.exception_ids.name), ("res.partner", "A")
        )

    def test_failing_charge_is_told_in_the_words_of_the_database(self):
        contract = self.create_contract(start="2026-06-01")
        line = type(self.env["service.contract.line"])
        prepare = line._prepare_charge_vals

        def fail(line, due, part, *more):
            return {**prepare(line, due, part, *more), "quantity": 0}

        with patch.object(line, "_prepare_charge_vals", fail), self.assertLogs("odoo.sql_db"):
            run = self.bill()
        self.assertEqual(run.exception_ids.detail, "A charge has a quantity.")
        self.assertEqual(run.exception_ids.kind, "contract")
        run.action_resume()
        self.assertEqual(run.invoice_ids.service_contract_id, contract)

    def test_programming_error_is_isolated_too(self):
        self.create_contract(start="2026-06-01")
        run_class = type(self.env["service.billing.run"])
        with patch.object(run_class, "_prepare_invoice_vals", side_effect=KeyError("x")):
            run = self.bill()
        self.assertEqual(run.exception_ids.detail, "'x'")

    def test_serialization_error_is_raised(self):
        """The whole transaction must be retried: nothing may be swallowed."""
        self.create_contract(start="2026-06-01")
        run = self.bill(start=False)
        run_class = type(self.env["service.billing.run"])
        with (
            patch.object(run_class, "_prepare_invoice_vals", side_effect=SerializationFailure),
            self.assertRaises(SerializationFailure),
            self.env.cr.savepoint(),
        ):
            run.action_start()
        self.env.invalidate_all()
        self.assertEqual(run.state, "draft")
        self.assertFalse(run.exception_ids)
        run.action_start()
        self.assertEqual(run.invoice_count, 1)

    def test_unpostable_invoice_is_put_aside(self):
        for index in range(3):
            self.create_contract(self.create_customer(f"C{index}"), start="2026-06-01")
        run = self.bill()
        bad = run.invoice_ids[1]
        bad.invoice_line_ids.price_unit = 1
        run.action_post_invoices()
        self.assertEqual(run.draft_count, 1)
        self.assertEqual(
            (run.exception_ids.res_model, run.exception_ids.res_id), (bad._name, bad.id)
        )
        self.assertIn("differ from the charge", run.exception_ids.detail)
        for words in ("C1", bad.service_contract_id.name, "1.20"):
            self.assertIn(words, run.exception_ids.name, "not just “Draft Invoice”")
        bad.invoice_line_ids.price_unit = 50
        run.action_post_invoices()
        self.assertEqual((run.draft_count, run.exception_count), (0, 0))

    # ----- Posting -----

    def test_post_on_a_hashed_journal_with_taxes_due_on_payment(self):
        self.assertTrue(self.company_data["default_journal_sale"].restrict_mode_hash_table)
        contract = self.create_contract(start="2026-06-01")
        run = self.bill()
        run.action_post_invoices()
        invoice = run.invoice_ids
        self.assertEqual((invoice.state, run.draft_count), ("posted", 0))
        self.assertEqual(invoice.invoice_line_ids.tax_ids.tax_exigibility, "on_payment")
        self.assertEqual((invoice.amount_untaxed, invoice.amount_tax), (50, 10))
        tax_line = invoice.line_ids.filtered("tax_line_id")
        self.assertEqual(
            tax_line.account_id,
            invoice.invoice_line_ids.tax_ids.cash_basis_transition_account_id,
        )
        payment = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": "2026-06-20"})
            ._create_payments()
        )
        self.assertTrue(payment)
        self.assertEqual(
            self.env["account.move"].search_count(
                [("tax_cash_basis_origin_move_id", "=", invoice.id)]
            ),
            1,
        )
        self.assertEqual(contract.charge_ids.state, "invoiced")

    def test_post_at_once(self):
        self.create_contract(start="2026-06-01")
        run = self.bill(is_auto_post=True)
        self.assertEqual((run.state, run.invoice_ids.state), ("done", "posted"))

    def test_posting_an_unfinished_run_is_refused(self):
        run = self.bill(start=False)
        for action in ("action_post_invoices", "action_resume"):
            with self.assertRaisesRegex(UserError, "is not finished yet"):
                getattr(run, action)()

    # ----- Rights, deletion -----

    def test_only_accountants_bill(self):
        self.create_contract(start="2026-06-01")
        for user in (self.user_sales, self.user_technician, self.user_manager):
            with self.assertRaises(AccessError):
                self.create_run("2026-06-15", user=user)

    def test_deletion(self):
        self.create_contract(start="2026-06-01")
        run = self.bill()
        with self.assertRaisesRegex(UserError, "delete its drafts first"):
            run.unlink()
        run.invoice_ids.unlink()
        run.unlink()
        self.assertFalse(run.exists())

    # ----- Speed -----

    def count_run(self, contracts):
        for index in range(contracts):
            self.create_contract(self.create_customer(f"C{index}"), start="2026-06-01")
        run = self.bill(start=False)
        count = self.count_queries(run.action_start)
        self.assertEqual(run.invoice_count, contracts)
        return count

    def test_queries_per_invoice_do_not_grow(self):
        """Twice the invoices cost at most twice the queries, whatever the set-up costs."""
        self.count_run(2)
        few = self.count_run(10)
        many = self.count_run(20)
        self.assertLessEqual(many, 2 * few)
        self.assertLess((many - few) / 10, 3, "queries per further invoice")

    def count_posting(self, contracts):
        for index in range(contracts):
            self.create_contract(self.create_customer(f"C{index}"), start="2026-06-01")
        run = self.bill()

        def post():
            run.action_post_invoices()
            self.env.cr.flush()

        count = self.count_queries(post)
        self.assertEqual(set(run.invoice_ids.mapped("state")), {"posted"})
        return count

    def test_queries_per_posted_invoice(self):
        """What is logged of it at the end of the transaction is counted, too."""
        self.count_posting(2)
        few = self.count_posting(10)
        many = self.count_posting(20)
        self.assertLess((many - few) / 10, 6, "queries per further invoice")

    def test_numbers_follow_the_drafts(self):
        """In however many chunks a run is posted, whatever the customers' references."""
        for index in range(5):
            self.create_contract(self.create_customer(f"C{index}"), start="2026-06-01")
        run = self.bill()
        invoices = run.invoice_ids.sorted("id")
        for invoice, ref in zip(invoices, "EADBC", strict=True):
            invoice.ref = ref
        invoices[3].invoice_date = "2026-06-14"
        invoices[3].date = "2026-06-14"
        with self.small_chunks():
            run.action_post_invoices()
            run._run_to_end()
        expected = invoices[3] + (invoices - invoices[3])
        self.assertEqual(invoices.sorted("sequence_number"), expected)
        self.assertEqual(len(set(invoices.mapped("sequence_prefix"))), 1)
