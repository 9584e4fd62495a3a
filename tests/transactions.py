"""A database of its own for tests whose transactions really commit: people and jobs at once."""

import os
import signal
import time
import traceback
from contextlib import contextmanager, suppress
from unittest.mock import patch

from freezegun.api import real_monotonic

from odoo import api, sql_db
from odoo.exceptions import UserError
from odoo.modules import module
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests.common import get_db_name
from odoo.tools import SQL, config, mute_logger

from .common import ServiceContractCommon

# After which a process that does not come to its end is a failure, however busy the machine is.
PATIENCE = 600


class Killed(BaseException):
    """A process that ends in the middle: no handler of the product may catch it."""


class TransactionsCommon(ServiceContractCommon):
    """The tests run in a copy of the database, which is dropped after the last one.

    In it the records of the class are committed, and each person and each job has a connection
    of its own, as in production. A test makes its own customers and contracts.
    """

    @classmethod
    def setUpClass(cls):
        source = get_db_name()
        name = f"{source}_{cls.__name__.lower()}"[:63]
        cls._copy_database(source, name)
        cls.addClassCleanup(cls._drop_database, name)
        cls.addClassCleanup(config.__setitem__, "db_name", config["db_name"])
        config["db_name"] = [name]
        super().setUpClass()
        cls.commit()

    @classmethod
    def _copy_database(cls, source, name):
        sql_db.close_db(source)
        cls._drop_database(name)
        cls._execute(
            SQL("CREATE DATABASE %s TEMPLATE %s", SQL.identifier(name), SQL.identifier(source))
        )

    @classmethod
    def _drop_database(cls, name):
        Registry.delete(name)
        sql_db.close_db(name)
        cls._execute(SQL("DROP DATABASE IF EXISTS %s", SQL.identifier(name)))

    @staticmethod
    def _execute(query):
        with sql_db.db_connect("postgres").cursor() as cr:
            cr._cnx.autocommit = True
            cr.execute(query)

    @classmethod
    def commit(cls):
        """Commit the test's own transaction, so that others see what it made."""
        cls.env.flush_all()
        type(cls.cr).commit(cls.cr)
        cls.env.invalidate_all()

    def setUp(self):
        """Begin without the savepoint that other tests are rolled back to."""
        with patch("odoo.tests.common.Savepoint"):
            super().setUp()
        self.addCleanup(self._roll_back)

    def _roll_back(self):
        type(self.cr).rollback(self.cr)
        self.env.transaction.clear()

    # ----- Who acts -----

    @contextmanager
    def acting(self, user=None):
        """Give an environment of one's own, in a transaction that is committed at the end."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, (user or self.env.user).id, {})
            yield env
            env.flush_all()

    def act(self, user, action):
        """Do ``action(env)`` as the server does what a user clicked; return words of a refusal."""
        with (
            self.registry.cursor() as cr,
            mute_logger("odoo.service.model", "odoo.sql_db"),
            patch("odoo.service.model.time.sleep"),
        ):
            env = api.Environment(cr, user.id, {})
            try:
                retrying(lambda: action(env), env)
            except UserError as error:
                cr.rollback()
                return str(error)
        return ""

    def race(self, first, second):
        """Let ``second`` begin before ``first`` is committed; return both answers.

        Each is ``(user, action)``. The second one has read the database before the first one
        wrote: what it knows is stale. The server tries it again where the database refuses it.
        """
        answers = []

        def overtaken(env):
            if not answers:
                env.cr.execute("SELECT count(*) FROM service_contract")
                answers.append(self.act(*first))
            return second[1](env)

        answers.append(self.act(second[0], overtaken))
        self.begin_anew()
        return answers

    def begin_anew(self):
        """Let the test see what others have committed."""
        self.commit()

    # ----- Jobs that are killed -----

    def run_job(self, model, method, kill=None):
        """Run a scheduled job with real commits; tell whether it was killed.

        ``kill`` is the number of the commit at which its process ends: after it, or, below zero,
        before it, with all work since the last one lost.
        """
        cron = type(self.env["ir.cron"])
        commit = cron._commit_progress
        count = []

        def commit_and_die(self, *args, **kwargs):
            count.append(1)
            if kill and len(count) == -kill:
                raise Killed
            result = commit(self, *args, **kwargs)
            if len(count) == kill:
                raise Killed
            return result

        with self.registry.cursor() as cr, patch.object(cron, "_commit_progress", commit_and_die):
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            try:
                getattr(env[model], method)()
                is_killed = False
            except Killed:
                cr.rollback()
                is_killed = True
        self.begin_anew()
        return is_killed

    def run_killed_everywhere(self, model, method):
        """Run a job that is killed before and after each of its commits, until it comes through.

        Return how often it was killed.
        """
        number = 0
        while self.run_job(model, method, kill=-number - 1):
            self.run_job(model, method, kill=number + 1)
            number += 1
        return number

    # ----- Processes of their own -----

    def fork(self, work):
        """Do ``work(env)`` in a process of its own, as a server's worker does; return its number.

        It has its own connections and commits what it has done at its end; it ends with 1 where
        the work fails.
        """
        pid = os.fork()
        if pid:
            self.addCleanup(self._end_process, pid)
            return pid
        code = 1
        try:
            # The connections of this process are not shared with the other one.
            sql_db._Pool = sql_db._Pool_readonly = None
            self.registry._db = sql_db.db_connect(self.cr.dbname)
            self.registry._db_readonly = None
            module.current_test = None
            config["test_enable"] = True
            with self.registry.cursor() as cr:
                work(api.Environment(cr, api.SUPERUSER_ID, {}))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def _end_process(self, pid):
        """End a process that a failed test has left behind."""
        with suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG) == (0, 0):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def await_end(self, pid):
        """Wait for a process; return its exit code, or less than 0: the signal that ended it.

        What the database still did for it is over as well, so that nobody meets its locks.
        """
        found = []

        def is_over():
            found[:] = os.waitpid(pid, os.WNOHANG)
            return found[0]

        self.await_true(is_over, "the process does not end")
        self.await_true(lambda: not self.get_activity(pid), "the database does not let go")
        return os.waitstatus_to_exitcode(found[1])

    def await_true(self, condition, words):
        """Wait until something is so: it will be, however busy the machine is."""
        end = real_monotonic() + PATIENCE
        while not condition():
            self.assertLess(real_monotonic(), end, words)
            time.sleep(0.05)

    def await_blocked(self, pid):
        """Wait until a process waits for a lock that another transaction holds."""
        self.await_true(lambda: "Lock" in self.get_activity(pid), "the process meets no lock")

    def get_activity(self, pid):
        """Return what each connection of a process waits for in the database, as a list."""
        with sql_db.db_connect("postgres").cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT COALESCE(wait_event_type, '') FROM pg_stat_activity"
                    " WHERE application_name = %s",
                    config["db_app_name"].replace("{pid}", str(pid)),
                )
            )
            return [kind for (kind,) in cr.fetchall()]
