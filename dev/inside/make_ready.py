"""Install modules and make what nearly every test needs: make_ready.py DB MODULES LANGUAGES."""

import contextlib
import sys

import assets
import install
from freezegun import freeze_time
from reporting import Reporter

from odoo import Command, api
from odoo.models import BaseModel
from odoo.modules import module as odoo_module


def main(database, modules, languages):
    registry = install.run(database, modules, languages, Reporter())
    # The add-on's tests can be imported from now on.
    from odoo.addons.service_contract.tests.common import READY, ServiceContractCommon

    ready = type("Ready", (ServiceContractCommon,), {"country_code": "FR"})
    with registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        with freeze_time("2020-01-01"), tests_running():
            make(ready, env(context=ready.default_env_context()))
            env.flush_all()
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
