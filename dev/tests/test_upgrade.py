"""What an upgrade is checked for is counted as tests are, and starts from the right commit."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from workshop import commits, likeness, setup, upgrade
from workshop.console import Stop
from workshop.report import Report


class TestChoice(unittest.TestCase):
    def choose(self, name, is_automatic, has_history=True):
        with (
            mock.patch.object(commits, "resolve", lambda name: f"id of {name}"),
            mock.patch.object(commits, "has_history", lambda: has_history),
            contextlib.redirect_stdout(io.StringIO()) as shown,
        ):
            return upgrade.choose_commit(name, is_automatic), shown.getvalue()

    def test_named_commit(self):
        self.assertEqual(self.choose("v1", is_automatic=True), ("id of v1", ""))

    def test_first_commit_in_automatic_builds(self):
        self.assertEqual(self.choose("", is_automatic=True)[0], f"id of {upgrade.FIRST}")

    def test_none_when_nobody_asks(self):
        self.assertEqual(self.choose("", is_automatic=False), ("", ""))

    def test_copy_without_history_says_so(self):
        commit, shown = self.choose("", is_automatic=True, has_history=False)
        self.assertEqual(commit, "")
        self.assertIn("Upgrades are not tested", shown)


class TestChecks(unittest.TestCase):
    def setUp(self):
        self.report = Report()
        self.checks = upgrade.Checks(self.report, "Upgrade from 0123")

    def take(self, what, faults):
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            holds = self.checks.take(what, faults)
        return holds, shown.getvalue()

    def test_each_condition_counts_once(self):
        self.assertEqual(self.take("columns", []), (True, ""))
        holds, shown = self.take("indexes", ["missing: a", "left over: b"])
        self.assertFalse(holds)
        self.assertIn("missing: a\n    left over: b", shown)
        self.assertEqual((self.report.passed, len(self.report.failed)), (1, 1))

    def test_long_lists_say_how_many_more(self):
        faults = [f"missing: {number}" for number in range(upgrade.SHOWN + 5)]
        self.assertIn("and 5 more", self.take("columns", faults)[1])


class TestModules(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.tree = Path(scratch.name)
        locks = self.tree / "dev" / "locks"
        locks.mkdir(parents=True)
        for name in upgrade.PINS:
            (locks / name).write_bytes((setup.CHECKOUT / "dev" / "locks" / name).read_bytes())

    def test_same_versions(self):
        self.assertEqual(upgrade.modules_to_update(self.tree), "service_contract")

    def test_other_versions(self):
        (self.tree / "dev" / "locks" / "addons.lock").write_text("odoo-addon-contract==19.0.0\n")
        self.assertEqual(upgrade.modules_to_update(self.tree), "base")


class Server:
    """Answers by the name of the database."""

    def __init__(self, **answers):
        self.answers = answers

    def query(self, statement, database):
        """Return the rows of a database, none for the tables of kept records."""
        return [] if statement == likeness.KEPT_TABLES else self.answers[database]


class TestLikeness(unittest.TestCase):
    def test_equal_databases(self):
        server = Server(upgraded=["a", "b"], new=["b", "a"])
        found = dict(likeness.differences(server, "upgraded", "new"))
        self.assertEqual(list(found), ["columns", "constraints", "indexes", "names of records"])
        self.assertEqual(set(map(tuple, found.values())), {()})

    def test_what_an_update_forgot(self):
        server = Server(upgraded=["a"], new=["b"])
        found = dict(likeness.differences(server, "upgraded", "new"))
        self.assertEqual(found["columns"], ["missing: b", "left over: a"])


class TestOwnTree(unittest.TestCase):
    def test_a_commit_whose_command_fails(self):
        with tempfile.TemporaryDirectory() as scratch:
            tree = Path(scratch)
            (tree / "dev").mkdir()
            (tree / "dev" / "demo").write_text("import sys; print('no'); sys.exit(3)")
            workshop = mock.Mock(cache=tree)
            with (
                mock.patch.object(upgrade, "OUT", tree / "out"),
                self.assertRaisesRegex(Stop, r"exit code 3\), see .*made.log"),
            ):
                upgrade.walk_road(workshop, tree)
            self.assertIn("no", (tree / "out" / "made.log").read_text())
