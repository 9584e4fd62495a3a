"""A benchmark's measures are written whole; a broken bound counts, and so do missing figures."""

import contextlib
import io
import json
import os
import sys
import tempfile
import time
import types
import unittest
from pathlib import Path
from unittest import mock

from workshop import bench
from workshop.console import Stop

MEASURE = {"what": "drafts", "value": 10.0, "unit": "ms", "against": "stock", "ratio": 0.5}


class TestBench(unittest.TestCase):
    def run_bench(self, **fields):
        return self.run_found([{**MEASURE, **fields}])

    def run_found(self, measures):
        """Run a benchmark with these measures; return its broken bounds and what was written."""
        sample = types.SimpleNamespace(run=lambda context, quick: {"measures": measures})
        with (
            tempfile.TemporaryDirectory() as out,
            mock.patch.object(bench, "OUT", Path(out)),
            mock.patch.object(bench, "machine", lambda workshop: {"cpus": 2}),
            mock.patch.dict(sys.modules, {"benches.sample": sample}),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            broken = bench._run(None, "sample", is_quick=True)
            return broken, json.loads((Path(out) / "sample.json").read_text())

    def test_file_has_all_fields(self):
        broken, written = self.run_bench()
        self.assertEqual(broken, 0)
        self.assertEqual(written["name"], "sample")
        self.assertEqual(written["measures"], [{**MEASURE, "bound": None, "holds": None}])

    def test_broken_bound_counts(self):
        self.assertEqual(self.run_bench(bound=0.4)[0], 1)
        self.assertEqual(self.run_bench(bound=0.6)[0], 0)

    def test_unknown_field_is_refused(self):
        with self.assertRaisesRegex(Stop, "only what, value"):
            self.run_bench(speed=3)

    def test_no_time_is_bound_itself(self):
        with self.assertRaisesRegex(Stop, "needs the ratio"):
            self.run_bench(bound=20, ratio=None)
        self.assertEqual(self.run_bench(bound=9, ratio=None, unit="queries/line")[0], 1)

    def test_no_figures_are_a_failure(self):
        with self.assertRaisesRegex(Stop, "without figures"):
            self.run_found([])
        for value in (None, float("nan"), "fast"):
            with self.assertRaisesRegex(Stop, "needs what and value"):
                self.run_bench(value=value)

    def test_others_are_run_after_a_failure(self):
        with (
            mock.patch.object(bench, "_choose", lambda name: ["first", "second"]),
            mock.patch.object(bench.setup, "prepare"),
            mock.patch.object(bench.databases, "drop_orphans"),
            mock.patch.object(bench, "LOG"),
            mock.patch.object(bench, "_run", side_effect=[Stop("It is slow."), 0]) as run,
            contextlib.redirect_stdout(io.StringIO()) as said,
        ):
            self.assertEqual(bench.main(types.SimpleNamespace(name="", quick=True)), 1)
        self.assertEqual(run.call_count, 2)
        self.assertIn("first: It is slow.", said.getvalue())
        self.assertIn("no figures of first", said.getvalue())


class TestLimit(unittest.TestCase):
    """What does not end is ended, with all that it started."""

    def context(self, code):
        """Return a context whose processes run some Python code."""
        workshop = types.SimpleNamespace(
            command=lambda *_arguments: [sys.executable, "-c", code],
            environment=lambda: dict(os.environ),
        )
        return bench.Context(workshop, contextlib.ExitStack())

    def run_code(self, code, limit=10):
        with (
            tempfile.TemporaryDirectory() as out,
            mock.patch.object(bench, "LOG", Path(out) / "odoo.log"),
            mock.patch.object(bench, "LIMIT", limit),
        ):
            return self.context(code).run("slow.py", "a_database", 5)

    def test_figures_are_the_last_line(self):
        self.assertEqual(self.run_code("print('noise'); print('{\"wall\": 2}')"), {"wall": 2})

    def test_process_without_end_is_ended(self):
        with tempfile.TemporaryDirectory() as out:
            path = Path(out) / "pid"
            code = (
                "import os, pathlib, time\n"
                f"pathlib.Path({str(path)!r}).write_text(str(os.getpid()))\n"
                "time.sleep(60)"
            )
            with self.assertRaisesRegex(Stop, "slow.py main 5 had not ended after 2 s"):
                self.run_code(code, limit=2)
            with self.assertRaises(ProcessLookupError):
                os.kill(int(path.read_text()), 0)

    def test_process_without_figures_is_a_failure(self):
        for code in ("print('null')", "pass", "print('{}'); raise SystemExit(1)"):
            with self.assertRaisesRegex(Stop, "slow.py"):
                self.run_code(code)

    def test_work_of_this_process_is_ended(self):
        with self.assertRaisesRegex(Stop, "pricing had not ended"), bench.limited("pricing", 0.05):
            time.sleep(5)
        with bench.limited("pricing", 0.05):
            pass
        time.sleep(0.1)
