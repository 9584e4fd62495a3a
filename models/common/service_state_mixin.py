from odoo import models
from odoo.exceptions import UserError

from .field_values import get_label


class ServiceStateMixin(models.AbstractModel):
    """States that move by a table, whoever moves them; other steps are refused in words."""

    _name = "service.state.mixin"
    _description = "Record with States"
    _inherit = ["service.workflow.mixin"]

    # {field: {state: the states from which it may be reached}}; a later class adds to it
    _transitions = {}

    def _post_model_setup__(self):
        transitions = {}
        for base in reversed(type(self).__mro__[1:]):
            for name, states in base.__dict__.get("_transitions", {}).items():
                transitions[name] = {**transitions.get(name, {}), **states}
        type(self)._transitions = transitions
        return super()._post_model_setup__()

    def _can_become(self, state, name="state"):
        """Tell whether the table lets the record move to a state."""
        self.ensure_one()
        return self[name] in self._transitions[name].get(state, ())

    def _check_transition(self, state, name="state"):
        """Refuse in words a state that the table does not allow, whoever asks."""
        for record in self:
            if not record._can_become(state, name):
                record._raise_transition(state, name)

    def _raise_transition(self, state, name):
        """Refuse in words a state that the table does not allow; a hook."""
        raise UserError(
            self.env._(
                "%(record)s is “%(state)s” and cannot become “%(target)s”.",
                record=self.display_name,
                state=get_label(self, name),
                target=get_label(self, name, state),
            )
        )

    def _update_state(self, state, name="state", **vals):
        """Move records to a state where the table allows it, with what belongs to it; return them.

        The only way in which a state changes.
        """
        self._as_workflow().write({name: state, **vals})
        return self

    def write(self, vals):
        """Check the table, unless the lock refuses the writer anyway."""
        names = self._transitions.keys() & vals.keys()
        if not self._is_workflow():
            names -= self._get_marked("lock", "workflow")
        for name in names:
            self._check_transition(vals[name], name)
        return super().write(vals)

    def _check_state(self, *states):
        """Refuse a step of a record that is in none of these states."""
        self.ensure_one()
        if self.state not in states:
            raise UserError(
                self.env._(
                    "%(record)s is “%(state)s”: this is no longer possible.",
                    record=self.display_name,
                    state=get_label(self, "state"),
                )
            )
