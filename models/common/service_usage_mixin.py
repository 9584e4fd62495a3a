from odoo import api, models
from odoo.exceptions import UserError


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
        for model_name, path in self._get_usage_fields():
            users = self.env[model_name].sudo().with_context(active_test=False)
            if user := users.search([(path, "in", self.ids)], limit=1):
                used = user.mapped(path).filtered(lambda record: record.id in self.ids)[:1]
                raise UserError(
                    self.env._(
                        "“%(record)s” cannot be deleted: it is used by %(model)s “%(user)s”. "
                        "Archive it instead.",
                        record=used.display_name,
                        model=self.env["ir.model"]._get(model_name).name,
                        user=user.display_name,
                    )
                )
