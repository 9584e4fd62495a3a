"""A pinned package that the mirror no longer has is replaced by one of its series."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

from workshop import debian
from workshop.console import Stop

PIN = {"package": "odoo-19", "version": "19.0.0+dfsg-1", "series": "19.", "sha256": "0" * 64}


class TestVersionChoice(unittest.TestCase):
    def choose(self, versions):
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            return debian.choose_version(PIN, versions), shown.getvalue()

    def test_pin_wins_over_newer(self):
        self.assertEqual(self.choose(["19.0.2-1", "19.0.0+dfsg-1"]), ("19.0.0+dfsg-1", ""))

    def test_newer_of_the_series_with_a_warning(self):
        version, shown = self.choose(["20.0.0-1", "19.0.2-1", "19.0.1-1"])
        self.assertEqual(version, "19.0.2-1")
        self.assertIn("19.0.0+dfsg-1 is gone", shown)

    def test_none_left(self):
        with self.assertRaisesRegex(Stop, "ODOO_HOME"):
            debian.choose_version(PIN, ["20.0.0-1"])

    def test_wrong_content_is_refused(self):
        with tempfile.TemporaryDirectory() as scratch:
            archive = Path(scratch) / "odoo.deb"
            archive.write_bytes(b"not the package")
            with self.assertRaisesRegex(Stop, "not the file that was pinned"):
                debian._check_sum(archive, PIN)
