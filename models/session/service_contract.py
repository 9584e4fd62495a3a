from odoo import models
from odoo.tools.misc import format_date


class ServiceContract(models.Model):
    """What a contract says to who works for its customer."""

    _inherit = "service.contract"

    def _get_suspension_warning(self, day):
        """Return in words that a contract rests on a local date, False when it does not."""
        self.ensure_one()
        suspension = self._get_suspension(day)
        if not suspension:
            return False
        return self.env._(
            "Contract %(contract)s has been suspended since %(day)s%(reason)s. Ask before you "
            "work.",
            contract=self.name,
            day=format_date(self.env, suspension.date_start),
            reason=f" ({suspension.reason_id.name})" if suspension.reason_id else "",
        )
