from odoo import api, models
from odoo.exceptions import AccessError

WORKFLOW = object()


class ServiceWorkflowMixin(models.AbstractModel):
    """Values that a record's own buttons write, and no client: none can make that context key."""

    _name = "service.workflow.mixin"
    _description = "Values of a Workflow"

    def _get_workflow_fields(self):
        """Return the names of what only the workflow of these records writes; a hook."""
        return set()

    def _as_workflow(self):
        return self.with_context(service_workflow=WORKFLOW)

    def _is_workflow(self):
        return self.env.su or self.env.context.get("service_workflow") is WORKFLOW

    @api.model_create_multi
    def create(self, vals_list):
        """Leave out what the workflow will decide: copies and clients begin without it."""
        if not self._is_workflow():
            names = self._get_workflow_fields()
            vals_list = [
                {name: value for name, value in vals.items() if name not in names}
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if not self._is_workflow() and (touched := self._get_workflow_fields() & vals.keys()):
            raise AccessError(
                self.env._(
                    "%(record)s, %(fields)s: use its buttons, they cannot be written.",
                    record=self[:1].display_name,
                    fields=", ".join(
                        sorted(self._fields[name]._description_string(self.env) for name in touched)
                    ),
                )
            )
        return super().write(vals)
