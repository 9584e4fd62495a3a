from collections import defaultdict

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
        self._check_named([values])
        return values

    @api.model_create_multi
    def create(self, vals_list):
        self._check_named(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_named([vals])
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        self._check_named([values])
        self._check_named_on_lines(values)
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _check_named(self, vals_list):
        """Refuse records that the user may not read; one check for all of a model."""
        named = defaultdict(set)
        for vals in vals_list:
            for name, value in vals.items():
                field = self._fields.get(name)
                if value and field and field.type in ("many2one", "many2many"):
                    named[field.comodel_name] |= self._get_named_ids(field, value)
        for name, ids in named.items():
            records = self.env[name].browse(ids)
            # Odoo lets people choose employees, whom they may not read: their own checks decide.
            if name.startswith("service.") or records.browse().has_access("read"):
                records.check_access("read")

    @api.model
    def _get_named_ids(self, field, value):
        ids = field.convert_to_cache(value, self.browse(), validate=False)
        ids = ids if isinstance(ids, tuple) else (ids,)
        return {record_id for record_id in ids if isinstance(record_id, int)}

    @api.model
    def _check_named_on_lines(self, values):
        """Refuse them on lines that are not saved yet, which check what they are saved with."""
        for name in values.keys() & self._fields.keys():
            if self._fields[name].type == "one2many":
                lines = self.env[self._fields[name].comodel_name]
                commands = [command for command in values[name] or () if len(command) == 3]
                lines._check_named([vals for *_, vals in commands if isinstance(vals, dict)])
