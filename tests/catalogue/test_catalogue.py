from contextlib import contextmanager
from datetime import date
from decimal import Decimal

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import format_amount, mute_logger

from ...tools.sessions import AccessFee, Measure
from ..common import ServiceContractCommon

CATALOGUE_MODELS = (
    "service.family",
    "service.level",
    "service.tariff",
    "service.coverage.window",
    "service.scope.rule",
    "service.work.type",
    "service.conditions",
    "service.price.index",
    "service.revision.rule",
    "service.reason",
)


@tagged("post_install", "-at_install")
class TestCatalogue(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.work_type = cls.env["service.work.type"].create({"name": "Payment terminal"})
        cls.conditions = cls.env["service.conditions"].create(
            {"name": "Access", "code": "ACCESS", "version": "1", "body": "<p>Signed text</p>"}
        )

    def sign(self, conditions):
        return self.create_contract(
            product=self.product_support, activate=False, conditions_id=conditions.id
        )

    @contextmanager
    def assertRefused(self, words, error=ValidationError):
        """Expect a refusal in these words, and leave the database as it was."""
        with self.assertRaisesRegex(error, words), self.env.cr.savepoint():
            yield
            self.env.flush_all()
        self.env.invalidate_all()

    @contextmanager
    def assertForbidden(self, constraint):
        """Expect the database to refuse by the constraint of this name."""
        with mute_logger("odoo.sql_db"), self.assertRefused(constraint, IntegrityError):
            yield

    # ----- Rights -----

    def test_manager_edits_and_user_reads(self):
        for name in CATALOGUE_MODELS:
            with self.subTest(model=name):
                records = self.env[name].with_user(self.user_technician)
                self.assertTrue(records.has_access("read"))
                for operation in ("create", "write", "unlink"):
                    self.assertFalse(records.has_access(operation))
                    self.assertTrue(
                        self.env[name].with_user(self.user_manager).has_access(operation)
                    )
                for user in (self.user_sales, self.user_accountant):
                    self.assertTrue(self.env[name].with_user(user).has_access("read"))

    def test_user_opens_the_forms(self):
        for record in (self.family, self.level, self.level.tariff_ids, self.conditions):
            with self.subTest(record=record):
                Form(record.with_user(self.user_technician))

    def test_manager_makes_a_level_on_the_screen(self):
        with Form(self.env["service.level"].with_user(self.user_manager)) as form:
            form.name = "Gold"
            form.family_id = self.family
            form.kind = "unlimited"
            with form.tariff_ids.new() as tariff:
                tariff.first_block_product_id = self.product_block
                tariff.next_block_product_id = self.product_next
            with form.window_ids.new() as window:
                window.hour_from = 8
                window.hour_to = 12
            with form.scope_rule_ids.new() as rule:
                rule.work_type_id = self.work_type
                rule.effect = "not_offered"
        level = form.record
        self.assertEqual(level.coverage_summary, "Monday 08:00–12:00")
        self.assertIn("First 30 min", level.tariff_summary)
        self.assertEqual(level._get_scope(self.work_type).effect, "not_offered")
        self.assertEqual(level._get_scope(self.env["service.work.type"]).effect, "included")

    # ----- Deletion -----

    def assertInUse(self, record, *names):
        with self.assertRaises(UserError) as error, self.env.cr.savepoint():
            record.with_user(self.user_manager).unlink()
        for name in names:
            self.assertIn(name, str(error.exception))

    def test_used_records_are_not_deleted(self):
        contract = self.sign(self.conditions)
        index = self.env["service.price.index"].create({"name": "Syntec", "code": "SYNTEC"})
        self.family.revision_rule_id = self.env["service.revision.rule"].create(
            {"name": "Yearly", "price_index_id": index.id}
        )
        self.level.scope_rule_ids = [Command.create({"work_type_id": self.work_type.id})]
        self.company.service_default_level_id = self.level
        self.assertInUse(self.family, "Maintenance", contract.display_name)
        self.assertInUse(self.level_unlimited, "Unlimited", contract.display_name)
        self.assertInUse(self.level, "Per intervention", self.company.name)
        self.assertInUse(self.work_type, "Payment terminal", "Scope Rule")
        self.assertInUse(self.conditions, "Access", contract.display_name)
        self.assertInUse(self.family.revision_rule_id, "Yearly", "Maintenance")
        self.assertInUse(index, "Syntec", "Yearly")

    def test_used_tariff_keeps_its_level(self):
        self.company.service_default_level_id = self.level
        session = self.create_session([("2026-03-02 09:00:00", 600)])
        self.company.service_default_level_id = False
        tariff = session.tariff_id
        self.assertEqual(tariff.level_id, self.level)
        self.assertInUse(tariff, tariff.display_name, session.display_name)
        self.assertInUse(self.level, "Per intervention", session.display_name)

    def test_used_products_are_not_deleted(self):
        for product in (self.product_block, self.product_block.product_tmpl_id):
            with self.assertRefused("Half-hour.*Session Tariff", UserError):
                product.unlink()
        contract = self.create_contract(activate=False)
        for product in (self.product_support, self.product_support.product_tmpl_id):
            with self.assertRefused("Support.*Contract Line", UserError):
                product.unlink()
        contract.unlink()
        self.level.included_product_ids = self.product_fee
        with self.assertRefused("Access fee.*Service Level", UserError):
            self.product_fee.unlink()

    def test_unused_records_are_deleted(self):
        level = self.create_level("Unused", "managed")
        level.with_user(self.user_manager).unlink()
        self.create_product("Unused", 1.0).unlink()

    # ----- Families -----

    def test_commitment_needs_a_renewal_duration(self):
        with self.assertForbidden("service_family_tacit_required"):
            self.env["service.family"].create({"name": "L05", "initial_months": 12})

    def test_commitment_in_words(self):
        self.assertEqual(
            self.family_sepa.commitment_summary,
            "36 months, then renewed by 12 months · notice: 1 month",
        )
        self.family_sepa.write({"notice_count": 10, "notice_unit": "day"})
        self.assertIn("notice: 10 days", self.family_sepa.commitment_summary)
        self.family_sepa.initial_months = 0
        self.assertEqual(self.family_sepa.commitment_summary, "No commitment")

    def test_families_and_levels_count_contracts(self):
        contract = self.create_contract(activate=False)
        for record in (self.family, self.level_unlimited):
            record = record.with_user(self.user_manager)
            self.assertEqual(record.contract_count, 1)
            action = record.action_open_contracts()
            self.assertEqual(self.env["service.contract"].search(action["domain"]), contract)

    # ----- Levels -----

    def test_coverage_in_words(self):
        def windows(days, *slots, **vals):
            return [
                Command.create({"day": str(day), "hour_from": start, "hour_to": stop, **vals})
                for day in days
                for start, stop in slots
            ]

        self.level.window_ids = [
            *windows(range(5), (8, 12), (13.5, 16.5)),
            *windows([5], (7, 16)),
            *windows([6, 7], (9, 12), channel="remote", on_call_only=True),
        ]
        self.assertEqual(
            self.level.coverage_summary,
            "Monday–Friday 08:00–12:00, 13:30–16:30 · Saturday 07:00–16:00 · "
            "Sunday, Public holiday 09:00–12:00 (remote only, on duty only)",
        )
        self.level.window_ids = [Command.clear(), *windows([0, 2, 4], (8, 12))]
        self.assertEqual(self.level.coverage_summary, "Monday, Wednesday, Friday 08:00–12:00")

    def test_windows_are_ordered_and_rules_unique(self):
        with self.assertForbidden("service_coverage_window_hours_ordered"):
            self.env["service.coverage.window"].create(
                {"level_id": self.level.id, "hour_from": 12, "hour_to": 8}
            )
        rule = {"level_id": self.level.id, "work_type_id": self.work_type.id}
        self.env["service.scope.rule"].create(rule)
        with self.assertForbidden("service_scope_rule_work_type_unique"):
            self.env["service.scope.rule"].create(rule)

    def test_scope_rule_goes_before_the_kind(self):
        self.assertEqual(self.level._get_scope(self.work_type).effect, "billed")
        self.assertEqual(self.level_unlimited._get_scope(self.work_type).effect, "included")
        for level, effect in ((self.level, "included"), (self.level_unlimited, "billed")):
            level.scope_rule_ids = [
                Command.create({"work_type_id": self.work_type.id, "effect": effect})
            ]
        self.assertEqual(self.level._get_scope(self.work_type).effect, "included")
        self.assertEqual(self.level_unlimited._get_scope(self.work_type).effect, "billed")

    def test_level_copies_its_parts(self):
        self.level.window_ids = [Command.create({"hour_from": 8, "hour_to": 12})]
        copy = self.level.copy()
        self.assertEqual(len(copy.window_ids), 1)
        self.assertEqual(copy.tariff_ids.date_from, self.level.tariff_ids.date_from)

    # ----- Tariffs -----

    def test_tariff_in_force_by_day_and_channel(self):
        """S04, S08."""
        level = self.create_level("Dated", "per_intervention", tariff=False)
        old = self.create_tariff(level, date_from="2025-01-01")
        new = self.create_tariff(level, date_from="2026-01-01")
        on_site = self.create_tariff(level, date_from="2025-06-01", channel="on_site")
        for day, channel, expected in (
            ("2024-12-31", "remote", self.env["service.tariff"]),
            ("2025-12-31", "remote", old),
            ("2026-01-01", "remote", new),
            ("2026-01-01", "on_site", on_site),
            ("2025-05-31", "on_site", old),
        ):
            with self.subTest(day=day, channel=channel):
                self.assertEqual(level._get_tariff(date.fromisoformat(day), channel), expected)

    def test_rule_of_the_pure_core(self):
        """S01, S03, S06, S07."""
        tariff = self.create_tariff(
            self.create_level("Rule", "per_intervention", tariff=False),
            access_fee_mode="before",
            access_fee_product_id=self.product_fee.id,
            is_per_workstation=True,
            measure="sum",
            minimum_minutes=30,
            minimum_amount=29.9,
        )
        rule = tariff._get_rule()
        self.assertEqual(rule.block_seconds, 1800)
        self.assertEqual((rule.measure, rule.access_fee), (Measure.SUM, AccessFee.BEFORE))
        self.assertTrue(rule.per_workstation)
        self.assertEqual((rule.minimum_seconds, rule.minimum_amount), (1800, Decimal("29.9")))
        tariff.minimum_amount = 0
        self.assertIsNone(tariff._get_rule().minimum_amount)

    def set_main_currency(self, currency):
        """Change the currency of the prices of products that all companies share."""
        self.env["res.company"]._get_main_company().sudo().currency_id = currency
        self.env.invalidate_all()

    def test_tariff_in_a_foreign_currency_is_a_list_price(self):
        """Products of all companies have their price in the main company's currency."""
        self.set_main_currency(self.env.ref("base.PLN"))
        self.assertIn("zł", self.level.tariff_ids.summary)
        self.assertTrue(self.level.tariff_ids.summary.endswith(" · list price"))

    def test_tariff_in_words(self):
        self.set_main_currency(self.company.currency_id)
        tariff = self.level.tariff_ids
        fee, first, following = (
            format_amount(self.env, price, self.product_block.currency_id) for price in (15, 30, 20)
        )
        self.assertEqual(tariff.summary, f"{first} per 30 min")
        tariff.write(
            {
                "next_block_product_id": self.product_next.id,
                "access_fee_mode": "before",
                "access_fee_product_id": self.product_fee.id,
                "is_per_workstation": True,
            }
        )
        self.assertEqual(
            tariff.summary,
            f"Access fee {fee} · first 30 min {first} · each further 30 min {following} · "
            "per workstation",
        )
        tariff.access_fee_mode = "instead"
        self.assertNotIn("first 30 min", tariff.summary.lower())

    def test_tariff_refuses_products_that_cannot_price_a_session(self):
        goods = self.env["product.product"].create({"name": "Mouse", "type": "consu"})
        for product in (goods, self.product_support):
            with self.assertRefused(product.name):
                self.level.tariff_ids.next_block_product_id = product
        included = self.create_product("Included", 20.0)
        included.service_price_included = True
        with self.assertRefused("partly tax included"):
            self.level.tariff_ids.next_block_product_id = included
        with self.assertRefused("cannot price a session"):
            self.product_block.type = "consu"

    def test_tariff_constraints_of_the_database(self):
        for vals, message in (
            ({"block_minutes": 0}, "durations_valid"),
            (
                {"access_fee_mode": "before", "date_from": "2021-01-01"},
                "access_fee_product_required",
            ),
            ({}, "in_force_unique"),
        ):
            with self.subTest(vals=vals), self.assertForbidden(f"service_tariff_{message}"):
                self.create_tariff(self.level, **vals)

    def test_archived_tariff_makes_room(self):
        self.level.tariff_ids.active = False
        self.env.flush_all()
        tariff = self.create_tariff(self.level)
        with self.assertForbidden("service_tariff_in_force_unique"):
            self.level.with_context(active_test=False).tariff_ids.active = True
        self.assertEqual(self.level.tariff_ids, tariff)

    def test_tariff_belongs_to_the_company_of_its_level(self):
        other = self.env["res.company"].create({"name": "Other"})
        level = self.level.copy({"company_id": other.id})
        self.assertEqual(level.tariff_ids.company_id, other)
        tariffs = self.env["service.tariff"].with_user(self.user_manager).search([])
        self.assertFalse(tariffs & level.tariff_ids)

    def test_level_stays_in_the_family_of_its_products(self):
        with self.assertRefused("Support.*another family"):
            self.level_unlimited.family_id = self.family_sepa

    # ----- Conditions -----

    def test_signed_conditions_are_locked(self):
        conditions = self.conditions.with_user(self.user_manager)
        conditions.body = "<p>Still a draft</p>"
        self.sign(self.conditions)
        self.assertTrue(conditions.is_locked)
        with self.assertRefused("Access.*new version", UserError):
            conditions.body = "<p>Rewritten</p>"
        with self.assertRefused("new version", UserError):
            conditions.update_field_translations("body", {"en_US": {"Still a draft": "Other"}})
        conditions.name = "Internet access"
        self.assertIn("Still a draft", conditions.body)

    def test_new_version_serves_new_contracts_only(self):
        self.family.conditions_id = self.conditions
        contract = self.sign(self.conditions)
        action = self.conditions.with_user(self.user_manager).action_new_version()
        version = self.env["service.conditions"].browse(action["res_id"])
        self.assertFalse(version.is_locked)
        self.assertNotEqual(version.version, "1")
        self.assertNotEqual(version.copy().version, version.version)
        self.assertTrue(version.is_superseding)
        version.with_user(self.user_manager).action_use_in_families()
        self.assertEqual(self.family.conditions_id, version)
        self.assertFalse(version.is_superseding)
        self.assertEqual(contract.conditions_id, self.conditions)

    # ----- Products -----

    def test_recurring_product_on_the_screen(self):
        with Form(self.env["product.template"]) as form:
            form.name = "Backup"
            form.type = "service"
            form.service_is_recurring = True
            form.service_family_id = self.family
            form.service_price_period = "12"
        found = self.env["product.template"].search([("service_is_recurring", "=", True)])
        self.assertIn(form.record, found)
        self.assertEqual(form.record.uom_id, self.env.ref("uom.product_uom_unit"))

    def test_hours_of_timesheets_become_pieces_when_it_gets_recurring(self):
        hour = self.env.ref("uom.product_uom_hour")
        vals = {"type": "service", "service_policy": "delivered_timesheet", "uom_id": hour.id}
        hourly = self.product_block.product_tmpl_id.create({"name": "Help", **vals})
        with Form(hourly) as form:
            form.service_is_recurring = True
            self.assertEqual(form.uom_id, self.env.ref("uom.product_uom_unit"))
            form.service_family_id = self.family
            form.uom_id = hour
        self.toggle_type(hourly, hour)

    def toggle_type(self, template, unit):
        """Check that the form keeps a unit while the type is changed and changed back."""
        with Form(template) as form:
            form.uom_id = unit
            for product_type in ("consu", "service"):
                form.type = product_type
                self.assertEqual(form.uom_id, unit)

    def test_a_recurring_product_keeps_the_unit_that_was_chosen(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        with Form(self.create_product("Help", 30.0).product_tmpl_id) as form:
            form.uom_id = dozen
            form.service_is_recurring = True
            self.assertEqual(form.uom_id, dozen)
            form.service_family_id = self.family
        self.toggle_type(self.product_support.product_tmpl_id, dozen)

    def test_a_record_that_is_being_typed_has_no_false_in_its_name(self):
        names = (
            self.env["service.tariff"].new({}).display_name,
            self.env["service.scope.rule"].new({"level_id": self.level.id}).display_name,
        )
        self.assertFalse(names[0])
        self.assertEqual(names[1], "Per intervention · Included")

    def test_recurring_product_is_a_service_of_a_family(self):
        for vals in ({"type": "consu"}, {"service_family_id": False}):
            with self.assertRefused("Fibre.*recurring"):
                self.product_fibre.write(vals)
        with self.assertRefused("another family"):
            self.product_fibre.service_level_id = self.level

    # ----- Customers -----

    def test_customer_counts_the_contracts_of_its_contacts(self):
        site = self.create_customer("Site", parent_id=self.customer.id, is_company=False)
        self.create_contract(activate=False)
        self.create_contract(site, activate=False)
        customers = (self.customer | site).with_user(self.user_manager)
        self.assertEqual(customers.mapped("service_contract_count"), [2, 1])
        action = customers[0].action_open_service_contracts()
        self.assertEqual(self.env["service.contract"].search_count(action["domain"]), 2)
        self.assertEqual(customers.mapped("service_session_count"), [0, 0])

    def test_partner_form_opens_without_our_rights(self):
        user = self.env["res.users"].create(
            {
                "name": "Contacts only",
                "login": "contacts_only",
                "group_ids": [Command.set(self.env.ref("base.group_user").ids)],
            }
        )
        self.assertEqual(self.customer.with_user(user).service_contract_count, 0)

    # ----- Companies -----

    def test_billing_day_is_a_day(self):
        with self.assertForbidden("res_company_service_billing_day_range"):
            self.company.service_billing_day = 32

    def test_other_companies_records_are_hidden(self):
        other = self.env["res.company"].create({"name": "Other"})
        hidden = self.env["service.family"].create({"name": "Hidden", "company_id": other.id})
        families = self.env["service.family"].with_user(self.user_manager)
        self.assertNotIn(hidden, families.search([]))
        self.assertIn(self.family, families.search([]))
        with self.assertRaises(AccessError):
            hidden.with_user(self.user_manager).name = "Seen"

    def test_settings_follow_the_company(self):
        settings = self.env["res.config.settings"].create({})
        settings.service_default_level_id = self.level
        settings.execute()
        self.assertEqual(self.company.service_default_level_id, self.level)

    def test_latest_value_of_an_index(self):
        """L17."""
        index = self.env["service.price.index"].create(
            {
                "name": "Syntec",
                "code": "SYNTEC",
                "value_ids": [
                    Command.create({"date": "2026-02-01", "value": 318.4}),
                    Command.create({"date": "2026-01-01", "value": 317.1}),
                ],
            }
        )
        self.assertEqual(index.latest_value_id.value, 318.4)
        index.latest_value_id.value = 1318.4567
        self.assertEqual(index.latest_value_id.display_name, "1318.4567 (Feb 2026)")

    def get_reachable_menus(self, user, root):
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        reached, waiting = set(), [root.id]
        while waiting:
            menu = waiting.pop()
            reached.add(menu)
            waiting += menus[menu]["children"]
        return reached

    def test_menus(self):
        root = self.env.ref("service_contract.service_contract_menu_root")
        expected = {
            self.user_technician: {"contract", "session"},
            self.user_sales: {"contract"},
            self.user_accountant: {"contract", "charge", "billing_run", "exception"},
            self.user_manager: {"contract", "session", "charge", "family", "setup"},
        }
        every = set().union(*expected.values())
        for user, names in expected.items():
            with self.subTest(user=user.login):
                visible = self.get_reachable_menus(user, root)
                seen = {
                    name
                    for name in every
                    if self.env.ref(
                        "service_contract.service_contract_menu"
                        if name == "contract"
                        else f"service_contract.service_{name}_menu"
                    ).id
                    in visible
                }
                self.assertLessEqual(names, seen)
                if user in (self.user_technician, self.user_sales):
                    self.assertEqual(seen, names)
