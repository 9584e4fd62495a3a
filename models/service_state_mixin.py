from odoo import models
from odoo.exceptions import UserError


class ServiceStateMixin(models.AbstractModel):
    """What records with a ``state`` share: a step refused in words where the state forbids it."""

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
