"""Bill a large backlog on a server that ends whoever works for too long.

A real one, with processes of its own: only there are Odoo's limits of time in force. Each click is
that of a person, over HTTP, and has to be answered; what it leaves, the background job does, or, on
a server without one, the next click.
"""

import contextlib
import http.client
import http.cookiejar
import json
import os
import re
import subprocess
import time
import urllib.request

from . import databases, ports, process, setup
from .console import Stop, say, step

NAME = "dev/limits"
OUT = setup.CHECKOUT / "out" / "limits"
DATABASE = databases.PREFIX + "limits_"
LOGIN = "accountant"
SECONDS = 15
PATIENCE = 600
IMPATIENCE = 20
# What must end: with a background job, and by clicks alone.
BACKGROUND = (240, 17)
CLICKS = (40, 17)
MODEL = "service.billing.run"
QUESTION = "service.billing.question"
# The scheduler's processes are ended even while they sleep, where a minute is more than the limit:
# what they have committed stays, and what matters is that no click is ended and no job given up.
KILLED = re.compile(r"WorkerHTTP.*timeout after|Job .* timed out")


def check(workshop):
    """Say whether each run came to its end; return how many checks held and how many did not."""
    databases.drop_orphans(workshop, DATABASE)
    OUT.mkdir(parents=True, exist_ok=True)
    found = {}
    for label, way, size in (
        ("in the background", drive_by_job, BACKGROUND),
        ("by clicks alone", drive_by_clicks, CLICKS),
    ):
        with step(f"{size[0]} contracts, {size[1]} months, {label}"):
            found |= _try(workshop, label, way, *size)
    for name, problem in found.items():
        say(f"{'✗' if problem else '✓'} {name}{problem and ': '}{problem}")
    failed = sum(map(bool, found.values()))
    return len(found) - failed, failed


def _try(workshop, label, way, size, months):
    """Return ``{what was checked: what is wrong, empty where nothing is}``."""
    name = f"{DATABASE}{os.getpid()}"
    databases.create_with_addon(workshop, name)
    try:
        run_id = _call(workshop, name, "seed", [size, months, LOGIN])
        workshop.server.query("VACUUM ANALYZE", name)
        log = OUT / f"{label.replace(' ', '_')}.log"
        begin = time.monotonic()
        with serving(workshop, name, log, 1 if way is drive_by_job else 0) as port:
            person = Person(port, name, run_id)
            way(person, lambda: _read(workshop, name, run_id))
        seconds = time.monotonic() - begin
        figures = _call(workshop, name, "judge", [run_id])
    finally:
        databases.drop(workshop, name)
    say(f"  {label}: {seconds:.0f} s, {person.clicks} clicks, the longest {person.longest:.1f} s")
    return {
        f"all is billed once, {label}": compare(figures, size, months),
        f"no click was ended and no job given up, {label}": find_killed(log.read_text()),
    }


def compare(figures, size, months):
    """Return what differs from a run that billed and posted everything once.

    >>> compare({"invoices": 2}, 2, 17)[:10]
    'state None'
    """
    due = size * months
    wanted = {
        "state": "done",
        "contracts": size,
        "charges": due,
        "billed once": due,
        "lines": due,
        "invoices": size,
        "posted": size,
        "without a gap": True,
        "matters": 0,
    }
    return ", ".join(
        f"{name} {figures.get(name)} instead of {value}"
        for name, value in wanted.items()
        if figures.get(name) != value
    )


def find_killed(text):
    """Return the first line of a log that tells of a limit that was exceeded.

    >>> find_killed("INFO all is well\\nERROR WorkerHTTP (7) timeout after 15s")
    'ERROR WorkerHTTP (7) timeout after 15s'
    """
    lines = text.splitlines()
    return next(filter(KILLED.search, lines), "")


# ----- What a person does -----


def drive_by_job(person, read):
    """Preview, bill and post, and let the background job do what a click leaves to it."""
    person.click("action_preview")
    await_true(person, "action_preview", lambda: not read()["is_preparing"])
    for name in ("action_start", "action_post_invoices"):
        person.click(name)
        await_true(person, "action_continue", lambda: read()["state"] == "done")


