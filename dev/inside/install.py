"""Install modules into a database, which is made when missing: install.py DB MODULES LANGUAGES."""

import contextlib
import logging
import sys
import traceback

import assets
from reporting import ErrorHandler, Reporter

from odoo import api
from odoo.service import db
from odoo.tools import config


def main(database, modules, languages):
    run(database, modules, languages, Reporter())


def run(database, modules, languages, reporter):
    """Install the modules and return the registry."""
    options = ["-d", database, "-i", modules, "--no-http", "--stop-after-init"]
    config.parse_config(
        options + (["--load-language", languages] if languages else []), setup_logging=True
    )
    logging.getLogger().addHandler(ErrorHandler(reporter))
    with contextlib.suppress(db.DatabaseExists):
        db._create_empty_database(database)
        config["init"]["base"] = True
    registry = install(database, reporter)
    with registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        if languages:
            keep_files_inside(env)
            assets.pregenerate(env)
        check_installed(cr, modules.split(","), reporter)
    return registry


def install(database, reporter):
    """Install the modules; a failure is reported with its own words."""
    from odoo.modules.registry import Registry

    try:
        return Registry.new(database, update_module=True, install_modules=config["init"])
    except Exception:
        reporter.send("error", text=traceback.format_exc(limit=-3))
        raise


def keep_files_inside(env):
    """Store attachments in the database, so that a copied database is complete."""
    env["ir.config_parameter"].set_param("ir_attachment.location", "db")
    env["ir.attachment"].force_storage()


def check_installed(cr, modules, reporter):
    """Report the modules that Odoo left out, as it does with names it does not know."""
    cr.execute(
        "SELECT name FROM ir_module_module WHERE state = 'installed' AND name = ANY(%s)",
        [modules],
    )
    left_out = set(modules) - {name for (name,) in cr.fetchall()}
    if left_out:
        reporter.send("error", text=f"not installed: {', '.join(sorted(left_out))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
