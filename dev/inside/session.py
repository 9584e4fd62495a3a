"""Start Odoo in this process on one database."""

import contextlib

import odoo.http
from odoo import api
from odoo.modules.registry import Registry
from odoo.service import server
from odoo.tools import config


@contextlib.contextmanager
def environment(database, *options):
    """Yield the superuser's environment; the block's work is committed at its good end."""
    config.parse_config(["-d", database, "--no-database-list", *options], setup_logging=True)
    server.load_server_wide_modules()
    with Registry(database).cursor() as cr:
        yield api.Environment(cr, api.SUPERUSER_ID, {})


@contextlib.contextmanager
def web_server():
    """Serve this process's database over HTTP while the block runs."""
    server.server = server.ThreadedServer(odoo.http.root)
    server.server.http_spawn()
    try:
        yield
    finally:
        server.server.httpd.shutdown()
