"""Run the add-on's tests in an installed database: run_tests.py DB TAGS SCREENSHOTS PORT."""

import inspect
import logging
import sys
import unittest
from pathlib import Path

import assets
import browser
from reporting import ErrorHandler, Reporter

import odoo.http
from odoo import api
from odoo.modules import module as odoo_module
from odoo.modules.registry import Registry
from odoo.service import server
from odoo.tests import common, loader, result
from odoo.tools import config

ADDON = "service_contract"


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
        test_class = f"{type(test).__module__.rpartition('.')[2]}.{type(test).__qualname__}"
        return {"test_class": test_class, "test": f"{test_class}.{method}"}


def main(database, tags, screenshots, port):
    reporter = Reporter()
    options = ["-d", database, "--test-tags", tags, "--stop-after-init"]
    config.parse_config(
        [*options, "--screenshots", screenshots, "--http-port", port], setup_logging=True
    )
    logging.getLogger().addHandler(ErrorHandler(reporter, current_test))
    browser.require()
    run(database, reporter)


def current_test():
    """Return the name of the test that runs, for an ERROR that it did not expect."""
    test = odoo_module.current_test
    return str(test) if isinstance(test, unittest.TestCase) else None


def run(database, reporter):
    server.load_server_wide_modules()
    server.server = server.ThreadedServer(odoo.http.root)
    with Registry._lock:
        server.server.start(stop=True)
        registry = Registry.new(database)
        modules = loader.get_test_modules(ADDON)
        check_complete(modules, reporter)
        suite = make_suite()
        reporter.send("suite", count=suite.countTestCases())
        make_assets(suite, registry)
        run_suite(suite, reporter)
    server.server.stop()


def make_suite():
    """Return the chosen tests of both positions, since the add-on is installed by now."""
    positions = ("at_install", "post_install")
    return loader.OdooSuite(
        test for position in positions for test in loader.make_suite([ADDON], position)
    )


def make_assets(suite, registry):
    """Make the web client's bundles outside the tests, which would each make them again."""
    if suite.has_http_case():
        with registry.cursor() as cr:
            assets.pregenerate(api.Environment(cr, api.SUPERUSER_ID, {}))


def run_suite(suite, reporter):
    odoo_module.current_test = True
    suite(ReportedResult(reporter))
    odoo_module.current_test = False


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


if __name__ == "__main__":
    main(*sys.argv[1:])
