from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ProductTemplate(models.Model):
    """Services are booked and taxed as services, in companies whose set-up has prepared it."""

    _inherit = "product.template"

    service_tax_note = fields.Char(compute="_compute_service_tax_note")

    # ----- Books -----

    def _get_product_accounts(self):
        """Book services on the company's account of services, where nothing else was chosen.

        A product's own account, and a category's that is not simply the one of goods, go first.
        """
        accounts = super()._get_product_accounts()
        company = self.company_id or self.env.company
        if (
            self.type == "service"
            and company.service_income_account_id
            and not self.property_account_income_id
            and accounts["income"] == company.income_account_id
        ):
            accounts["income"] = company.service_income_account_id
        return accounts

    # ----- A new service has the tax of services (L08b, L09) -----

    @api.model
    def default_get(self, fields):
        """Let what begins as a service begin with the service taxes of the user's companies."""
        values = super().default_get(fields)
        is_service = values.get("type", self.env.context.get("default_type")) == "service"
        if is_service and values.get("taxes_id") and "default_taxes_id" not in self.env.context:
            values.update(self._prepare_service_taxes(values))
        return values

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_service_taxes(vals) for vals in vals_list])

    def write(self, vals):
        becomes_service = vals.get("type") == "service" and "taxes_id" not in vals
        goods = self.filtered(lambda product: product.type != "service") if becomes_service else ()
        result = super().write(vals)
        for product in goods:
            product.taxes_id = self.env.companies._get_fitting_taxes(product)
        return result

    @api.model
    def _with_service_taxes(self, vals):
        """Return the values of a new product: a service without taxes gets those of services."""
        if vals.get("type") != "service" or "taxes_id" in vals:
            return vals
        return {**vals, **self._prepare_service_taxes(vals)}

    @api.model
    def _prepare_service_taxes(self, vals):
        """Return ``taxes_id`` of a new service, nothing where Odoo's own default is as good."""
        companies = self.env.companies
        if not any(companies.mapped("service_tax_exigibility")):
            return {}
        taxes = companies._get_default_taxes(True, bool(vals.get("service_price_included")))
        return {"taxes_id": [Command.set(taxes.ids)]} if taxes else {}

    def _force_default_sale_tax(self, companies):
        """Give services that all companies share the service tax of the others as well."""
        services = self.filtered(lambda product: product.type == "service")
        ready = companies.filtered("service_tax_exigibility") if services else companies.browse()
        super(ProductTemplate, services)._force_default_sale_tax(companies - ready)
        if ready:
            for is_included, products in services.grouped("service_price_included").items():
                taxes = ready._get_default_taxes(True, is_included)
                products.write({"taxes_id": [Command.link(tax.id) for tax in taxes]})
        return super(ProductTemplate, self - services)._force_default_sale_tax(companies)

    @api.onchange("type", "service_price_included")
    def _onchange_service_taxes(self):
        """Change default taxes with the kind of product; what was chosen stays."""
        for product in self:
            product.taxes_id = self.env.companies._get_fitting_taxes(product)

    # ----- What does not suit a service -----

    @api.depends("type", "taxes_id", "service_price_included", "service_family_id", "company_id")
    @api.depends_context("company")
    def _compute_service_tax_note(self):
        for product in self:
            company = (product.company_id or self.env.company).sudo()
            product.service_tax_note = company._get_service_tax_flaw(product)

    def _is_service_price_included(self, company):
        """Return whether a price contains its tax: as the catalogue says, else as it is."""
        self.ensure_one()
        taxes = company._get_taxes_of_service(self)
        if self.service_family_id or not taxes:
            return self.service_price_included
        return all(taxes.mapped("price_include"))

    def action_take_service_tax(self):
        """Give services whose tax does not suit them that of services, of the rate they have."""
        self.check_access("write")
        for product in self:
            company = (product.company_id or self.env.company).sudo()
            tax = company._find_tax_of_service(product)
            if not tax.active:
                raise UserError(
                    self.env._(
                        "No tax on services of %(rate)s %% is in use: open the set-up.",
                        rate=f"{company._get_rate_of_service(product) or 0:g}",
                    )
                )
            product.service_price_included = tax.price_include
            company._assign_service_taxes(product)
