from odoo import api, models

from .bulk import Bulk


class ServiceBulkMixin(models.AbstractModel):
    """Records that come by the thousand: what they have in common is found out once.

    Only under the context key ``service_bulk`` (a ``Bulk``). Without it all goes Odoo's own way;
    both ways make the same records, equal in every stored field. A computed field whose value is
    not known beforehand is left to the ORM, so that fields of other modules are right as well.
    """

    _name = "service.bulk.mixin"
    _description = "Created in Bulk"

    @property
    def _bulk(self):
        """Return the Bulk of the context, None without one; whatever else clients put there."""
        bulk = self.env.context.get("service_bulk")
        return bulk if isinstance(bulk, Bulk) else None

    @api.model
    def _prepare_known_vals(self, vals_list):
        """Return, for each values, those of computed fields that are known beforehand; a hook."""
        return [{} for _vals in vals_list]

    @api.model
    def default_get(self, fields):
        find = super().default_get
        if not self._bulk:
            return find(fields)
        return dict(self._bulk.remember((self._name, *fields), lambda: find(fields)))

    @api.model
    def _add_precomputed_values(self, vals_list):
        """Add what is known; known values are computed ones, which have nothing to inverse."""
        if not self._bulk:
            return super()._add_precomputed_values(vals_list)
        known_list = self._prepare_known_vals(vals_list)
        for vals, known in zip(vals_list, known_list, strict=True):
            vals.update({**known, **vals})
        super()._add_precomputed_values(vals_list)
        for vals, known in zip(vals_list, known_list, strict=True):
            vals.setdefault("__precomputed__", set()).update(map(self._fields.get, known))
        return None

    @api.model
    def _create(self, data_list):
        """Keep the values that are known from being computed again, and written a second time."""
        if self._bulk:
            for data in data_list:
                given = (self._fields[name] for name in data["stored"])
                data["protected"].update(field for field in given if field.compute)
        return super()._create(data_list)

    def _check_company(self, fnames=None):
        """Check the values of all records at once; on an error, Odoo finds and names the record."""
        if not self._bulk or not self._is_company_consistent(fnames):
            return super()._check_company(fnames)
        return None

    def _is_company_consistent(self, fnames):
        fields = [self._fields[name] for name in fnames or self._fields]
        checked = [field for field in fields if field.relational and field.check_company]
        if any(field.company_dependent for field in checked):
            return False
        return all(
            self._is_value_consistent(company, records.mapped(field.name))
            for company, records in self.sudo().grouped("company_id").items()
            for field in checked
        )

    @api.model
    def _is_value_consistent(self, company, values):
        domain = values._check_company_domain(company)
        values = values.with_context(active_test=False)
        return not (values and domain) or values == values.filtered_domain(domain)
