"""Make in a database what nearly every test needs, found by XML id: make_ready.py DB."""

import contextlib
import logging
import sys

import assets
from freezegun import freeze_time
from reporting import ErrorHandler, Reporter
from session import environment

from odoo import Command
from odoo.models import BaseModel
from odoo.modules import module as odoo_module


def main(database):
    reporter = Reporter()
    with environment(database, "--no-http") as env:
        logging.getLogger().addHandler(ErrorHandler(reporter))
        # The add-on's tests can be imported from now on.
        from odoo.addons.service_contract.tests.common import READY, ServiceContractCommon

        ready = type("Ready", (ServiceContractCommon,), {"country_code": "FR"})
        with freeze_time("2020-01-01"), tests_running():
            make(ready, env(context={**env.context, **ready.default_env_context()}))
        keep(env, ready, READY)
        assets.pregenerate(env)


@contextlib.contextmanager
def tests_running():
    """Keep a new company from installing modules and from asking services of the web."""
    odoo_module.current_test = True
    try:
        yield
    finally:
        odoo_module.current_test = False


def make(ready, env):
    """Make the user, both companies and all that the first one needs, as Odoo's tests do."""
    ready.env = env
    ready.user = ready.setup_independent_user()
    ready.env = env(user=ready.user)
    ready.sister = ready._create_company(name="Sister")
    company = ready._create_company(name="Company ready for tests")
    ready.user.write({"company_id": company.id, "company_ids": [Command.set(company.ids)]})
    ready._make_all()


def keep(env, ready, module):
    """Give each record that the class holds the XML id by which the tests find it."""
    env["ir.model.data"].create(
        [
            {"module": module, "name": name, "model": record._name, "res_id": record.id}
            for name, record in vars(ready).items()
            if isinstance(record, BaseModel)
        ]
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
