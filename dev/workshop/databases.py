"""Make databases from templates that are built once.

click-odoo-initdb caches whole databases only: each changed file would install all of Odoo again.
"""

import os

from . import cache, events, setup
from .console import Stop, step

PREFIX = "service_contract_"
LANGUAGES = "en_US,fr_FR,pl_PL"
CHARTS = ("l10n_fr_account", "l10n_pl")
# Where it is installed, the add-on answers its hooks; demo, footprint and upgrade go without it.
COMPANIONS = ("sale_loyalty",)
# Bases of checkouts that depend on something else are kept for them, so many of a kind.
OTHERS = 2
READY = ("tests/common.py", "dev/inside/make_ready.py")
UNINSTALLED = {"demo", "dev", "node_modules", "out", "tests", "__pycache__"}
INSTALLED = {".csv", ".html", ".png", ".po", ".pot", ".py", ".sql", ".svg", ".xml"}


def create_with_addon(workshop, name):
    """Make a database with the add-on installed as its files are now."""
    with _own_templates(workshop):
        copy(workshop, name, _addon_template(workshop))


def create_for_tests(workshop, *wanted):
    """Make databases that have ready, beside the add-on, what nearly every test needs."""
    with _own_templates(workshop):
        template = _tests_template(workshop)
        for name in wanted:
            copy(workshop, name, template)


def create_without_addon(workshop, name):
    """Make a database with all that the add-on depends on, but not the add-on."""
    copy(workshop, name, _depends_template(workshop))


def create_with_modules(workshop, name, modules, languages):
    """Make a database with other modules installed."""
    label = f"with_{cache.digest(*sorted(modules))}"
    copy(workshop, name, _base_template(workshop, label, modules, languages))


def _own_templates(workshop):
    """Hold the templates of this checkout; another one's commands need not wait."""
    return cache.lock(workshop.cache, f"templates_{cache.digest(setup.CHECKOUT)}")


def copy(workshop, name, template):
    """Make a database as a copy of another one, in the place of one of that name."""
    drop(workshop, name)
    workshop.server.query(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop(workshop, name):
    """Remove a database, with its connections, if it exists."""
    workshop.server.query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def names(workshop, start=PREFIX, order="datname"):
    """Return the names of the databases that start with a text; the newest has the highest oid."""
    escaped = start.replace("_", r"\_")
    return workshop.server.query(
        f"SELECT datname FROM pg_database WHERE datname LIKE '{escaped}%' ORDER BY {order}"
    )


def drop_orphans(workshop, start):
    """Remove the databases of runs whose process is gone.

    Its number is the last one in the name.
    """
    for name in names(workshop, start):
        numbers = [part for part in name.split("_") if part.isdigit()]
        if numbers and not os.path.exists(f"/proc/{numbers[-1]}"):
            drop(workshop, name)


def _addon_template(workshop):
    base = _depends_template(workshop)
    key = cache.digest(base, *_installed_files())
    return _template(workshop, _label("addon"), key, base, [setup.ADDON])


def _tests_template(workshop):
    base = _base_template(workshop, "companions", {*_depends(), *COMPANIONS}, LANGUAGES)
    made_by = ((setup.CHECKOUT / name).read_bytes() for name in READY)
    key = cache.digest(base, *_installed_files(), *made_by)
    return _template(workshop, _label("ready"), key, base, [setup.ADDON], script="make_ready.py")


def _depends_template(workshop):
    return _base_template(workshop, "depends", _depends(), LANGUAGES)


def _depends():
    return {*setup.manifest()["depends"], *CHARTS}


def _label(kind):
    return f"{kind}_{cache.digest(setup.CHECKOUT)}"


def _base_template(workshop, label, modules, languages):
    wanted = sorted(modules)
    key = cache.digest(_pins(workshop), languages, *wanted)
    with cache.lock(workshop.cache, "templates"):
        return _template(workshop, label, key, None, wanted, languages, kept=OTHERS)


def _pins(workshop):
    locks = setup.CHECKOUT / "dev" / "locks"
    pinned = [(locks / name).read_text() for name in (*setup.LOCKS, "odoo.json")]
    return "".join([*pinned, workshop.odoo.version, str(workshop.odoo.path)])


def _installed_files():
    """Yield names and contents of the files that shape an installed database."""
    for path in sorted(setup.CHECKOUT.rglob("*")):
        parts = path.relative_to(setup.CHECKOUT).parts
        if path.suffix in INSTALLED and not UNINSTALLED & set(parts):
            yield "/".join(parts)
            yield path.read_bytes()


def _template(workshop, label, key, base, modules, languages="", script="install.py", kept=0):
    """Return the template of this key; of older keys the newest ones are kept, so many."""
    start = f"{PREFIX}{label}_"
    name = start + key
    made = names(workshop, start, order="oid DESC")
    if name not in made:
        for old in made[kept:]:
            drop(workshop, old)
        scratch = name + "_part"
        _begin(workshop, scratch, base)
        _install(workshop, script, scratch, modules, languages)
        workshop.server.query(f'ALTER DATABASE "{scratch}" RENAME TO "{name}"')
    return name


def _begin(workshop, scratch, base):
    if base:
        copy(workshop, scratch, base)
    else:
        drop(workshop, scratch)


def _install(workshop, script, database, modules, languages):
    log = setup.CHECKOUT / "out" / "setup" / "odoo.log"
    command = workshop.command(script, database, ",".join(modules), languages)
    shown = modules[0] if len(modules) == 1 else f"{len(modules)} modules"
    with step(f"Template database with {shown}"):
        code, seen = events.follow(command, log, workshop.environment())
        unexpected = [event["text"] for event in seen if event["kind"] == "error"]
        if code or unexpected:
            words = "\n".join(unexpected[:20]) or f"exit code {code}"
            raise Stop(f"{', '.join(modules)} cannot be installed, see {log}:\n{words}")
