"""Run the examples written in the workshop's own documentation."""

import doctest

from workshop import (
    apt_sources,
    bench,
    changes,
    dealing,
    footprint,
    likeness,
    lint,
    odoo_home,
    owl_names,
    selection,
)

MODULES = (
    apt_sources,
    bench,
    changes,
    dealing,
    footprint,
    likeness,
    lint,
    odoo_home,
    owl_names,
    selection,
)


def load_tests(_loader, tests, _pattern):
    """Add the doctests of the modules that have some."""
    for module in MODULES:
        tests.addTests(doctest.DocTestSuite(module))
    return tests
