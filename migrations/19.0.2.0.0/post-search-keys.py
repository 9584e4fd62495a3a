"""Customers and devices are found by keys of another form."""

from odoo import SUPERUSER_ID, api
from odoo.tools import split_every

MODELS = ("res.partner", "service.equipment")
LOT = 1_000


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    for name in MODELS:
        for ids in split_every(LOT, env[name].search([]).ids):
            records = env[name].browse(ids)
            env.add_to_compute(records._fields["service_search_key"], records)
            records.flush_model(["service_search_key"])
            env.invalidate_all()
