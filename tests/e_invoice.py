"""The validator of e-invoices, which ``./dev/test`` keeps in a Python of its own."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from unittest import SkipTest

SCRIPT = Path(__file__).parents[1] / "dev" / "inside" / "check_e_invoices.py"


def check_e_invoices(files, french):
    """Return what is wrong with e-invoices, as ``[file, rule, words]``.

    By the schema and the rules of the profile that they name, and those of the French platforms
    for some.

    :param dict files: ``{name: XML}``
    :param french: names of the files that go to such a platform
    """
    python = os.environ.get("WORKSHOP_EINVOICE_PYTHON")
    if not python:
        raise SkipTest("./dev/test has the validator")
    with tempfile.TemporaryDirectory() as folder:
        for name, xml in files.items():
            suffix = ".fr.xml" if name in french else ".xml"
            (Path(folder) / (name.replace("/", "_") + suffix)).write_bytes(xml)
        done = subprocess.run(
            [python, SCRIPT, folder], check=True, capture_output=True, text=True, timeout=600
        )
    result = json.loads(done.stdout)
    assert result["count"] == len(files), result
    return result["problems"]
