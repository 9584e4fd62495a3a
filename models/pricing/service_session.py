from odoo import models
from odoo.exceptions import AccessError

from ..session.service_session import PRICED_FIELDS
from .service_session_scope import SCOPE_FIELDS

# What is learnt about a session after its closing, each by its own rule.
LEARNT_FIELDS = {"replaced_by_id", "is_unfounded", "complaint_acceptance"}
HELD_FIELDS = PRICED_FIELDS - LEARNT_FIELDS | {"requested_at"}
CONTRACT_FIELDS = {"partner_id", "company_id", "contract_id", "is_off_contract"}


class ServiceSession(models.Model):
    """What a closed session was priced by is held.

    Technicians reopen the session to change it. What managers correct on the closed session is
    checked as at its closing, and charged anew.
    """

    _inherit = "service.session"

    def write(self, vals):
        held = HELD_FIELDS & vals.keys()
        closed = self._check_held(held)
        result = super().write(vals)
        if held & CONTRACT_FIELDS:
            closed._check_contract(closed._get_contracts_in_force())
            if not SCOPE_FIELDS & vals.keys():
                closed._check_scope()
        return result

    def _check_held(self, names):
        """Leave to managers what closed sessions were priced by; return those that are closed."""
        if self.env.su or not names:
            return self.browse()
        closed = self._check_not_billed().filtered(lambda session: session.state == "done")
        if closed and not self.env.user._is_service_manager():
            raise AccessError(
                self.env._(
                    "%(session)s is closed: reopen it to change %(fields)s. On a closed session "
                    "only managers correct that.",
                    session=closed[0].name,
                    fields=", ".join(
                        sorted(self._fields[name]._description_string(self.env) for name in names)
                    ),
                )
            )
        return closed
