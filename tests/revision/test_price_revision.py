"""Price revision: previewed, applied, told, taken back; past charges never change (L17)."""

import base64
from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import VALUES, RevisionCommon

CRON = "service_contract.service_revision_cron"


@tagged("post_install", "-at_install")
@freeze_time("2026-12-15")
class TestPriceRevision(RevisionCommon):
    def test_preview_then_apply(self):
        """L17: 50.00 × 326.0 / 319.6 = 51.00 from the renewal on."""
        contract = self.create_contract()
        self.assertEqual(contract.index_base_month, date(2025, 9, 1))
        revision = self.propose(contract)
        self.assertEqual(revision.state, "proposed", revision.refusal)
        self.assertEqual((revision.base_value, revision.index_value), (319.6, 326.0))
        self.assertAlmostEqual(revision.percent, 2.003)
        self.assertEqual((revision.old_monthly, revision.new_monthly), (50.0, 51.0))
        self.assertEqual(contract.line_ids.price_unit, 50.0)
        revision.with_user(self.user_manager).action_apply()
        self.assertEqual(
            self.get_prices(contract),
            [(False, date(2026, 12, 31), 50.0), (date(2027, 1, 1), False, 51.0)],
        )
        self.assertEqual(contract.mrr, 50.0)

    def test_charges_before_stay_those_after_have_the_new_price(self):
        contract = self.create_contract()
        contract._generate_charges(self.day("2026-12-31"))
        self.create_run("2026-12-15")
        before = {charge.id: charge.amount for charge in contract.charge_ids}
        self.apply(contract)
        contract._generate_charges(self.day("2027-02-01"))
        after = {charge.id: charge.amount for charge in contract.charge_ids}
        self.assertEqual({key: after[key] for key in before}, before)
        new = contract.charge_ids.filtered(lambda charge: charge.id not in before)
        self.assertPeriods(new, [("2027-01-01", "2027-01-31"), ("2027-02-01", "2027-02-28")])
        self.assertEqual(new.mapped("amount"), [51.0, 51.0])

    def test_monthly_amount_moves_on_the_day(self):
        contract = self.create_contract()
        self.apply(contract)
        self.assertEqual(contract.mrr, 50.0)
        with freeze_time("2027-01-01"):
            contract.line_ids._refresh_current(self.day("2027-01-01"))
            self.assertEqual(contract.line_ids.mapped("is_current"), [False, True])
            self.assertEqual(contract.mrr, 51.0)

    def test_tax_included_prices_stay_tax_included(self):
        product = self.create_product(
            "Support incl.",
            60.0,
            tax=self.tax_included,
            recurring=self.family,
            level=self.level_unlimited,
        )
        contract = self.create_contract(product=product)
        self.apply(contract)
        charge = contract._generate_charges(self.day("2027-01-01")).sorted("date_start")[-1]
        self.assertEqual(charge.tax_ids, self.tax_included)
        self.assertEqual((charge.amount, charge.amount_total), (61.2, 61.2))

    def test_rules_table(self):
        """L17: each parameter with its worked example, on 50.00 of 01/01/2023 (base 09/2022)."""
        self.index.value_ids = [Command.create({"date": "2022-09-01", "value": 290.6})]
        cases = [
            ("since the base", {}, 12.182, 56.09, False),
            ("last year only", {"catch_up": "last_year"}, 2.003, 51.0, False),
            ("cap of 2 % for 4 years", {"has_cap": True, "cap": 2}, 8.243, 54.12, "cap"),
            ("floor of 5 % for 4 years", {"has_floor": True, "floor": 5}, 21.551, 60.78, "floor"),
            ("to 0.50", {"rounding_step": 0.5}, 12.182, 56.0, False),
            ("latest", {"index_choice": "latest", "index_lag": 0}, 12.182, 56.09, False),
            ("fixed", {"method": "percent", "percent": 2}, 8.243, 54.12, False),
            (
                "fixed, last year",
                {"method": "percent", "percent": 2, "catch_up": "last_year"},
                2.0,
                51.0,
                False,
            ),
        ]
        for name, vals, percent, price, limit in cases:
            with self.subTest(name):
                self.family.revision_rule_id = self.create_rule(**vals)
                contract = self.create_contract(
                    start="2023-01-01", index_base_month="2022-09-01", billing_mode="arrears"
                )
                revision = self.propose(contract)
                self.assertEqual(revision.state, "proposed", revision.refusal)
                self.assertAlmostEqual(revision.percent, percent, 3)
                self.assertAlmostEqual(revision.line_ids.new_price, price)
                self.assertEqual(revision.limit, limit)

    def test_what_rounding_leaves_is_said(self):
        """3 % of 5.07 are 0.1521: 5.22 a month, 2.96 % more."""
        self.family.revision_rule_id = self.create_rule(
            method="percent", percent=3, has_cap=True, cap=3
        )
        contract = self.create_contract(line={"price_unit": 5.07})
        revision = self.propose(contract)
        self.assertEqual(revision.line_ids.new_price, 5.22)
        self.assertAlmostEqual(revision.percent, 3.0)
        self.assertAlmostEqual(revision.percent_applied, 2.959, 3)
        words = "3 % for a year. Rounded, the prices change by 2.96 %."
        self.assertEqual(revision.explanation, words)
        contract._renew()
        revision.action_apply()
        self.assertAlmostEqual(contract.commitment_ids[-1].price_change_percent, 2.959, 3)

    def test_the_percentage_is_of_the_monthly_amounts(self):
        """A product that begins later has its new price, and is in neither amount."""
        self.family.revision_rule_id = self.create_rule(method="percent", percent=3)
        contract = self.create_contract(line={"price_unit": 5.07})
        contract.line_ids.copy(
            {"contract_id": contract.id, "price_unit": 50.0, "date_start": "2027-02-01"}
        )
        revision = self.propose(contract)
        self.assertEqual(revision.line_ids.mapped("new_price"), [5.22, 51.5])
        self.assertEqual((revision.old_monthly, revision.new_monthly), (5.07, 5.22))
        self.assertAlmostEqual(revision.percent_applied, 100 * (5.22 / 5.07 - 1), 3)

    def test_cents_a_month_do_not_round_the_percentage(self):
        """1.20 a year become 1.24: 0.10 a month before and after, 3.33 % more."""
        self.family.revision_rule_id = self.create_rule(method="percent", percent=3)
        contract = self.create_contract(line={"price_unit": 1.2, "price_period": "12"})
        revision = self.propose(contract)
        self.assertEqual((revision.old_monthly, revision.new_monthly), (0.1, 0.1))
        self.assertAlmostEqual(revision.percent_applied, 3.333, 3)

    def test_nothing_is_said_of_rounding_where_it_changes_nothing(self):
        self.family.revision_rule_id = self.create_rule(method="percent", percent=3)
        revision = self.propose(self.create_contract())
        self.assertEqual(revision.explanation, "3 % for a year.")
        self.assertAlmostEqual(revision.percent_applied, 3.0)

    def test_over_the_cap_is_said(self):
        self.family.revision_rule_id = self.create_rule(has_cap=True, cap=1.5)
        revision = self.propose(self.create_contract())
        self.assertEqual(revision.line_ids.new_price, 50.75)
        self.assertIn("Over the cap: 1.5 % are applied", revision.explanation)
        self.assertIn("2.003 %", revision.explanation)

    def test_prices_never_go_down_by_rounding(self):
        """A floor of 0 and prices in multiples of 0.05: 49.97 at a falling index becomes 50.00."""
        self.index.value_ids.filtered(lambda row: row.date == self.day("2026-09-01")).value = 200
        self.family.revision_rule_id = self.create_rule(has_floor=True, rounding_step=0.05)
        revision = self.propose(self.create_contract(line={"price_unit": 49.97}))
        self.assertEqual((revision.limit, revision.line_ids.new_price), ("floor", 50.0))

    def test_contract_of_the_old_series(self):
        """L17: signed before 08/2022 → 326.0 / (284.0 × 0.97975)."""
        contract = self.create_contract(start="2022-07-01", index_base_month="2022-07-15")
        revision = self.propose(contract)
        self.assertAlmostEqual(revision.percent, 17.161, 3)
        self.assertEqual(revision.chain_coefficient, 0.97975)
        self.assertIn("0.97975", revision.explanation)

    def test_revisions_follow_one_another(self):
        """The second one compares with the month that the first one used."""
        contract = self.create_contract()
        self.apply(contract)
        self.index.value_ids = [Command.create({"date": "2027-09-30", "value": 332.52})]
        revision = self.propose(contract, "2028-01-01")
        self.assertEqual(revision.base_month, date(2026, 9, 1))
        self.assertEqual(revision.line_ids.old_price, 51.0)
        self.assertAlmostEqual(revision.percent, 2.0)

    # ----- Refused, in words -----

    def test_refusals_table(self):
        year = "2026-01-01"
        cases = [
            ("missing value", year, {}, "2028-01-01", "“Syntec” has no value for 09/2027"),
            (
                "missing base",
                year,
                {"index_base_month": "2021-03-01"},
                "2027-01-01",
                "“Syntec” has no value for 03/2021",
            ),
            ("too early", "2026-06-01", {}, "2027-01-01", "can be revised from 06/01/2027"),
            ("not begun", "2027-06-01", {}, "2027-01-01", "starts on 06/01/2027"),
            (
                "value of the base",
                year,
                {"index_base_month": "2026-09-01"},
                "2027-01-01",
                "no value later than its base month 09/2026",
            ),
            ("ends", year, {"date_end": "2026-12-31"}, "2027-01-01", "ends on 12/31/2026"),
            ("no base", year, {"index_base_month": False}, "2027-01-01", "does not name the base"),
            ("no rule", year, {"revision_rule_id": False}, "2027-01-01", "no rule"),
        ]
        for name, start, vals, day, words in cases:
            with self.subTest(name):
                revision = self.propose(self.create_contract(start=start, **vals), day)
                self.assertEqual(revision.state, "refused")
                self.assertIn(words, revision.refusal)
                with self.assertRaisesRegex(UserError, "no longer possible"):
                    revision.action_apply()

    def test_refusals_are_said_in_the_readers_language(self):
        """Kept as a code, whoever reckoned it: “Le contrat se termine le 31/12/2026.”"""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["service_contract"], ["fr_FR"])
        contract = self.create_contract(start="2026-01-01", date_end="2026-12-31")
        revision = self.propose(contract, "2027-01-01")
        french = revision.with_context(lang="fr_FR")
        self.assertEqual(revision.refusal, "The contract ends on 12/31/2026.")
        self.assertEqual(french.refusal, french.explanation)
        self.assertIn("31/12/2026", french.refusal)
        self.assertNotIn("The contract", french.refusal)

    def test_every_refusal_has_its_words(self):
        revisions = self.env["service.price.revision"]
        for code, _label in revisions._fields["refusal_code"].selection:
            self.assertTrue(hasattr(revisions, f"_describe_{code}"), code)

    def test_not_before_the_last_billed_day(self):
        contract = self.create_contract(billing_interval="12", start="2026-01-01")
        contract.price_base_date = "2025-01-01"
        self.create_run("2026-12-15")
        revision = self.propose(contract, "2026-07-01")
        self.assertIn("Billed up to 12/31/2026 already", revision.refusal)
        self.assertIn("from 01/01/2027", revision.refusal)
        self.assertEqual(self.propose(contract, "2027-01-01").state, "proposed")

    def test_what_was_billed_meanwhile_is_seen_on_applying(self):
        contract = self.create_contract()
        revision = self.propose(contract)
        with freeze_time("2027-01-02"):
            self.create_run("2027-01-02")
            revision.action_apply()
        self.assertEqual(revision.state, "refused")
        self.assertIn("Billed up to 01/31/2027", revision.refusal)
        self.assertEqual(contract.line_ids.price_unit, 50.0)

    def test_refused_ones_are_reckoned_anew_once_the_value_came(self):
        contract = self.create_contract()
        revision = self.propose(contract, "2028-01-01")
        self.index.value_ids = [Command.create({"date": "2027-09-01", "value": 332.52})]
        revision.with_user(self.user_manager).action_evaluate()
        self.assertEqual((revision.state, revision.refusal), ("proposed", False))

    # ----- Taken back -----

    def test_taken_back_restores_exactly(self):
        contract = self.create_contract()
        contract._generate_charges(self.day("2027-03-01"))
        before = self.snapshot(contract)
        revision = self.apply(contract)
        contract._generate_charges(self.day("2027-03-01"))
        self.assertNotEqual(self.snapshot(contract), before)
        revision.with_user(self.user_manager).action_undo()
        contract._generate_charges(self.day("2027-03-01"))
        self.assertEqual(self.snapshot(contract), before)
        self.assertEqual(revision.state, "undone")
        self.assertEqual(self.propose(contract).state, "proposed")

    def test_a_line_that_begins_that_day_takes_the_price_itself(self):
        contract = self.create_contract(
            price_base_date="2025-12-31", line={"date_start": "2027-01-01"}
        )
        revision = self.apply(contract)
        self.assertEqual(revision.line_ids.new_line_id, revision.line_ids.contract_line_id)
        self.assertEqual(contract.line_ids.price_unit, 51.0)
        revision.action_undo()
        self.assertEqual(contract.line_ids.price_unit, 50.0)

    def test_not_taken_back_once_billed_or_changed(self):
        contract = self.create_contract()
        revision = self.apply(contract)
        contract.line_ids.sorted("id")[-1].price_unit = 55.0
        with self.assertRaisesRegex(UserError, "another price by now"):
            revision.action_undo()
        contract.line_ids.sorted("id")[-1].price_unit = 51.0
        self.create_run("2027-01-01")
        with self.assertRaisesRegex(UserError, "billed up to 01/31/2027"):
            revision.action_undo()

    def test_later_change_is_taken_back_first(self):
        contract = self.create_contract()
        first = self.apply(contract)
        self.index.value_ids = [Command.create({"date": "2027-09-01", "value": 332.52})]
        second = self.apply(contract, "2028-01-01")
        with self.assertRaisesRegex(UserError, "changed again from 01/01/2028"):
            first.action_undo()
        (first + second).action_undo()
        self.assertEqual(self.get_prices(contract), [(False, False, 50.0)])

    # ----- Rules as signed -----

    def test_a_signed_rule_is_locked(self):
        self.rule.cap = 3
        self.create_contract()
        self.assertTrue(self.rule.is_locked)
        with self.assertRaisesRegex(UserError, "signed by customers"):
            self.rule.cap = 4
        self.rule.write({"notice_days": 60, "is_automatic": True, "active": False})

    def test_rule_in_words(self):
        self.rule.write({"has_cap": True, "cap": 5, "has_floor": True})
        self.assertEqual(
            self.rule.summary,
            "Syntec · at least 0 % · at most 5 % · at each renewal of the commitment",
        )

    def test_months_are_kept_by_their_first_day(self):
        value = self.index.value_ids[:1]
        value.date = "2027-02-17"
        self.assertEqual(value.date, date(2027, 2, 1))


