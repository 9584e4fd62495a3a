from datetime import date, datetime, timedelta
from decimal import Decimal

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import convert_file

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ...tools.sessions import AccessFee, Measure
from ..common import IBANS, ReadyCommon, ServiceContractCommon

OFFERS = ("netsi", "2clicks", "eis", "prisme", "damal")
TODAY = date(2026, 3, 2)
WEEKDAYS = ("0", "1", "2", "3", "4")


def load_offer(env, offer):
    """Load the data of an offer where the demo data is not installed."""
    if not env.ref(f"service_contract.offer_{offer}_conditions", False):
        convert_file(env, "service_contract", f"demo/offer_{offer}.xml", {}, "init", True)


@tagged("post_install", "-at_install")
class TestOffers(ReadyCommon):
    """The five reference offers are data that any company can load (S01–S38)."""

    @classmethod
    @AccountTestInvoicingCommon.setup_country("fr")
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        for offer in OFFERS:
            load_offer(cls.env, offer)
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
            self.assertEqual(self.ref(level)._get_scope(remote).effect, "included")
            self.assertEqual(self.get_prices(level), (30.0, 30.0))
        self.assertEqual(self.ref("netsi_level_remote")._get_scope(remote).effect, "billed")

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
        self.assertSays(conditions, "sur simple demande", "acceptation initiale")

    def assertSays(self, conditions, *texts):
        words = " ".join(conditions.body.split())
        for text in texts:
            with self.subTest(conditions.code, text=text):
                self.assertIn(text, words)

    def test_prisme_conditions_have_three_rules_and_their_consequence(self):
        """S19, S20, S22."""
        conditions = self.ref("prisme_conditions")
        self.assertSays(
            conditions,
            "réseau ou l'installation électrique sans planification",
            "tiers sans notre validation",
            "signalé aussitôt",
            "Conséquence",
            "facturé au temps passé",
            "terminal de paiement",
        )
        self.assertEqual(conditions.body.count("<li>"), 3)

    def test_damal_conditions_exclude_what_it_did_not_cause(self):
        """S28, S31, S32."""
        conditions = self.ref("damal_conditions")
        self.assertSays(
            conditions,
            "usterki, których nie spowodował",
            "w czasie oczekiwania",
            "14 dni gwarancji",
            "ograniczona do wysokości",
        )

    def test_netsi_conditions_are_complete(self):
        """S01–S05, S24, S25, S33."""
        self.assertSays(
            self.ref("netsi_conditions"),
            "vaut bon de commande",
            "recueille les réserves",
            "en vigueur le jour de l'intervention",
            "forfait d'accès",
            "sauvegardes à jour",
            "facturation, de la technique et de la direction",
            "droit d'accès, de rectification et d'opposition",
        )

    def test_netsi_sessions_are_ordered_beforehand(self):
        """S24, S25: each level demands it; risks and declarations are data of the conditions."""
        for level in ("remote", "it", "pos", "no_contract"):
            self.assertEqual(self.ref(f"netsi_level_{level}").consent_rule, "code")
        conditions = self.ref("netsi_conditions")
        self.assertEqual(len(conditions.consent_risks.splitlines()), 3)
        self.assertEqual(len(conditions.consent_declarations.splitlines()), 2)

    def test_who_calls_2clicks_accepts(self):
        """S26, S28."""
        self.assertEqual(self.ref("2clicks_level_repair").consent_rule, "call")

    def test_eis_ported_numbers_are_known_as_such(self):
        """S11, L27."""
        for direction in ("in", "out"):
            for kind in ("single", "range"):
                product = self.ref(f"eis_product_port_{direction}_{kind}")
                self.assertEqual(product.service_porting, direction)

    def test_eis_wrong_incident_is_billed_with_reason_and_approval(self):
        """S23, S30."""
        for name in ("copper_fibre", "cellular", "telephony", "mobile"):
            level = self.ref(f"eis_level_{name}")
            rule = self.get_scope(f"eis_level_{name}", self.ref("eis_work_type_wrong_incident"))
            self.assertEqual(rule.effect, "billed")
            self.assertTrue(rule.is_reason_required and rule.is_approval_required)
            self.assertEqual(
                level._get_scope(self.ref("eis_work_type_incident")).effect, "included"
            )
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

    def test_prisme_level_3_preventive_work(self):
        """S21: level 3 alone promises planned follow-up, each month."""
        checklist = self.ref("prisme_checklist")
        self.assertEqual(checklist.level_id, self.ref("prisme_level_3"))
        self.assertEqual((checklist.every_count, checklist.every_unit), (1, "month"))
        self.assertEqual(len(checklist.item_ids), 4)
        others = self.ref("prisme_level_1") | self.ref("prisme_level_2")
        self.assertFalse(others.checklist_ids)

    # ----- Work types -----

    def test_each_level_offers_ordinary_work(self):
        """What its form offers closes an ordinary session of every level, without a reason."""
        data = self.env["ir.model.data"].search(
            [("name", "like", "offer_%"), ("model", "=", "service.level")]
        )
        for level in self.env["service.level"].browse(data.mapped("res_id")):
            with self.subTest(level=level.name):
                offered = level._get_offered_work_types()
                ordinary = offered.filtered(level._is_ordinary_work)
                self.assertTrue(ordinary)
                self.assertLessEqual(level.scope_rule_ids.work_type_id, offered)

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
        for level, price in (("sla", "80.00"), ("no_sla", "200.00")):
            summary = self.ref(f"damal_level_{level}").tariff_ids.summary
            self.assertIn("zł", summary)
            self.assertIn(price, summary)
            self.assertNotIn("€", summary)

    def test_damal_pricelist_is_for_polish_customers(self):
        partners = self.env["res.partner"].create(
            [{"name": code, "country_id": self.env.ref(f"base.{code}").id} for code in ("pl", "fr")]
        )
        pricelists = self.env["product.pricelist"]._get_partner_pricelist_multi(partners.ids)
        self.assertEqual(pricelists[partners[0].id], self.ref("damal_pricelist"))
        self.assertNotEqual(pricelists[partners[1].id], self.ref("damal_pricelist"))


