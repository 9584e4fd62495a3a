"""Make databases from templates that are built once."""

import os

from . import cache, events, setup
from .console import Stop, step

PREFIX = "service_contract_"
LANGUAGES = "en_US,fr_FR,pl_PL"
CHARTS = ("l10n_fr_account", "l10n_pl")
UNINSTALLED = {"dev", "tests", "out", ".git", ".ci", "node_modules", "__pycache__"}


def create(workshop, name, template):
    """Make a database as a copy of a template, in the place of one of that name."""
    drop(workshop, name)
    workshop.server.query(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop(workshop, name):
    """Remove a database, with its connections, if it exists."""
    workshop.server.query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def names(workshop, start=PREFIX):
    """Return the names of the databases that start with a text."""
    escaped = start.replace("_", r"\_")
    return workshop.server.query(
        f"SELECT datname FROM pg_database WHERE datname LIKE '{escaped}%' ORDER BY datname"
    )


def drop_orphans(workshop, start):
    """Remove the databases of runs whose process is gone; names end with its number."""
    for name in names(workshop, start):
        number = name.rpartition("_")[2]
        if number.isdigit() and not os.path.exists(f"/proc/{number}"):
            drop(workshop, name)


def base_template(workshop, modules=(), languages=LANGUAGES):
    """Return a template with the add-on's dependencies, or with the given modules."""
    wanted = sorted(modules or {*setup.manifest()["depends"], *CHARTS})
    label = "with_" + cache.digest(*modules) if modules else "depends"
    key = cache.digest(_pins(workshop), languages, *wanted)
    return _template(workshop, f"{PREFIX}{label}_", key, None, wanted, languages)


def addon_template(workshop):
    """Return a template with the add-on installed as its files are now."""
    base = base_template(workshop)
    label = f"addon_{cache.digest(setup.CHECKOUT)}"
    key = cache.digest(base, *_installed_files())
    return _template(workshop, f"{PREFIX}{label}_", key, base, [setup.ADDON], "")


def _pins(workshop):
    locks = setup.CHECKOUT / "dev" / "locks"
    pinned = [(locks / name).read_text() for name in (*setup.LOCKS, "odoo.json")]
    return "".join([*pinned, workshop.odoo.version, str(workshop.odoo.path)])


def _installed_files():
    """Yield names and contents of the files that shape an installed database."""
    for path in sorted(setup.CHECKOUT.rglob("*")):
        parts = path.relative_to(setup.CHECKOUT).parts
        if path.is_file() and not UNINSTALLED & set(parts) and path.suffix not in (".md", ".pyc"):
            yield "/".join(parts)
            yield path.read_bytes()


def _template(workshop, start, key, base, modules, languages):
    name = start + key
    with cache.lock(workshop.cache, "templates"):
        if name not in names(workshop, start):
            for old in names(workshop, start):
                drop(workshop, old)
            _build(workshop, name, base, modules, languages)
    return name


def _build(workshop, name, base, modules, languages):
    scratch = name + "_part"
    if base:
        create(workshop, scratch, base)
    else:
        drop(workshop, scratch)
    shown = modules[0] if len(modules) == 1 else f"{len(modules)} modules"
    with step(f"Template database with {shown}"):
        _install(workshop, scratch, modules, languages)
    workshop.server.query(f'ALTER DATABASE "{scratch}" RENAME TO "{name}"')


def _install(workshop, database, modules, languages):
    log = setup.CHECKOUT / "out" / "setup" / "odoo.log"
    command = workshop.command("install.py", database, ",".join(modules), languages)
    code, seen = events.follow(command, log, workshop.environment())
    unexpected = [event["text"] for event in seen if event["kind"] == "error"]
    if code or unexpected:
        shown = "\n".join(unexpected[:20]) or f"exit code {code}"
        raise Stop(f"{', '.join(modules)} cannot be installed, see {log}:\n{shown}")
