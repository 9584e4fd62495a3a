"""A preview charges nothing by now: what those of draft runs have charged ahead is taken back."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Drop what nobody has decided about or billed; the run makes it anew when it bills."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    runs = env["service.billing.run"].search([("state", "=", "draft")])
    runs._as_workflow().is_preparing = False
    runs._drop_charges_made_ahead()
