from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools.search_keys import (
    compact,
    document_patterns,
    fold,
    make_key,
    number_pieces,
    phone_digits,
    phone_needles,
    rank,
    word_pieces,
)

FOLDED = (
    ("Clinique Été", "clinique ete"),
    ("  Saint-Denis / Océan  ", "saint denis ocean"),
    ("ŁÓDŹ Sp. z o.o.", "lodz sp z o o"),
    ("PC_ACCUEIL", "pc accueil"),
    ("100%", "100"),
    ("", ""),
    (None, ""),
    (False, ""),
)
# What is stored, in which country; what people type for it.
SPELLINGS = (
    "0692 12 34 56",
    "0692123456",
    "06.92.12.34.56",
    "0692-12-34-56",
    "+262692123456",
    "+262 692 12 34 56",
    "+262 (0)692 12 34 56",
    "00262692123456",
    "692 12 34 56",
    "12 34 56",
)
STORED = (
    ("0692 12 34 56", "RE"),
    ("+262 692 12 34 56", "FR"),
    ("00262 692123456", "RE"),
    ("+262 (0) 692 12.34.56", None),
    ("0692123456", "PL"),  # taken for a Polish number: found by its digits all the same
    ("0692123456", None),
)
NO_NUMBERS = ("", "abc", "12", "000", "PC 12", "+", "06 9", "12345a")


@tagged("post_install", "-at_install")
class TestSearchKeys(BaseCase):
    """What is typed finds what is stored, however the one and the other are written."""

    def test_folding(self):
        for text, expected in FOLDED:
            with self.subTest(text):
                self.assertEqual(fold(text), expected)

    def test_identifiers(self):
        for text in ("123 456 789", "123456789", "123-456-789", " 123 456789 "):
            with self.subTest(text):
                self.assertEqual(compact(text), "123456789")
        self.assertEqual(compact("accueil@clinique"), "accueilclinique")

    def test_every_spelling_finds_every_stored_form(self):
        for stored, region in STORED:
            key = phone_digits(stored, region)
            for typed in SPELLINGS:
                with self.subTest(stored=stored, region=region, typed=typed):
                    self.assertTrue(any(needle in key for needle in phone_needles(typed)))

    def test_another_number_is_not_found(self):
        key = phone_digits("0692 12 34 56", "RE")
        for typed in ("0692 12 34 57", "+33692999999", "9999"):
            with self.subTest(typed):
                self.assertFalse(any(needle in key for needle in phone_needles(typed)))

    def test_what_is_no_number(self):
        for text in NO_NUMBERS:
            with self.subTest(text):
                self.assertEqual(phone_needles(text), [])
        self.assertEqual(phone_digits(None, "FR"), "")
        self.assertEqual(phone_digits("poste 12", "FR"), "12")

    def test_few_digits_never_match_inside_numbers(self):
        """Fewer than four digits are a word of a name, never a part of a number."""
        key = make_key(["Demo Shop 42", "Été"], ["262692123456", "demo4"], ["Lyon 3"])
        for text, expected in (
            ("42", True),
            ("demo 42", True),
            ("lyon 3", True),
            ("4", False),
            ("demo 4", False),
            ("123", False),
            ("1234", True),
            ("692", False),
            ("shop 3456", True),
        ):
            with self.subTest(text):
                found = all(piece in key for piece in word_pieces(text))
                self.assertEqual(found, expected)
        for text in ("4", "42", "123", "1 2 3"):
            self.assertEqual(number_pieces(text), [])

    def test_ranks(self):
        """Exact id or telephone number, exact name, beginning, all words."""
        keys = {
            "id": make_key(["Any"], ["demo4", "48221234567"]),
            "name": make_key(["Demo 4"]),
            "beginning": make_key(["Demo 4 bis"]),
            "longer number": make_key(["Demo 42"]),
            "words": make_key(["The Demo 4"], places=["Demo"]),
            "place": make_key(["Any"], places=["Demo 4"]),
        }
        found = {name: rank(key, "demo 4") for name, key in keys.items()}
        self.assertEqual(list(found.values()), [0, 1, 2, 3, 3, 3])
        for text in ("+48 22 123 45 67", "22 123 45 67", "0048221234567"):
            self.assertEqual(rank(keys["id"], text), 0)
        self.assertEqual(rank(keys["id"], "123 45 67"), 3)

    def test_numbers_of_documents(self):
        for text in ("", "34", "l'océan", "Demo Shop 1234", "0"):
            self.assertEqual(document_patterns(text), [], text)
        self.assertEqual(document_patterns("ctr 7"), ["%ctr%", "%/00007"])
