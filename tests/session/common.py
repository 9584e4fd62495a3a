from datetime import datetime

from odoo import Command

from ..common import ServiceContractCommon

HALF_HOUR = 1800
NOON = datetime(2026, 3, 2, 11)


class SessionCommon(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.service_default_level_id = cls.level

    def open_session(self, user=None, **vals):
        return self.create_session([], user=user, done=False, **vals)

    def invoice(self, session, post=False):
        move = (
            self.env["account.move"]
            ._as_billing()
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": session.partner_id.id,
                    "invoice_date": "2026-03-31",
                    "invoice_line_ids": [
                        Command.create(charge._prepare_invoice_line_vals())
                        for charge in session.sudo().charge_ids
                        if charge.state == "ready"
                    ],
                }
            )
        )
        move = move.with_env(self.env)
        if post:
            move.action_post()
        return move