@tagged("post_install", "-at_install")
@freeze_time("2026-12-31 12:00:00")
class TestOfferSessions(ServiceContractCommon):
    """Sessions of PRISME's and EIS's customers, by a technician (S10–S23): data, and no code."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for offer in ("eis", "prisme"):
            load_offer(cls.env, offer)
        cls.company._assign_service_taxes()
        cls.customers = {
            number: cls.create_customer(
                f"Practice {number}", country_id=cls.env.ref("base.re").id, tz="Indian/Reunion"
            )
            for number in (1, 2, 3)
        }
        for number, customer in cls.customers.items():
            cls.create_contract(customer, cls.ref(f"prisme_product_level_{number}"))
        cls.provider = cls.create_customer("Provider", IBANS[0])
        cls.create_contract(cls.provider, cls.ref("eis_product_fibre"))

    @classmethod
    def ref(cls, name):
        return cls.env.ref(f"service_contract.offer_{name}")

    def record(self, customer, work_type, local, reason=None, seconds=900, **vals):
        """Record a session from a local time in La Réunion on, on a workstation of its own."""
        start = datetime.fromisoformat(local) - timedelta(hours=4)
        reason = self.env.ref(f"service_contract.service_reason_scope_{reason}") if reason else None
        return self.create_session(
            [(start, seconds, f"{work_type} {reason}")] if seconds else [],
            customer,
            done=False,
            work_type_id=self.ref(work_type).id,
            scope_reason_id=reason and reason.id,
            **vals,
        )

    def assertSessions(self, cases, **options):
        for level, work_type, local, expected, *rest in cases:
            with self.subTest(level=level, work_type=work_type, local=local):
                vals = rest[0] if rest else {}
                session = self.record(
                    self.customers[level], f"prisme_work_type_{work_type}", local, **vals
                )
                if isinstance(expected, str):
                    with self.assertRaisesRegex(UserError, expected), self.env.cr.savepoint():
                        session.action_done()
                    continue
                session.action_done()
                self.assertEqual(session.amount_untaxed, expected)

    def test_prisme_hours(self):
        """S12, S13: blocks of 18.75; Sunday for the practice on duty, and remote only."""
        self.env["service.duty"].with_user(self.user_technician).create(
            {"partner_id": self.customers[2].id, "date_start": "2026-12-20"}
        )
        on_site = {"channel": "on_site"}
        cases = [
            (1, "remote", "2026-03-02 09:00:00", 18.75),
            (2, "remote", "2026-03-02 07:00:00", 0.0),
            (2, "remote", "2026-03-02 20:00:00", 18.75),
            (2, "remote", "2026-03-07 15:59:00", 0.0),
            (2, "remote", "2026-03-08 10:00:00", 18.75),
            (2, "remote", "2026-12-20 10:00:00", 0.0),
            (2, "on_site", "2026-12-20 10:30:00", 18.75, on_site),
            (3, "remote", "2026-12-20 10:00:00", 18.75),
            (3, "remote", "2026-12-25 10:00:00", 18.75),
        ]
        self.assertSessions(cases)

    def test_prisme_scope(self):
        """S10, S18–S22."""
        cases = [
            (1, "remote", "2026-03-02 09:00:00", 18.75),
            (1, "preventive", "2026-03-02 09:00:00", "does not offer"),
            (2, "travel", "2026-03-02 09:00:00", 18.75),
            (3, "travel", "2026-03-02 09:00:00", 18.75),
            (2, "hardware", "2026-03-02 09:00:00", 18.75),
            (3, "hardware", "2026-03-02 09:00:00", 18.75),
            (2, "business", "2026-03-02 09:00:00", "only with a reason"),
            (2, "business", "2026-03-02 10:00:00", 18.75, {"reason": "vendor"}),
            (3, "business", "2026-03-02 09:00:00", 0.0),
            (2, "terminal", "2026-03-02 09:00:00", "does not offer"),
            (2, "phone", "2026-03-02 09:00:00", "does not offer"),
            (3, "preventive", "2026-03-02 09:00:00", 0.0),
            (3, "network", "2026-03-02 09:00:00", "does not offer"),
            (3, "breach", "2026-03-02 09:00:00", "only with a reason"),
        ]
        self.assertSessions(cases)

    def test_prisme_equipment(self):
        """S17, S18, S21: level 2 covers what was sold with it, level 3 anything."""
        for level, amount in ((2, 18.75), (3, 0.0)):
            equipment = self.env["service.equipment"].create(
                [
                    {"name": "X-RAY", "partner_id": self.customers[level].id, **vals}
                    for vals in ({"origin": "other"}, {"name": "SCANNER", "origin": "partner"})
                ]
            )
            days = ("2026-03-02 09:00:00", "2026-03-02 11:00:00")
            cases = [
                (level, "remote", day, expected, {"equipment_ids": [Command.set(item.ids)]})
                for item, day, expected in zip(equipment, days, (amount, 0.0), strict=True)
            ]
            self.assertSessions(cases)

    def test_prisme_breach_waits_for_an_approval(self):
        """S22."""
        session = self.record(
            self.customers[3], "prisme_work_type_breach", "2026-03-02 09:00:00", "breach"
        )
        session.action_done()
        self.assertEqual(session.billing_state, "on_hold")
        session.with_user(self.user_manager).action_approve()
        self.assertEqual((session.billing_state, session.amount_untaxed), ("ready", 18.75))

    def test_eis_wrong_incident_by_research_alone(self):
        """S23, S30: no connection is needed; a reason and an approval are, then the sheet."""
        vals = {"seconds": 0, "research_seconds": 1801, "requested_at": "2026-03-02 08:00:00"}
        work_type = "eis_work_type_wrong_incident"
        session = self.record(self.provider, work_type, "2026-03-02 09:00:00", **vals)
        with self.assertRaisesRegex(UserError, "only with a reason"):
            session.action_done()
        session.scope_reason_id = self.env.ref(
            "service_contract.service_reason_scope_wrong_incident"
        )
        session.action_done()
        self.assertEqual(session.charge_ids[0].hold_cause, "approval")
        self.assertEqual(session.amount_untaxed, 90.0)
        session.with_user(self.user_manager).action_approve()
        self.assertEqual(session.charge_ids[0].hold_cause, "unsent", "S30: the sheet comes next")

    def test_damal_ordinary_session_on_the_form(self):
        """S09, S31: help is chosen, not the unfounded complaint; another offer's is refused."""
        load_offer(self.env, "damal")
        self.company._assign_service_taxes()
        level = self.ref("damal_level_sla")
        product = self.create_product("SLA", 25.0, recurring=level.family_id, level=level)
        self.create_contract(self.customer, product)
        complaint, start = self.ref("damal_work_type_complaint"), datetime(2026, 12, 30, 9)
        session = self.create_session([(start, 3660, "PC1")], done=False)
        with self.assertRaisesRegex(UserError, "choose a work type"), self.env.cr.savepoint():
            session.action_done()
        form = Form(session)
        offered = form.offered_work_type_ids[:]
        self.assertIn(complaint, offered)
        form.work_type_id = offered.filtered(level._is_ordinary_work)[0]
        form.save().action_done()
        self.assertEqual((session.state, session.billed_minutes), ("done", 90))
        foreign = self.ref("prisme_work_type_terminal")
        with self.assertRaisesRegex(ValidationError, "is not among the work types"):
            self.create_session([], done=False, work_type_id=foreign.id)
