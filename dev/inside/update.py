"""Update modules of a database and report what that logs: update.py DB MODULES."""

import logging
import sys

from reporting import ErrorHandler, Reporter

from odoo.modules.registry import Registry
from odoo.tools import config


def main(database, modules):
    options = ["-d", database, "-u", modules, "--no-http", "--stop-after-init"]
    config.parse_config(options, setup_logging=True)
    logging.getLogger().addHandler(ErrorHandler(Reporter(), level=logging.WARNING))
    Registry.new(database, update_module=True, upgrade_modules=config["update"])


if __name__ == "__main__":
    main(*sys.argv[1:])
