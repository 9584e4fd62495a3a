"""Make the browser a requirement of the tests that use it."""

import functools
import unittest

from odoo.tests import common

PATIENCE = 60  # seconds; the first start from a cold disk takes more than Odoo's ten
ADVICE = "the browser does not start (run `sudo apt-get install chromium` if it is missing)"


def require():
    """Turn into failures what Odoo would skip for want of a working browser."""
    common.CHECK_BROWSER_ITERATIONS = round(PATIENCE / common.CHECK_BROWSER_SLEEP)
    common.ChromeBrowser.__init__ = _failing(common.ChromeBrowser.__init__)


def _failing(start):
    @functools.wraps(start)
    def start_or_fail(*arguments, **options):
        try:
            return start(*arguments, **options)
        except unittest.SkipTest as skip:
            raise AssertionError(f"{ADVICE}: {skip}") from None

    return start_or_fail
