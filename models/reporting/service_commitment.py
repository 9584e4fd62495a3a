from odoo import models

from ..commitment.service_commitment import WAITING
from ..common.field_values import get_label


class ServiceCommitment(models.Model):
    """What the timeline shows of a term."""

    _inherit = "service.commitment"

    def _get_timeline_label(self):
        self.ensure_one()
        if self.is_refused:
            return self.env._("Refused renewal")
        if self.kind == "initial":
            return self.env._("New commitment") if self.number else self.env._("Initial commitment")
        return self.env._("Renewal %(number)s", number=self.number)

    def _prepare_notice_bar(self):
        self.ensure_one()
        return {
            "row": "notice",
            "kind": f"notice_{self.notice_state}",
            "label": self.env._("Notice: %(state)s", state=get_label(self, "notice_state")),
            "start": self.notice_opens,
            "end": self.notice_closes,
            "note": self.notice_state in WAITING and self.window_note,
        }
