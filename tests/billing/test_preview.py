"""What a run would bill is seen before, to the cent, and nothing is written by looking."""

from io import BytesIO

from freezegun import freeze_time
from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..common import IBANS
from .common import BillingRunCommon


class PreviewCommon(BillingRunCommon):
    def draft(self, cutoff="2026-06-15", **vals):
        vals = {"invoice_date": "2026-06-15", **vals}
        return self.bill(cutoff, start=False, **vals)

    def preview(self, run, user=None):
        """Press the button and return the rows that the list shows."""
        run = run.with_user(user or self.user_accountant)
        action = run.action_preview()
        if action["res_model"] == "service.billing.question":
            question = self.env[action["res_model"]].with_user(run.env.user)
            action = question.browse(action["res_id"]).action_confirm()
        rows = self.env[action["res_model"]].with_user(run.env.user)
        return rows.search(action["domain"])

    def create_given_back(self, owed, day="2026-06-15"):
        """Return a contract whose year was billed ahead and whose price fell, and what it owes."""
        contract = self.create_contract(
            self.create_customer("Given back"), start="2026-01-01", billing_interval="12"
        )
        with freeze_time("2026-01-01"):
            self.bill("2026-01-01", is_auto_post=True)
        contract._set_last_day(self.day(day))
        if owed:
            self.create_fee(contract, owed)
        return contract

    def create_fee(self, contract, amount, day="2026-06-15"):
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
                "date_end": "2030-01-01",
                "billing_date": day,
            }
        )

    def decide_rows(self, action, usage, **vals):
        """Answer why, and until when."""
        reason = self.env["service.reason"].create({"name": usage, "usage": usage})
        wizard = self.env[action["res_model"]].with_user(self.user_accountant)
        wizard = wizard.with_context(**action["context"]).create({"reason_id": reason.id, **vals})
        wizard.action_confirm()
        return wizard.charge_ids


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestPreview(PreviewCommon):
    def create_mixture(self):
        """Contracts with backlogs, prices with tax included, parts of months and credits."""
        term = self.env.ref("account.account_payment_term_30days")
        included = self.company_data["default_tax_sale"].copy(
            {"name": "20 % incl.", "price_include_override": "tax_included"}
        )
        product = self.create_product("Included", 49.99, tax=included, recurring=self.family)
        contracts = self.create_contract(start="2026-04-11", payment_term_id=term.id)
        contracts += self.create_contract(product=product, start="2026-05-10", line={"quantity": 3})
        contracts += self.create_contract(self.create_customer("B"), line={"price_unit": 33.335})
        contracts += self.create_contract(
            self.create_customer("C"),
            start="2026-03-15",
            billing_interval="3",
            line_ids=[
                Command.create({"product_id": product.id, "discount": 7.5}),
                Command.create({"product_id": self.product_support.id, "price_unit": -10}),
            ],
        )
        return contracts

    def test_rows_are_what_the_run_bills(self):
        """To the cent, by each way of rounding taxes and of grouping; due days and methods, too."""
        for rounding in ("round_per_line", "round_globally"):
            for grouping in ("contract", "site", "customer"):
                with self.subTest(rounding, grouping=grouping):
                    savepoint = self.env.cr.savepoint()
                    self.company.tax_calculation_rounding_method = rounding
                    self.company.service_grouping = grouping
                    self.create_mixture()
                    run = self.draft()
                    rows = self.preview(run)
                    self.assertFalse(rows.filtered(lambda row: row.kind != "due"))
                    expected = self.sum_up(rows)
                    run._start()
                    self.assertEqual(self.sum_up_invoices(run), expected)
                    self.assertAlmostEqual(sum(rows.mapped("amount_untaxed")), run.amount_untaxed)
                    savepoint.rollback()
                    self.env.invalidate_all()

    def sum_up(self, rows):
        """Return total, due day and payment method of each invoice to come."""
        keys = ("contract_id", "partner_invoice_id", "date_due", "payment_method_line_id")
        if self.company.service_grouping != "contract":
            keys = keys[1:]
        groups = rows.sudo().grouped(lambda row: tuple(row[name] for name in keys))
        return sorted(
            (round(sum(group.mapped("amount_total")), 2), str(key[-2]), key[-1].id or 0)
            for key, group in groups.items()
        )

    def sum_up_invoices(self, run):
        return sorted(
            (
                round(move.amount_total_signed, 2),
                str(move.invoice_date_due),
                move.preferred_payment_method_line_id.id or 0,
            )
            for move in run.invoice_ids
        )

    def test_looking_writes_nothing(self):
        """What computes the rows passes where the database lets nothing be written."""
        contracts = self.create_mixture()
        contracts[0]._generate_charges(self.day("2026-05-15"))
        self.hold(contracts[0].charge_ids[0])
        run = self.draft()
        payers = contracts.partner_invoice_id.ids
        self.env.flush_all()
        self.env.invalidate_all()
        with self.read_only():
            run._get_preview_customers(0, 100)
            rows = run._prepare_preview(payers) + run._prepare_gone([])
        self.assertGreater(len(rows), 8)
        before = self.env["service.charge"].search([])
        self.preview(run)
        self.assertEqual(self.env["service.charge"].search([]), before)
        self.assertFalse(contracts[1].charged_until)

    def test_rows_are_seen_by_who_asked(self):
        self.create_contract()
        run = self.draft()
        rows = self.preview(run)
        theirs = self.preview(run, self.user_manager)
        self.assertFalse(rows & theirs)
        with self.assertRaises(AccessError):
            rows.with_user(self.user_manager).read(["name"])
        with self.assertRaises(AccessError):
            rows.amount_untaxed = 1
        self.assertFalse(self.preview(run) & rows, "made anew by each look")

    # ----- What is given back -----

    def get_given_back(self, run, is_expected):
        """Return what is billed and what waits, of a preview or of a run."""
        rows = self.preview(run) if is_expected else run.invoice_ids.invoice_line_ids
        if is_expected:
            held = rows.filtered(lambda row: row.kind == "waiting")
            return round(sum(rows.mapped("amount_total")), 2), round(
                sum(held.mapped("amount_held")), 2
            )
        return round(run.amount_total, 2), round(run.amount_waiting, 2)

    def test_a_credit_larger_than_its_invoice_waits_in_part(self):
        """L08c: no invoice below zero is foreseen; the rest waits for the next one."""
        for owed in (0, 20, 400):
            for rounding in ("round_per_line", "round_globally"):
                with self.subTest(owed=owed, rounding=rounding):
                    savepoint = self.env.cr.savepoint()
                    self.company.tax_calculation_rounding_method = rounding
                    contract = self.create_given_back(owed)
                    run = self.draft("2026-06-20")
                    with self.read_only():
                        run._prepare_preview(contract.partner_invoice_id.ids)
                    expected = self.get_given_back(run, is_expected=True)
                    self.assertGreaterEqual(expected[0], 0)
                    gate = run._get_gate_amount()
                    run._start()
                    self.assertEqual(self.get_given_back(run, is_expected=False), expected)
                    self.assertAlmostEqual(run.amount_untaxed, gate, 2)
                    savepoint.rollback()
                    self.env.invalidate_all()

    def test_waiving_what_is_given_back_in_part_waives_all_of_it(self):
        contract = self.create_given_back(20)
        rows = self.preview(self.draft("2026-06-20"))
        parts = rows.filtered(lambda row: row.charge_id.kind == "credit")
        self.assertEqual(sorted(parts.mapped("kind")), ["due", "waiting"])
        self.decide_rows(parts[0].action_waive(), "waive")
        self.assertEqual(parts.mapped("kind"), ["waived", "waived"])
        self.assertFalse(sum(parts.mapped("amount_held")))
        credit = contract.charge_ids.filtered(lambda charge: charge.kind == "credit")
        self.assertEqual(credit.state, "waived")

    def test_what_is_given_back_alone_compares_to_nothing(self):
        contract = self.create_given_back(0)
        row = self.preview(self.draft("2026-06-20"))
        self.assertEqual((row.contract_id, row.kind, row.change), (contract, "waiting", False))
        self.assertIn("waits for the next invoice", row.matter)

    # ----- The period before -----

    def test_compared_to_the_period_before(self):
        """New, gone, changed by more than the percent that was typed; or as before."""
        same, changed, little, gone = (
            self.create_contract(self.create_customer(name), start="2026-05-01")
            for name in ("same", "changed", "little", "gone")
        )
        with freeze_time("2026-05-15"):
            self.bill("2026-05-15")
        gone._set_last_day(self.day("2026-05-31"))
        for contract, price in ((changed, 60), (little, 51)):
            contract.line_ids._replace_from(self.day("2026-06-01"), price_unit=price)
        new = self.create_contract(self.create_customer("new"), start="2026-06-01")
        run = self.draft(change_percent=5)
        found = {row.contract_id: (row.change, row.amount_before) for row in self.preview(run)}
        self.assertEqual(
            found,
            {
                same: ("same", 50),
                changed: ("changed", 50),
                little: ("same", 50),
                gone: ("gone", 50),
                new: ("new", 0),
            },
        )
        run.change_percent = 1
        rows = self.preview(run)
        self.assertEqual(rows.filtered(lambda row: row.contract_id == little).change, "changed")

    def test_a_quarter_is_compared_to_the_quarter_before(self):
        contract = self.create_contract(start="2026-01-01", billing_interval="3")
        with freeze_time("2026-01-15"):
            self.bill("2026-01-15")
        row = self.preview(self.draft("2026-04-15"))
        self.assertEqual((row.contract_id, row.change, row.amount_before), (contract, "same", 150))

    # ----- What is foreseen -----

    def get_matters(self, **vals):
        return "\n".join(row.matter or "" for row in self.preview(self.draft(**vals)))

    def test_a_tax_that_is_missing_or_archived(self):
        contract = self.create_contract(start="2026-06-01")
        product = contract.line_ids.product_id.sudo()
        product.taxes_id = False
        self.assertIn("has no tax", self.get_matters())
        tax = self.company_data["default_tax_sale"]
        product.taxes_id = tax
        self.assertNotIn("tax", self.get_matters())
        tax.active = False
        self.assertIn("The tax of", self.get_matters())

    def test_archived_records(self):
        contract = self.create_contract(start="2026-06-01")
        self.store(contract.line_ids.product_id, active=False)
        self.assertIn("is archived", self.get_matters())

    def test_what_an_invoice_has_to_say(self):
        customer = self.create_customer(
            "Gaps", is_company=True, street=False, zip=False, company_registry=False
        )
        customer.country_id = self.env.ref("base.fr")
        self.create_contract(customer, start="2026-06-01")
        matters = self.get_matters()
        for words in ("has no SIREN", "has no street", "has no zip code"):
            self.assertIn(words, matters)
        customer.write({"street": "1 rue", "zip": "69001", "company_registry": "73282932000075"})
        self.assertIn("The SIREN of Gaps is none", self.get_matters())
        customer.company_registry = "732 829 320"
        self.assertNotIn("Gaps", self.get_matters())
        customer.write({"country_id": self.env.ref("base.re").id, "company_registry": False})
        self.assertIn("Gaps has no SIREN", self.get_matters(), "the register covers La Réunion")

    def test_a_mandate_that_is_missing_or_dead(self):
        payer = self.create_customer("Payer", iban=IBANS[0])
        contract = self.create_contract(payer, start="2026-06-01")
        self.assertNotIn("mandate", self.get_matters())
        row = self.preview(self.draft())
        self.assertEqual(row.mandate_state, contract.mandate_id.state)
        self.store(contract.mandate_id, state="cancel")
        self.assertIn("direct debit: the mandate", self.get_matters())
        self.store(contract, mandate_id=False)
        self.assertIn("no mandate is given", self.get_matters())

    def test_a_customer_that_has_changed_since(self):
        """The button that updates it stands in the row (L02, L09)."""
        contract = self.create_contract(start="2026-06-01")
        self.customer.write({"country_id": self.env.ref("base.re").id, "zip": "97400"})
        row = self.preview(self.draft())
        self.assertIn("Réunion", row.matter)
        self.assertTrue(row.is_customer_changed)
        action = row.action_take_over()
        self.assertEqual(action["context"]["default_contract_id"], contract.id)

    # ----- Decided from there -----

    def test_holding_makes_that_one_charge(self):
        contract = self.create_contract(start="2026-04-01")
        run = self.draft()
        may = self.preview(run).filtered(lambda row: row.date_start == self.day("2026-05-01"))
        charge = self.decide_rows(may.action_hold(), "hold", hold_until=False)
        self.assertPeriods(contract.charge_ids, [("2026-05-01", "2026-05-31")])
        self.assertEqual((charge.state, charge.is_held), ("on_hold", True))
        self.assertEqual((may.kind, may.amount_held, may.amount_untaxed), ("held", 50, 0))
        self.assertFalse(contract.charged_until)
        held = self.preview(run).filtered(lambda row: row.kind == "held")
        self.assertIn("Held", held.matter)
        run._start()
        self.assertEqual(run.amount_untaxed, 100)

    def test_what_is_left_out_comes_back_by_itself(self):
        """Without another word the hold is over a month after the cut-off."""
        contract = self.create_contract(start="2026-06-01")
        run = self.draft()
        self.decide_rows(self.preview(run).action_hold(), "hold")
        run._start()
        self.assertFalse(run.invoice_ids)
        self.assertEqual(contract.charge_ids.hold_until, self.day("2026-07-14"))
        with freeze_time("2026-07-15"):
            self.assertEqual(self.bill("2026-07-15").amount_untaxed, 100)

    def test_waiving_makes_that_one_charge(self):
        contract = self.create_contract(start="2026-05-01")
        run = self.draft()
        june = self.preview(run).filtered(lambda row: row.date_start == self.day("2026-06-01"))
        self.decide_rows(june.action_waive(), "waive")
        self.assertEqual((len(contract.charge_ids), contract.charge_ids.state), (1, "waived"))
        run._start()
        self.assertEqual(run.amount_untaxed, 50)

    def test_a_hold_ends_later_than_today(self):
        self.create_contract(start="2026-06-01")
        row = self.preview(self.draft())
        with self.assertRaises(ValidationError):
            self.decide_rows(row.action_hold(), "hold", hold_until="2026-06-14")

    # ----- The gate -----

    def test_a_gate_stops_before_the_first_invoice(self):
        """About 21,000 expected; 100 are to be billed: nothing is, and somebody is told why."""
        self.create_contract(start="2026-05-01")
        run = self.draft(expected_amount=21000)
        run.action_start()
        self.assertEqual((run.state, run.invoice_count), ("done", 0))
        self.assertIn("it would bill", run.exception_ids.detail)
        run.expected_amount = 104
        run.action_resume()
        self.assertEqual((run.state, run.invoice_count), ("done", 1))
        self.assertFalse(run.exception_count)

    def test_a_gate_counts_what_the_run_has_billed_already(self):
        first = self.create_contract(start="2026-05-01")
        second = self.create_contract(self.create_customer("B"), start="2026-05-01")
        run = self.draft(expected_amount=200)
        with self.break_contracts(first):
            run.action_start()
        self.assertEqual(run.invoice_ids.service_contract_id, second)
        run.action_resume()
        self.assertEqual(run.amount_untaxed, 200)

    # ----- As a workbook, and large -----

    def test_workbook(self):
        self.create_mixture()
        run = self.draft()
        rows = self.preview(run)
        action = rows.browse().with_context(preview_run_id=run.id).action_export()
        self.assertEqual(action["context"]["active_ids"], rows.ids)
        report = self.env["ir.actions.report"].with_user(self.user_accountant)
        content, kind = report._render_xlsx(action["report_name"], rows.ids, {})
        self.assertEqual((content[:2], kind), (b"PK", "xlsx"))

    def read_sum(self, rows):
        """Return the untaxed amount below the rows of the workbook."""
        report = self.env["ir.actions.report"].with_user(self.user_accountant)
        xmlid = "service_contract.service_billing_preview_xlsx"
        content, _kind = report._render_xlsx(xmlid, rows.ids, {})
        sheet = load_workbook(BytesIO(content)).active
        titles = [cell.value for cell in sheet[1]]
        return sheet.cell(len(rows) + 2, titles.index("Untaxed") + 1).value

    def test_amounts_of_two_currencies_have_no_sum(self):
        zloty = self.setup_other_currency("PLN", rates=[("2020-01-01", 4.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "PLN", "currency_id": zloty.id, "company_id": self.company.id}
        )
        self.create_contract(start="2026-05-01")
        run = self.draft()
        self.assertEqual(self.read_sum(self.preview(run)), 100)
        self.create_contract(start="2026-06-01", pricelist_id=pricelist.id)
        self.assertIsNone(self.read_sum(self.preview(run)))

    def test_statements_do_not_grow_with_contracts(self):
        def make(count):
            for index in range(count):
                self.create_contract(self.create_customer(f"C{index}"), start="2026-05-01")
            return self.draft()

        run = make(3)
        self.preview(run)
        few = self.count_queries(lambda: self.preview(run))
        run = make(6)
        self.assertLessEqual(self.count_queries(lambda: self.preview(run)), few)

    def test_statements_do_not_grow_with_what_is_gone(self):
        def make(count):
            for index in range(count):
                contract = self.create_contract(
                    self.create_customer(f"Gone {index}"), start="2026-05-01"
                )
                with freeze_time("2026-05-15"):
                    self.bill("2026-05-15")
                contract._set_last_day(self.day("2026-05-31"))

        make(2)
        run = self.draft()
        self.assertEqual(len(run._prepare_gone([])), 2)
        few = self.count_queries(lambda: run._prepare_gone([]))
        make(3)
        self.assertEqual(len(run._prepare_gone([])), 5)
        self.assertLessEqual(self.count_queries(lambda: run._prepare_gone([])), few)
