from odoo import models

DATES = ("date", "datetime")


class IrUiView(models.Model):
    """Our screens write every date in figures, as our sentences do: no “30 Nov” beside 30/11."""

    _inherit = "ir.ui.view"

    def _postprocess_tag_field(self, node, name_manager, node_info):
        result = super()._postprocess_tag_field(node, name_manager, node_info)
        model = name_manager.model
        field = model._fields.get(node.get("name"))
        if field and field.type in DATES and model._name.startswith("service."):
            options = node.get("options", "{}")
            if "numeric" not in options:
                node.set("options", options.replace("{", "{'numeric': True, ", 1))
        return result
