"""Amendments: level, products, prices and commitment from a day on; charges to the cent."""

from datetime import date, timedelta

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import AmendmentCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestAmendment(AmendmentCommon):
    def test_quantity_in_mid_period(self):
        """June: 15 days of 1 × 50.00 and 15 days of 3 × 50.00."""
        contract = self.create_contract(start="2026-06-01")
        amendment = self.amend(contract, line={"quantity": 3})
        self.assertEqual(
            self.get_amounts(contract, "2026-07-01"),
            [
                ("2026-06-01", "2026-06-15", 25.0),
                ("2026-06-16", "2026-06-30", 75.0),
                ("2026-07-01", "2026-07-31", 150.0),
            ],
        )
        self.assertEqual((amendment.monthly_before, amendment.monthly_after), (50.0, 150.0))
        self.assertRegex(amendment.name, r"AMD/\d{4}/\d{4}")

    def test_what_was_billed_ahead_is_given_back(self):
        contract = self.create_contract(start="2026-04-01", billing_interval="3")
        self.bill("2026-06-15")
        self.amend(contract, line={"price_unit": 80.0})
        self.bill("2026-06-30")
        billed = contract.charge_ids.filtered(lambda charge: charge.state == "invoiced")
        credit = billed.filtered(lambda charge: charge.kind == "credit")
        self.assertPeriods(credit, [("2026-06-16", "2026-06-30")])
        self.assertEqual(credit.amount, -24.73)
        self.assertAlmostEqual(sum(billed.mapped("amount")), 150.0 - 24.73 + 39.56)

    def test_products_added_and_taken_out(self):
        contract = self.create_contract(start="2026-06-01")
        amendment = self.draft(contract, "2026-07-01", **self.allow())
        amendment.line_ids.is_removed = True
        amendment.line_ids = [Command.create({"product_id": self.product_backup.id})]
        self.assertEqual(amendment.line_ids.mapped("change"), ["remove", "add"])
        self.assertEqual(amendment.line_ids.mapped("monthly_after"), [0.0, 20.0])
        amendment.action_confirm()
        self.assertEqual(
            self.get_amounts(contract, "2026-07-15"),
            [("2026-06-01", "2026-06-30", 50.0), ("2026-07-01", "2026-07-31", 20.0)],
        )
        self.assertEqual(contract.mrr, 50.0)
        with freeze_time("2026-07-01"):
            contract.line_ids._refresh_current(date(2026, 7, 1))
            self.assertEqual(contract.mrr, 20.0)

    def test_another_product_in_place(self):
        contract = self.create_contract(start="2026-06-01")
        amendment = self.amend(
            contract, line={"product_id": self.product_backup.id}, **self.allow()
        )
        old, new = contract.line_ids.sorted("id")
        self.assertEqual((new.product_id, new.price_unit), (self.product_backup, 20.0))
        self.assertEqual(new.previous_line_id, old)
        self.assertIn("instead of Support", " ".join(amendment.comparison.split()))

    def test_from_the_first_day(self):
        """A line that has not begun takes the new values itself, and gets its own back."""
        contract = self.create_contract(start="2026-07-01")
        before = self.snapshot(contract)
        amendment = self.amend(contract, "2026-07-01", line={"quantity": 2, "price_unit": 45.0})
        self.assertEqual(len(contract.line_ids), 1)
        self.assertEqual(self.get_amounts(contract, "2026-07-01")[0][2], 90.0)
        amendment.action_cancel()
        self.assertEqual(self.snapshot(contract), before)

    # ----- Level -----

    def test_level_from_today(self):
        contract = self.create_contract(start="2026-06-01")
        amendment = self.amend(contract, "2026-06-15", level_id=self.level_gold.id, **self.allow())
        self.assertEqual(contract.level_id, self.level_gold)
        self.assertEqual(contract._get_level_on(date(2026, 6, 14)), self.level_unlimited)
        amendment.action_cancel()
        self.assertEqual(contract.level_id, self.level_unlimited)

    def test_level_from_a_later_day_on(self):
        contract = self.create_contract(start="2026-06-01")
        self.amend(contract, "2026-06-20", level_id=self.level_gold.id, **self.allow())
        self.assertEqual(contract.level_id, self.level_unlimited)
        self.assertEqual(contract._get_level_on(date(2026, 6, 20)), self.level_gold)
        with freeze_time("2026-08-01"):
            self.run_cron("service_contract.service_contract_cron")
        self.assertEqual(contract.level_id, self.level_gold)

    def test_sessions_have_the_level_of_their_day(self):
        contract = self.create_contract(start="2026-06-01")
        self.amend(contract, "2026-06-10", level_id=self.level.id, **self.allow())
        for day, level in (("2026-06-09", self.level_unlimited), ("2026-06-10", self.level)):
            session = self.create_session([(f"{day} 10:00:00", 600)], done=False)
            self.assertEqual((session.contract_id, session.level_id), (contract, level))
            self.assertEqual(session._get_pricing_level(), level)

    def test_level_changes_by_an_amendment_only(self):
        contract = self.create_contract(start="2026-06-01")
        for context in ({}, {"service_workflow": True}):
            with self.assertRaisesRegex(UserError, "Level can no longer change"):
                contract.with_user(self.user_manager).with_context(
                    **context
                ).level_id = self.level_gold
        draft = self.create_contract(activate=False)
        draft.level_id = self.level_gold

    def test_levels_are_taken_back_in_order(self):
        contract = self.create_contract(start="2026-06-01")
        first = self.amend(contract, "2026-06-10", level_id=self.level_gold.id, **self.allow())
        second = self.amend(contract, "2026-06-12", level_id=self.level.id, **self.allow())
        with self.assertRaisesRegex(UserError, second.name), self.env.cr.savepoint():
            first.action_cancel()
        self.env.invalidate_all()
        (first + second).action_cancel()
        self.assertEqual(contract.level_id, self.level_unlimited)

    # ----- Commitment -----

    def test_the_end_of_the_commitment_stays(self):
        contract = self.create_contract(start="2026-01-01")
        self.amend(contract, line={"quantity": 2})
        self.assertEqual(contract.commitment_end, date(2026, 12, 31))
        self.assertEqual(len(contract.commitment_ids), 1)

    def test_new_commitment_is_a_new_record(self):
        contract = self.create_contract(start="2026-01-01")
        self.amend(contract, is_new_commitment=True, commitment_months=24)
        old, new = contract.commitment_ids.sorted("number")
        self.assertEqual((old.date_start, old.date_end), (date(2026, 1, 1), date(2026, 12, 31)))
        self.assertEqual(old.replaced_from, date(2026, 6, 16))
        self.assertEqual((new.date_start, new.date_end), (date(2026, 6, 16), date(2028, 6, 15)))
        self.assertEqual((new.kind, new.number), ("initial", 1))
        self.assertEqual(contract.commitment_end, date(2028, 6, 15))
        self.assertEqual(contract.renewal_date, date(2028, 5, 16))
        with freeze_time("2028-06-01"):
            contract._renew()
            last = contract._get_last_term()
            self.assertEqual((last.kind, last.number), ("tacit", 2))
            self.assertEqual(
                (last.date_start, last.date_end), (date(2028, 6, 16), date(2029, 6, 15))
            )

    def test_no_level_leaves_the_contracts(self):
        contract = self.create_contract(start="2026-01-01")
        level = contract.level_id
        amendment = self.draft(contract, "2026-06-16", level_id=False)
        amendment.line_ids.quantity = 2
        amendment.action_confirm()
        self.assertEqual(contract.level_id, level)
        self.assertEqual(amendment.level_id, level)
        with self.assertRaisesRegex(UserError, "changes nothing"):
            self.amend(contract, level_id=False)

    def test_drawn_as_long_as_it_held(self):
        contract = self.create_contract(start="2026-01-01")
        amendment = self.amend(contract, is_new_commitment=True, commitment_months=12)
        bars = [bar for bar in contract.timeline["bars"] if bar["row"] == "term"]
        self.assertEqual(
            [(bar["start"], bar["end"]) for bar in bars],
            [("2026-01-01", "2026-06-15"), ("2026-06-16", "2027-06-15")],
        )
        marks = [mark for mark in contract.timeline["marks"] if mark["kind"] == "amendment"]
        self.assertEqual([mark["label"] for mark in marks], [amendment.name])

    def test_states_of_a_replaced_term(self):
        contract = self.create_contract(start="2026-01-01")
        self.amend(contract, is_new_commitment=True, commitment_months=12)
        terms = contract.commitment_ids.sorted("number")
        commitments = self.env["service.commitment"]
        for day, expected in (
            ("2026-06-15", ["current", "planned"]),
            ("2026-06-16", ["replaced", "current"]),
        ):
            with freeze_time(day):
                self.env.invalidate_all()
                self.assertEqual(terms.mapped("state"), expected)
                for term, state in zip(terms, expected, strict=True):
                    domain = [("contract_id", "=", contract.id), ("state", "in", [state])]
                    self.assertEqual(commitments.search(domain), term)

    def test_new_commitment_leaves_no_gap(self):
        contract = self.create_contract(start="2026-01-01")
        vals = {"is_new_commitment": True, "commitment_months": 12}
        late = self.draft(contract, "2027-01-02", **vals)
        with self.assertRaisesRegex(UserError, "until 12/31/2026: begin .* on 01/01/2027 at the"):
            late.action_confirm()
        self.amend(contract, "2027-01-01", **vals)
        self.assertEqual(contract.commitment_end, date(2027, 12, 31))

    def test_new_commitment_replaces_a_recorded_renewal(self):
        contract = self.create_contract(start="2026-01-01")
        with freeze_time("2026-12-15"):
            contract._renew()
            self.amend(
                contract,
                "2026-12-20",
                is_new_commitment=True,
                commitment_months=12,
                **self.allow(),
            )
            before = contract.commitment_ids.sorted("number")
            self.assertEqual(
                before.mapped("replaced_from"), [date(2026, 12, 20), date(2026, 12, 20), False]
            )

    def test_new_commitment_is_taken_back(self):
        contract = self.create_contract(start="2026-01-01")
        before = self.snapshot(contract)
        amendment = self.amend(contract, is_new_commitment=True, commitment_months=24)
        with self.assertRaisesRegex(UserError, "only a manager"), self.env.cr.savepoint():
            amendment.action_cancel()
        amendment.with_user(self.user_manager).action_cancel()
        self.assertEqual(self.snapshot(contract), before)

    # ----- Refused in words -----

    def test_a_draft_stays_with_its_contract(self):
        draft = self.draft(self.create_contract(start="2026-06-01"))
        other = self.create_contract(start="2026-06-01")
        for move in (
            lambda: draft.write({"contract_id": other.id}),
            lambda: other.write({"amendment_ids": [Command.link(draft.id)]}),
            lambda: other.write({"amendment_ids": [Command.set(draft.ids)]}),
        ):
            with self.assertRaisesRegex(AccessError, "given once"), self.env.cr.savepoint():
                move()
        with self.assertRaisesRegex(UserError, "is another contract's"), self.env.cr.savepoint():
            draft.sudo().contract_id = other

    def test_refusals_table(self):
        cases = [
            ("before the start", "2025-12-31", {}, {"quantity": 2}, "lies outside of"),
            (
                "after the end",
                "2026-12-01",
                {"level_id": self.level_gold.id},
                {},
                "lies outside of",
            ),
            ("nothing", "2026-06-16", {}, {}, "changes nothing"),
            ("first day", "2026-01-01", {}, {"is_removed": True}, "begins on 01/01/2026 only"),
            (
                "another family",
                "2026-06-16",
                {"level_id": self.create_level("Foreign", "managed", self.family_sepa).id},
                {},
                "belongs to another family",
            ),
        ]
        contract = self.create_contract(start="2026-01-01", date_end="2026-11-30")
        contract.line_ids.copy({"contract_id": contract.id})
        for name, day, vals, line, words in cases:
            with self.subTest(name):
                with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                    self.amend(contract, day, line=line, **vals, **self.allow())
                self.env.invalidate_all()

    def test_periods_that_are_over_stay(self):
        contract = self.create_contract(start="2026-01-01")
        self.bill("2026-06-15")
        amendment = self.draft(contract, "2026-05-10", line={"quantity": 2})
        with self.assertRaisesRegex(UserError, "billed up to 05/31/2026 .* from 06/01/2026 on"):
            amendment.action_confirm()
        amendment.effective_date = "2026-06-01"
        amendment.action_confirm()
        self.assertEqual(amendment.state, "done")

    def test_what_is_in_force_is_locked(self):
        amendment = self.amend(self.create_contract(start="2026-06-01"), line={"quantity": 2})
        for vals in ({"effective_date": "2026-07-01"}, {"line_ids": [Command.clear()]}):
            with self.assertRaisesRegex(UserError, "In force"):
                amendment.write(vals)
        with self.assertRaisesRegex(UserError, "is kept"):
            amendment.sudo().unlink()

    def test_rows_in_force_are_locked(self):
        contract = self.create_contract(start="2026-06-01")
        other = self.create_contract(start="2026-06-01")
        row = self.amend(contract, line={"quantity": 2}).line_ids
        draft = self.draft(contract)
        moves = [
            lambda: row.write({"quantity": 9}),
            lambda: row.unlink(),
            lambda: row.create(
                {"amendment_id": row.amendment_id.id, "product_id": self.product_backup.id}
            ),
        ]
        for move in moves:
            with self.assertRaisesRegex(UserError, "In force"), self.env.cr.savepoint():
                move()
        for vals in ({"restore": {"price_unit": 0}}, {"new_line_id": other.line_ids.id}):
            with self.assertRaisesRegex(AccessError, "use its buttons"):
                draft.line_ids[0].write(vals)
        for vals in (
            {"amendment_id": row.amendment_id.id},
            {"contract_line_id": other.line_ids.id},
        ):
            with self.assertRaisesRegex(AccessError, "given once"):
                draft.line_ids[0].write(vals)
        with self.assertRaisesRegex(UserError, "another contract"):
            draft.line_ids[0].sudo().contract_line_id = other.line_ids

    def test_a_later_change_is_not_due_yet(self):
        contract = self.create_contract(start="2026-06-01")
        self.amend(contract, "2026-08-01", line={"price_unit": 60.0})
        amendment = self.draft(contract, "2026-06-20")
        self.assertEqual((amendment.monthly_before, amendment.monthly_after), (50.0, 50.0))
        action = contract.with_user(self.user_sales).action_amend_by_quote()
        order = self.env["sale.order"].browse(action["res_id"]).with_user(self.user_sales)
        self.assertEqual(order.order_line.mapped("price_unit"), [50.0])
        order.order_line = [
            Command.create({"product_id": self.product_backup.id, "product_uom_qty": 1})
        ]
        order.action_confirm()
        done = order.sudo().service_amendment_ids
        self.assertEqual((done.monthly_before, done.monthly_after), (50.0, 70.0))
        self.assertEqual(contract.line_ids.filtered("previous_line_id").price_unit, 60.0)

    def test_draft_contracts_are_changed_directly(self):
        contract = self.create_contract(start="2026-06-01", activate=False)
        with self.assertRaisesRegex(UserError, "change it directly"):
            self.amend(contract, line={"quantity": 2})

    # ----- Taken back -----

    def test_not_taken_back_once_billed(self):
        contract = self.create_contract(start="2026-06-01")
        amendment = self.amend(contract, line={"quantity": 2})
        self.bill("2026-06-30")
        with self.assertRaisesRegex(UserError, "can no longer be taken back"):
            amendment.action_cancel()

    def test_not_taken_back_once_the_credit_is_billed(self):
        contract = self.create_contract(start="2026-06-01")
        contract.line_ids.copy({"contract_id": contract.id})
        self.bill("2026-06-15")
        amendment = self.amend(contract, line={"is_removed": True}, **self.allow())
        self.bill("2026-07-15")
        with self.assertRaisesRegex(UserError, "already"):
            amendment.action_cancel()

    def test_amending_and_taking_back_restores(self):
        """Whatever changes, whenever, billed ahead or not: everything is as it was."""
        contract = self.create_contract(start="2026-01-01", billing_interval="3")
        contract.line_ids.copy({"contract_id": contract.id})
        self.bill("2026-06-15")
        before = self.snapshot(contract, "2026-10-01")

        @settings(
            max_examples=12,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            st.integers(0, 150),
            st.sampled_from([-2, 0.5, 2, 7]),
            st.sampled_from([0.01, 33.33, 80]),
            st.booleans(),
            st.booleans(),
        )
        def check(days, quantity, price, is_removed, is_gold):
            day = (date(2026, 6, 1) + timedelta(days=days)).isoformat()
            line = {"quantity": quantity, "price_unit": price, "is_removed": is_removed}
            level = self.level_gold if is_gold else self.level_unlimited
            amendment = self.amend(contract, day, line=line, level_id=level.id, **self.allow())
            contract._generate_charges(self.day("2026-10-01"))
            amendment.action_cancel()
            self.assertEqual(self.snapshot(contract, "2026-10-01"), before)

        check()

    def test_parts_add_up_to_the_whole(self):
        """An amendment that changes a description only costs nothing, on whatever day."""

        @settings(
            max_examples=12,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.integers(1, 90), st.sampled_from([9.90, 33.33, 50.0]), st.booleans())
        def check(days, price, is_billed):
            contract = self.create_contract(
                start="2026-06-01", billing_interval="3", line={"price_unit": price}
            )
            if is_billed:
                self.bill("2026-06-15")
            day = (date(2026, 6, 1) + timedelta(days=days)).isoformat()
            self.amend(contract, day, line={"name": "Renamed"})
            contract._generate_charges(self.day("2026-08-31"))
            self.assertEqual(
                round(sum(contract.charge_ids.mapped("amount")), 2), round(price * 3, 2)
            )

        check()

    # ----- Screens and rights -----

    def test_a_product_is_replaced_on_the_screen(self):
        """What is taken out can no longer be changed, yet it is told which product it was."""
        contract = self.create_contract(start="2026-06-01").with_user(self.user_sales)
        amendments = self.env["service.amendment"].with_user(self.user_sales)
        with Form(amendments.with_context(**contract.action_amend()["context"])) as form:
            with form.line_ids.edit(0) as line:
                line.quantity = 2
                line.is_removed = True
            with form.line_ids.new() as line:
                line.product_id = self.product_backup
                line.quantity = 5
        self.assertEqual(form.record.summary, "Taken out: Support · New: Backup")

    def test_salesperson_amends_on_the_screen(self):
        contract = self.create_contract(start="2026-06-01").with_user(self.user_sales)
        action = contract.action_amend()
        amendments = self.env["service.amendment"].with_user(self.user_sales)
        with Form(amendments.with_context(**action["context"])) as form:
            form.effective_date = "2026-06-20"
            with form.line_ids.edit(0) as line:
                line.quantity = 4
                self.assertEqual(line.change, "change")
            with form.line_ids.new() as line:
                line.product_id = self.product_backup
                self.assertEqual(line.price_unit, 20.0)
        amendment = form.record
        self.assertEqual((amendment.monthly_before, amendment.monthly_after), (50.0, 220.0))
        self.assertEqual(amendment.summary, "Changed: Support · New: Backup")
        amendment.action_confirm()
        self.assertEqual(len(contract.line_ids), 3)
        Form(contract)
        Form(amendment)

    def test_technicians_do_not_amend(self):
        contract = self.create_contract(start="2026-06-01")
        with self.assertRaises(AccessError):
            self.amend(contract, user=self.user_technician, line={"quantity": 2})

    def test_before_and_after(self):
        contract = self.create_contract(start="2026-06-01")
        amendment = self.amend(
            contract,
            level_id=self.level_gold.id,
            line={"quantity": 2, "discount": 10},
            **self.allow(),
        )
        self.assertEqual(amendment.before["monthly"], 50.0)
        self.assertEqual(amendment.after["lines"][0]["quantity"], 2)
        words = " ".join(amendment.comparison.split())
        for part in ("Unlimited", "Gold", "2 ×", "− 10 %", "90.00"):
            self.assertIn(part, words)

    def test_printed_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        contract = self.create_contract(start="2026-06-01")
        amendment = self.amend(contract, line={"quantity": 2})
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "service_contract.report_service_amendment", amendment.ids
        )
        text = html.decode()
        self.assertIn(amendment.name, text)
        self.assertIn("16/06/2026", text)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestAmendingQuote(AmendmentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.family.write({"initial_months": 0, "tacit_months": 0})

    def quote(self, contract, *products, start="2026-06-16", **vals):
        return self.create_quote(
            *products,
            user=self.user_sales,
            start=start,
            service_amended_contract_id=contract.id,
            **vals,
        )

    def test_quote_replaces(self):
        contract = self.create_contract(start="2026-06-01")
        order = self.quote(contract, self.product_backup)
        order.action_confirm()
        amendment = order.sudo().service_amendment_ids
        self.assertEqual(amendment.line_ids.mapped("change"), ["add", "remove"])
        self.assertFalse(order.sudo().service_contract_ids)
        self.assertEqual(
            self.get_amounts(contract, "2026-06-30"),
            [("2026-06-01", "2026-06-15", 25.0), ("2026-06-16", "2026-06-30", 10.0)],
        )

    def test_quote_extends(self):
        contract = self.create_contract(start="2026-06-01")
        order = self.quote(contract, self.product_backup, service_amendment_mode="extend")
        order.action_confirm()
        self.assertEqual(
            order.sudo().service_amendment_ids.line_ids.mapped("change"), ["add", "keep"]
        )
        self.assertEqual(contract.line_ids[-1].sale_line_id, order.order_line)

    def test_button_makes_the_quote(self):
        contract = self.create_contract(
            start="2026-06-01", line={"price_unit": 44.0}, initial_months=12, tacit_months=12
        )
        action = contract.with_user(self.user_sales).action_amend_by_quote()
        order = self.env["sale.order"].browse(action["res_id"]).with_user(self.user_sales)
        self.assertEqual(order.order_line.price_unit, 44.0)
        order.order_line.product_uom_qty = 2
        order.service_amendment_months = 24
        order.action_confirm()
        self.assertEqual(contract.commitment_end, date(2028, 6, 14))
        new = contract.line_ids.sorted("id")[-1]
        self.assertEqual((new.quantity, new.sale_line_id), (2, order.order_line))

    def test_level_of_the_sold_product(self):
        contract = self.create_contract(start="2026-06-01")
        gold = self.create_product("Gold", 90, recurring=self.family, level=self.level_gold)
        self.quote(contract, gold, start="2026-06-15").action_confirm()
        self.assertEqual(contract.level_id, self.level_gold)

    def test_cancelled_order_takes_the_amendment_back(self):
        contract = self.create_contract(start="2026-06-01")
        before = self.snapshot(contract)
        order = self.quote(contract, self.product_backup)
        order.action_confirm()
        order._action_cancel()
        self.assertEqual(self.snapshot(contract), before)
        order.action_draft()
        order.action_confirm()
        self.assertEqual(len(contract.line_ids), 2)

    def test_line_added_later_joins_the_contract(self):
        """By who may change what was agreed: others amend it by a quotation."""
        contract = self.create_contract(start="2026-06-01")
        order = self.quote(contract, self.product_backup)
        order.action_confirm()
        order = order.with_user(self.env.ref("base.user_root"))
        order.order_line = [
            Command.create({"product_id": self.product_support.id, "product_uom_qty": 1})
        ]
        self.assertFalse(order.sudo().service_contract_ids)
        self.assertEqual(contract.line_ids[-1].date_start, date(2026, 6, 15))

    def test_other_families_get_their_contract(self):
        contract = self.create_contract(start="2026-06-01")
        order = self.quote(contract, self.product_backup, self.product_fibre)
        order.action_confirm()
        self.assertEqual(order.sudo().service_contract_ids.family_id, self.family_sepa)

    def test_line_added_after_the_end_makes_a_contract(self):
        contract = self.create_contract(start="2026-06-01")
        order = self.quote(contract, self.product_backup)
        order.action_confirm()
        contract._set_ended(date(2026, 6, 30))
        order.order_line = [
            Command.create({"product_id": self.product_support.id, "product_uom_qty": 1})
        ]
        self.assertEqual(len(contract.line_ids), 2)
        self.assertEqual(order.sudo().service_contract_ids.line_ids.product_id.name, "Support")

    def test_button_quotes_the_price_of_the_products_period(self):
        """1,200.00 a year are 100.00 a month."""
        contract = self.create_contract(
            start="2026-06-01", line={"price_unit": 1200.0, "price_period": "12"}
        )
        action = contract.with_user(self.user_sales).action_amend_by_quote()
        order = self.env["sale.order"].browse(action["res_id"]).with_user(self.user_sales)
        self.assertEqual(order.order_line.price_unit, 100.0)
        order.order_line.product_uom_qty = 2
        order.action_confirm()
        self.assertEqual(contract.line_ids.sorted("id")[-1].price_monthly, 200.0)

    def quote_for_a_year(self, price):
        """Return a contract at a price a year, and the quotation that sells it by the month."""
        contract = self.create_contract(
            start="2026-06-01", line={"price_unit": price, "price_period": "12"}
        )
        action = contract.with_user(self.user_sales).action_amend_by_quote()
        order = self.env["sale.order"].browse(action["res_id"]).with_user(self.user_sales)
        return contract, order

    def test_a_price_by_the_year_outlives_a_quotation_by_the_month(self):
        """1,000.00 a year, quoted as 83.33 a month, stay 1,000.00."""
        contract, order = self.quote_for_a_year(1000.0)
        self.assertEqual(order.order_line.price_unit, 83.33)
        order.order_line.product_uom_qty = 2
        order.action_confirm()
        new = contract.line_ids.sorted("id")[-1]
        self.assertEqual((new.quantity, new.price_unit, new.price_period), (2, 1000.0, "12"))

    def test_a_price_by_the_year_that_is_left_alone_keeps_its_line(self):
        _contract, order = self.quote_for_a_year(1000.0)
        order.order_line = [
            Command.create({"product_id": self.product_backup.id, "product_uom_qty": 1})
        ]
        order.action_confirm()
        changes = order.sudo().service_amendment_ids.line_ids.mapped("change")
        self.assertEqual(changes, ["keep", "add"])

    def test_a_price_that_is_typed_on_the_quotation_holds(self):
        contract, order = self.quote_for_a_year(1000.0)
        order.order_line.price_unit = 90.0
        order.action_confirm()
        new = contract.line_ids.sorted("id")[-1]
        self.assertEqual((new.price_unit, new.price_period), (90.0, "1"))

    def test_two_prices_of_one_product_find_their_lines(self):
        """The first one is taken out: the second one stays what it was."""
        contract = self.create_contract(start="2026-06-01", line={"price_unit": 44.0})
        second = contract.line_ids.copy({"price_unit": 1000.0, "price_period": "12"})
        action = contract.with_user(self.user_sales).action_amend_by_quote()
        order = self.env["sale.order"].browse(action["res_id"])
        order.order_line[0].unlink()
        order.service_amendment_reason_id = self.exit_reason
        order.action_confirm()
        rows = order.service_amendment_ids.line_ids
        self.assertEqual(rows.filtered(lambda row: row.change == "keep").contract_line_id, second)

    def test_button_makes_a_quote_that_is_signed_later(self):
        """Its period is billed and over by then: it amends from the day it is signed."""
        contract = self.create_contract(start="2026-06-01")
        action = contract.with_user(self.user_sales).action_amend_by_quote()
        order = self.env["sale.order"].browse(action["res_id"]).with_user(self.user_sales)
        order.order_line.product_uom_qty = 2
        self.bill("2026-06-30")
        with freeze_time("2026-07-10"):
            order.action_confirm()
        amendment = order.sudo().service_amendment_ids
        self.assertEqual(amendment.effective_date, date(2026, 7, 10))

    def test_button_quotes_for_a_contract_that_has_not_begun(self):
        contract = self.create_contract(start="2026-07-01")
        action = contract.with_user(self.user_sales).action_amend_by_quote()
        order = self.env["sale.order"].browse(action["res_id"]).with_user(self.user_sales)
        order.order_line.product_uom_qty = 2
        order.action_confirm()
        self.assertEqual(order.sudo().service_amendment_ids.effective_date, date(2026, 7, 1))

    def test_another_currency_is_refused(self):
        contract = self.create_contract(start="2026-06-01")
        zloty = self.env.ref("base.PLN")
        zloty.sudo().active = True
        pricelist = self.env["product.pricelist"].create(
            {"name": "Zloty", "currency_id": zloty.id, "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "is in EUR: choose a pricelist"):
            self.quote(contract, self.product_backup, pricelist_id=pricelist.id)
        order = self.quote(contract, self.product_backup)
        with self.assertRaisesRegex(UserError, "is in EUR: choose a pricelist"):
            order.pricelist_id = pricelist

    def test_other_customers_contract_is_refused(self):
        contract = self.create_contract(self.create_customer("Other"), start="2026-06-01")
        with self.assertRaisesRegex(UserError, "another customer"):
            self.quote(contract, self.product_backup)
