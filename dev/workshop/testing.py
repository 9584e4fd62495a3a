"""Run all tests, or those asked for, and end with their count."""

import io
import os
import shutil
import unittest

from . import databases, events, ports, selection, setup, system
from .console import Stop, say
from .report import Report

OUT = setup.CHECKOUT / "out" / "test"
OWN_TESTS = setup.CHECKOUT / "dev" / "tests"
DATABASE = databases.PREFIX + "test_"


def main(options):
    """Run the tests; return 0 only if there were some and all is well."""
    is_own = options.what.startswith("dev/")
    passed, failed = run_own_tests() if is_own or not options.what else (0, 0)
    report = Report()
    if not is_own:
        tags = selection.choose_tags(options.what, options.all or system.is_ci())
        report = run_odoo_tests(tags)
    passed, failed = passed + report.passed, failed + len(report.failed)
    if report.errors:
        say(f"{len(report.errors)} unexpected ERROR lines, see {OUT / 'odoo.log'}")
    is_empty = not (is_own or report.started_tests or report.failed)
    if is_empty:
        say(f"No test of the add-on matches {options.what or tags}.")
    say(f"{passed} passed, {failed} failed")
    return 1 if failed or is_empty or report.errors else 0


def run_own_tests():
    """Run the tests of the workshop itself; return how many passed and failed."""
    output = io.StringIO()
    found = unittest.defaultTestLoader.discover(OWN_TESTS, top_level_dir=OWN_TESTS.parent)
    result = unittest.TextTestRunner(output).run(found)
    failed = len(result.failures) + len(result.errors)
    if failed:
        say(output.getvalue())
    say(f"{'✗' if failed else '✓'} the workshop's own tests: {result.testsRun}")
    return result.testsRun - failed - len(result.skipped), failed


def run_odoo_tests(tags):
    """Run the add-on's tests in a fresh database; return their report."""
    if advice := system.ensure_browser():
        say(f"! Tests of the web client will fail, {advice}")
    workshop = setup.prepare()
    databases.drop_orphans(workshop, DATABASE)
    name = f"{DATABASE}{os.getpid()}"
    databases.create_with_addon(workshop, name)
    try:
        return _run(workshop, name, tags)
    finally:
        databases.drop(workshop, name)


def _run(workshop, name, tags):
    report = Report()
    shots = OUT / "screenshots"
    shutil.rmtree(shots, ignore_errors=True)
    command = workshop.command("run_tests.py", name, tags, shots, str(ports.free_port()))
    log = OUT / "odoo.log"
    code = None
    for event in events.stream(command, log, workshop.environment()):
        code = event.get("code")
        report.take(event)
    report.close()
    if code:
        raise Stop(f"The tests broke off (exit code {code}), see the end of {log}.")
    return report
