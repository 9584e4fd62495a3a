"""Matters have a cause by now: the inbox is grouped by it, and each cause has its button."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Say of each matter why it needs a person, as its job would."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    causes, inbox = env["service.exception.cause"], env["service.exception"]
    cr.execute(
        """
        SELECT kind, job, res_model, array_agg(id) FROM service_exception
         WHERE cause_id IS NULL GROUP BY kind, job, res_model
        """
    )
    for kind, job, model_name, ids in cr.fetchall():
        cause = causes._find(inbox._find_cause(kind, job or "", model_name))
        cr.execute("UPDATE service_exception SET cause_id = %s WHERE id = ANY(%s)", [cause.id, ids])
    # A session that is contested is a matter as well.
    for session in env["service.session"].search([("sheet_state", "=", "contested")]):
        session._report_contest()
