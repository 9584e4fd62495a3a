"""A database of its own for tests whose transactions really commit: people and jobs at once."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo import api, sql_db
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests.common import get_db_name
from odoo.tools import SQL, config, mute_logger

from .common import ServiceContractCommon


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