@tagged("post_install", "-at_install")
@freeze_time("2026-12-15")
class TestRevisionTiming(RevisionCommon):
    def test_next_date_table(self):
        cases = [
            ("renewal", "2026-01-01", 12, 12, {}, "2027-01-01"),
            ("never sooner than a year", "2026-01-31", 3, 1, {}, "2027-01-31"),
            ("no commitment", "2026-01-01", 0, 0, {}, False),
            ("manual", "2026-01-01", 12, 12, {"timing": "manual"}, False),
            (
                "yearly",
                "2026-03-15",
                12,
                12,
                {"timing": "yearly", "yearly_day": 1, "yearly_month": "7"},
                "2027-07-01",
            ),
        ]
        for name, start, initial, tacit, vals, expected in cases:
            with self.subTest(name):
                self.family.write({"initial_months": initial, "tacit_months": tacit})
                self.family.revision_rule_id = self.create_rule(**vals)
                contract = self.create_contract(start=start)
                contract._renew()
                self.assertEqual(contract.next_revision_date, expected and self.day(expected))

    def test_cron_prepares_in_time_and_once(self):
        contract = self.create_contract(start="2026-02-01")
        self.assertEqual(contract.revision_prepare_date, date(2026, 12, 18))
        with freeze_time("2026-12-17"):
            self.run_cron(CRON)
            self.assertFalse(contract.revision_ids)
        with freeze_time("2026-12-18"):
            self.run_cron(CRON)
            self.run_cron(CRON)
        revision = contract.revision_ids
        self.assertEqual((revision.state, revision.effective_date), ("proposed", date(2027, 2, 1)))
        self.assertFalse(contract.next_revision_date)
        contract._renew()
        with freeze_time("2027-12-15"):
            contract._renew()
        self.assertEqual(contract.next_revision_date, date(2028, 2, 1))
        row = self.env["service.exception"]._get_open(revision, "contract")
        self.assertIn("wait for confirmation", row.detail)
        revision.action_apply()
        self.assertEqual(row.state, "done")

    def test_applied_by_itself_where_the_rule_says_so(self):
        self.rule.is_automatic = True
        contract = self.create_contract()
        contract._renew()
        self.run_cron(CRON)
        self.assertEqual(contract.revision_ids.state, "applied")
        term = contract.commitment_ids.filtered("number")
        self.assertAlmostEqual(term.price_change_percent, 2.0)

    def test_what_cannot_be_revised_goes_to_the_inbox(self):
        self.rule.is_automatic = True
        self.index.value_ids.filtered(lambda value: value.date == date(2026, 9, 1)).unlink()
        contract = self.create_contract()
        self.run_cron(CRON)
        revision = contract.revision_ids
        self.assertEqual(revision.state, "refused")
        row = self.env["service.exception"]._get_open(revision, "contract")
        self.assertIn("no value for 09/2026", row.detail)
        revision.action_leave_out()
        self.assertEqual(row.state, "done")

    def test_refused_contract_is_not_revised(self):
        contract = self.create_contract()
        contract.commitment_ids._as_workflow().is_refused = True
        self.assertFalse(contract.next_revision_date)


