"""What is built is there wholly or not at all, and its name follows its contents."""

import tempfile
import unittest
from pathlib import Path

from workshop import cache
from workshop.console import Stop


class TestCache(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = Path(scratch.name)

    def test_failed_build_leaves_nothing(self):
        with self.assertRaises(ZeroDivisionError), cache.built_directory(self.root / "x") as part:
            (part / "half").touch()
            raise ZeroDivisionError
        self.assertEqual(list(self.root.iterdir()), [])

    def test_digest_keeps_parts_apart(self):
        self.assertNotEqual(cache.digest("ab", "c"), cache.digest("a", "bc"))
        self.assertEqual(cache.digest("ab", b"c"), cache.digest("ab", b"c"))

    def test_second_claim_is_refused(self):
        with cache.claim(self.root, "demo", "busy"):
            with self.assertRaisesRegex(Stop, "busy"), cache.claim(self.root, "demo", "busy"):
                self.fail("claimed twice")
