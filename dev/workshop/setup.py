"""Set up all that a command needs: Odoo, Python, PostgreSQL and the add-on's link."""

import ast
import functools
import os
from dataclasses import dataclass
from pathlib import Path

from . import cache, odoo_home, pdf, postgres, python_env
from .console import say

ADDON = "service_contract"
CHECKOUT = Path(__file__).resolve().parents[2]
INSIDE = CHECKOUT / "dev" / "inside"
LOCKS = ("requirements.lock", "addons.lock")
CONF = """\
[options]
addons_path = {addons}
data_dir = {data}
http_interface = 127.0.0.1
proxy_mode = False
limit_memory_soft = 0
limit_memory_hard = 0
limit_time_cpu = 0
limit_time_real = 0
"""


@dataclass(frozen=True)
class Workshop:
    """What the set-up made."""

    cache: Path
    python: Path
    odoo: odoo_home.OdooHome
    server: postgres.Server
    conf: Path
    programs: Path | None

    def command(self, script, *arguments):
        """Return the command line that runs a script of `dev/inside`."""
        return [self.python, INSIDE / script, *arguments]

    def environment(self, **more):
        """Return the variables under which Odoo runs."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "ODOO_RC")
        }
        path = os.pathsep.join(filter(None, [str(self.programs or ""), os.environ.get("PATH")]))
        return {
            **kept,
            "PATH": path,
            **self.server.variables,
            "ODOO_RC": str(self.conf),
            "PYTHONPYCACHEPREFIX": str(self.cache / "pycache"),
            "PYTHONUNBUFFERED": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self.cache / "hypothesis"),
            **more,
        }


def prepare():
    """Return the workshop, set up where it is not yet."""
    root = cache.open_cache()
    odoo = odoo_home.find(root)
    python = python_env.environment(root, "python", LOCKS, [str(odoo.path)])
    server = postgres.start(root, python)
    return Workshop(root, python, odoo, server, _configure(root, odoo), pdf.ensure(root))


def stop_server(_options):
    """End our own PostgreSQL if it runs; return 0."""
    was_running = postgres.stop(cache.open_cache())
    say("PostgreSQL has ended." if was_running else "PostgreSQL was not running.")
    return 0


def link(root):
    """Return a directory in which this checkout bears the add-on's technical name."""
    parent = root / "checkouts" / cache.digest(CHECKOUT)
    parent.mkdir(parents=True, exist_ok=True)
    named = parent / ADDON
    if not named.is_symlink():
        named.symlink_to(CHECKOUT)
    return parent


def _configure(root, odoo):
    parent = link(root)
    addons = ",".join(map(str, [*odoo.addons_paths, parent]))
    conf = parent / "odoo.conf"
    text = CONF.format(addons=addons, data=root / "data")
    if not conf.exists() or conf.read_text() != text:
        conf.write_text(text)
    return conf


@functools.cache
def manifest():
    """Return the add-on's manifest."""
    return ast.literal_eval((CHECKOUT / "__manifest__.py").read_text())
