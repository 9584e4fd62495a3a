from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ServiceMissingTax(models.TransientModel):
    """Gives products the tax for lack of which charges were put aside (L08b)."""

    _name = "service.missing.tax"
    _description = "Tax of Products without One"
    _inherit = ["service.wizard.mixin", "service.workflow.mixin"]

    matter_ids = fields.Many2many("service.exception", readonly=True, lock="once")
    line_ids = fields.One2many("service.missing.tax.line", "missing_id", string="Products")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        matters = self.env["service.exception"].browse(self.env.context.get("matter_ids", ()))
        matters.check_access("read")
        values["matter_ids"] = [Command.set(matters.ids)]
        if "line_ids" in fields_list:
            values["line_ids"] = [
                Command.create(self._prepare_line(company, product, charges))
                for company, of_company in self._get_charges(matters).grouped("company_id").items()
                for product, charges in of_company.grouped("product_id").items()
            ]
        return values

    @api.model
    def _get_charges(self, matters):
        """Return the charges that have no tax to be billed by."""
        charges = matters.sudo()._get_charges()
        return charges.filtered(lambda charge: charge._get_tax_problem())

    @api.model
    def _prepare_line(self, company, product, charges):
        """Return a product with the tax of services of its rate, which most have."""
        tax = company._find_tax_of_service(product.product_tmpl_id)
        return {
            "company_id": company.id,
            "product_id": product.id,
            "charge_count": len(charges),
            "tax_id": tax.filtered("active").id,
        }

    def action_confirm(self):
        """Give the products their taxes; what that mends leaves the inbox.

        Who bills may say the tax of what is not billed for lack of one: nothing else of products,
        and of no other product.
        """
        self.ensure_one()
        self.matter_ids.check_access("write")
        self.env["service.billing.run"].check_access("create")
        matters = self.matter_ids._take_in_hand().filtered(lambda row: row._is_about("tax"))
        lacking = {(charge.company_id, charge.product_id) for charge in self._get_charges(matters)}
        for line in self.line_ids.filtered("tax_id"):
            if (line.company_id, line.product_id) in lacking:
                line.sudo()._give_tax()
        if not matters._look_again():
            raise UserError(self.env._("Choose a tax: nothing would be mended."))


class ServiceMissingTaxLine(models.TransientModel):
    """A product and the tax that it gets."""

    _name = "service.missing.tax.line"
    _description = "Tax of a Product without One"
    _inherit = ["service.wizard.mixin"]

    missing_id = fields.Many2one("service.missing.tax", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True)
    product_id = fields.Many2one("product.product", required=True, ondelete="cascade")
    charge_count = fields.Integer(string="Charges", readonly=True)
    tax_id = fields.Many2one(
        "account.tax",
        domain="[('type_tax_use', '=', 'sale'), ('company_id', 'parent_of', company_id)]",
    )

    def _give_tax(self):
        """Give the product the tax in the company; its taxes of other companies stay."""
        template, company = self.product_id.product_tmpl_id, self.company_id
        tax = self.tax_id
        if tax.type_tax_use != "sale" or tax.company_id not in company.parent_ids:
            raise UserError(
                self.env._(
                    "“%(tax)s” is no sales tax of %(company)s.", tax=tax.name, company=company.name
                )
            )
        current = company._get_taxes_of_service(template)
        template.taxes_id = (template.taxes_id - current) | tax
