from odoo import api, models


class ServiceWizardMixin(models.AbstractModel):
    """A wizard is about records that its user may read.

    Related fields and our own methods look at them with more rights than the user has: whatever
    record a client names, by values, defaults or an onchange, is checked before.
    """

    _name = "service.wizard.mixin"
    _description = "Wizard about Records of its User"

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        self._check_named(values)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_named(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_named(vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        self._check_named(values)
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _check_named(self, vals):
        """Refuse what the user may not read, on the lines of the wizard as well."""
        for name, value in vals.items():
            field = self._fields.get(name)
            if value and field and field.type in ("many2one", "many2many"):
                self._check_named_records(field, value)
            elif value and field and field.type == "one2many":
                self._check_named_on_lines(field, value)

    @api.model
    def _check_named_records(self, field, value):
        ids = field.convert_to_cache(value, self.browse(), validate=False)
        ids = ids if isinstance(ids, tuple) else (ids,)
        records = self.env[field.comodel_name].browse(
            record_id for record_id in ids if isinstance(record_id, int)
        )
        # Odoo lets people choose employees, whom they may not read: what is done with them decides.
        if records._name.startswith("service.") or records.browse().has_access("read"):
            records.check_access("read")

    @api.model
    def _check_named_on_lines(self, field, commands):
        lines = self.env[field.comodel_name]
        for command in commands:
            if isinstance(command, (tuple, list)) and len(command) == 3:
                if isinstance(command[2], dict) and hasattr(lines, "_check_named"):
                    lines._check_named(command[2])