def drive_by_clicks(person, read):
    """Do the same where no background job runs: click until it is done."""
    while person.click("action_preview")["type"] != "ir.actions.act_window":
        pass
    for name in ("action_start", "action_post_invoices"):
        person.click(name)
        while read()["state"] != "done":
            person.click("action_continue")


def await_true(person, name, condition):
    """Wait for the background job, and press a button now and then, as who is impatient."""
    begin = last = time.monotonic()
    while not condition():
        now = time.monotonic()
        if now > begin + PATIENCE:
            raise Stop(f"The background job has not ended after {PATIENCE} s, see {OUT}.")
        if now > last + IMPATIENCE:
            person.click(name, may_refuse=True)
            last = time.monotonic()
        time.sleep(0.5)


class Person:
    """Who clicks on a run in his browser."""

    def __init__(self, port, database, run_id):
        self._address = f"http://127.0.0.1:{port}"
        self._run_id = run_id
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.clicks, self.longest = 0, 0.0
        self._post("/web/session/authenticate", db=database, login=LOGIN, password=LOGIN)

    def click(self, name, may_refuse=False):
        """Press a button, and confirm what is asked; return the action that it answers with."""
        action = self._press(MODEL, name, self._run_id, may_refuse)
        if action.get("res_model") == QUESTION:
            action = self._press(QUESTION, "action_confirm", action["res_id"], may_refuse)
        return action

    def _press(self, model, name, record_id, may_refuse):
        begin = time.monotonic()
        answer = self._call(model, name, record_id)
        self.clicks, self.longest = self.clicks + 1, max(self.longest, time.monotonic() - begin)
        if "error" in answer and not may_refuse:
            raise Stop(f"{name}: {answer['error']['data']['message']}")
        return answer.get("result") or {"type": ""}

    def _call(self, model, method, record_id):
        return self._post(
            f"/web/dataset/call_button/{model}/{method}",
            model=model,
            method=method,
            args=[[record_id]],
            kwargs={},
        )

    def _post(self, path, **params):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._address + path, body, headers)
        try:
            with self._opener.open(request, timeout=4 * SECONDS) as response:
                return json.load(response)
        except (OSError, http.client.HTTPException) as error:
            raise Stop(f"{path} was not answered ({error}), see {OUT}.") from error


# ----- The server -----


@contextlib.contextmanager
def serving(workshop, database, log, jobs):
    """Serve a database by processes of their own, with limits, and yield the port."""
    port, other = ports.free_port(), ports.free_port()
    options = [
        *("-d", database, "--no-database-list", "--http-port", port, "--gevent-port", other),
        *("--workers=2", f"--max-cron-threads={jobs}"),
        *(f"--limit-time-real={SECONDS}", f"--limit-time-cpu={SECONDS}"),
    ]
    command = workshop.command("serve.py", *options)
    with (
        open(log, "wb") as output,
        process.child(
            command, stdout=output, stderr=output, cwd=OUT, env=workshop.environment()
        ) as running,
    ):
        deadline = time.monotonic() + PATIENCE
        while not ports.answers(port):
            if running.poll() is not None or time.monotonic() > deadline:
                raise Stop(f"Odoo does not start, see {log}.")
            time.sleep(0.2)
        yield port


def _read(workshop, database, run_id):
    """Return where a run stands."""
    row = workshop.server.query(
        f"SELECT state || ' ' || COALESCE(is_preparing, false) FROM service_billing_run "
        f"WHERE id = {int(run_id)}",
        database,
    )[0].split()
    return {"state": row[0], "is_preparing": row[1] == "true"}


def _call(workshop, database, function, arguments):
    """Call a function of the script in a process of Odoo's; return its value."""
    log = OUT / "data.log"
    script = setup.INSIDE / "limits_data.py"
    command = workshop.command("run_script.py", database, script, function, json.dumps(arguments))
    with open(log, "ab") as output:
        done = subprocess.run(
            command, env=workshop.environment(), stdout=subprocess.PIPE, stderr=output, text=True
        )
    if done.returncode:
        raise Stop(f"{function} broke off (exit code {done.returncode}), see {log}.")
    return json.loads(done.stdout.splitlines()[-1])
