"""Results are counted by test method, however many of its subtests fail."""

import contextlib
import io
import unittest

from workshop.report import Report


def event(kind, name, **values):
    """Return an event about a test, as the runner inside Odoo sends it."""
    return {"kind": kind, "test_class": name.split(".")[0], "test": name, **values}


class TestReport(unittest.TestCase):
    def report(self, *events):
        made = Report()
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            made.take({"kind": "suite", "count": 3})
            for one in events:
                made.take(one)
            made.close()
        self.shown = shown.getvalue()
        return made

    def test_pass_fail_and_skip(self):
        report = self.report(
            event("start", "TestA.test_1"),
            event("start", "TestA.test_2"),
            event("fail", "TestA.test_2", text="no", what="i=1"),
            event("fail", "TestA.test_2", text="no", what="i=2"),
            event("start", "TestB.test_3"),
            event("skip", "TestB.test_3", reason="moon"),
        )
        self.assertEqual((report.passed, len(report.failed)), (1, 1))
        self.assertIn("✗ TestA: 2 tests", self.shown)
        self.assertIn("skipped TestB.test_3: moon", self.shown)

    def test_failed_class_set_up_counts_once(self):
        report = self.report(event("fail", "_ErrorHolder.setUpClass (TestA)", text="no", what="A"))
        self.assertEqual((report.passed, len(report.failed)), (0, 1))

    def test_unexpected_log_line_is_shown(self):
        report = self.report({"kind": "error", "text": "ERROR odoo.sql_db: bad", "test": "test_1"})
        self.assertEqual(len(report.errors), 1)
        self.assertIn("during test_1): ERROR odoo.sql_db: bad", self.shown)
