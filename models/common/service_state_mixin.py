from odoo import models
from odoo.exceptions import UserError


class ServiceStateMixin(models.AbstractModel):
    """What records with a ``state`` share: steps that it forbids refused in words, whom to ask.

    Those that ask a person have an ``activity_id``.
    """

    _name = "service.state.mixin"
    _description = "Record with States"

    def _check_state(self, *states):
        """Refuse a step of a record that is in none of these states."""
        self.ensure_one()
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(record)s is “%(state)s”: this is no longer possible.",
                    record=self.display_name,
                    state=labels[self.state],
                )
            )

    def _close_activity(self):
        """Close the activity of who was asked to decide: it is decided."""
        for record in self.sudo():
            if record.activity_id.active:
                record.activity_id.action_feedback()

    def _drop_activity(self):
        """Take the question back: nobody has to decide any more, and nobody did."""
        self.sudo().activity_id.filtered("active").unlink()
