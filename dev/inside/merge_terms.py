"""Export the add-on's terms and merge them into its translations: merge_terms.py DB FOLDER.

click-odoo-makepot wants a program of the system, and says neither what is lost nor what is missing.
"""

import io
import sys
from pathlib import Path

import polib
from session import environment

from odoo.tools.translate import trans_export

ADDON = "service_contract"
SAME = "The same word."  # marks a term that needs no translation: OCA's form leaves it empty
COMPLETE = "fr.po"  # the language that has every term
SHOWN = 70  # characters of a term


def main(database, folder):
    template_path = Path(folder) / f"{ADDON}.pot"
    template = export(database)
    if not template_path.exists() or terms(polib.pofile(template_path)) != terms(template):
        template.save(template_path)
    for path in sorted(Path(folder).glob("*.po")):
        catalogue = polib.pofile(path)
        dropped = merge(template, catalogue)
        catalogue.save(path)
        report(path.name, catalogue, dropped)


def export(database):
    """Return the terms of the installed add-on as a template, in Odoo's own form and order."""
    with environment(database, "--no-http") as env, io.BytesIO() as target:
        trans_export(None, [ADDON], target, "po", env)
        return polib.pofile(target.getvalue().decode())


def merge(template, catalogue):
    """Give a catalogue the template's terms in its order; return the terms that it loses."""
    known = {entry.msgid: entry for entry in catalogue if not entry.obsolete}
    catalogue[:] = [prepare_entry(entry, known.pop(entry.msgid, None)) for entry in template]
    return [term for term, entry in known.items() if entry.msgstr]


def prepare_entry(term, translated):
    """Return the entry of a term with its translation, if there is one."""
    text = translated.msgstr if translated else ""
    is_same = text == term.msgid or bool(translated and not text and translated.tcomment == SAME)
    return polib.POEntry(
        msgid=term.msgid,
        msgstr="" if is_same else text,
        tcomment=SAME if is_same else "",
        comment=term.comment,
        occurrences=term.occurrences,
    )


def terms(catalogue):
    """Return what of a file matters: not its dates."""
    return [(entry.msgid, entry.comment, entry.occurrences) for entry in catalogue]


def report(name, catalogue, dropped):
    """Say what a language lacks and what it lost."""
    missing = [entry.msgid for entry in catalogue if not entry.msgstr and entry.tcomment != SAME]
    print(f"{name}: {len(catalogue) - len(missing)} of {len(catalogue)} terms translated")
    for term in dropped:
        print(f"  - {shorten(term)}")
    if name == COMPLETE:
        for term in missing:
            print(f"  ? {shorten(term)}")


def shorten(term):
    line = " ".join(term.split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"


if __name__ == "__main__":
    main(*sys.argv[1:])
