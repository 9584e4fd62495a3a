from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..common import ServiceContractCommon

NOON = "2026-03-02 11:00:00"
HALF_HOUR = 1800


@tagged("post_install", "-at_install")
class TestSessionPricing(ServiceContractCommon):
    """S01–S09 through the screens' methods, by a technician without other rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product_incl = cls.create_product("First incl.", 30.0, tax=cls.tax_included)
        cls.product_incl_next = cls.create_product("Further incl.", 20.0, tax=cls.tax_included)
        cls.netsi = cls.create_level("NETSI", "per_intervention")
        cls.clicks = cls.create_level(
            "2CLICKS",
            "per_intervention",
            first=cls.product_incl,
            following=cls.product_incl_next,
            is_per_workstation=True,
        )
        cls.company.service_default_level_id = cls.netsi

    def price(self, connections, level=None, **vals):
        self.company.service_default_level_id = level or self.netsi
        return self.create_session(connections, **vals)

    def components(self, session):
        return {charge.component: charge.quantity for charge in session.charge_ids}

    def test_s01_started_half_hours(self):
        """NETSI: 30:00 = 30.00, 30:01 = 60.00 excluding tax; every started half-hour is due."""
        cases = [
            (1, 30.0),
            (HALF_HOUR - 1, 30.0),
            (HALF_HOUR, 30.0),
            (HALF_HOUR + 1, 60.0),
            (2 * HALF_HOUR, 60.0),
            (2 * HALF_HOUR + 1, 90.0),
        ]
        for seconds, amount in cases:
            with self.subTest(seconds=seconds):
                session = self.price([(NOON, seconds, f"PC {seconds}")])
                self.assertEqual(session.amount_untaxed, amount)
                self.assertEqual(session.amount_total, amount * 1.2)
                self.assertEqual(session.measured_seconds, seconds)
                self.assertEqual(session.billed_minutes, amount)

    def test_s02_start_and_end_are_mandatory(self):
        session = self.create_session([], done=False)
        with self.assertRaisesRegex(UserError, "no second of connection"):
            session.action_done()
        with self.assertRaisesRegex(ValidationError, "ends after its start"):
            self.create_session([(NOON, 0)])
        with self.assertRaisesRegex(ValidationError, "ends after its start"):
            self.create_session([(NOON, -60)])

    def test_s03_access_fee_and_minimum(self):
        """First and next block, fee before or instead of the first block, minimum amount."""
        cases = [
            ("none", 0, HALF_HOUR, 30.0, {"first_block": 1}),
            ("before", 0, HALF_HOUR, 45.0, {"access_fee": 1, "first_block": 1}),
            (
                "before",
                0,
                HALF_HOUR + 1,
                65.0,
                {"access_fee": 1, "first_block": 1, "next_blocks": 1},
            ),
            ("instead", 0, HALF_HOUR, 15.0, {"access_fee": 1}),
            ("instead", 0, HALF_HOUR + 1, 35.0, {"access_fee": 1, "next_blocks": 1}),
            ("none", 50, HALF_HOUR, 50.0, {"first_block": 1, "minimum": 1}),
            ("none", 50, HALF_HOUR + 1, 50.0, {"first_block": 1, "next_blocks": 1}),
        ]
        for number, (mode, minimum, seconds, amount, components) in enumerate(cases):
            with self.subTest(mode=mode, minimum=minimum, seconds=seconds):
                level = self.create_level(
                    f"S03 {number}",
                    "per_intervention",
                    first=self.product_block,
                    following=self.product_next,
                    access_fee_mode=mode,
                    access_fee_product_id=self.product_fee.id,
                    minimum_amount=minimum,
                )
                session = self.price([(NOON, seconds, f"PC {number}")], level)
                self.assertEqual(session.amount_untaxed, amount)
                self.assertEqual(self.components(session), components)

    def test_s03_minimum_time(self):
        level = self.create_level("Minimum", "per_intervention", minimum_minutes=60)
        session = self.price([(NOON, 60)], level)
        self.assertEqual(session.amount_untaxed, 60.0)
        self.assertIn("minimum time of 1:00:00", session.price_explanation)

    def test_s04_tariff_of_the_day_is_snapshotted(self):
        dearer = self.create_product("Half-hour 2026", 36.0)
        tariff = self.create_tariff(self.netsi, first=dearer, date_from="2026-03-03")
        before = self.price([("2026-03-02 11:00:00", 60)])
        after = self.price([("2026-03-03 11:00:00", 60)])
        self.assertEqual(before.amount_untaxed, 30.0)
        self.assertEqual(after.amount_untaxed, 36.0)
        self.assertEqual(after.tariff_id, tariff)
        dearer.list_price = 99.0
        self.assertEqual(after.charge_ids.price_unit, 36.0)
        self.assertIn("30 min", after.price_explanation)

    def test_s04_a_tariff_that_priced_sessions_stays_as_it_is(self):
        tariff = self.netsi.tariff_ids
        tariff.with_user(self.user_manager).block_minutes = 60
        tariff.block_minutes = 30
        session = self.price([(NOON, 60)])
        changes = {
            "block_minutes": 15,
            "date_from": "2021-01-01",
            "first_block_product_id": self.product_fee.id,
            "minimum_amount": 99.0,
            "surcharge_mode": "product",
        }
        for name, value in changes.items():
            with (
                self.subTest(name),
                self.assertRaisesRegex(UserError, f"{session.name}.*new tariff from a later"),
            ):
                tariff.with_user(self.user_manager).write({name: value})
        tariff.with_user(self.user_manager).write({"block_minutes": 30, "active": False})
        session.action_reopen()
        tariff.with_user(self.user_manager).write({"block_minutes": 15, "active": True})

    def test_s04_pricelist_of_the_local_date(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Agreed",
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "1_product",
                            "product_tmpl_id": self.product_block.product_tmpl_id.id,
                            "compute_price": "fixed",
                            "fixed_price": 25.0,
                            "date_start": "2026-03-02 23:00:00",
                        }
                    )
                ],
            }
        )
        self.customer.with_company(self.company).property_product_pricelist = pricelist
        self.assertEqual(self.price([("2026-03-02 11:00:00", 60)]).amount_untaxed, 30.0)
        self.assertEqual(self.price([("2026-03-02 23:30:00", 60)]).amount_untaxed, 25.0)

    def test_s04_currency_of_the_pricelist(self):
        zloty = self.setup_other_currency("PLN", rates=[("2020-01-01", 4.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Zloty", "currency_id": zloty.id, "company_id": self.company.id}
        )
        self.customer.with_company(self.company).property_product_pricelist = pricelist
        level = self.create_level("Minimum", "per_intervention", minimum_amount=50)
        session = self.price([(NOON, 60)], level)
        self.assertEqual(session.currency_id, zloty)
        self.assertEqual(session.amount_untaxed, 200.0)

    def test_s03_minimum_in_the_currency_of_the_products(self):
        """Products of all companies are priced in the main company's currency."""
        zloty = self.setup_other_currency("PLN", rates=[("2020-01-01", 4.0)])
        self.env["res.company"]._get_main_company().sudo().currency_id = zloty
        self.env.invalidate_all()
        level = self.create_level("Minimum", "per_intervention", minimum_amount=200)
        self.assertEqual(level.tariff_ids.first_block_product_id.currency_id, zloty)
        self.assertEqual(self.price([(NOON, 60)], level).amount_untaxed, 50.0)

    def test_s04_no_tariff_in_force(self):
        with self.assertRaisesRegex(UserError, "NETSI.*no tariff in force"):
            self.price([("2019-12-31 11:00:00", 60)])

    def test_s05_included(self):
        self.create_contract()
        session = self.price([(NOON, HALF_HOUR + 1)])
        charge = session.charge_ids
        self.assertEqual(
            (
                charge.component,
                charge.state,
                charge.quantity,
                charge.price_unit,
                charge.amount_total,
            ),
            ("included", "included", 1, 0, 0),
        )
        self.assertEqual(charge.included_amount, 60.0)
        self.assertTrue(session.is_included)
        self.assertEqual(session.billing_state, "included")
        self.assertIn("60.00", session.price_explanation)

    def test_s05_value_of_a_level_without_tariff(self):
        level = self.create_level("Bare", "unlimited", tariff=False)
        product = self.create_product("Bare", 10.0, recurring=self.family, level=level)
        self.create_contract(product=product)
        session = self.price([(NOON, HALF_HOUR)])
        self.assertEqual(session.level_id, level)
        self.assertEqual(session.charge_ids.included_amount, 30.0)

    def test_s05_scope_rule(self):
        self.create_contract()
        travel = self.env["service.work.type"].create({"name": "Travel"})
        self.env["service.scope.rule"].create(
            {
                "level_id": self.level_unlimited.id,
                "work_type_id": travel.id,
                "effect": "billed",
            }
        )
        session = self.price([(NOON, HALF_HOUR)], work_type_id=travel.id)
        self.assertEqual(session.amount_untaxed, 30.0)

    def test_s06_per_workstation_tax_included(self):
        """2CLICKS: 65 min on one PC = 70.00, 2 PCs of 30 min = 60.00, including tax."""
        cases = [
            ([(NOON, 65 * 60, "A1")], 70.0),
            ([(NOON, HALF_HOUR, "B1"), (NOON, HALF_HOUR, "B2")], 60.0),
            ([(NOON, HALF_HOUR, "C1"), ("2026-03-02 11:30:00", HALF_HOUR, "C2")], 60.0),
            ([(NOON, 600, "D1"), ("2026-03-02 11:20:00", 600, "D1")], 30.0),
        ]
        for connections, amount in cases:
            with self.subTest(connections=connections):
                session = self.price(connections, self.clicks)
                self.assertEqual(session.amount_total, amount)
                self.assertEqual(sum(session.charge_ids.mapped("amount")), amount)

    def test_s06_the_invoice_has_the_same_cents(self):
        session = self.price([(NOON, 65 * 60, "PC")], self.clicks)
        move = (
            self.env["account.move"]
            ._as_billing()
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": "2026-03-31",
                    "invoice_line_ids": [
                        Command.create(charge._prepare_invoice_line_vals())
                        for charge in session.charge_ids
                    ],
                }
            )
        )
        self.assertEqual(move.amount_total, 70.0)

    def test_s07_span_or_sum(self):
        connections = [(NOON, 600, "PC"), ("2026-03-02 11:40:00", 600, "PC")]
        total = self.create_level("Sum", "per_intervention", measure="sum")
        self.assertEqual(self.price(connections).amount_untaxed, 60.0)
        connections = [(NOON, 600, "PC 2"), ("2026-03-02 11:40:00", 600, "PC 2")]
        self.assertEqual(self.price(connections, total).amount_untaxed, 30.0)

    def test_s08_replaced_by_on_site(self):
        self.create_tariff(self.netsi, first=self.create_product("Visit", 80.0), channel="on_site")
        remote = self.price([(NOON, 600)])
        self.assertEqual(remote.amount_untaxed, 30.0)
        visit = self.price([("2026-03-02 14:00:00", 600)], channel="on_site")
        remote.replaced_by_id = visit
        self.assertFalse(remote.charge_ids)
        self.assertEqual(remote.billing_state, "nothing")
        self.assertIn("only the visit is billed", remote.price_explanation)
        self.assertEqual(visit.amount_untaxed, 80.0)
        with self.assertRaisesRegex(UserError, remote.name):
            visit.action_cancel()
        remote.replaced_by_id = False
        self.assertEqual(remote.amount_untaxed, 30.0)

    def test_s08_only_a_visit_at_the_same_customer_replaces(self):
        remote = self.price([(NOON, 600)])
        other = self.create_customer("Other")
        candidates = [
            self.price([("2026-03-02 14:00:00", 600)]),
            self.price([("2026-03-02 15:00:00", 600)], channel="on_site", customer=other),
        ]
        for visit in candidates:
            with self.assertRaisesRegex(ValidationError, "on-site visit"):
                remote.replaced_by_id = visit

    def test_s09_contract_state_at_session_time(self):
        """DAMAL: 61 min = 3 blocks of 30 with an SLA contract, 2 of 60 without."""
        sla = self.create_level("SLA", "per_intervention", block_minutes=30)
        product = self.create_product("SLA", 100.0, recurring=self.family, level=sla)
        without = self.create_level("No SLA", "per_intervention", block_minutes=60)
        contract = self.create_contract(product=product, start="2026-03-10")
        cases = [
            ("2026-03-09 11:00:00", 2, 120),
            ("2026-03-09 22:59:00", 2, 120),
            ("2026-03-09 23:00:00", 3, 90),
            ("2026-03-10 11:00:00", 3, 90),
        ]
        for start, blocks, minutes in cases:
            with self.subTest(start=start):
                session = self.price([(start, 61 * 60)], without)
                self.assertEqual(sum(session.charge_ids.mapped("quantity")), blocks)
                self.assertEqual(session.billed_minutes, minutes)
                self.assertEqual(
                    session.contract_id, contract if blocks == 3 else contract.browse()
                )
        contract._set_ended(self.day("2026-03-20"))
        self.assertEqual(self.price([("2026-03-20 11:00:00", 61 * 60)], without).billed_minutes, 90)
        self.assertEqual(
            self.price([("2026-03-21 11:00:00", 61 * 60)], without).billed_minutes, 120
        )

    def test_s09_closed_session_keeps_its_level(self):
        contract = self.create_contract()
        session = self.price([(NOON, 600)])
        amendments = self.env["service.amendment"]
        vals = amendments._prepare_draft_vals(contract, contract._get_local_today())
        reason = self.env.ref("service_contract.service_reason_exit_change")
        vals.update(level_id=self.netsi.id, reason_id=reason.id)
        amendments.create(vals)._set_done()
        session.line_ids.service_workstation = "Renamed"
        self.assertEqual(session.level_id, self.level_unlimited)
        self.assertTrue(session.charge_ids.is_included)

    def test_phone_is_remote(self):
        self.create_tariff(self.netsi, first=self.product_fee, channel="remote")
        self.assertEqual(self.price([(NOON, 600)], channel="phone").amount_untaxed, 15.0)

    def test_no_level_at_all(self):
        self.company.service_default_level_id = False
        with self.assertRaisesRegex(UserError, "no level for customers without a contract"):
            self.create_session([(NOON, 60)])

    # ----- Places and clocks -----

    def test_date_is_local(self):
        """A night session in La Réunion belongs to the local date, and so does its tariff."""
        self.customer.tz = "Indian/Reunion"
        self.create_tariff(self.netsi, first=self.product_fee, date_from="2026-03-03")
        session = self.price([("2026-03-02 20:30:00", 600)])
        self.assertEqual(session.tz, "Indian/Reunion")
        self.assertEqual(session.date, self.day("2026-03-03"))
        self.assertEqual(session.line_ids.date, self.day("2026-03-03"))
        self.assertEqual(session.amount_untaxed, 15.0)
        self.assertEqual(session.charge_ids.date_start, self.day("2026-03-03"))
        self.assertEqual(session.charge_ids.date_end, self.day("2026-03-04"))
        self.assertIn("00:30:00", session.price_explanation)

    def test_nights_on_which_clocks_change(self):
        """Between 1:45 and 3:15 lie 30 minutes in spring and 150 in autumn."""
        cases = [
            ("2026-03-29 00:45:00", 1800, "01:45:00", "03:15:00"),
            ("2026-10-24 23:45:00", 9000, "01:45:00", "03:15:00"),
        ]
        for start, seconds, local_start, local_stop in cases:
            with self.subTest(start=start):
                session = self.price([(start, seconds)])
                self.assertEqual(session.amount_untaxed, seconds / 60)
                self.assertIn(local_start, session.price_explanation)
                self.assertIn(local_stop, session.price_explanation)

    # ----- Words -----

    def test_explanation_is_the_same_everywhere(self):
        session = self.price([(NOON, 65 * 60, "PC")], self.clicks)
        sentences = session.charge_ids[0]._explain()
        for charge in session.charge_ids:
            self.assertEqual(charge._explain(), sentences)
        for words in ("PC, from 12:00:00 to 13:05:00: 1:05:00", "3 started blocks of 30 min"):
            self.assertIn(words, sentences[0])
        self.assertIn("70.00", sentences[-1])
        self.assertIn("including tax", sentences[-1])
        html = session.price_explanation.replace("&nbsp;", "\xa0")
        for sentence in sentences:
            self.assertIn(f"<li>{sentence}</li>", html)

    def test_preview_says_the_price_before_closing(self):
        session = self.create_session([(NOON, HALF_HOUR + 1, "PC")], done=False)
        self.assertIn("60.00", session.price_explanation)
        preview = session.price_explanation
        session.action_done()
        self.assertEqual(session.price_explanation, preview)

    def test_preview_follows_customer_and_zone(self):
        session = self.create_session([(NOON, HALF_HOUR + 1, "PC")], done=False)
        self.assertIn("from 12:00:00", session.price_explanation)
        session.tz = "Indian/Reunion"
        self.assertIn("from 15:00:00", session.price_explanation)
        self.env["res.lang"]._activate_lang("fr_FR")
        other = self.create_customer("Autre", lang="fr_FR", tz="Europe/Paris")
        self.netsi.with_context(lang="fr_FR").name = "Au forfait"
        session.partner_id = other
        self.assertIn("from 12:00:00", session.price_explanation)

    def test_preview_says_what_is_missing(self):
        self.company.service_default_level_id = False
        session = self.create_session([(NOON, 60)], done=False)
        self.assertIn("no level for customers", session.price_explanation)

    def test_explanation_names_in_the_customers_language(self):
        """The customer reads level, work and reason, whatever the technician's language is."""
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        work_type = self.env["service.work.type"].create({"name": "Printing"})
        for record, name in ((work_type, "Impression"), (self.netsi, "Au forfait")):
            record.with_context(lang="fr_FR").name = name
        session = self.price([(NOON, 65)], work_type_id=work_type.id)
        explanation = session.charge_ids.explanation
        self.assertEqual(explanation["level"], "Au forfait")
        self.assertEqual(explanation["scope"]["work_type"], "Impression")

    def test_staff_read_in_their_language_and_customers_in_theirs(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        self.netsi.with_context(lang="fr_FR").name = "Au forfait"
        reason = self.env["service.reason"].create({"name": "Breach", "usage": "scope"})
        reason.with_context(lang="fr_FR").name = "Manquement"
        self.create_windows(self.netsi, "01234", (8, 18))
        self.netsi.tariff_ids.write({"surcharge_mode": "percent", "surcharge_percent": 50})
        session = self.create_session([(NOON, 65)], done=False, scope_reason_id=reason.id)
        for is_closed in (False, True):
            if is_closed:
                session.action_done()
            staff, customer = (
                session.with_context(lang=lang).price_explanation for lang in ("en_US", "fr_FR")
            )
            for words in ("NETSI", "Breach", "Monday"):
                self.assertIn(words, staff)
            for words in ("Au forfait", "Manquement", "lundi"):
                self.assertIn(words, customer)
                self.assertNotIn(words, staff)

    def test_name_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        session = self.price([(NOON, 65)])
        self.assertIn("02/03/2026", session.charge_ids.name)
        self.assertIn("0:01:05", session.charge_ids.name)
