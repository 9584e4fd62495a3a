from datetime import date

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools.public_holidays import (
    TERRITORIES,
    Territory,
    find_territory,
)


@tagged("post_install", "-at_install")
class TestTerritories(BaseCase):
    """S13: public holidays are those of the customer's territory."""

    def test_s13_addresses(self) -> None:
        cases = [
            (("FR",), ("FR", "")),
            (("FR", "75008"), ("FR", "")),
            (("FR", "97400"), ("FR", "974")),
            (("FR", "97 410"), ("FR", "974")),
            (("FR", "97110"), ("FR", "971")),
            (("FR", "97133"), ("FR", "BL")),
            (("FR", "97150"), ("FR", "MF")),
            (("FR", "97200"), ("FR", "972")),
            (("FR", "97300"), ("FR", "973")),
            (("FR", "97500"), ("FR", "PM")),
            (("FR", "97600"), ("FR", "976")),
            (("FR", "98600"), ("FR", "WF")),
            (("FR", "98700"), ("FR", "PF")),
            (("FR", "98800"), ("FR", "NC")),
            (("FR", "57000"), ("FR", "57")),
            (("FR", "67000"), ("FR", "6AE")),
            (("FR", "68100"), ("FR", "6AE")),
            (("FR", "06700"), ("FR", "")),
            (("RE",), ("FR", "974")),
            (("re ", "97400"), ("FR", "974")),
            (("PL", "67-200"), ("PL", "")),
            (("DE", "57072", "NW"), ("DE", "NW")),
            (("CH", "", "GE"), ("CH", "GE")),
            (("MC", "98000"), ("MC", "")),
            (("FR", False, False), ("FR", "")),
        ]
        for address, (country, subdivision) in cases:
            with self.subTest(address):
                self.assertEqual(find_territory(*address), Territory(country, subdivision))

    def test_an_unknown_country_is_said_to_be(self) -> None:
        for code in ("XX", "", False, "FRA"):
            with self.subTest(code):
                self.assertIsNone(find_territory(code))

    def test_every_territory_has_its_calendar(self) -> None:
        for code in TERRITORIES:
            with self.subTest(code):
                territory = find_territory(code)
                self.assertIn(date(2026, 7, 14), territory)
                self.assertGreaterEqual(len(territory.holidays(2026)), 11)

    def test_s13_days_of_their_own(self) -> None:
        cases = [
            ("2026-12-20", "RE", "", True),
            ("2026-12-20", "FR", "97400", True),
            ("2026-12-20", "FR", "75001", False),
            ("2026-05-27", "GP", "", True),
            ("2026-05-22", "MQ", "", True),
            ("2026-06-10", "GF", "", True),
            ("2026-04-27", "YT", "", True),
            ("2026-12-26", "FR", "67000", True),
            ("2026-12-26", "FR", "57000", True),
            ("2026-12-26", "FR", "54000", False),
            ("2026-11-11", "PL", "", True),
            ("2024-12-24", "PL", "", False),
            ("2025-12-24", "PL", "", True),
            ("2026-07-14", "PL", "", False),
        ]
        for day, country, postal_code, expected in cases:
            with self.subTest(day=day, country=country, postal_code=postal_code):
                territory = find_territory(country, postal_code)
                self.assertEqual(date.fromisoformat(day) in territory, expected)

    def test_names_are_in_the_territorys_language(self) -> None:
        self.assertEqual(Territory("FR").name_of(date(2026, 7, 14)), "Fête nationale")
        self.assertEqual(Territory("PL").name_of(date(2026, 1, 6)), "Święto Trzech Króli")
        self.assertIsNone(Territory("FR").name_of(date(2026, 7, 15)))

    def test_a_year_is_computed_once_and_cannot_be_changed(self) -> None:
        year = Territory("FR", "974").holidays(2026)
        self.assertIs(Territory("FR", "974").holidays(2026), year)
        with self.assertRaises(TypeError):
            year[date(2026, 3, 3)] = "Mine"
        self.assertNotIn("2026-12-20", Territory("FR", "974"))
