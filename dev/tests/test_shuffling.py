"""A folder's files are imported in the order of a seed, a model before those that inherit it."""

import importlib
import sys
import tempfile
import unittest
from pathlib import Path

from inside import shuffling

MIXIN = "class Mixin:\n    _name = 'mixin'\n    _inherit = 'mail.thread'\n"
DEFINES = "class Thing:\n    _name = 'thing'\n    _inherit = ['mixin']\n"
EXTENDS = "class Thing:\n    _name = 'thing'\n    _inherit = ['thing', 'mixin']\n"
SHORT = "class Thing:\n    _inherit = 'thing'\n"
NOTE = "import sys\nsys.modules['shuffled_house'].seen.append(__name__.rpartition('.')[2])\n"


class TestShuffling(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = Path(scratch.name)
        self.room = self.root / "shuffled_house" / "room"
        self.room.mkdir(parents=True)
        (self.room.parent / "__init__.py").write_text("seen = []\nfrom . import room\n")
        files = {f"extends_{number}": NOTE + SHORT for number in range(6)}
        files |= {
            "a_mixin": NOTE + MIXIN,
            "renames": NOTE + EXTENDS,
            "plain": NOTE,
            "thing": NOTE + DEFINES,
        }
        for name, text in files.items():
            (self.room / f"{name}.py").write_text(text)
        imported = "".join(f"from . import {name}\n" for name in sorted(files))
        (self.room / "__init__.py").write_text(imported)
        self.files = sorted(files)

    def load(self, seed):
        """Import the package in which the order is shuffled, and return the order."""
        shuffling.shuffle_imports("shuffled_house", seed)
        sys.path.insert(0, str(self.root))
        try:
            return importlib.import_module("shuffled_house").seen
        finally:
            sys.path.remove(str(self.root))
            sys.meta_path.pop(0)
            for name in [name for name in sys.modules if name.startswith("shuffled_house")]:
                del sys.modules[name]

    def test_all_files_in_the_order_of_the_seed(self):
        orders = [self.load(seed) for seed in ("1", "2", "1")]
        self.assertEqual([sorted(order) for order in orders], [self.files] * 3)
        self.assertEqual(orders[0], orders[2])
        self.assertNotEqual(orders[0], orders[1])

    def test_definition_comes_before_what_inherits_it(self):
        firsts = set()
        for seed in range(20):
            order = self.load(seed)
            firsts.add(order[0])
            order.remove("plain")
            with self.subTest(seed=seed):
                self.assertEqual(order[:2], ["a_mixin", "thing"])
        self.assertEqual(firsts, {"a_mixin", "plain"})

    def test_what_a_file_defines_and_inherits(self):
        for name, defined, inherited in (
            ("thing", {"thing"}, {"mixin"}),
            ("renames", set(), {"thing", "mixin"}),
            ("extends_0", set(), {"thing"}),
            ("plain", set(), set()),
        ):
            with self.subTest(name=name):
                found = shuffling.read_models(self.room / f"{name}.py")
                self.assertEqual(found, (defined, inherited))
