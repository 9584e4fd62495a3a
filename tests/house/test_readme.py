"""What README says of the code is so: paths exist, and a rule's id stands where the rule lives."""

import re
from pathlib import Path

from odoo.tests import BaseCase, tagged

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| ((?:[SL]\d+\w?(?:, )?)+) \|.*$", re.MULTILINE)
PATH = re.compile(r"`((?:models|tools|wizards|reports|controllers|views|demo|tests)/[\w/.]+)`")
RANGE = re.compile(r"\b([SL])(\d+)–[SL](\d+)\b")
TEST = re.compile(r"`(test_\w+)`")


@tagged("post_install", "-at_install")
class TestReadme(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.text = (ROOT / "README.md").read_text(encoding="utf-8")

    def test_paths_and_tests_exist(self):
        tests = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
        self.assertEqual(
            {path for path in PATH.findall(self.text) if not (ROOT / path).exists()}, set()
        )
        self.assertEqual(set(TEST.findall(self.text)) - tests, set())

    def test_a_rule_is_named_where_it_lives(self):
        rows = list(ROW.finditer(self.text))
        self.assertTrue(rows)
        missing = [
            f"{ids}: {path}"
            for ids, row in ((row[1].split(", "), row[0]) for row in rows)
            for path in PATH.findall(row)
            if (ROOT / path).is_file() and not self._names_any(path, ids)
        ]
        self.assertEqual(missing, [])

    def _names_any(self, path, ids):
        text = (ROOT / path).read_text(encoding="utf-8")
        return any(re.search(rf"\b{rule}\b", text) for rule in ids) or any(
            kind == rule[0] and int(first) <= int(rule[1:]) <= int(last)
            for kind, first, last in RANGE.findall(text)
            for rule in ids
            if rule[1:].isdigit()
        )
