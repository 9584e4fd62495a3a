from odoo import fields, models

from ..contract.assumptions import KEY


class ServiceContract(models.Model):
    """The customer's own numbers, for its invoices; what contracts bill in time to come."""

    _inherit = "service.contract"

    client_order_ref = fields.Char(
        string="Order Number",
        copy=False,
        tracking=True,
        help="The customer's own, on the invoices of this contract (BT-13); empty: the one that "
        "the customer has for all.",
    )
    client_contract_ref = fields.Char(
        string="Contract Reference",
        copy=False,
        tracking=True,
        help="The customer's own, on the invoices of this contract (BT-12); empty: the one that "
        "the customer has for all.",
    )

    def _give_order_number(self, number):
        """Take the number that the customer has given for its invoices."""
        self.client_order_ref = number

    def _lacks_order_number(self):
        """Tell whether the customer would refuse the invoices of the contract (L08)."""
        payer = self.partner_invoice_id.commercial_partner_id
        return not self.client_order_ref and payer._lacks_order_number()

    # ----- Forecast -----

    def _get_forecast(self, until, assumptions, charges):
        """Return what the runs to come will bill on the billing days until one.

        On those of the company, else at the end of each month. Totals are to the cent: those of
        the invoices that each run will make. What is held is not billed.

        :param date until: the last day on which is billed
        :param assumptions: ``Assumptions`` about renewals and prices
        :param charges: ``service.charge`` that are made already and wait to be billed
        :return: ``{(contract, who pays, currency, day): [untaxed amount, total]}``
        """
        assuming = self.with_context(**{KEY: assumptions})
        due = charges | assuming._imagine_charges(until).with_env(charges.env)
        found = {}
        for company, of_company in due.grouped("company_id").items():
            run = self.env["service.billing.run"].new({"company_id": company.id})
            for day, group, amounts in run._foresee_invoices(of_company, until):
                for charge, figures in zip(group, amounts, strict=True):
                    place = (
                        charge.contract_id,
                        charge.partner_invoice_id,
                        charge.currency_id,
                        day,
                    )
                    sums = found.setdefault(place, [0.0, 0.0])
                    sums[:] = map(sum, zip(sums, figures, strict=True))
        return found
