import copy

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import ServiceContractCommon

HALF_HOUR, HOUR = 1800, 3600
MORNING = {"hour_from": 8, "hour_to": 12}


@tagged("post_install", "-at_install")
class TestHoursInWords(ServiceContractCommon):
    """S12–S16: the words of hours, blocks, surcharge, warranty and prices set by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.create_contract()
        cls.level_unlimited.window_ids = [
            Command.create({"day": str(day), **MORNING}) for day in range(5)
        ]
        cls.level_unlimited.window_ids = [
            Command.create({"day": "7", "hour_from": 9, "hour_to": 11, "channel": "remote"})
        ]

    def explain(self, start, seconds, **vals):
        session = self.create_session([(f"{start}:00", seconds, "PC")], **vals)
        return session, session.charge_ids[:1]._explain()

    def test_s12_in_and_out_of_the_hours(self):
        """Paris is one hour ahead of UTC: 11:00 is noon."""
        cases = [
            ("2026-03-02 10:00", HALF_HOUR, "In the covered hours: Monday 2 March, 08:00–12:00."),
            (
                "2026-03-02 10:30",
                HOUR,
                "0:30:00 in the covered hours (Monday 2 March, 08:00–12:00), 0:30:00 outside.",
            ),
            ("2026-03-02 12:00", HALF_HOUR, "Outside the covered hours."),
            (
                "2026-04-06 08:00",
                HALF_HOUR,
                "In the covered hours: public holiday Monday 6 April, 09:00–11:00 (remote only).",
            ),
        ]
        for start, seconds, sentence in cases:
            with self.subTest(start):
                self.assertIn(sentence, self.explain(start, seconds)[1])

    def test_s12_blocks_across_the_border(self):
        session, sentences = self.explain("2026-03-02 10:30", 3 * HALF_HOUR)
        self.assertIn("Blocks: 1 included, 2 billed, begun outside the covered hours.", sentences)
        self.assertEqual((session.amount_untaxed, session.billed_minutes), (60.0, 60))
        self.assertEqual(session.measured_seconds, 3 * HALF_HOUR)

    def test_s13_the_night_the_clocks_change(self):
        cases = [
            ("2026-10-25 00:30", "from 02:30:00 CEST to 02:40:00 CET: 1:10:00"),
            ("2026-03-29 00:30", "from 01:30:00 CET to 03:40:00 CEST: 1:10:00"),
            ("2026-03-28 00:30", "from 01:30:00 to 02:40:00: 1:10:00"),
        ]
        for start, words in cases:
            with self.subTest(start):
                self.assertIn(words, self.explain(start, 4200)[1][0])

    def test_hours_that_change_nothing_are_not_told(self):
        self.company.service_default_level_id = self.level
        self.level.window_ids = [Command.create({"day": "0", **MORNING})]
        customer = self.create_customer("Without contract")
        _session, sentences = self.explain("2026-03-02 12:00", HALF_HOUR, customer=customer)
        self.assertFalse([text for text in sentences if "hours" in text or "Blocks" in text])

    def test_surcharge_in_percent_or_by_product(self):
        tariff = self.level_unlimited.tariff_ids
        product = self.create_product("Evening", 12.0)
        cases = [
            (
                {"surcharge_mode": "percent", "surcharge_percent": 33.5},
                "Surcharge outside the hours, 33.5 % of the first block: 1 × $ 10.05 = $ 10.05.",
                {"first_block": 30.0, "after_hours_first": 10.05},
            ),
            (
                {"surcharge_mode": "product", "surcharge_product_id": product.id},
                "Surcharge outside the hours, per block: 1 × $ 12.00 = $ 12.00.",
                {"first_block": 30.0, "after_hours": 12.0},
            ),
        ]
        for number, (vals, sentence, amounts) in enumerate(cases):
            with self.subTest(vals["surcharge_mode"]):
                tariff.write(vals)
                session, sentences = self.explain(f"2026-03-0{number + 2} 12:00", HALF_HOUR)
                self.assertIn(sentence, self.plain(sentences))
                charges = session.charge_ids
                self.assertEqual({c.component: c.amount for c in charges}, amounts)
                session.with_user(self.user_manager).action_cancel()

    def plain(self, sentences):
        """Return sentences with the money written in one way."""
        symbol = self.company.currency_id.symbol
        return [
            text.replace("\xa0", " ")
            .replace(f" {symbol}", "")
            .replace("× ", "× $ ")
            .replace("= ", "= $ ")
            for text in sentences
        ]

    def test_surcharge_of_tax_included_prices_to_the_cent(self):
        """2CLICKS at night: 70.00 and half of it, tax included; 105.00 and not a cent else."""
        level = self.create_level(
            "Night",
            "per_intervention",
            first=self.product_block_incl,
            following=self.product_next_incl,
            surcharge_mode="percent",
            surcharge_percent=50,
        )
        level.window_ids = [Command.create({"day": "0", **MORNING})]
        self.company.service_default_level_id = level
        customer = self.create_customer("At night")
        session, sentences = self.explain("2026-03-02 20:00", 65 * 60, customer=customer)
        self.assertEqual(session.amount_total, 105.0)
        self.assertIn("105.00", sentences[-1])
        move = (
            self.env["account.move"]
            ._as_billing()
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": customer.id,
                    "invoice_date": "2026-03-31",
                    "invoice_line_ids": [
                        Command.create(charge._prepare_invoice_line_vals())
                        for charge in session.charge_ids
                    ],
                }
            )
        )
        self.assertEqual(move.amount_total, 105.0)

    def test_minimum_time_beside_the_real_time(self):
        self.level_unlimited.tariff_ids.minimum_minutes = 60
        session, sentences = self.explain("2026-03-02 12:00", 300)
        self.assertIn("PC, from 13:00:00 to 13:05:00: 0:05:00, 2 started blocks", sentences[0])
        self.assertEqual(sentences[1], "The minimum time of 1:00:00 applies.")
        self.assertEqual((session.measured_seconds, session.billed_minutes), (300, 60))

    def test_s23_research(self):
        session = self.create_session(
            [], research_seconds=HALF_HOUR + 1, research_date="2026-03-02"
        )
        sentences = session.charge_ids._explain()
        self.assertIn(
            "Research without a connection: 0:30:01, 2 started blocks of 30 min.", sentences
        )

    def test_s31_warranty_in_words(self):
        session, _sentences = self.explain("2026-03-02 12:00", HALF_HOUR)
        charge = session.charge_ids.sudo()
        charge.explanation = {
            **charge.explanation,
            "reason": "warranty",
            "included": True,
            "included_amount": "30.00",
            "warranty_of": "SES/1",
        }
        self.assertIn("Rework under the warranty of SES/1: nothing is owed", charge._explain()[-1])

    def test_a_price_set_by_hand_shows_the_old_one(self):
        session, _sentences = self.explain("2026-03-02 12:00", HALF_HOUR)
        reason = self.env["service.reason"].create({"name": "Goodwill", "usage": "price"})
        session.with_user(self.user_manager)._set_override(12.5, reason)
        sentences = session.charge_ids._explain()
        self.assertEqual(session.charge_ids.component, "override")
        self.assertEqual(session.amount_untaxed, 12.5)
        self.assertIn("30.00", sentences[-2])
        for words in ("service_manager", "12.50", "Goodwill"):
            self.assertIn(words, sentences[-1])

    def test_stored_explanations_of_the_first_schema_are_still_told(self):
        session, _sentences = self.explain("2026-03-02 12:00", HALF_HOUR)
        charge = session.charge_ids[:1].sudo()
        first = copy.deepcopy(charge.explanation)
        for key in ("counted_seconds", "research", "open_seconds", "closed_seconds", "windows"):
            first.pop(key)
        for key in ("blocks", "drawn", "surcharge", "surcharge_percent", "allowance_left"):
            first.pop(key, None)
        for key in ("computed_components", "computed_amount", "scope"):
            first.pop(key, None)
        for workstation in first["workstations"]:
            workstation.pop("counted_seconds")
        cases = [("billed", False, "Total:"), ("included", True, "Included in the contract")]
        for reason, included, words in cases:
            with self.subTest(reason):
                changes = {"schema": 1, "covered": [], "reason": reason, "included": included}
                charge.explanation = {**first, **changes}
                self.assertIn(words, charge._explain()[-1])
        charge.explanation = {**first, "schema": 1, "reason": "replaced_by_on_site"}
        self.assertIn("only the visit is billed", charge._explain()[-1])

    def test_in_french(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        session, _sentences = self.explain("2026-03-02 10:30", HOUR)
        told = session.charge_ids.with_context(lang="fr_FR")._explain()
        self.assertTrue(any("lundi 2 mars" in sentence for sentence in told), told)


@tagged("post_install", "-at_install")
class TestSurchargeOfTariffs(ServiceContractCommon):
    def test_summary_says_the_surcharge(self):
        tariff = self.level.tariff_ids
        tariff.write({"surcharge_mode": "percent", "surcharge_percent": 50})
        self.assertIn("after hours +50 %", tariff.summary)
        product = self.create_product("Evening", 12.0)
        tariff.write({"surcharge_mode": "product", "surcharge_product_id": product.id})
        self.assertIn("after hours +", tariff.summary)
        self.assertIn("12.00", tariff.summary)

    @mute_logger("odoo.sql_db")
    def test_a_surcharge_is_complete(self):
        tariff = self.level.tariff_ids
        for vals in (
            {"surcharge_mode": "percent"},
            {"surcharge_mode": "percent", "surcharge_percent": -5},
            {"surcharge_mode": "product"},
        ):
            with self.subTest(vals), self.assertRaises(IntegrityError), self.cr.savepoint():
                tariff.write(vals)
                self.env.flush_all()

    def test_its_product_fits_the_others(self):
        included = self.create_product("Evening incl.", 12.0, tax=self.tax_included)
        included.service_price_included = True
        with self.assertRaisesRegex(ValidationError, "partly tax included"):
            self.level.tariff_ids.surcharge_product_id = included

    def test_its_product_is_kept_while_in_use(self):
        product = self.create_product("Evening", 12.0)
        self.level.tariff_ids.surcharge_product_id = product
        with self.assertRaisesRegex(UserError, "is used by"):
            product.unlink()
