"""A benchmark's measures are written whole, and a broken bound is counted."""

import contextlib
import io
import json
import sys
import tempfile
import types
import unittest
from pathlib import Path
from unittest import mock

from workshop import bench
from workshop.console import Stop

MEASURE = {"what": "drafts", "value": 10.0, "unit": "ms", "against": "stock", "ratio": 0.5}


class TestBench(unittest.TestCase):
    def run_bench(self, **fields):
        found = {"measures": [{**MEASURE, **fields}]}
        sample = types.SimpleNamespace(run=lambda context, quick: found)
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
        self.assertEqual(self.run_bench(bound=0.4, holds=False)[0], 1)

    def test_unknown_field_is_refused(self):
        with self.assertRaisesRegex(Stop, "only what, value"):
            self.run_bench(speed=3)
