from odoo import models

from ..contract.assumptions import KEY


class ServiceContract(models.Model):
    """What contracts will bill, by the code that bills them; nothing is written."""

    _inherit = "service.contract"

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
