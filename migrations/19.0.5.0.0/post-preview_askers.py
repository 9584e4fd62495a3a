"""Each user has a preview of a run of their own: those that are under way or made know whose."""

from odoo.tools.sql import column_exists


def migrate(cr, version):
    """Who asked for a preview stood where who started the run stands."""
    cr.execute(
        "UPDATE service_billing_run SET preview_user_id = started_by_id "
        "WHERE is_preparing AND preview_user_id IS NULL"
    )
    if column_exists(cr, "service_billing_run", "is_preview_ready"):
        cr.execute(
            "INSERT INTO service_billing_run_preview_ready_rel (run_id, user_id) "
            "SELECT id, started_by_id FROM service_billing_run "
            "WHERE is_preview_ready AND state = 'draft' AND started_by_id IS NOT NULL "
            "ON CONFLICT DO NOTHING"
        )