@tagged("post_install", "-at_install")
@freeze_time("2026-12-15")
class TestRevisionBatch(RevisionCommon):
    def create_batch(self, **vals):
        batches = self.env["service.revision.batch"].with_user(self.user_manager)
        return batches.create({"effective_date": "2027-01-01", **vals})

    def test_preview_apply_take_back(self):
        good = self.create_contract() + self.create_contract(self.create_customer("Customer B"))
        bad = self.create_contract(index_base_month="2021-03-01")
        young = self.create_contract(start="2026-06-01")
        batch = self.create_batch()
        batch.action_preview()
        self.assertEqual(batch.revision_ids.contract_id, good + bad)
        self.assertEqual((batch.proposed_count, batch.refused_count), (2, 1))
        self.assertEqual((batch.old_monthly, batch.new_monthly), (100.0, 102.0))
        self.assertEqual(set(good.line_ids.mapped("price_unit")), {50.0})
        batch.action_apply()
        self.assertEqual((batch.state, batch.applied_count), ("applied", 2))
        self.assertEqual(len(good.line_ids), 4)
        self.assertEqual(len((bad + young).line_ids), 2)
        batch.action_undo()
        self.assertEqual((batch.state, len(good.line_ids)), ("undone", 2))
        with self.assertRaisesRegex(UserError, "no longer possible"):
            batch.action_apply()
        with self.assertRaisesRegex(UserError, "is kept"):
            batch.unlink()

    def test_everything_with_a_rule_shows_the_reasons(self):
        young = self.create_contract(start="2026-06-01")
        batch = self.create_batch(is_due_only=False)
        batch.action_preview()
        self.assertIn("can be revised from", batch.revision_ids.refusal)
        self.assertEqual(batch.revision_ids.contract_id, young)

    def test_what_is_left_out_stays_so(self):
        contracts = self.create_contract() + self.create_contract()
        batch = self.create_batch()
        batch.action_preview()
        batch.revision_ids[0].action_leave_out()
        batch.action_preview()
        self.assertEqual(sorted(batch.revision_ids.mapped("state")), ["left_out", "proposed"])
        batch.action_apply()
        self.assertEqual(len(contracts.line_ids), 3)

    def test_proposals_of_the_daily_job_are_taken_over(self):
        contract = self.create_contract()
        self.run_cron(CRON)
        self.assertEqual(contract.revision_ids.state, "proposed")
        batch = self.create_batch()
        batch.action_preview()
        self.assertEqual(contract.revision_ids.batch_id, batch)

    def test_a_second_batch_of_the_same_day_says_so(self):
        self.create_contract()
        first, second = self.create_batch(), self.create_batch(is_due_only=False)
        (first + second).action_preview()
        self.assertEqual(first.revision_ids.state, "proposed")
        self.assertEqual(second.revision_ids.state, "refused")
        self.assertIn(first.name, second.revision_ids.refusal)

    def test_families_choose(self):
        self.create_contract()
        batch = self.create_batch(family_ids=[Command.set(self.family_sepa.ids)])
        batch.action_preview()
        self.assertFalse(batch.revision_ids)

    def test_customers_are_told_in_their_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.write({"email": "a@example.com", "lang": "fr_FR"})
        contract = self.create_contract()
        mute = self.create_contract(self.create_customer("Without address"))
        batch = self.create_batch(is_notified=True)
        batch.action_preview()
        batch.action_apply()
        told = contract.revision_ids
        self.assertEqual(told.notified_on, date(2026, 12, 15))
        message = told.notice_message_id
        self.assertEqual(message.model, "service.contract")
        self.assertIn(self.customer, message.notification_ids.res_partner_id)
        self.assertIn("51,00", message.body)
        self.assertIn("01/01/2027", message.subject)
        self.assertEqual(mute.revision_ids.state, "applied")
        row = self.env["service.exception"]._get_open(mute.revision_ids, "contract")
        self.assertIn("no valid e-mail address", row.detail)

    def test_customers_recognise_their_prices(self):
        """What the price is per, for how many and with which discount."""
        self.customer.email = "a@example.com"
        contract = self.create_contract(line={"quantity": 3, "discount": 10})
        self.create_batch(is_notified=True).action_preview()
        contract.revision_ids._notify()
        self.assertIn(
            "× 3 · Per month · 10 % discount", contract.revision_ids.notice_message_id.body
        )

    def tell(self):
        """Return a proposed revision of which the customer was told."""
        self.customer.email = "a@example.com"
        contract = self.create_contract()
        self.create_batch().action_preview()
        contract.revision_ids._notify()
        return contract.revision_ids

    def test_who_was_told_another_price_is_told_again(self):
        """A newer index value came between the notice and the day."""
        revision = self.tell()
        first = revision.notice_message_id
        revision.line_ids.sudo().new_price = 50.5
        revision.with_user(self.user_manager).action_apply()
        self.assertEqual((revision.state, revision.line_ids.new_price), ("applied", 51.0))
        self.assertNotEqual(revision.notice_message_id, first)
        self.assertIn("51.00", revision.notice_message_id.body)

    def test_who_was_told_the_same_price_is_not_told_again(self):
        revision = self.tell()
        first = revision.notice_message_id
        revision.with_user(self.user_manager).action_apply()
        self.assertEqual((revision.state, revision.notice_message_id), ("applied", first))

    def test_a_notice_that_came_back_is_told_once_and_may_be_sent_again(self):
        revision = self.tell()
        first = revision.notice_message_id
        first.sudo().notification_ids.write(
            {"notification_status": "bounce", "failure_reason": "No such mailbox"}
        )
        for _day in range(2):
            self.run_cron("service_contract.service_renewal_cron")
        activity = revision.contract_id.activity_ids
        self.assertIn("new prices did not reach the customer", activity.summary)
        self.assertIn("No such mailbox", activity.note)
        self.assertEqual(revision.notice_failure, "No such mailbox")
        revision.with_user(self.user_manager).action_notify()
        self.assertNotEqual(revision.notice_message_id, first)
        self.assertFalse(revision.notice_failure or revision.is_failure_told)
        revision.action_notify()
        self.assertEqual(len(revision.contract_id.activity_ids), 1)

    def test_a_followers_bounce_does_not_hide_the_customers(self):
        revision = self.tell()
        row = revision.sudo().notice_message_id.notification_ids
        row.copy({"res_partner_id": self.user_sales.partner_id.id, "notification_status": "bounce"})
        self.run_cron("service_contract.service_renewal_cron")
        self.assertFalse(revision.contract_id.activity_ids)
        row.notification_status = "bounce"
        self.run_cron("service_contract.service_renewal_cron")
        self.assertEqual(len(revision.contract_id.activity_ids), 1)

    def test_preview_asks_the_database_no_more_for_more_contracts(self):
        def preview(count):
            self.create_contract()
            contracts = self.env["service.contract"].search([("family_id", "=", self.family.id)])
            days = dict.fromkeys(contracts[:count], self.day("2027-01-01"))
            return self.count_queries(lambda: self.env["service.price.revision"]._propose(days))

        for _number in range(12):
            self.create_contract()
        preview(1)
        self.env["service.price.revision"].search([]).unlink()
        few = preview(2)
        self.env["service.price.revision"].search([]).unlink()
        self.assertLess(preview(12) - few, 40)

    def test_only_managers_revise(self):
        contract = self.create_contract()
        revision = self.propose(contract)
        with self.assertRaises(AccessError):
            self.env["service.revision.batch"].with_user(self.user_sales).create(
                {"effective_date": "2027-01-01"}
            )
        with self.assertRaises(AccessError):
            revision.with_user(self.user_sales).action_apply()
        self.assertEqual(revision.with_user(self.user_sales).new_monthly, 51.0)

    def test_screens_open(self):
        contract = self.create_contract()
        self.propose(contract)
        with Form(self.env["service.revision.batch"].with_user(self.user_manager)) as form:
            form.effective_date = "2027-01-01"
        for record in (contract, contract.revision_ids):
            Form(record.with_user(self.user_sales))
        with Form(self.env["service.revision.rule"].with_user(self.user_manager)) as form:
            form.name = "Two percent"
            form.method = "percent"
            form.percent = 2
        self.assertIn("2 % a year", form.record.summary)


