"""Make the web client's bundles ahead of the tests that ask for them."""

import re

UNUSED = re.compile(r"unit_tests|tests_assets|_dark|_print")


def pregenerate(env):
    """Make the bundles that tours and pages use; Odoo's own list takes three times as long."""
    views = env["ir.qweb"]
    scripts, styles = views._get_bundles_to_pregenarate()
    for bundle in filter(_is_used, sorted(scripts)):
        views._get_asset_bundle(bundle, css=False, js=True).js()
    for bundle in filter(_is_used, sorted(styles)):
        views._get_asset_bundle(bundle, css=True, js=False).css()


def _is_used(bundle):
    return not UNUSED.search(bundle)
