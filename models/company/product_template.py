from odoo import models


class ProductTemplate(models.Model):
    """Services are booked as services, in companies whose set-up says where."""

    _inherit = "product.template"

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

    def _is_service_price_included(self, company):
        """Return whether a price contains its tax: as the catalogue says, else as it is."""
        self.ensure_one()
        taxes = company._get_taxes_of_service(self)
        if self.service_family_id or not taxes:
            return self.service_price_included
        return all(taxes.mapped("price_include"))
