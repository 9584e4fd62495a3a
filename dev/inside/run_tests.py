"""Run classes of the add-on's tests, as they are asked for: run_tests.py DB TAGS SHOTS DATA PORT.

It tells which classes there are, runs each that it reads from its input and ends with that. With
no name of a database it runs the tests that need none.
"""

import functools
import inspect
import logging
import os
import sys
import time
import unittest
from pathlib import Path

import assets
import browser
import shuffling
from reporting import ErrorHandler, Reporter

import odoo.http
from odoo import api
from odoo.modules import module as odoo_module
from odoo.modules.registry import Registry
from odoo.service import server
from odoo.tests import common, loader, result
from odoo.tools import config

ADDON = "service_contract"
PURE = f"odoo.addons.{ADDON}.tests.tools."


class ReportedResult(result.OdooTestResult):
    """Send each start, failure and skip, each failing test once however many subtests fail."""

    def __init__(self, reporter):
        super().__init__()
        self._reporter = reporter

    def startTest(self, test):
        super().startTest(test)
        self._reporter.send("start", **self._names(test))

    def stopTest(self, test):
        super().stopTest(test)
        self._reporter.send("stop", **self._names(test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._reporter.send("skip", reason=reason, **self._names(test))

    def logError(self, flavour, test, error):
        if not self._soft_fail:
            text = self._exc_info_to_string(error, test)
            self._reporter.send("fail", text=text, what=str(test), **self._names(test))
        super().logError(flavour, test, error)

    def log(self, level, msg, *args, extra=None, **options):
        extra = {**(extra or {}), "is_test_result": True}
        super().log(level, msg, *args, extra=extra, **options)

    def _names(self, test):
        test = getattr(test, "test_case", test)
        method = getattr(test, "_testMethodName", str(test))
        return {"test": f"{name_class(test)}.{method}"}


def name_class(test):
    return f"{type(test).__module__.rpartition('.')[2]}.{type(test).__qualname__}"


def main(database, tags, screenshots, data, port):
    reporter = Reporter()
    configure(database, tags, "--screenshots", screenshots, "-D", data, "--http-port", port)
    logging.getLogger().addHandler(ErrorHandler(reporter, current_test))
    if seed := os.environ.get("WORKSHOP_SHUFFLE"):
        shuffling.shuffle_imports(f"odoo.addons.{ADDON}.models", seed)
    if database:
        browser.require()
        run_stored(database, reporter)
    else:
        run_asked(find_classes(is_pure=True, reporter=reporter), reporter)


def configure(database, tags, *options):
    name = ["-d", database] if database else []
    config.parse_config(
        [*name, "--test-tags", tags, "--stop-after-init", *options], setup_logging=True
    )


def current_test():
    """Return the name of the test that runs, for an ERROR that it did not expect."""
    test = odoo_module.current_test
    return str(test) if isinstance(test, unittest.TestCase) else None


def run_stored(database, reporter):
    server.load_server_wide_modules()
    server.server = server.ThreadedServer(odoo.http.root)
    with Registry._lock:
        server.server.start(stop=True)
        registry = Registry.new(database)
        suites = find_classes(is_pure=False, reporter=reporter)
        run_asked(suites, reporter, functools.cache(functools.partial(make_assets, registry)))
    server.server.stop()


def find_classes(is_pure, reporter):
    """Return ``{name of a class: its chosen tests}``, those without or with a database."""
    modules = loader.get_test_modules(ADDON)
    check_complete(modules, reporter)
    found = {}
    for test in make_suite():
        if type(test).__module__.startswith(PURE) == is_pure:
            found.setdefault(name_class(test), loader.OdooSuite()).addTest(test)
    return found


def make_suite():
    """Return the chosen tests of both positions, since the add-on is installed by now."""
    positions = ("at_install", "post_install")
    return [test for position in positions for test in loader.make_suite([ADDON], position)]


def make_assets(registry):
    """Make the web client's bundles outside the tests, which would each make them again."""
    with registry.cursor() as cr:
        assets.pregenerate(api.Environment(cr, api.SUPERUSER_ID, {}))


def run_asked(suites, reporter, prepare_browser=None):
    """Tell which classes there are, and run each that is asked for."""
    reporter.send("suite", classes={name: suite.countTestCases() for name, suite in suites.items()})
    for line in sys.stdin:
        name = line.strip()
        reporter.send("begin", test_class=name)
        if suites[name].has_http_case():
            prepare_browser()
        run_class(suites[name], reporter)


def run_class(suite, reporter):
    began = time.monotonic()
    odoo_module.current_test = True
    suite(ReportedResult(reporter))
    odoo_module.current_test = False
    reporter.send("end", seconds=round(time.monotonic() - began, 2))


def check_complete(modules, reporter):
    """Report tests that Odoo would pass over in silence."""
    folder = Path(sys.modules[f"odoo.addons.{ADDON}.tests"].__file__).parent
    imported = {Path(module.__file__) for module in modules}
    for path in sorted(set(folder.rglob("test_*.py")) - imported):
        reporter.send("error", text=f"{path.relative_to(folder)} is not imported")
    for module in modules:
        for name, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, unittest.TestCase) and not issubclass(found, common.BaseCase):
                reporter.send("error", text=f"{name} would never run: derive it from BaseCase")
            if issubclass(found, common.TransactionCase) and found.__module__.startswith(PURE):
                reporter.send("error", text=f"{name} needs a database: move it to another folder")


if __name__ == "__main__":
    main(*sys.argv[1:])
