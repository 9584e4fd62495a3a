from datetime import date
from decimal import Decimal

from odoo.tests import tagged
from odoo.tools import convert_file

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..tools.sessions import AccessFee, Measure

OFFERS = ("netsi", "2clicks", "eis", "prisme", "damal")
TODAY = date(2026, 3, 2)
WEEKDAYS = ("0", "1", "2", "3", "4")


@tagged("post_install", "-at_install")
class TestOffers(AccountTestInvoicingCommon):
    """The five reference offers are data that any company can load (S01–S38)."""

    @classmethod
    @AccountTestInvoicingCommon.setup_country("fr")
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        for offer in OFFERS:
            if not cls.env.ref(f"service_contract.offer_{offer}_conditions", False):
                convert_file(
                    cls.env, "service_contract", f"demo/offer_{offer}.xml", {}, "init", True
                )
        cls.company._prepare_service_company()
        cls.company._assign_service_taxes()

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "service_contract.service_contract_group_manager"
        )

    def ref(self, name):
        return self.env.ref(f"service_contract.offer_{name}")

    def get_rule(self, level, channel="remote"):
        return self.ref(level)._get_tariff(TODAY, channel)._get_rule()

    def get_prices(self, level, channel="remote"):
        tariff = self.ref(level)._get_tariff(TODAY, channel)
        return tariff.first_block_product_id.list_price, tariff.next_block_product_id.list_price

    def get_hours(self, level):
        """Return ``{(day, channel, on duty only): [(from, to), …]}``."""
        hours = {}
        for window in self.ref(level).window_ids:
            key = (window.day, window.channel, window.on_call_only)
            hours.setdefault(key, []).append((window.hour_from, window.hour_to))
        return hours

    def get_scope(self, level, work_type):
        rules = self.ref(level).scope_rule_ids
        return rules.filtered(lambda rule: rule.work_type_id == work_type)

    def assertScope(self, level, expected):
        for name, effect in expected.items():
            with self.subTest(level=level, work_type=name):
                rule = self.get_scope(level, self.ref(f"prisme_work_type_{name}"))
                self.assertEqual(rule.effect or None, effect)

    # ----- Data -----

    def test_offers_are_shared_by_all_companies(self):
        for model in ("service.family", "service.level", "service.tariff", "service.conditions"):
            data = self.env["ir.model.data"].search(
                [
                    ("module", "=", "service_contract"),
                    ("name", "like", "offer_%"),
                    ("model", "=", model),
                ]
            )
            self.assertTrue(data)
            self.assertFalse(self.env[model].browse(data.mapped("res_id")).company_id)

    def test_every_family_has_conditions_levels_and_a_tariff(self):
        """S37."""
        data = self.env["ir.model.data"].search(
            [("name", "like", "offer_%"), ("model", "=", "service.family")]
        )
        families = self.env["service.family"].browse(data.mapped("res_id"))
        self.assertEqual(len(families), 11)
        for family in families:
            with self.subTest(family=family.name):
                self.assertTrue(family.conditions_id.body)
                self.assertTrue(family.level_ids)
                for level in family.level_ids:
                    self.assertTrue(level._get_tariff(TODAY, "remote"))

    def test_taxes_are_assigned_by_rate_and_inclusion(self):
        for product, is_included in (
            ("netsi_product_half_hour", False),
            ("2clicks_product_first", True),
            ("2clicks_product_on_site_next", True),
            ("eis_product_port_in_single", False),
            ("prisme_product_level_2", False),
        ):
            with self.subTest(product=product):
                template = self.ref(product).product_tmpl_id
                tax = self.company._get_taxes_of_service(template)
                self.assertEqual((tax.amount, tax.tax_scope), (20.0, "service"))
                self.assertEqual(tax.price_include, is_included)
        self.assertFalse(
            self.company._get_mistaxed_services() & self.company._get_service_catalogue()
        )

    # ----- NETSI -----

    def test_netsi_half_hour_is_indivisible(self):
        """S01, S02."""
        rule = self.get_rule("netsi_level_remote")
        self.assertEqual((rule.block_seconds, rule.measure), (1800, Measure.SPAN))
        self.assertEqual((rule.minimum_seconds, rule.minimum_amount), (1800, Decimal("30.0")))
        self.assertEqual(self.get_prices("netsi_level_remote"), (30.0, 30.0))

    def test_netsi_access_fee_without_contract(self):
        """S03."""
        rule = self.get_rule("netsi_level_no_contract")
        self.assertEqual(rule.access_fee, AccessFee.BEFORE)
        tariff = self.ref("netsi_tariff_no_contract")
        self.assertTrue(tariff.access_fee_product_id.list_price)
        self.assertGreater(self.get_prices("netsi_level_no_contract")[0], 30.0)

    def test_netsi_maintenance_includes_remote_work(self):
        """S05."""
        remote = self.env.ref("service_contract.service_work_type_remote")
        for level in ("netsi_level_it", "netsi_level_pos"):
            self.assertTrue(self.ref(level)._is_work_included(remote))
            self.assertEqual(self.get_prices(level), (30.0, 30.0))
        self.assertFalse(self.ref("netsi_level_remote")._is_work_included(remote))

    # ----- 2CLICKS -----

    def test_2clicks_prices_per_workstation(self):
        """S06, S07."""
        rule = self.get_rule("2clicks_level_repair")
        self.assertEqual((rule.block_seconds, rule.measure), (1800, Measure.SPAN))
        self.assertTrue(rule.per_workstation)
        self.assertEqual(self.get_prices("2clicks_level_repair"), (30.0, 20.0))

    def test_2clicks_on_site_has_its_own_tariff(self):
        """S08."""
        self.assertEqual(self.get_rule("2clicks_level_repair", "on_site").block_seconds, 3600)
        self.assertNotEqual(self.get_prices("2clicks_level_repair", "on_site"), (30.0, 20.0))

    def test_2clicks_hours_and_response(self):
        """S15, S16, S30."""
        level = self.ref("2clicks_level_repair")
        self.assertEqual(
            self.get_hours("2clicks_level_repair"),
            {(day, "any", False): [(9.5, 12.0), (14.0, 19.0)] for day in WEEKDAYS},
        )
        self.assertEqual((level.response_minutes, level.response_clock), (24 * 60, "clock"))
        self.assertEqual(level.contest_days, 0)

    # ----- EIS -----

    def test_eis_durations(self):
        """S35."""
        for family, initial, tacit in (
            ("copper_fibre", 36, 12),
            ("cellular", 3, 1),
            ("telephony", 24, 12),
            ("mobile", 3, 1),
        ):
            with self.subTest(family=family):
                family = self.ref(f"eis_family_{family}")
                self.assertEqual((family.initial_months, family.tacit_months), (initial, tacit))
                self.assertTrue(family.is_telecom)

    def test_eis_requires_direct_debit(self):
        """S36."""
        for family in ("copper_fibre", "cellular", "telephony", "mobile"):
            self.assertTrue(self.ref(f"eis_family_{family}").sepa_required)
        for family in ("netsi_family_it", "2clicks_family", "prisme_family", "damal_family"):
            self.assertFalse(self.ref(family).sepa_required)

    def test_eis_conditions_of_february_2020(self):
        """S23, S37."""
        conditions = self.ref("eis_conditions")
        self.assertEqual(conditions.effective_date, date(2020, 2, 1))
        self.assertIn("incident erronée", " ".join(conditions.incident_procedure.split()))

    def test_eis_wrong_incident_is_billed_with_reason_and_approval(self):
        """S23, S30."""
        for name in ("copper_fibre", "cellular", "telephony", "mobile"):
            level = self.ref(f"eis_level_{name}")
            rule = self.get_scope(f"eis_level_{name}", self.ref("eis_work_type_wrong_incident"))
            self.assertEqual(rule.effect, "billed")
            self.assertTrue(rule.is_reason_required and rule.is_approval_required)
            self.assertTrue(level._is_work_included(self.ref("eis_work_type_incident")))
            self.assertEqual(level.contest_days, 5)

    def test_eis_porting_is_sold_once(self):
        """S11."""
        for name in ("port_in_single", "port_in_range", "port_out_single", "port_out_range"):
            product = self.ref(f"eis_product_{name}")
            self.assertFalse(product.service_is_recurring)
            self.assertTrue(product.list_price)

    def test_eis_sells_every_family(self):
        for name in ("copper_fibre", "cellular", "telephony", "mobile", "backup"):
            products = self.env["product.template"].search(
                [
                    ("service_family_id", "=", self.ref(f"eis_family_{name}").id),
                    ("service_is_recurring", "=", True),
                ]
            )
            self.assertTrue(products)

    # ----- PRISME -----

    def test_prisme_level_1(self):
        """S10, S12."""
        level = self.ref("prisme_level_1")
        self.assertEqual(level.kind, "per_intervention")
        self.assertTrue(level.is_by_appointment)
        self.assertEqual(
            self.get_hours("prisme_level_1"),
            {(day, "any", False): [(8.0, 12.0), (13.5, 16.5)] for day in WEEKDAYS},
        )
        self.assertScope(
            "prisme_level_1", {"remote": "billed", "travel": "billed", "hardware": "billed"}
        )

    def test_prisme_hours_of_levels_2_and_3(self):
        """S13."""
        expected = {
            **{(day, "any", False): [(7.0, 20.0)] for day in WEEKDAYS},
            ("5", "any", False): [(7.0, 16.0)],
            ("6", "remote", True): [(9.0, 12.0)],
            ("7", "remote", True): [(9.0, 12.0)],
        }
        for level in ("prisme_level_2", "prisme_level_3"):
            self.assertEqual(self.get_hours(level), expected)

    def test_prisme_level_2_scope(self):
        """S18, S19, S20, S21."""
        self.assertScope(
            "prisme_level_2",
            {
                "remote": "included",
                "travel": "billed",
                "hardware": "billed",
                "business": "billed",
                "terminal": "not_offered",
                "phone": "not_offered",
                "preventive": "not_offered",
            },
        )
        rule = self.get_scope("prisme_level_2", self.ref("prisme_work_type_business"))
        self.assertTrue(rule.is_reason_required)
        self.assertEqual(
            self.ref("prisme_level_2").included_product_ids,
            self.ref("prisme_product_backup") | self.ref("prisme_product_office"),
        )

    def test_prisme_level_3_scope_and_priority(self):
        """S14, S21, S22."""
        level = self.ref("prisme_level_3")
        self.assertEqual((level.kind, level.priority), ("managed", "2"))
        self.assertScope(
            "prisme_level_3",
            {
                "preventive": "included",
                "business": "included",
                "network": "not_offered",
                "breach": "billed",
            },
        )
        rule = self.get_scope("prisme_level_3", self.ref("prisme_work_type_breach"))
        self.assertTrue(rule.is_reason_required)

    # ----- DAMAL -----

    def test_damal_blocks_follow_the_contract(self):
        """S09."""
        self.assertEqual(self.get_rule("damal_level_sla").block_seconds, 1800)
        self.assertEqual(self.get_rule("damal_level_no_sla").block_seconds, 3600)

    def test_damal_prices_are_in_zloty(self):
        pricelist = self.ref("damal_pricelist")
        self.assertEqual(pricelist.currency_id, self.env.ref("base.PLN"))
        self.assertTrue(pricelist.currency_id.active)
        for product, price in (("block_sla", 80.0), ("block_no_sla", 200.0), ("sla", 100.0)):
            product = self.ref(f"damal_product_{product}")
            self.assertEqual(pricelist._get_product_price(product, 1.0), price)

    def test_damal_pricelist_is_for_polish_customers(self):
        partners = self.env["res.partner"].create(
            [{"name": code, "country_id": self.env.ref(f"base.{code}").id} for code in ("pl", "fr")]
        )
        pricelists = self.env["product.pricelist"]._get_partner_pricelist_multi(partners.ids)
        self.assertEqual(pricelists[partners[0].id], self.ref("damal_pricelist"))
        self.assertNotEqual(pricelists[partners[1].id], self.ref("damal_pricelist"))
