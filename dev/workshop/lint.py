"""Run all linters, then say which of them found something.

The hooks before a commit call this: environments of pre-commit's own have no locked hashes.
"""

import os
import subprocess
import sys
from dataclasses import dataclass

from . import cache, node_env, owl_names, python_env, setup
from .console import Stop, say, step

LEFT_OUT = {"out", "node_modules", ".git"}


@dataclass(frozen=True)
class Linter:
    """A command that fails when it finds something."""

    name: str
    command: list

    @property
    def word(self):
        """Return the name by which the command line knows it.

        >>> Linter("ruff check", []).word
        'ruff-check'
        """
        return self.name.lower().replace(" ", "-")


def main(options):
    """Run each linter, whatever the others find; return 0 if none finds anything."""
    root = cache.open_cache()
    linters = choose(all_linters(root, fix=options.fix), options.names)
    environment = {
        **os.environ,
        "PYTHONPYCACHEPREFIX": str(root / "pycache"),
        "NO_COLOR": "1",
    }
    failed = [linter.name for linter in linters if not _passes(linter, environment)]
    say(f"failed: {', '.join(failed)}" if failed else f"all {len(linters)} linters passed")
    return 1 if failed else 0


def choose(linters, names):
    """Return the linters of these names, or all."""
    known = {linter.word: linter for linter in linters}
    for name in names:
        if name not in known:
            raise Stop(f"There is no linter {name}: choose one of {', '.join(known)}.")
    return [known[name] for name in names] or linters


def _passes(linter, environment):
    with step(linter.name) as outcome:
        done = subprocess.run(
            [str(part) for part in linter.command],
            cwd=setup.CHECKOUT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            outcome.fail()
    if done.returncode:
        say(done.stdout.rstrip() + "\n")
    return not done.returncode


def all_linters(root, fix):
    """Return the linters with their programs installed in the cache."""
    python = python_env.environment(root, "lint", ["lint.lock"])
    node = node_env.environment(root)
    addon = setup.link(root) / setup.ADDON
    return [
        *_ruff(python.parent, fix),
        Linter("pylint-odoo", [python.parent / "pylint", addon]),
        *_oca(python.parent, addon),
        *_prettier(node, fix),
        Linter("OWL names", [sys.executable, owl_names.__file__]),
    ]


def _ruff(programs, fix):
    check = ["check", "--no-cache", "--output-format=concise", *(["--fix"] if fix else [])]
    form = ["format", "--no-cache", *([] if fix else ["--check", "--output-format=concise"])]
    return [
        Linter("ruff format", [programs / "ruff", *form]),
        Linter("ruff check", [programs / "ruff", *check]),
    ]


def _oca(programs, addon):
    module = [programs / "oca-checks-odoo-module", "--disable=prefer-readme-rst", addon]
    translations = sorted(addon.glob("i18n/*.po*"))
    linters = [Linter("OCA module checks", module)]
    if translations:
        command = [programs / "oca-checks-po", *translations]
        linters.append(Linter("OCA translation checks", command))
    return linters


def _prettier(node, fix):
    files = sorted(_files(".xml") + _files(".js"))
    if not files:
        return []
    plugin = node / "node_modules" / "@prettier" / "plugin-xml" / "src" / "plugin.js"
    options = ["--write" if fix else "--check", "--log-level=warn", f"--plugin={plugin}"]
    program = node / "node_modules" / ".bin" / "prettier"
    return [Linter("prettier", [program, *options, *files])]


def _files(suffix):
    found = (path.relative_to(setup.CHECKOUT) for path in setup.CHECKOUT.rglob(f"*{suffix}"))
    return [path for path in found if not LEFT_OUT & set(path.parts)]
