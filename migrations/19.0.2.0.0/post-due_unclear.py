"""Open requests whose contract is not chosen promise nothing, until it is."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    Session = env["service.session"]
    waiting = Session.search(
        [
            ("state", "in", ("draft", "running")),
            ("answered_at", "=", False),
            ("is_contract_open", "=", True),
            ("due_at", "!=", False),
        ]
    )
    env.add_to_compute(Session._fields["due_at"], waiting)
    waiting.flush_recordset(["due_at", "first_due_at"])
