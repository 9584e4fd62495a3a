from odoo import fields, models


class ServiceSuspension(models.Model):
    """What the timeline shows of a suspension."""

    _inherit = "service.suspension"

    def _prepare_timeline_bar(self):
        """Return the bar of the timeline; an open suspension is drawn up to what binds."""
        self.ensure_one()
        contract = self.contract_id
        open_until = contract.date_end or contract.commitment_end or fields.Date.today()
        return {
            "row": "suspension",
            "kind": "suspension",
            "label": self.env._("Suspended"),
            "start": self.date_start,
            "end": self.date_end or max(open_until, self.date_start),
        }
