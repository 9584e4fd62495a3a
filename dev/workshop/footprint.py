"""Compare plain work in a database with the add-on and in one without it.

Invoices, timesheets, orders, partners and mails that have nothing to do with service contracts
are printed, created and routed alike in both, with the same SQL statements. The few that the
add-on cannot do without are counted below, each with its reason.
"""

import json
import os
import subprocess
from typing import NamedTuple

from . import databases, ports, setup
from .console import Stop, say, step

NAME = "dev/footprint"
OUT = setup.CHECKOUT / "out" / "footprint"
DATABASE = databases.PREFIX + "footprint_"
KINDS = ("documents", "pages", "routes")


class Allowed(NamedTuple):
    """Statements that come on top where the add-on is installed, and why."""

    reason: str
    statements: dict


ALLOWED = (
    Allowed(
        "whether a renewal notice was delivered follows from its message's notifications; a "
        "record's messages are deleted with it",
        {
            "invoice: unlink": {"SELECT service_commitment": 1},
            "mail: notify": {"SELECT service_commitment": 1},
            "order: unlink": {"SELECT service_commitment": 1},
            "partner: unlink": {"SELECT service_commitment": 1},
            "product: unlink": {"SELECT service_commitment": 2},
        },
    ),
    Allowed(
        "the ORM asks each model whose stored customer follows from the partner",
        {
            "partner: unlink": {
                f"SELECT service_{name}": 1
                for name in (
                    *("allowance", "contract", "duty", "equipment", "reminder", "session"),
                    "unattended_access",
                )
            }
        },
    ),
    Allowed(
        "who changes or deletes a product is told what still uses it: a tariff prices with "
        "services; the variant is asked about, then its template",
        {
            "product: type": {"SELECT service_tariff": 1},
            "product: unlink": {
                f"SELECT service_{name}": 2
                for name in ("charge", "contract_line", "level", "tariff")
            },
        },
    ),
    Allowed(
        "contracts wait for a valid mandate of their customer or lose the one they have",
        {
            "mandate: validate": {"SELECT res_partner": 2, "SELECT service_contract": 2},
            "mandate: cancel": {"SELECT service_contract": 1},
        },
    ),
    Allowed(
        "banks tell mandates apart by their reference, whatever the case of its letters; one that "
        "is cancelled asks nothing of its account any more",
        {
            "mandate: create": {"SELECT account_banking_mandate": 1},
            "mandate: cancel": {"SELECT res_partner_bank": -1},
        },
    ),
    Allowed(
        "what an order sold before goes with it: contracts, amendments and prepaid time, even "
        "where its lines were changed since",
        {
            "order: cancel": {
                f"SELECT service_{name}": 1 for name in ("allowance", "amendment", "contract")
            },
            "order: quantity": {"SELECT service_allowance": 1},
            "order: unlink": {"SELECT service_amendment": 1},
        },
    ),
    Allowed(
        "the ORM asks whose stored company follows from the order",
        {"order: unlink": {"SELECT service_quoted_term": 1}},
    ),
    Allowed(
        "a line is recurring as its product is when the order changes its state",
        {
            "order: cancel": {"SELECT product_product": 1, "SELECT product_template": 1},
            "order: unlink": {"SELECT sale_order_line": 3},
        },
    ),
)


def check(workshop):
    """Say where plain work differs; return how many comparisons held and how many did not."""
    databases.drop_orphans(workshop, DATABASE)
    OUT.mkdir(parents=True, exist_ok=True)
    with step("Plain work without and with the add-on"):
        plain = _measure(workshop, "without", databases.create_without_addon)
        installed = _measure(workshop, "with", databases.create_with_addon)
    found = compare(plain, installed)
    for name, difference in found.items():
        if difference:
            say(f"✗ {name}: {difference}")
    failed = sum(map(bool, found.values()))
    say(f"{'✗' if failed else '✓'} plain work is done as without the add-on: {len(found)}")
    return len(found) - failed, failed


def compare(plain, installed):
    """Return ``{name of a comparison: what differs, empty where nothing does}``."""
    found = {
        f"{kind}, {name}": find_difference(plain[kind][name], installed[kind].get(name))
        for kind in KINDS
        for name in plain[kind]
    }
    for what, counts in plain["statements"].items():
        found[what] = count_difference(counts, installed["statements"][what], allowed(what))
    return found


def allowed(what):
    """Return the statements that may come on top of some plain work."""
    counts = {}
    for entry in ALLOWED:
        for statement, count in entry.statements.get(what, {}).items():
            counts[statement] = counts.get(statement, 0) + count
    return counts


def find_difference(plain, installed):
    """Return the places where two values differ first, as texts.

    >>> find_difference(["a b"], ["a b"])
    ''
    >>> find_difference("with a tail", "with no tail")
    '… “"with a tail"” became “"with no tail"”'
    """
    if plain == installed:
        return ""
    before, after = (json.dumps(value, ensure_ascii=False) for value in (plain, installed))
    start = max(len(os.path.commonprefix([before, after])) - 80, 0)
    return f"… “{before[start : start + 200]}” became “{after[start : start + 200]}”"


def count_difference(plain, installed, extra):
    """Return which statements are more, or fewer, than those of plain work and the allowed ones.

    >>> count_difference({"SELECT a": 2}, {"SELECT a": 2, "SELECT b": 1}, {"SELECT b": 1})
    ''
    >>> count_difference({"SELECT a": 2}, {"SELECT a": 3}, {"SELECT b": 1})
    'SELECT a +1, SELECT b -1'
    """
    differences = {
        statement: installed.get(statement, 0) - plain.get(statement, 0) - extra.get(statement, 0)
        for statement in sorted({*plain, *installed, *extra})
    }
    return ", ".join(f"{name} {count:+}" for name, count in differences.items() if count)


def _measure(workshop, label, create):
    name = f"{DATABASE}{label}_{os.getpid()}"
    create(workshop, name)
    try:
        found = _run(workshop, name, label)
    finally:
        databases.drop(workshop, name)
    (OUT / f"{label}.json").write_text(json.dumps(found, indent=2, sort_keys=True) + "\n")
    return found


def _run(workshop, name, label):
    log = OUT / f"{label}.log"
    command = workshop.command("footprint.py", name, str(ports.free_port()))
    with open(log, "wb") as output:
        done = subprocess.run(
            command, env=workshop.environment(), stdout=subprocess.PIPE, stderr=output, text=True
        )
    if done.returncode:
        raise Stop(f"Plain work broke off (exit code {done.returncode}), see the end of {log}.")
    return json.loads(done.stdout.splitlines()[-1])
