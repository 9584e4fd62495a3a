"""The machine's Debian mirror is found in whatever way apt is configured."""

import tempfile
import unittest
from pathlib import Path

from workshop import apt_sources
from workshop.console import Stop

DEB822 = """\
Types: deb
# an address of another day
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main
"""
THIRD_PARTY = """\
deb [arch=amd64] https://vendor.test/linux/debian bookworm stable
deb https://vendor.test/tool/debian bookworm main
# deb http://old.test/debian bookworm main
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://one.test/debian/ trixie main
"""


class TestAptSources(unittest.TestCase):
    def test_deb822_leaves_updates_and_security_aside(self):
        source = apt_sources.choose_mirror(apt_sources.parse_deb822(DEB822), "bookworm")
        self.assertEqual((source.uri, source.suite), ("http://mirror.test/debian", "bookworm"))

    def test_one_line_prefers_debian_keys(self):
        sources = apt_sources.parse_one_line(THIRD_PARTY)
        self.assertEqual(len(sources), 3)
        self.assertEqual(
            apt_sources.choose_mirror(sources, "trixie").uri, "http://one.test/debian/"
        )

    def test_disabled_stanza_is_no_source(self):
        self.assertEqual(apt_sources.parse_deb822("Enabled: no\n" + DEB822.split("\n\n")[0]), [])

    def test_continued_field(self):
        text = "Types: deb\nURIs:\n http://a.test/debian\n http://b.test/debian\nSuites: sid\n"
        uris = [source.uri for source in apt_sources.parse_deb822(text)]
        self.assertEqual(uris, ["http://a.test/debian", "http://b.test/debian"])

    def test_both_formats_are_read(self):
        with tempfile.TemporaryDirectory() as scratch:
            parts = Path(scratch) / "sources.list.d"
            parts.mkdir()
            (parts / "debian.sources").write_text(DEB822)
            (parts / "vendor.list").write_text(THIRD_PARTY)
            (parts / "off.list.disabled").write_text("deb http://off.test/debian sid main")
            (Path(scratch) / "sources.list").write_text("")
            self.assertEqual(len(apt_sources.read_sources(Path(scratch))), 6)

    def test_no_mirror_is_said_in_words(self):
        with self.assertRaisesRegex(Stop, "ODOO_HOME"):
            apt_sources.choose_mirror([], "bookworm")
