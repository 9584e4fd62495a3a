"""Results are counted by test method, whichever process sends them."""

import contextlib
import io
import unittest

from workshop.report import Report


def event(kind, name, **values):
    """Return an event about a test, as the runner inside Odoo sends it."""
    return {"kind": kind, "test": name, **values}


def begin(name):
    return {"kind": "begin", "test_class": name}


def end(seconds=1.0):
    return {"kind": "end", "seconds": seconds}


class TestReport(unittest.TestCase):
    def report(self, *events, broken=None):
        """Return the report of events, or of ``(process, event)``; one process may break off."""
        made = Report()
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            made.expect(3)
            for one in events:
                process, sent = one if isinstance(one, tuple) else (0, one)
                made.take(sent, process)
            if broken is not None:
                made.break_off(broken, "TestX", "exit code 9")
            made.close()
        self.shown = shown.getvalue()
        return made

    def test_pass_fail_and_skip(self):
        report = self.report(
            begin("TestA"),
            event("start", "TestA.test_1"),
            event("start", "TestA.test_2"),
            event("fail", "TestA.test_2", text="no", what="i=1"),
            event("fail", "TestA.test_2", text="no", what="i=2"),
            end(1.5),
            begin("TestB"),
            event("start", "TestB.test_3"),
            event("skip", "TestB.test_3", reason="moon"),
            end(),
        )
        self.assertEqual((report.passed, len(report.failed)), (1, 1))
        self.assertIn("✗ TestA: 2 tests (1.5 s)", self.shown)
        self.assertIn("✓ TestB: 1 tests", self.shown)
        self.assertIn("skipped TestB.test_3: moon", self.shown)

    def test_failed_class_set_up_counts_once(self):
        name = "_ErrorHolder.setUpClass (TestA)"
        report = self.report(begin("TestA"), event("fail", name, text="no", what="A"), end())
        self.assertEqual((report.passed, len(report.failed)), (0, 1))
        self.assertIn("✗ TestA: 0 tests", self.shown)

    def test_unexpected_log_line_is_shown(self):
        report = self.report({"kind": "error", "text": "ERROR odoo.sql_db: bad", "test": "test_1"})
        self.assertEqual(len(report.errors), 1)
        self.assertIn("during test_1): ERROR odoo.sql_db: bad", self.shown)

    def test_what_two_processes_complain_of_is_said_once(self):
        complaint = {"kind": "error", "text": "test_x.py is not imported"}
        report = self.report((0, complaint), (1, dict(complaint)))
        self.assertEqual(len(report.errors), 1)

    def test_two_processes_at_once(self):
        report = self.report(
            (0, begin("TestA")),
            (1, begin("TestB")),
            (0, event("start", "TestA.test_1")),
            (1, event("start", "TestB.test_1")),
            (1, event("fail", "TestB.test_1", text="no", what="B")),
            (0, event("stop", "TestA.test_1")),
            (0, end(2.0)),
            (1, end(3.0)),
        )
        self.assertEqual((report.passed, len(report.failed)), (1, 1))
        self.assertIn("✓ TestA: 1 tests (2.0 s)", self.shown)
        self.assertIn("✗ TestB: 1 tests (3.0 s)", self.shown)
        self.assertEqual(report.seconds, {"TestA": 2.0, "TestB": 3.0})
        self.assertIn("2 classes in 0 min 00 s", self.shown)

    def test_broken_process_fails_the_test_that_ran(self):
        report = self.report(
            (0, begin("TestA")),
            (1, begin("TestB")),
            (1, event("start", "TestB.test_1")),
            (1, event("stop", "TestB.test_1")),
            (1, event("start", "TestB.test_2")),
            broken=1,
        )
        self.assertEqual((report.passed, list(report.failed)), (1, ["TestB.test_2"]))
        self.assertIn("ended while TestB ran: exit code 9", self.shown)
        self.assertIn("✗ TestB: 2 tests", self.shown)

    def test_process_that_breaks_between_tests_fails_the_class(self):
        report = self.report(begin("TestA"), broken=0)
        self.assertEqual((report.passed, list(report.failed)), (0, ["TestA"]))

    def test_process_that_breaks_before_its_class_begins_fails_it(self):
        report = self.report(broken=0)
        self.assertEqual(list(report.failed), ["TestX"])
        self.assertIn("✗ TestX: 0 tests", self.shown)
