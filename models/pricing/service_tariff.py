from odoo import models
from odoo.exceptions import UserError


class ServiceTariff(models.Model):
    """Closed sessions keep the tariff that priced them as it was (S04)."""

    _inherit = "service.tariff"

    def _is_sealed(self):
        """Tell whether the tariff has priced closed sessions: it stays what it was (S04)."""
        return super()._is_sealed() or bool(self._get_priced_session())

    def _get_priced_session(self):
        """Return a closed session that the tariff has priced, empty without any."""
        self.ensure_one()
        return (
            self.env["service.session"]
            .sudo()
            .search([("tariff_id", "=", self.id), ("state", "=", "done")], limit=1)
        )

    def _raise_sealed(self, names):
        raise UserError(
            self.env._(
                "“%(tariff)s” has priced closed sessions, such as %(session)s, and stays as it "
                "is. Make a new tariff from a later date; sessions from that day on follow it.",
                tariff=self.display_name,
                session=self._get_priced_session().name,
            )
        )

    def _get_usage_fields(self):
        return [*super()._get_usage_fields(), ("service.session", "tariff_id")]
