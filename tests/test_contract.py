"""The contract: its states, the SEPA gate, its commitments and what activation freezes."""

from datetime import date
from itertools import product as pairs

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.service_contract_state import TRANSITIONS
from .common import IBANS, ServiceContractCommon

SETTERS = {
    "draft": "action_draft",
    "active": "action_activate",
    "ended": "action_end",
    "cancelled": "action_cancel",
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
            contract.action_end()
        if state == "cancelled":
            contract.action_cancel()
        self.assertEqual(contract.state, state)
        return contract

    def get_inbox(self, contract, kind="sepa"):
        return self.env["service.exception"].search(
            [("contract_id", "=", contract.id), ("kind", "=", kind), ("state", "=", "open")]
        )

    # ----- Transitions -----

    def test_transitions_follow_the_table(self):
        for source, target in pairs(TRANSITIONS, TRANSITIONS):
            with self.subTest(source=source, target=target):
                contract = self.create_contract_in(source)
                if source in TRANSITIONS[target]:
                    getattr(contract, SETTERS[target])()
                    self.assertEqual(contract.state, target)
                else:
                    with self.assertRaisesRegex(UserError, f"{contract.name} is “.*” and cannot"):
                        getattr(contract, SETTERS[target])()

    def test_can_fields_tell_what_the_table_allows(self):
        fields = {
            "active": "can_activate",
            "ended": "can_end",
            "cancelled": "can_cancel",
            "draft": "can_reset",
        }
        for source, target in pairs(TRANSITIONS, TRANSITIONS):
            contract = self.create_contract_in(source)
            self.assertEqual(contract[fields[target]], source in TRANSITIONS[target])

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

    def test_only_a_manager_ends_a_contract(self):
        contract = self.create_contract()
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            contract.with_user(self.user_sales).action_end()
        contract.with_user(self.user_manager).action_end()
        self.assertEqual(contract.date_end, date(2026, 6, 15))

    def test_end_keeps_an_earlier_last_day(self):
        contract = self.create_contract(date_end="2026-05-31")
        contract.action_end()
        self.assertEqual(contract.date_end, date(2026, 5, 31))

    def test_end_before_start_is_refused(self):
        contract = self.create_contract(start="2026-07-01")
        with self.assertRaisesRegex(UserError, "starts on 2026-07-01 and cannot end before"):
            contract.action_end()

    def test_cron_ends_contracts_after_their_last_day(self):
        contract = self.create_contract(date_end="2026-06-14")
        lasting = self.create_contract(date_end="2026-06-15")
        self.env["service.contract"]._end_expired(date(2026, 6, 15))
        self.assertEqual((contract.state, lasting.state), ("ended", "active"))
        self.assertEqual(contract.date_end, date(2026, 6, 14))

    def test_cancel_drops_open_charges_and_commitments(self):
        contract = self.create_contract()
        contract._generate_charges(date(2026, 6, 15))
        self.assertEqual(len(contract.charge_ids), 6)
        contract.with_user(self.user_sales).action_cancel()
        self.assertFalse(contract.charge_ids)
        self.assertFalse(contract.commitment_ids)

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
        self.env["service.charge"].create(
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
            self.env["service.contract.line"]._refresh_current(date(2026, 6, 21))
            self.assertEqual(contract.mrr, 0)

    @mute_logger("odoo.sql_db")
    def test_bad_lines_are_refused_by_the_database(self):
        for vals in (
            {"quantity": 0},
            {"date_start": "2026-03-01", "date_end": "2026-02-01"},
        ):
            with self.subTest(vals=vals), self.assertRaises(Exception), self.env.cr.savepoint():
                self.create_contract(line=vals, activate=False)

    # ----- The SEPA gate (S36, invariant 3) -----

    def test_gate_says_what_is_missing(self):
        contract = self.create_contract(product=self.product_fibre, activate=False)
        self.assertEqual(contract.payment_method_line_id, self.method_sdd, "the family demands it")
        contract.payment_method_line_id = False
        self.assertIn("choose that payment method", contract.activation_issues)
        self.assertIn("“Fibre Access” requires a valid SEPA mandate", contract.activation_issues)
        self.assertIn("Customer A: none is given", contract.activation_issues)
        self.assertTrue(contract.is_mandate_missing)
        with self.assertRaisesRegex(UserError, f"{contract.name}:\n(.*\n)?.*none is given"):
            contract.with_user(self.user_sales).action_activate()
        self.assertEqual(contract.state, "draft")

    def test_gate_opens_with_a_valid_mandate(self):
        contract = self.create_contract(self.payer, self.product_fibre)
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.mandate_id, self.payer.valid_mandate_id)

    def test_gate_names_the_mandate_to_validate(self):
        mandate = self.create_mandate(self.customer, IBANS[1], state="draft")
        contract = self.create_contract(
            product=self.product_fibre,
            activate=False,
            payment_method_line_id=self.method_sdd.id,
            mandate_id=mandate.id,
        )
        self.assertIn(mandate.unique_mandate_reference, contract.activation_issues)
        action = contract.action_open_mandates()
        self.assertEqual((action["res_model"], action["res_id"]), (mandate._name, mandate.id))
        mandate.validate()
        self.assertFalse(contract.activation_issues)
        contract.action_activate()

    def test_gate_button_makes_a_mandate_and_the_draft_takes_it(self):
        contract = self.create_contract(
            product=self.product_fibre,
            activate=False,
            payment_method_line_id=self.method_sdd.id,
        )
        action = contract.action_open_mandates()
        self.assertFalse(action["res_id"])
        account = self.env["res.partner.bank"].create(
            {"acc_number": IBANS[1], "partner_id": self.customer.id}
        )
        mandate = (
            self.env["account.banking.mandate"]
            .with_user(self.user_accountant)
            .with_context(**action["context"])
            .create({"partner_bank_id": account.id, "signature_date": "2026-06-01"})
        )
        self.assertEqual(mandate.partner_id, self.customer)
        mandate.validate()
        self.assertEqual(contract.mandate_id, mandate)
        contract.action_activate()
        self.assertEqual(contract.state, "active")

    def test_new_mandate_is_not_forced_on_those_who_pay_otherwise(self):
        contract = self.create_contract(activate=False)
        self.create_mandate(self.customer, IBANS[1], state="draft").validate()
        self.assertFalse(contract.mandate_id)

    def test_gate_refuses_the_mandate_of_another_customer(self):
        with self.assertRaisesRegex(ValidationError, "is not one of Customer A"):
            self.create_contract(
                product=self.product_fibre, mandate_id=self.payer.valid_mandate_id.id
            )

    def test_gate_holds_for_active_contracts(self):
        contract = self.create_contract(self.payer, self.product_fibre)
        with self.assertRaisesRegex(ValidationError, "none is given"):
            contract.mandate_id = False
        with self.assertRaisesRegex(ValidationError, "choose that payment method"):
            contract.payment_method_line_id = False

    def test_waiver_needs_a_manager_and_a_reason(self):
        contract = self.create_contract(product=self.product_fibre, activate=False)
        with self.assertRaises(AccessError):
            contract.with_user(self.user_sales).write(
                {"is_sepa_waived": True, "sepa_waiver_reason": "Because"}
            )
        with self.assertRaisesRegex(ValidationError, "say why"):
            contract.with_user(self.user_manager).is_sepa_waived = True
        contract.with_user(self.user_manager).with_context(
            tracking_disable=False, mail_notrack=False
        ).write(
            {"is_sepa_waived": True, "sepa_waiver_reason": "Pays by transfer, agreed"}
        )
        self.env.flush_all()
        self.env.cr.precommit.run()
        tracked = contract.message_ids.sudo().tracking_value_ids
        self.assertIn("Pays by transfer, agreed", tracked.mapped("new_value_char"))
        contract.with_user(self.user_sales).action_activate()
        self.assertEqual(contract.state, "active")
        with self.assertRaisesRegex(ValidationError, "none is given"):
            contract.with_user(self.user_manager).is_sepa_waived = False

    def test_revoked_mandate_goes_to_the_inbox(self):
        contract = self.create_contract(self.payer, self.product_fibre)
        for revoke in ("cancel", "_expire"):
            mandate = contract.mandate_id
            if revoke == "cancel":
                mandate.cancel()
            else:
                mandate.state = "expired"
            row = self.get_inbox(contract)
            self.assertEqual(len(row), 1)
            self.assertIn(mandate.unique_mandate_reference, row.detail)
            self.assertEqual(row.action_open_record()["res_id"], contract.id)
            contract.mandate_id = self.create_mandate(self.payer, IBANS[1 if revoke == "cancel" else 2])
            self.assertFalse(self.get_inbox(contract), "a new mandate settles the matter")
        self.assertEqual(contract.state, "active")

    def test_mandate_given_back_settles_the_inbox(self):
        contract = self.create_contract(self.payer, self.product_fibre)
        contract.mandate_id.cancel()
        contract.mandate_id.back2draft()
        self.assertEqual(len(self.get_inbox(contract)), 1)
        contract.mandate_id.validate()
        self.assertFalse(self.get_inbox(contract))

    # ----- Commitments -----

    def test_commitments_by_family(self):
        """S35: fibre 36 + 12, telephony 24 + 12, cellular and mobile fleet 3 + 1."""
        cases = [
            (36, 12, "2026-02-01", "2029-01-31", "2030-01-31"),
            (24, 12, "2026-01-31", "2028-01-30", "2029-01-30"),
            (3, 1, "2026-01-31", "2026-04-29", "2026-05-30"),
            (12, 12, "2024-02-29", "2025-02-27", "2026-02-27"),
        ]
        for initial, tacit, start, end, renewed in cases:
            with self.subTest(initial=initial, start=start):
                self.family.write({"initial_months": initial, "tacit_months": tacit})
                contract = self.create_contract(start=start)
                term = contract.commitment_ids
                self.assertEqual((term.kind, term.number), ("initial", 0))
                self.assertEqual(term.date_start, self.day(start))
                self.assertEqual(term.date_end, self.day(end))
                self.assertEqual(contract.commitment_end, self.day(end))
                vals = term._prepare_commitment_vals(contract, 1)
                self.assertEqual(vals["date_end"], self.day(renewed))
                self.assertEqual(vals["kind"], "tacit")

    def test_refusal_deadline_and_notice_window(self):
        """L01: end 31/12, one month's notice → deadline 30/11, send from 30/08 to 30/10."""
        term = self.create_contract(start="2026-01-01").commitment_ids
        self.assertEqual(term.refusal_deadline, date(2026, 11, 30))
        self.assertEqual((term.notice_opens, term.notice_closes), (date(2026, 8, 30), date(2026, 10, 30)))
        self.assertFalse(term.is_window_shortened)

    def test_family_without_commitment_records_none(self):
        self.family.initial_months = 0
        self.assertFalse(self.create_contract().commitment_ids)

    def test_recorded_terms_do_not_change(self):
        """Invariant 5."""
        term = self.create_contract().commitment_ids
        for vals in (
            {"date_end": "2027-06-30"},
            {"date_start": "2025-01-01"},
            {"number": 4},
            {"refusal_deadline": "2026-12-31"},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "does not change"):
                term.with_user(self.user_manager).write(vals)
        with self.assertRaisesRegex(UserError, "are kept"):
            term.with_user(self.user_manager).unlink()
        term.with_user(self.user_manager).notice_sent_on = "2026-09-01"

    def test_family_change_leaves_recorded_terms_alone(self):
        contract = self.create_contract()
        self.family.write({"initial_months": 24, "tacit_months": 24})
        self.assertEqual(contract.commitment_end, date(2026, 12, 31))

    @mute_logger("odoo.sql_db")
    def test_terms_cannot_overlap(self):
        contract = self.create_contract()
        vals = contract.commitment_ids._prepare_commitment_vals(contract, 1)
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self.env["service.commitment"].create({**vals, "date_start": "2026-12-31"})
            self.env.flush_all()
        self.assertEqual(
            self.env["service.commitment"]._sql_error_to_message(caught.exception),
            "The commitment periods of a contract cannot overlap.",
        )
        self.env["service.commitment"].create(vals)
        self.assertEqual(contract.commitment_end, date(2027, 12, 31))

    def test_state_of_terms(self):
        contract = self.create_contract(start="2024-01-01")
        terms = contract.commitment_ids
        terms += terms.create(
            [terms._prepare_commitment_vals(contract, number) for number in (1, 2, 3)]
        )
        self.assertEqual(terms.mapped("state"), ["past", "past", "current", "planned"])
        for state in ("past", "current", "planned"):
            found = terms.search([("id", "in", terms.ids), ("state", "in", [state])])
            self.assertEqual(found, terms.filtered(lambda term, state=state: term.state == state))
        terms[2].is_refused = True
        self.assertEqual(terms[2].state, "refused")

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
            found = model._get_in_force(contact, self.company, self.day(day))
            self.assertEqual(found, expected, day)
        other = self.env["res.company"].create({"name": "Other"})
        self.assertFalse(model._get_in_force(self.customer, other, date(2026, 2, 1)))

    def test_buttons(self):
        contract = self.create_contract()
        self.create_run("2026-06-15")
        self.assertEqual((contract.charge_count, contract.invoice_count), (6, 1))
        charges = self.env["service.charge"].search(contract.action_open_charges()["domain"])
        self.assertEqual(charges, contract.charge_ids)
        invoices = self.env["account.move"].search(contract.action_open_invoices()["domain"])
        self.assertEqual(len(invoices), 1)
        self.assertEqual(contract.action_open_sessions()["context"]["default_contract_id"], contract.id)
