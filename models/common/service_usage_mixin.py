from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ServiceUsageMixin(models.AbstractModel):
    """Refuses, in words, the deletion of a record that something still uses."""

    _name = "service.usage.mixin"
    _description = "Record Protected While in Use"

    def _get_usage_fields(self):
        """Return the ``(model name, field path)`` pairs that count as use of a record.

        Hook: the path leads from a record of that model to the record in use, and may go through
        several relations. Each room, and each other add-on, adds its own models.

        :return: list of ``(str, str)``
        """
        return []

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        paths = {}
        for model_name, path in self._get_usage_fields():
            paths.setdefault(model_name, []).append(path)
        for model_name in paths:
            self._check_not_used_by(model_name, paths[model_name])

    def _check_not_used_by(self, model_name, paths):
        """Refuse the deletion of what a record of a model uses by one of some field paths."""
        users = self.env[model_name].sudo().with_context(active_test=False)
        domain = Domain.OR(Domain(path, "in", self.ids) for path in paths)
        if user := users.search(domain, limit=1):
            used = self.concat(*(user.mapped(path) for path in paths)) & self
            raise UserError(
                self.env._(
                    "“%(record)s” cannot be deleted: it is used by %(model)s “%(user)s”. "
                    "Archive it instead.",
                    record=used[:1].display_name,
                    model=self.env["ir.model"]._get(model_name).name,
                    user=user.display_name,
                )
            )
