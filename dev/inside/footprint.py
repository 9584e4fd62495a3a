"""Do what has nothing to do with the add-on and tell how Odoo did it: footprint.py DB PORT.

The same in any database that has the modules on which the add-on depends. Everything is done
several times, since what Odoo remembers between two requests is looked up at the first only.
"""

import collections
import contextlib
import io
import json
import re
import sys
from unittest.mock import patch

import plain_work
from session import environment, web_server

from odoo.sql_db import Cursor
from odoo.tools.pdf import PdfFileReader

TIMES = 3
TABLE = re.compile(r'(?:FROM|INTO|UPDATE)\s+"?(\w+)', re.IGNORECASE)
# What a second database numbers otherwise: records, bundles, the database's own keys.
NUMBERED = (
    (re.compile(r"/web/assets/[\w-]+/"), "/web/assets/"),
    (re.compile(r'(data-oe-id|data-oe-source-id|data-oe-model-id)="\d+"'), r'\1=""'),
    (re.compile(r'data-oe-xpath="[^"]*"'), ""),
    (re.compile(r"access_token=[\w-]+"), "access_token="),
    (re.compile(r"http://[\w.:]+"), "http://"),
    (re.compile(r"\s+"), " "),
    (re.compile(r"> <"), "><"),
)


def main(database, port):
    with environment(database, "--http-port", port) as env, web_server(), without_sending(env):
        env["ir.config_parameter"].set_param("report.url", f"http://127.0.0.1:{port}")
        work = plain_work.Work(env)
        env.cr.commit()
        found = {"statements": count_statements(work), **print_documents(work)}
        found["routes"] = dict(work.routes())
        env.cr.rollback()
    print(json.dumps(found), flush=True)


def without_sending(env):
    """Let mails go their whole way, but for the last step."""
    return patch.object(type(env["ir.mail_server"]), "_disable_send", lambda *_server: True)


# ----- Statements -----


def count_statements(work):
    """Return ``{what: {"verb table": number of statements}}``."""
    return {
        name: count_fewest(work.env, prepare, action) for name, prepare, action in work.actions()
    }


def count_fewest(env, prepare, action):
    """Return the statements of the time that had fewest: now and then Odoo looks something up."""
    times = []
    for _time in range(TIMES):
        record = prepare and prepare()
        env.flush_all()
        env.invalidate_all()
        with recorded_statements() as statements:
            action(record)
            env.flush_all()
        times.append(collections.Counter(map(summarize, statements)))
    return min(times, key=collections.Counter.total)


@contextlib.contextmanager
def recorded_statements():
    """Yield the list to which each statement of the block is added."""
    execute, seen = Cursor.execute, []

    def record(cursor, query, *arguments, **options):
        seen.append(getattr(query, "code", query))
        return execute(cursor, query, *arguments, **options)

    with patch.object(Cursor, "execute", record):
        yield seen


def summarize(statement):
    """Return verb and first table of a statement.

    >>> summarize('SELECT "a"."id" FROM "res_partner" AS "a"')
    'SELECT res_partner'
    """
    text = statement if isinstance(statement, str) else str(statement)
    table = TABLE.search(text)
    return " ".join(filter(None, [text.split(None, 1)[0].upper(), table and table[1]]))


# ----- Documents -----


def print_documents(work):
    """Return what wkhtmltopdf is given for plain documents, and the texts of the PDF's pages."""
    given, pages = {}, {}
    for report, record in work.documents():
        with recorded_runs(work.env) as runs:
            content, _kind = work.env["ir.actions.report"]._render_qweb_pdf(report, record.ids)
        given[report] = runs
        pages[report] = read_pages(content)
    return {"documents": given, "pages": pages}


@contextlib.contextmanager
def recorded_runs(env):
    """Yield the list to which the parts of each run of wkhtmltopdf are added, normalised."""
    model, seen = type(env["ir.actions.report"]), []
    run = model._run_wkhtmltopdf

    def record(self, bodies, *arguments, **options):
        bodies = list(bodies)
        parts = {key: value for key, value in options.items() if key != "report_ref"}
        seen.append(normalise(json.dumps({"bodies": bodies, **parts}, default=str)))
        return run(self, bodies, *arguments, **options)

    with patch.object(model, "_run_wkhtmltopdf", record):
        yield seen


def normalise(text):
    text = text.replace('\\"', '"').replace("\\n", "\n")
    for pattern, replacement in NUMBERED:
        text = pattern.sub(replacement, text)
    return text


def read_pages(content):
    """Return the texts of the pages of a PDF."""
    return [page.extract_text() for page in PdfFileReader(io.BytesIO(content)).pages]


if __name__ == "__main__":
    main(*sys.argv[1:])
