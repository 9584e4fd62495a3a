from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import format_amount


class ResCompany(models.Model):
    _inherit = "res.company"

    service_present_again_days = fields.Integer(
        string="Days before a Debit Is Presented Again",
        default=14,
        help="Between the letter that tells the customer and the second debit, 14 unless a shorter "
        "delay is agreed.",
    )

    service_suspension_days = fields.Integer(
        string="Days from Formal Notice to Suspension",
        default=15,
        help="An unpaid contract is proposed for suspension once the customer was given formal "
        "notice, and these days are over.",
    )
    service_return_fee = fields.Monetary(
        string="Return Fee",
        currency_field="currency_id",
        help="What firms may be billed for a debit that came back, as the conditions agreed with "
        "them say; 0 for none. At most the recovery fee (Code de commerce L441-10, D441-5): more "
        "is justified case by case. Consumers are never billed one (code des procédures civiles "
        "d'exécution L111-8).",
    )
    service_return_fee_product_id = fields.Many2one(
        "product.product",
        string="Product of the Return Fee",
        check_company=True,
        help="Its taxes decide whether VAT is due on the fee. Made by the first fee where none is "
        "chosen.",
    )

    _service_suspension_days_positive = models.Constraint(
        "CHECK(service_suspension_days >= 0)", "The days of a formal notice are not negative."
    )
    _service_return_fee_positive = models.Constraint(
        "CHECK(service_return_fee >= 0)", "The return fee is not negative."
    )
    _service_present_again_days_positive = models.Constraint(
        "CHECK(service_present_again_days >= 0)", "The days before a second debit are not negative."
    )

    @api.constrains("service_return_fee", "service_recovery_fee")
    def _check_service_return_fee(self):
        """Keep the fee within what firms owe without proof (L441-10, D441-5)."""
        for company in self:
            most = company.service_recovery_fee
            if company.currency_id.compare_amounts(company.service_return_fee, most) > 0:
                raise ValidationError(
                    self.env._(
                        "The return fee is at most the recovery fee, %(amount)s: what is more has "
                        "to be justified case by case (Code de commerce L441-10).",
                        amount=format_amount(self.env, most, company.currency_id),
                    )
                )

    def _get_return_fee_product(self):
        """Return the product that bills return fees; made where none is chosen."""
        self.ensure_one()
        company = self.sudo()
        if not company.service_return_fee_product_id:
            product = self.env["product.product"].sudo()
            company.service_return_fee_product_id = product.create(
                company._prepare_return_fee_product_vals()
            )
            company._name_in_every_language(
                company.service_return_fee_product_id,
                lambda one: one._prepare_return_fee_product_vals(),
            )
        return company.service_return_fee_product_id.with_env(self.env)

    def _prepare_return_fee_product_vals(self):
        """Return the product of return fees; its taxes decide whether VAT is due. Hook."""
        tax = self._get_service_tax(False) if self.account_sale_tax_id else False
        return {
            "name": self.env._("Return fee"),
            "type": "service",
            "sale_ok": False,
            "purchase_ok": False,
            "invoice_policy": "order",
            "list_price": 0.0,
            "company_id": self.id,
            "taxes_id": [fields.Command.set(tax.ids if tax else [])],
        }