@tagged("post_install", "-at_install")
class TestIndexImport(RevisionCommon):
    def import_text(self, text, encoding="utf-8", **vals):
        wizard = (
            self.env["service.price.index.import"]
            .with_user(self.user_manager)
            .create(
                {
                    "index_id": self.index.id,
                    "file": base64.b64encode(text.encode(encoding)),
                    **vals,
                }
            )
        )
        wizard.action_import()
        return wizard

    def test_twice_brings_nothing_new(self):
        text = "Mois;Valeur publiée\n30/09/2027;332,52\n2027-10;333.1\n09/2026;326,0"
        for encoding in ("utf-8", "utf-8-sig", "cp1252"):
            with self.subTest(encoding):
                wizard = self.import_text(text, encoding)
                again = self.import_text(text, encoding)
                self.assertFalse(wizard.line_ids + again.line_ids)
                self.assertEqual((again.new_count, again.same_count), (0, 3))
        self.assertEqual(len(self.index.value_ids), len(VALUES) + 2)
        self.assertEqual(self.index.latest_value_id.date, date(2027, 10, 1))

    def test_bad_lines_are_reported(self):
        wizard = self.import_text("09/2027;332,5\n31/02/2027;1\n10/2027;n.c.\n09/2026;327")
        self.assertEqual(wizard.new_count, 1)
        found = [(row.line, row.reason) for row in wizard.line_ids]
        self.assertEqual([line for line, _reason in found], [2, 3, 4])
        self.assertIn("no date", found[0][1])
        self.assertIn("no number", found[1][1])
        self.assertIn("has 326 for this month", found[2][1])

    def test_corrected_values_replace_on_demand(self):
        wizard = self.import_text("09/2026;327", is_replacing=True)
        self.assertEqual((wizard.changed_count, wizard.new_count), (1, 0))
        self.assertEqual(self.index._get_values()[date(2026, 9, 1)], 327)

    def test_what_is_no_list_of_months_is_refused_unread(self):
        for text in (";" * 1_100_000, "x\n" * 2_100, "\n" * 3_000):
            with self.assertRaisesRegex(UserError, "one line for each month"):
                self.import_text(text)
        self.assertEqual(len(self.index.value_ids), len(VALUES))

    def test_one_endless_line_costs_one_line(self):
        wizard = self.import_text("09/2027;332,5\n10/2027;" + "9" * 400 + "\n" + ";" * 900_000)
        self.assertEqual((wizard.new_count, wizard.line_ids.mapped("line")), (1, [2, 3]))
        self.assertLessEqual(max(map(len, wizard.line_ids.mapped("text"))), 200)

    def test_a_workbook_is_refused_in_words(self):
        with self.assertRaisesRegex(UserError, "Save the sheet as CSV"):
            self.import_text("PK\x03\x04\0\0")
