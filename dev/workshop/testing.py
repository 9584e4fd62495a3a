"""Run all tests, or those asked for, and end with their count."""

import io
import os
import random
import shutil
import unittest

from . import (
    changes,
    databases,
    dealing,
    footprint,
    limits,
    python_env,
    selection,
    setup,
    system,
    upgrade,
)
from .console import Stop, say
from .crew import Crew
from .report import Report

OUT = setup.CHECKOUT / "out" / "test"
OWN_TESTS = setup.CHECKOUT / "dev" / "tests"
DATABASE = databases.PREFIX + "test_"


def main(options):
    """Run the tests; return 0 only if there were some and all is well."""
    _check(options)
    options.what = options.what or ""
    commit = upgrade.choose_commit(options.upgrade, system.is_ci() and not options.what)
    if options.upgrade:
        return _end(upgrade.run(commit))
    is_own = options.what.startswith("dev/")
    passed, failed = run_own_tests(options) if is_own or not options.what else (0, 0)
    report = Report()
    if not is_own:
        run_odoo_tests(options, report)
    if commit:
        upgraded = upgrade.run(commit)
        passed, failed = passed + upgraded.passed, failed + len(upgraded.failed)
        report.errors += upgraded.errors
    passed, failed = passed + report.passed, failed + len(report.failed)
    if report.errors:
        say(f"{len(report.errors)} unexpected ERROR lines, see the logs in {OUT}")
    is_empty = not (is_own or report.started_tests or report.failed)
    if is_empty:
        say(f"No test of the add-on matches {options.what or 'the tags'}.")
    say(f"{passed} passed, {failed} failed")
    return 1 if failed or is_empty or report.errors else 0


def _check(options):
    if options.what == "":
        raise Stop("WHAT is empty: name a file, a folder, a class or a tag, or leave it out.")
    if options.what and options.upgrade:
        raise Stop("--upgrade checks a whole database: leave WHAT out.")


def _end(report):
    """Say the count of one report, the last line; return 0 only if all is well."""
    if report.errors:
        say(f"{len(report.errors)} unexpected ERROR lines, see {upgrade.OUT}")
    say(f"{report.passed} passed, {len(report.failed)} failed")
    return 1 if report.failed or report.errors else 0


def run_own_tests(options):
    """Run what needs no test of the add-on; return how many passed and failed."""
    whole = {part.NAME: part for part in (footprint, limits)}
    counts = [] if options.what in whole else [run_workshop_tests()]
    for name, part in whole.items():
        if options.what == name or (not options.what and (options.all or system.is_ci())):
            counts.append(part.check(setup.prepare()))
    return tuple(map(sum, zip(*counts, strict=True)))


def run_workshop_tests():
    """Run the tests of the workshop itself; return how many passed and failed."""
    output = io.StringIO()
    found = unittest.defaultTestLoader.discover(OWN_TESTS, top_level_dir=OWN_TESTS.parent)
    result = unittest.TextTestRunner(output).run(found)
    failed = len(result.failures) + len(result.errors)
    if failed:
        say(output.getvalue())
    say(f"{'✗' if failed else '✓'} the workshop's own tests: {result.testsRun}")
    return result.testsRun - failed - len(result.skipped), failed


def _prepare_validator(workshop):
    """Say in which Python e-invoices are validated: its packages would not fit beside Odoo's."""
    python = python_env.environment(workshop.cache, "einvoice", ["einvoice.lock"])
    os.environ["WORKSHOP_EINVOICE_PYTHON"] = str(python)


def _prepare_sweeps(options):
    """Tell tests that try every member which names changed, and the seed of what else they try."""
    OUT.mkdir(parents=True, exist_ok=True)
    told = OUT / "changed.txt"
    told.write_text(" ".join(sorted(changes.get_names())), encoding="utf-8")
    os.environ["WORKSHOP_CHANGED"] = str(told)
    seed = os.environ.setdefault("WORKSHOP_SEED", str(random.SystemRandom().randrange(10_000)))
    if not options.what:
        say(f"  fields are swept in a sample: WORKSHOP_SEED={seed}")


def run_odoo_tests(options, report):
    """Run the add-on's tests in fresh databases, in up to two processes."""
    tags = selection.choose_tags(options.what, options.all or system.is_ci())
    kinds = selection.choose_kinds(options.what)
    if "stored" in kinds and (advice := system.ensure_browser()):
        say(f"! Tests of the web client will fail, {advice}")
    workshop = setup.prepare()
    databases.drop_orphans(workshop, DATABASE)
    shutil.rmtree(OUT / "screenshots", ignore_errors=True)
    _prepare_sweeps(options)
    _prepare_validator(workshop)
    durations = dealing.Durations(workshop.cache / "durations.json")
    crew = Crew(workshop, DATABASE, OUT, durations, report)
    crew.run(tags, kinds, options.shuffle)
    report.close()
    if selection.is_whole(options.what):
        durations.keep(report.seconds)
