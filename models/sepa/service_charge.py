from odoo import models

from ..common.field_values import get_label

LIVING = ("valid", "final")


class ServiceCharge(models.Model):
    """Whether what is to be debited can be (S36, invariant 3)."""

    _inherit = "service.charge"

    def _get_foreseen_matters(self):
        """Tell of charges to be debited whose mandate is missing or dead."""
        matters = super()._get_foreseen_matters()
        for charge in self.sudo():
            if not charge.payment_method_line_id.payment_method_id.mandate_required:
                continue
            if charge.mandate_id.state not in LIVING:
                matters[charge].append(charge._describe_dead_mandate())
        return matters

    def _describe_dead_mandate(self):
        if not self.mandate_id:
            return self.env._("To be paid by direct debit: no mandate is given.")
        return self.env._(
            "To be paid by direct debit: the mandate %(mandate)s is “%(state)s”.",
            mandate=self.mandate_id.unique_mandate_reference,
            state=get_label(self.mandate_id, "state"),
        )
