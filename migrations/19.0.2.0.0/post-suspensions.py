"""Suspensions have reasons of their own; what they take away, and what is to come, is reckoned."""

from odoo import SUPERUSER_ID, api, fields


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    _give_reasons(env)
    contracts = env["service.contract"].search([("state", "=", "active")])
    contracts.filtered("is_resting").modified(["is_resting"])
    today = fields.Date.today()
    contracts.filtered(
        lambda contract: (
            contract.date_end
            or any(line.date_start and line.date_start > today for line in contract.line_ids)
            or any(line.date_end and line.date_end >= today for line in contract.line_ids)
            or contract.suspension_ids
        )
    ).modified(["date_end"])


def _give_reasons(env):
    """Keep the words of each suspension, as a reason of suspensions; one for leaving goes."""
    if notice := env.ref("service_contract.service_reason_exit_notice", False):
        notice.active = False
    unpaid = env.ref("service_contract.service_reason_exit_unpaid", False)
    suspensions = env["service.suspension"].search([("reason_id.usage", "=", "exit")])
    for reason, rows in suspensions.grouped("reason_id").items():
        if reason == unpaid:
            own = env.ref("service_contract.service_reason_suspend_unpaid")
        else:
            own = reason.copy({"usage": "suspend"})
        env.cr.execute(
            "UPDATE service_suspension SET reason_id = %s WHERE id IN %s", (own.id, rows._ids)
        )
    suspensions.invalidate_recordset(["reason_id"])
