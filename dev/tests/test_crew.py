"""Two processes share the classes; what one leaves undone, its successor does."""

import contextlib
import io
import os
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest.mock import patch

from workshop import crew, dealing
from workshop.console import Stop
from workshop.report import Report

INSIDE = Path(__file__).parent.parent / "inside"
# Stands for run_tests.py: SCRIPT DB TAGS …, where the tags are the classes with a database. A
# class whose name says so breaks its process off; "broken" as a tag does so before any class.
SCRIPT = f"""
import os, sys, time
sys.path.insert(0, {str(INSIDE)!r})
from reporting import Reporter
reporter = Reporter()
database, tags = sys.argv[1:3]
if tags == "broken":
    sys.exit(3)
names = tags.split(",") if database else ["TestPure"]
reporter.send("suite", classes=dict.fromkeys(names, 1))
for line in sys.stdin:
    name = line.strip()
    reporter.send("begin", test_class=name)
    test = f"{{name}}.test_1 in {{database or 'none'}}"
    reporter.send("start", test=test)
    if "Crash" in name:
        os._exit(9)
    time.sleep(0.2)
    reporter.send("stop", test=test)
    reporter.send("end", seconds=0.2)
"""


class Workshop:
    """What a crew asks of the workshop."""

    def __init__(self, script):
        self._script = script

    def command(self, _name, *arguments):
        return [sys.executable, self._script, *arguments]

    def environment(self, **more):
        return {**os.environ, **more}


class TestCrew(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        script = self.folder / "script.py"
        script.write_text(SCRIPT)
        self.workshop = Workshop(script)
        self.durations = dealing.Durations(self.folder / "durations.json")
        self.databases = []
        for name, stand_in in (
            ("create_for_tests", lambda _workshop, *names: self.databases.extend(names)),
            ("names", lambda _workshop, start: [f"{start}copy"]),
            ("drop", lambda _workshop, name: self.dropped.append(name)),
        ):
            patched = patch.object(crew.databases, name, stand_in)
            patched.start()
            self.addCleanup(patched.stop)
        self.dropped = []

    def run_crew(self, *names, kinds=("stored",), seed=None):
        report = Report()
        made = crew.Crew(self.workshop, "t_", self.folder / "out", self.durations, report)
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            made.run(",".join(names), set(kinds), seed)
        self.shown = shown.getvalue()
        copies = [each for name in self.databases for each in (name, name + "_copy")]
        self.assertEqual(sorted(self.dropped), sorted(copies))
        return report

    def test_pure_tests_need_no_database(self):
        report = self.run_crew("TestA", kinds=["pure"])
        self.assertEqual(report.started_tests, {"TestPure.test_1 in none"})
        self.assertEqual(self.databases, [])

    def test_little_work_is_for_one_process(self):
        report = self.run_crew("TestA", "TestB", "TestC")
        self.assertEqual((report.passed, len(self.databases)), (3, 1))

    def test_much_work_is_shared_by_two(self):
        names = [f"Test{number}" for number in range(8)]
        self.durations.keep(dict.fromkeys(names, 60.0))
        report = self.run_crew(*names, kinds=["stored", "pure"])
        self.assertEqual((report.passed, report.failed), (9, {}))
        self.assertEqual(len(self.databases), 2)
        used = {test.rpartition(" ")[2] for test in report.started_tests}
        self.assertEqual(used, {"none", *self.databases})

    def test_seed_gives_both_the_same_classes_again(self):
        names = [f"Test{number}" for number in range(6)]
        seen = []
        for _ in range(2):
            self.databases, self.dropped = [], []
            report = self.run_crew(*names, seed=7)
            first = {test for test in report.started_tests if self.databases[0] in test}
            seen.append((len(report.started_tests), first))
        self.assertEqual(seen[0], seen[1])
        self.assertEqual((seen[0][0], len(seen[0][1])), (6, 3))

    def test_lost_process_fails_its_class_and_is_replaced(self):
        self.durations.keep({"TestCrash": 9.0, "TestA": 1.0, "TestB": 1.0})
        report = self.run_crew("TestA", "TestCrash", "TestB")
        self.assertEqual(report.passed, 2)
        self.assertEqual(len(report.failed), 1)
        self.assertIn("ended while TestCrash ran: exit code 9", self.shown)
        self.assertEqual(len(self.databases), 2)

    def test_process_that_does_not_start_ends_the_run(self):
        with self.assertRaisesRegex(Stop, "broke off .exit code 3"):
            self.run_crew("broken")

    def test_interrupted_run_leaves_nothing(self):
        def interrupt(event, _process=0):
            raise KeyboardInterrupt

        report = Report()
        report.take = interrupt
        made = crew.Crew(self.workshop, "t_", self.folder / "out", self.durations, report)
        began = time.monotonic()
        with self.assertRaises(KeyboardInterrupt):
            made.run("TestA", {"stored", "pure"})
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(len(self.dropped), 4)
        for worker in made._workers:
            self.assertIsNotNone(worker._running.returncode)
