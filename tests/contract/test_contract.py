"""The contract: its states, the SEPA gate, its commitments and what activation freezes."""

from datetime import date
from itertools import product as pairs

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import IBANS, ServiceContractCommon

SETTERS = {
    "draft": lambda contract: contract.action_draft(),
    "active": lambda contract: contract.action_activate(),
    "ended": lambda contract: contract._set_ended(date(2026, 6, 15)),
    "cancelled": lambda contract: contract.action_cancel(),
}


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestContract(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payer = cls.create_customer("Payer", iban=IBANS[0])

    def create_contract_in(self, state):
        contract = self.create_contract(activate=state in ("active", "ended"))
        if state == "ended":
            contract._set_ended(date(2026, 6, 15))
        if state == "cancelled":
            contract.action_cancel()
        self.assertEqual(contract.state, state)
        return contract

    # ----- Transitions -----

    def test_transitions_follow_the_table(self):
        transitions = self.env["service.contract"]._transitions["state"]
        for source, target in pairs(transitions, transitions):
            with self.subTest(source=source, target=target):
                contract = self.create_contract_in(source)
                if source in transitions[target]:
                    SETTERS[target](contract)
                    self.assertEqual(contract.state, target)
                else:
                    with self.assertRaisesRegex(UserError, f"{contract.name} is “.*” and cannot"):
                        SETTERS[target](contract)

    def test_can_fields_tell_what_the_table_allows(self):
        transitions = self.env["service.contract"]._transitions["state"]
        fields = {
            "active": "can_activate",
            "ended": "can_end",
            "cancelled": "can_cancel",
            "draft": "can_reset",
        }
        for source, target in pairs(transitions, transitions):
            contract = self.create_contract_in(source)
            self.assertEqual(contract[fields[target]], source in transitions[target])

    def test_state_cannot_be_written_past_the_table(self):
        contract = self.create_contract(activate=False)
        with self.assertRaisesRegex(UserError, "cannot become “Ended”"):
            contract.state = "ended"
        with self.assertRaisesRegex(UserError, "begins as a draft"):
            self.create_contract(activate=False, state="active")

    def test_batch_is_refused_whole(self):
        contracts = self.create_contract(activate=False) + self.create_contract_in("cancelled")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            contracts.action_activate()
        self.assertEqual(contracts.mapped("state"), ["draft", "cancelled"])

    def test_contract_without_product_is_not_activated(self):
        contract = self.create_contract(activate=False)
        contract.line_ids.unlink()
        self.assertEqual(contract.activation_issues, "Add at least one recurring product.")
        with self.assertRaisesRegex(UserError, "Add at least one recurring product"):
            contract.action_activate()

    def test_salesman_activates_technician_does_not(self):
        contract = self.create_contract(activate=False)
        with self.assertRaises(AccessError):
            contract.with_user(self.user_technician).action_activate()
        contract.with_user(self.user_sales).action_activate()
        self.assertEqual(contract.state, "active")
        self.assertEqual(len(contract.commitment_ids), 1)

    def test_end_keeps_an_earlier_last_day(self):
        contract = self.create_contract(date_end="2026-05-31")
        contract._set_ended(date(2026, 6, 15))
        self.assertEqual(contract.date_end, date(2026, 5, 31))

    def test_end_before_start_is_refused(self):
        contract = self.create_contract(start="2026-07-01")
        with self.assertRaisesRegex(UserError, "starts on 2026-07-01 and cannot end before"):
            contract._set_ended(date(2026, 6, 15))

    def test_cron_ends_contracts_after_their_last_day(self):
        contract = self.create_contract(date_end="2026-06-14")
        lasting = self.create_contract(date_end="2026-06-15")
        (contract + lasting)._end_expired()
        self.assertEqual((contract.state, lasting.state), ("ended", "active"))
        self.assertEqual(contract.date_end, date(2026, 6, 14))

    def test_cancel_drops_open_charges_and_commitments(self):
        contract = self.create_contract()
        contract._generate_charges(date(2026, 6, 15))
        self.assertEqual(len(contract.charge_ids), 6)
        contract.with_user(self.user_manager).action_cancel()
        self.assertFalse(contract.charge_ids)
        self.assertFalse(contract.commitment_ids)

    def test_sales_cancel_what_does_not_bind_yet(self):
        begun = self.create_contract(start="2026-06-14").with_user(self.user_sales)
        self.assertFalse(begun.can_cancel)
        self.assertTrue(begun.with_user(self.user_manager).can_cancel)
        with self.assertRaisesRegex(UserError, "in force since 06/14/2026: ask a manager"):
            begun.action_cancel()
        self.assertTrue(begun.commitment_ids)
        today = self.create_contract(start="2026-06-15").with_user(self.user_sales)
        self.assertTrue(today.can_cancel)
        today.action_cancel()
        self.assertEqual(today.state, "cancelled")

    def test_cancel_keeps_the_proof_of_a_notice(self):
        """L01: not even a manager deletes the term whose notice was sent."""
        contract = self.create_contract(regime="consumer").with_user(self.user_manager)
        contract.commitment_ids.sudo()._write({"notice_sent_on": date(2026, 6, 1)})
        contract.commitment_ids.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "keeps the proof of a notice"):
            contract.action_cancel()

    def test_cancel_is_refused_once_billed(self):
        contract = self.create_contract()
        run = self.create_run("2026-06-15")
        for user in (self.user_sales, self.user_manager):
            with self.assertRaisesRegex(UserError, f"{contract.name} has been billed"):
                contract.with_user(user).action_cancel()
        run.invoice_ids.unlink()
        contract.action_cancel()
        self.assertEqual(contract.state, "cancelled")

    def test_cancel_is_allowed_when_the_only_invoice_was_cancelled(self):
        contract = self.create_contract()
        invoices = self.create_run("2026-06-15").invoice_ids
        invoices.button_cancel()
        contract.action_cancel()
        with self.assertRaisesRegex(UserError, "cannot come back"):
            invoices.button_draft()

    def test_deletion(self):
        for state in ("active", "ended"):
            contract = self.create_contract_in(state)
            with self.assertRaisesRegex(UserError, "has been active and is kept"):
                contract.unlink()
        contracts = self.create_contract_in("draft") + self.create_contract_in("cancelled")
        contracts.with_user(self.user_manager).unlink()
        self.assertFalse(contracts.exists())

    def test_deletion_is_refused_with_session_charges(self):
        contract = self.create_contract(activate=False)
        party = self.env["service.charge"]._prepare_billing_party_vals(self.customer, contract)
        self.env["service.charge"].sudo().create(
            {
                **party,
                "kind": "fee",
                "product_id": self.product_fee.id,
                "name": "Fee",
                "price_unit": 10,
                "date_start": "2026-06-01",
                "date_end": "2026-06-02",
                "billing_date": "2026-06-01",
            }
        )
        with self.assertRaisesRegex(UserError, "has charges and is kept"):
            contract.unlink()

    # ----- What activation freezes -----

    def test_activation_freezes_dates_and_family(self):
        contract = self.create_contract()
        for vals in (
            {"date_start": "2026-02-01"},
            {"anchor_date": "2026-02-01"},
            {"family_id": self.family_sepa.id},
            {"partner_id": self.payer.id},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "can no longer change"):
                contract.write(vals)
        contract.write({"date_start": "2026-01-01", "anchor_date": date(2026, 1, 1)})
        self.assertEqual(contract.state, "active")

    def test_activation_freezes_the_currency(self):
        contract = self.create_contract()
        zloty = self.env.ref("base.PLN")
        zloty.active = True
        pricelist = self.env["product.pricelist"].create(
            {"name": "Poland", "currency_id": zloty.id, "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "Currency can no longer change"):
            contract.pricelist_id = pricelist

    def test_draft_dates_are_free_and_the_anchor_follows(self):
        contract = self.create_contract(activate=False)
        contract.date_start = "2026-03-15"
        self.assertEqual(contract.anchor_date, date(2026, 3, 15))

    def test_conditions_are_snapshotted_as_signed(self):
        """S37: the version that the customer signed stays, whatever comes later."""
        conditions = self.env["service.conditions"].create(
            {"name": "EIS", "code": "EIS", "version": "2020-02-01", "body": "<p>As signed</p>"}
        )
        self.family.conditions_id = conditions
        contract = self.create_contract(activate=False)
        self.assertFalse(contract.conditions_snapshot)
        contract.action_activate()
        self.assertEqual(contract.conditions_id, conditions)
        self.family.conditions_id = conditions.copy({"version": "2027-01-01", "body": "<p>New</p>"})
        self.assertIn("As signed", contract.conditions_snapshot)
        self.assertEqual(contract.conditions_id, conditions)

    def test_referent_is_kept(self):
        """S38: the privileged contact of the customer."""
        referent = self.env["res.partner"].create(
            {"name": "Référent", "parent_id": self.customer.id}
        )
        contract = self.create_contract(referent_id=referent.id)
        self.assertEqual(contract.referent_id, referent)
        for stranger in (self.company.partner_id, self.user_sales.partner_id):
            with self.assertRaisesRegex(ValidationError, "is nobody of"):
                contract.with_user(self.user_sales).referent_id = stranger

    def test_analytic_account_where_the_company_wants_one(self):
        self.assertFalse(self.create_contract().analytic_account_id)
        self.company.service_use_analytic = True
        contract = self.create_contract(activate=False)
        contract.with_user(self.user_sales).action_activate()
        account = contract.analytic_account_id
        self.assertEqual(account.company_id, self.company)
        self.assertIn(contract.name, account.name)

    # ----- Defaults -----

    def test_defaults_follow_customer_family_and_company(self):
        term = self.env.ref("account.account_payment_term_30days")
        invoicing = self.env["res.partner"].create(
            {"name": "Accounts", "type": "invoice", "parent_id": self.payer.id}
        )
        site = self.env["res.partner"].create(
            {
                "name": "Site",
                "type": "delivery",
                "parent_id": self.payer.id,
                "tz": "Indian/Reunion",
            }
        )
        self.payer.with_company(self.company).property_payment_term_id = term
        self.family.write({"billing_interval": "3", "billing_mode": "arrears"})
        contract = self.create_contract(self.payer)
        self.assertEqual(contract.partner_invoice_id, invoicing)
        self.assertEqual(contract.partner_shipping_id, site)
        self.assertEqual(contract.tz, "Indian/Reunion")
        self.assertEqual((contract.billing_interval, contract.billing_mode), ("3", "arrears"))
        self.assertEqual(contract.payment_term_id, term)
        self.assertEqual(contract.payment_method_line_id, self.method_sdd)
        self.assertEqual(contract.mandate_id, self.payer.valid_mandate_id)
        self.assertEqual(contract.regime, "professional")
        self.assertEqual(contract.currency_id, self.company.currency_id)

    def test_l02_managers_change_what_the_law_gives(self):
        contract = self.create_contract(regime="consumer")
        for vals in ({"regime": "professional"}, {"is_small_firm": True}):
            with self.assertRaisesRegex(AccessError, "changed by a manager"):
                contract.with_user(self.user_sales).write(vals)
        contract.with_user(self.user_sales).write({"regime": "consumer"})
        contract.with_user(self.user_manager).write({"regime": "professional"})
        self.assertEqual(contract.regime, "professional")
        draft = self.create_contract(activate=False).with_user(self.user_sales)
        draft.regime = "consumer"
        self.assertEqual(draft.regime, "consumer")

    def test_site_change_keeps_terms_and_method(self):
        """A new site changes taxes only: what was agreed about payment stays."""
        term = self.env.ref("account.account_payment_term_30days")
        contract = self.create_contract(
            payment_term_id=term.id,
            payment_method_line_id=self.method_sdd.id,
            mandate_id=self.create_mandate(self.customer, IBANS[1]).id,
        )
        mandate = contract.mandate_id
        contract.partner_shipping_id = self.env["res.partner"].create(
            {
                "name": "Saint-Denis",
                "type": "delivery",
                "parent_id": self.customer.id,
                "country_id": self.env.ref("base.re").id,
            }
        )
        self.assertEqual(contract.payment_term_id, term)
        self.assertEqual(contract.payment_method_line_id, self.method_sdd)
        self.assertEqual(contract.mandate_id, mandate)

    def test_pricelist_change_keeps_negotiated_prices(self):
        contract = self.create_contract(line={"price_unit": 42.0}, activate=False)
        contract.pricelist_id = self.env["product.pricelist"].create(
            {"name": "Other", "company_id": self.company.id}
        )
        self.assertEqual(contract.line_ids.price_unit, 42.0)

    def test_form_offers_price_and_period(self):
        with Form(self.env["service.contract"].with_user(self.user_sales)) as form:
            form.partner_id = self.customer
            form.family_id = self.family
            with form.line_ids.new() as line:
                line.product_id = self.product_support
                line.quantity = 3
        contract = form.save()
        self.assertEqual(contract.line_ids.price_unit, 50)
        self.assertEqual(contract.mrr, 150)
        self.assertRegex(contract.name, r"^CTR/2026/\d{5}$")

    def test_days_outside_the_contract_are_told_of(self):
        contract = self.create_contract(start="2026-06-01")
        contract.sudo().date_end = "2026-12-31"
        line = contract.line_ids
        cases = [
            ({"date_start": "2026-06-01", "date_end": "2026-12-31"}, False),
            ({"date_start": "2026-05-31"}, True),
            ({"date_end": "2026-05-31"}, True),
            ({"date_end": "2027-01-01"}, True),
            ({"date_start": "2027-01-01"}, True),
        ]
        for vals, is_told in cases:
            with self.subTest(vals):
                draft = line.new({**vals, "contract_id": contract.id})
                self.assertEqual(bool(draft._onchange_dates()), is_told)
        message = draft._onchange_dates()["warning"]["message"]
        self.assertIn("06/01/2026 to 12/31/2026", message)

    def test_monthly_recurring(self):
        yearly = self.create_product("Yearly", 120.0, recurring=self.family, period="12")
        contract = self.create_contract(line={"quantity": 2, "discount": 10})
        contract.line_ids = [
            Command.create({"product_id": yearly.id}),
            Command.create({"product_id": yearly.id, "date_end": "2026-06-14"}),
        ]
        self.assertEqual(contract.mrr, 100)
        self.assertEqual(contract.line_ids.mapped("price_monthly"), [90, 10, 10])

    def test_monthly_recurring_follows_time(self):
        contract = self.create_contract(line={"date_end": "2026-06-20"})
        self.assertEqual(contract.mrr, 50)
        with freeze_time("2026-06-21"):
            contract.line_ids._refresh_current(date(2026, 6, 21))
            self.assertEqual(contract.mrr, 0)

    @mute_logger("odoo.sql_db")
    def test_bad_lines_are_refused_by_the_database(self):
        for vals in (
            {"quantity": 0},
            {"date_start": "2026-03-01", "date_end": "2026-02-01"},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.create_contract(line=vals, activate=False)

    # ----- Questions -----

    def test_contracts_in_force(self):
        """S09: inclusive dates, any contact of the customer, its own company only."""
        contract = self.create_contract(start="2026-02-01", date_end="2026-03-31")
        self.create_contract(activate=False)
        contact = self.env["res.partner"].create({"name": "C", "parent_id": self.customer.id})
        model = self.env["service.contract"]
        for day, expected in (
            ("2026-01-31", model),
            ("2026-02-01", contract),
            ("2026-03-31", contract),
            ("2026-04-01", model),
        ):
            domain = model._get_in_force_domain(contact, self.company, self.day(day))
            found = model.search(domain)
            self.assertEqual(found, expected, day)
        other = self.env["res.company"].create({"name": "Other"})
        domain = model._get_in_force_domain(self.customer, other, date(2026, 2, 1))
        self.assertFalse(model.search(domain))

    def test_waiting_contract_of_an_order_cannot_be_deleted(self):
        """Its recurring lines would be billed by nobody, in silence."""
        order = self.create_quote(self.product_fibre)
        order.action_confirm()
        contract = order.service_contract_ids
        self.assertEqual(contract.state, "draft")
        with self.assertRaisesRegex(UserError, order.name):
            contract.with_user(self.user_manager).unlink()

    def test_level_of_another_family_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "another family"):
            self.create_contract(
                activate=False,
                level_id=self.create_level("Foreign", "unlimited", family=self.family_sepa).id,
            )

    def test_buttons(self):
        contract = self.create_contract()
        self.create_run("2026-06-15")
        self.assertEqual((contract.charge_count, contract.invoice_count), (6, 1))
        charges = self.env["service.charge"].search(contract.action_open_charges()["domain"])
        self.assertEqual(charges, contract.charge_ids)
        invoices = self.env["account.move"].search(contract.action_open_invoices()["domain"])
        self.assertEqual(len(invoices), 1)
        self.assertEqual(
            contract.action_open_sessions()["context"]["default_contract_id"], contract.id
        )
