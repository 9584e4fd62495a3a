"""Run the examples written in the workshop's own documentation."""

import doctest

from workshop import apt_sources, bench, dealing, footprint, likeness, lint, odoo_home, selection


def load_tests(_loader, tests, _pattern):
    """Add the doctests of the modules that have some."""
    for module in (apt_sources, bench, dealing, footprint, likeness, lint, odoo_home, selection):
        tests.addTests(doctest.DocTestSuite(module))
    return tests
