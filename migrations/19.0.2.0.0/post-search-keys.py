"""Customers and devices are found by keys of another form."""

from odoo import SUPERUSER_ID, api

MODELS = ("res.partner", "service.equipment")


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    for name in MODELS:
        model = env[name]
        env.add_to_compute(model._fields["service_search_key"], model.search([]))
        model.flush_model(["service_search_key"])
