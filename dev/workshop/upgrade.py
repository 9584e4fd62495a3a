"""Upgrade a demo database that an earlier commit made, and check the road in it anew.

The commit's own ./dev/demo makes the database, once; it is kept as a template. A copy of it is
upgraded by the present tree. That must log nothing, leave a database like a new one, and every
check of the road must still hold, to the cent.
"""

import os
import sys
import time

from . import cache, commits, databases, events, likeness, process, setup
from .console import Stop, say, step
from .report import Report

# The first commit whose databases can be upgraded.
FIRST = "345d91b83cfe9c554bece43e8801e904d67632e2"
OUT = setup.CHECKOUT / "out" / "upgrade"
DATABASE = databases.PREFIX + "upgrade_"
MADE = databases.PREFIX + "made_by_"
SHORT = 12
SHOWN = 20
PINS = (*setup.LOCKS, "odoo.json")


def choose_commit(name, is_automatic):
    """Return the commit to upgrade from: the named one; the first, in automatic builds; or none.

    A copy of the files without their history cannot tell an earlier commit.
    """
    if name:
        return commits.resolve(name)
    if not is_automatic:
        return ""
    if commits.has_history():
        return commits.resolve(FIRST)
    say("! Upgrades are not tested: this is no checkout of git.")
    return ""


def run(sha):
    """Upgrade a copy of the database that a commit made; return the report of its checks."""
    workshop = setup.prepare()
    databases.drop_orphans(workshop, DATABASE)
    name = f"{DATABASE}{os.getpid()}"
    tree = _copy_of_made(workshop, sha, name)
    try:
        return _check(workshop, sha, tree, name)
    finally:
        databases.drop(workshop, name)


def _copy_of_made(workshop, sha, name):
    """Copy the database that a commit made; return the commit's tree."""
    with cache.lock(workshop.cache, "upgrades"):
        tree = commits.tree(workshop.cache, sha)
        _drop_own(workshop, cache.digest(tree))  # what a killed run left behind
        _forget_others(workshop)
        made = MADE + sha[:SHORT]
        if made not in databases.names(workshop, MADE) or not _summary(tree).is_file():
            _make(workshop, sha, tree, made)
        databases.copy(workshop, name, made)
    return tree


def _forget_others(workshop):
    """Drop the databases of commits whose trees were not used for a month."""
    kept = {MADE + sha[:SHORT] for sha in commits.known(workshop.cache)}
    for name in databases.names(workshop, MADE):
        if name not in kept:
            databases.drop(workshop, name)


def _make(workshop, sha, tree, made):
    """Have the commit's own command make its demo database, in the same cache."""
    mark = cache.digest(tree)
    demo = f"{databases.PREFIX}demo_{mark}"
    databases.drop(workshop, made)
    try:
        with step(f"Demo database made by {sha[:SHORT]}"):
            walk_road(workshop, tree)
        workshop.server.query(f'ALTER DATABASE "{demo}" RENAME TO "{made}"')
    finally:
        _drop_own(workshop, mark)


def _drop_own(workshop, mark):
    """Drop the databases that the commands of another tree made for themselves."""
    for start in (f"{databases.PREFIX}demo_{mark}", f"{databases.PREFIX}addon_{mark}_"):
        for name in databases.names(workshop, start):
            databases.drop(workshop, name)


def walk_road(workshop, tree):
    """Walk the road by the commands of another tree."""
    OUT.mkdir(parents=True, exist_ok=True)
    log = OUT / "made.log"
    environment = {**os.environ, "SERVICE_CONTRACT_CACHE": str(workshop.cache)}
    with (
        open(log, "wb") as output,
        process.child(
            [sys.executable, tree / "dev" / "demo"],
            stdout=output,
            stderr=output,
            env=environment,
        ) as running,
    ):
        code = running.wait()
    if code:
        raise Stop(f"The commit's own ./dev/demo failed (exit code {code}), see {log}.")


def _summary(tree):
    return tree / "out" / "demo" / "summary.json"


def _check(workshop, sha, tree, name):
    report = Report()
    began = time.monotonic()
    checks = Checks(report, f"Upgrade from {sha[:SHORT]}")
    if _update(workshop, name, modules_to_update(tree), checks):
        _compare(workshop, name, checks)
        _walk_again(workshop, tree, name, report, checks)
    report.take({"kind": "end", "seconds": time.monotonic() - began})
    report.close()
    return report


class Checks:
    """Report conditions as tests of one class."""

    def __init__(self, report, title):
        self.report = report
        self.title = title
        report.take({"kind": "begin", "test_class": title})

    def take(self, what, faults):
        """Count a condition, which holds where no fault was found; return whether it does."""
        test = {"test_class": self.title, "test": f"{self.title}.{what}"}
        self.report.take({"kind": "start", **test})
        if faults:
            more = [f"and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
            text = "\n".join(faults[:SHOWN] + more)
            self.report.take({"kind": "fail", **test, "what": test["test"], "text": text})
        return not faults


def modules_to_update(tree):
    """Return what to update: all of Odoo where the commit had other versions of it."""
    return setup.ADDON if _pins(tree) == _pins(setup.CHECKOUT) else "base"


def _pins(tree):
    return [(tree / "dev" / "locks" / name).read_bytes() for name in PINS]


def _update(workshop, name, modules, checks):
    """Update the database, which logs neither errors nor warnings; tell whether that worked."""
    log = OUT / "update.log"
    command = workshop.command("update.py", name, modules)
    with step(f"Update of {modules}"):
        code, seen = events.follow(command, log, workshop.environment())
    logged = [event["text"] for event in seen if event["kind"] == "error"]
    checks.take(f"-u {modules} logs no error and no warning", logged)
    return checks.take(f"-u {modules} ends well", [f"exit code {code}, see {log}"] if code else [])


def _compare(workshop, name, checks):
    """Compare the upgraded database with a new one."""
    new = f"{DATABASE}beside_{os.getpid()}"
    databases.create_with_addon(workshop, new)
    try:
        for what, faults in likeness.differences(workshop.server, name, new):
            checks.take(f"as in a new database: {what}", faults)
    finally:
        databases.drop(workshop, new)


def _walk_again(workshop, tree, name, report, checks):
    """Check what the road left in the database, and bill one more month in it."""
    log = OUT / "odoo.log"
    command = workshop.command("check_upgrade.py", name, _summary(tree), OUT, checks.title)
    code = None
    for event in events.stream(command, log, workshop.environment()):
        code = event.get("code")
        report.take(event)
    checks.take("the road is checked to its end", [f"exit code {code}, see {log}"] if code else [])
