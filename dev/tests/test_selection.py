"""Words of a person become tags, and tell whether a database is needed."""

import unittest

from workshop import selection
from workshop.console import Stop


class TestSelection(unittest.TestCase):
    def test_file_class_method_and_tag(self):
        for what, tags in (
            ("tests/tools/test_tools_terms.py", "tests/tools/test_tools_terms.py"),
            ("test_tools_terms.py", "tests/tools/test_tools_terms.py"),
        ):
            self.assertEqual(selection.choose_tags(what, False), f"*/service_contract/{tags}")
        self.assertEqual(
            selection.choose_tags("test_words", False), "*/service_contract:.test_words"
        )
        self.assertEqual(selection.choose_tags("slow", False), "slow")

    def test_slow_tests_only_when_all_are_asked_for(self):
        self.assertEqual(selection.choose_tags("", False), "*/service_contract,-slow")
        self.assertEqual(selection.choose_tags("", True), "*/service_contract")

    def test_words_that_mean_nothing(self):
        for what in ("tests/test_nothing.py", "tests/nowhere", "tests/desk,tests/nowhere", "a b"):
            with self.subTest(what=what), self.assertRaises(Stop):
                selection.choose_tags(what, False)

    def test_pure_tests_need_no_database(self):
        for what, kinds in (
            ("tests/tools/test_tools_terms.py", {"pure"}),
            ("TestTerm", {"pure"}),
            ("TestWarranty", {"stored"}),
            ("tests/sheet/test_warranty.py", {"stored"}),
            ("tests/tools", {"pure"}),
            ("tests/desk,tests/tools/", {"pure", "stored"}),
            ("TestOffers", {"pure", "stored"}),  # there are two of that name
            ("TestNowhere", {"pure", "stored"}),
            ("/service_contract:TestTerm", {"pure", "stored"}),
            ("", {"pure", "stored"}),
        ):
            with self.subTest(what=what):
                self.assertEqual(selection.choose_kinds(what), kinds)

    def test_durations_are_kept_of_whole_classes(self):
        for what, is_whole in (
            ("", True),
            ("TestTerm", True),
            ("tests/tools/test_tools_terms.py", True),
            ("TestTerm.test_words", False),
            ("test_words", False),
            ("slow", False),
        ):
            with self.subTest(what=what):
                self.assertEqual(selection.is_whole(what), is_whole)
