"""Update modules of a database and report what that logs: update.py DB MODULES."""

import logging
import sys
import traceback

from reporting import ErrorHandler, Reporter

from odoo.modules.registry import Registry
from odoo.tools import config


def main(database, modules):
    options = ["-d", database, "-u", modules, "--no-http", "--stop-after-init"]
    config.parse_config(options, setup_logging=True)
    reporter = Reporter()
    logging.getLogger().addHandler(ErrorHandler(reporter, level=logging.WARNING))
    try:
        Registry.new(database, update_module=True, upgrade_modules=config["update"])
    except Exception:
        reporter.send("error", text=traceback.format_exc(limit=-3))
        raise


if __name__ == "__main__":
    main(*sys.argv[1:])
