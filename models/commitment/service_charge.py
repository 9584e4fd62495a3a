from odoo import models

from ..common.words import format_number


class ServiceCharge(models.Model):
    """The words of what is claimed of the rest of a commitment."""

    _inherit = "service.charge"

    def _get_explainers(self):
        return {**super()._get_explainers(), "termination": self._explain_termination}

    def _explain_termination(self, explanation):
        """Say which part of the rest of a commitment is claimed (L06)."""
        return [
            self.env._(
                "Rest of the commitment: %(months)s months, %(amount)s.",
                months=format_number(self.env, explanation["months"]),
                amount=self._explain_amount(explanation["amount"]),
            ),
            self.env._(
                "Of it %(percent)s %% is claimed.",
                percent=format_number(self.env, explanation["percent"]),
            ),
        ]
