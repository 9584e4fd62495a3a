from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..common import ReadyCommon

IBAN = "FR7610107001011234567890129"


class SetupCommon(ReadyCommon):
    """A French company as its chart leaves it: nothing is prepared."""

    @classmethod
    @AccountTestInvoicingCommon.setup_country("fr")
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.bank_journal = cls.company_data["default_journal_bank"]
        cls.manager = cls.create_manager("setup_manager", "account.group_account_manager")

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "service_contract.service_contract_group_manager"
        )

    @classmethod
    def create_manager(cls, login, *groups):
        return new_test_user(
            cls.env,
            login=login,
            groups=",".join(["service_contract.service_contract_group_manager", *groups]),
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def give_iban(cls):
        cls.bank_journal.bank_account_id = cls.env["res.partner.bank"].create(
            {"acc_number": IBAN, "partner_id": cls.company.partner_id.id}
        )

    @classmethod
    def create_service(cls, name="Help", price=30.0, included=False, **vals):
        return cls.env["product.template"].create(
            {
                "name": name,
                "type": "service",
                "list_price": price,
                "service_price_included": included,
                **vals,
            }
        )

    def get_tax(self, template, company=None):
        """Return the taxes of one company: templates carry those of all."""
        return (company or self.company)._get_taxes_of_service(template)

    def describe(self, template):
        tax = self.get_tax(template)
        return tax.amount, tax.tax_scope

    def create_customer(self, country, **vals):
        return self.env["res.partner"].create(
            {"name": country, "country_id": self.env.ref(f"base.{country}").id, **vals}
        )

    def create_invoice(self, country, template, price=30.0, **vals):
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.create_customer(country).id,
                "invoice_date": "2026-03-01",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": template.product_variant_id.id,
                            "price_unit": price,
                            "quantity": 1,
                        }
                    )
                ],
                **vals,
            }
        )

    def assertTotals(self, invoice, untaxed, total):
        self.assertEqual(
            (round(invoice.amount_untaxed, 2), round(invoice.amount_total, 2)), (untaxed, total)
        )
