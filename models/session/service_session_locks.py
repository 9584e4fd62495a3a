from odoo import api, models
from odoo.exceptions import AccessError

from .service_session import OPEN_STATES


class ServiceSession(models.Model):
    """What of a session nobody types: what follows from the work, and what it was closed with."""

    _inherit = "service.session"

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_workflow():
            for vals in vals_list:
                self._check_new(vals)
        return super().create(vals_list)

    def _check_new(self, vals):
        """Refuse results at creation, but those with which every session begins."""
        names = self._get_marked("lock", "workflow") & vals.keys()
        defaults = self.default_get(list(names)) if names else {}
        if given := {name for name in names if vals[name] and vals[name] != defaults.get(name)}:
            self._raise_locked(given)

    def _is_closed(self):
        self.ensure_one()
        return self.state not in OPEN_STATES

    def _is_over(self):
        self.ensure_one()
        return self.state == "cancelled"

    def _raise_closed(self, names):
        raise AccessError(
            self.env._(
                "%(session)s is closed: reopen it to change %(fields)s. On a closed session "
                "only managers correct that.",
                session=self.name,
                fields=self._get_field_labels(names),
            )
        )

    def _raise_sealed(self, names):
        self._raise_closed(names)

    def _raise_locked(self, names):
        raise AccessError(
            self.env._(
                "%(fields)s of a session: use its buttons, they cannot be written.",
                fields=self._get_field_labels(names),
            )
        )
