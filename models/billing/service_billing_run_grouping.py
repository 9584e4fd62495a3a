from odoo import api, models

from ...tools import pace
from .grouping import CONTRACT, CUSTOMER
from .service_charge import ORDER_JOB


class ServiceBillingRun(models.Model):
    """Which charges make one invoice, and what stands at its head."""

    _inherit = "service.billing.run"

    # ----- One invoice -----

    @api.model
    def _get_grouping_fields(self):
        """Return the fields of a charge that make one invoice; a hook.

        :return: list of ``str``, names of Many2one fields of ``service.charge``
        """
        return [
            "company_id",
            "partner_invoice_id",
            "partner_shipping_id",
            "currency_id",
            "fiscal_position_id",
            "payment_term_id",
            "payment_method_line_id",
            "mandate_id",
        ]

    def _get_grouping_key(self, charge):
        """Return the key of a charge's invoice: by contract, site or customer, as the latter wants.

        An invoice has one order number and one contract reference: others are invoiced apart.
        """
        names, grouping = self._get_grouping_fields(), charge._get_grouping()
        if grouping == CUSTOMER:
            names = [name for name in names if name != "partner_shipping_id"]
        elif grouping == CONTRACT:
            names = [*names, "contract_id"]
        references = (charge._get_order_number(), charge._get_contract_ref())
        return (*(charge[name].id or 0 for name in names), *references)

    def _get_delivery_address(self, charges):
        """Return where what an invoice bills was served; the customer where that is many sites."""
        sites = charges.partner_shipping_id
        return sites if len(sites) == 1 else charges._get_payer()

    def _choose_journals(self, vals_list):
        """Take the first sales journal, as Odoo does, that is not kept in another currency."""
        journals = self.env["account.journal"]
        of_company = journals._check_company_domain(self.company_id)
        journals = vals_list and journals.search([*of_company, ("type", "=", "sale")])
        for vals in vals_list:
            currencies = (False, vals["currency_id"])
            fitting = [row for row in journals if row.currency_id.id in currencies]
            if fitting:
                vals.setdefault("journal_id", fitting[0].id)

    def _get_section(self, charges):
        """Return what stands above the lines of one contract of several, as the payer reads it."""
        contract, payer = charges.contract_id, charges.partner_invoice_id
        env = self.with_context(lang=payer.lang or self.env.lang).env
        if not contract:
            return env._("Sessions")
        parts = [contract.name, contract.with_env(env).family_id.name]
        if charges[0]._get_grouping() == CUSTOMER and contract.partner_shipping_id != payer:
            parts.append(contract.partner_shipping_id.display_name)
        return " – ".join(parts)

    # ----- One chunk -----

    def _get_chunk(self, limit):
        """Return the charges of whole invoices, about ``limit`` charges: one invoice at least."""
        rows = self.env["service.charge"]._read_group(
            self._get_charge_domain(),
            ["partner_invoice_id", "contract_id"],
            ["id:recordset"],
            limit=limit,
            order="partner_invoice_id,contract_id",
        )
        groups = {}
        for _payer, contract, charges in rows:
            key = self._get_chunk_key(charges[0], contract)
            groups[key] = groups.get(key, charges.browse()) + charges
        fitting = pace.count_fitting([len(group) for group in groups.values()], limit)
        chunk = self.env["service.charge"].union(*list(groups.values())[:fitting])
        is_cut = len(rows) == limit and fitting == len(groups)
        return chunk | self._get_rest_of_invoice(rows[-1][-1][0]) if is_cut else chunk

    def _get_chunk_key(self, charge, contract):
        """Return what surely keeps charges apart: their payer, and their contract if he wants."""
        is_apart = charge._get_grouping() == CONTRACT
        return (charge.partner_invoice_id, contract if is_apart else None)

    def _get_rest_of_invoice(self, charge):
        """Return what the payer of a charge has on the same invoices, where contracts share one."""
        if charge._get_grouping() == CONTRACT:
            return charge
        same = [("partner_invoice_id", "=", charge.partner_invoice_id.id)]
        return charge.search([*self._get_charge_domain(), *same])

    # ----- What fails or succeeds alone -----

    def _get_owners(self, charges):
        """Return the contracts, then the customers, that own charges.

        They are what fails or succeeds alone. An invoice of several contracts is the customer's.
        """
        owners = [self._get_owner(charge) for charge in charges]
        contracts = [owner.id for owner in owners if owner._name == "service.contract"]
        payers = [owner.id for owner in owners if owner._name == "res.partner"]
        found = (
            self.env["service.contract"].browse(dict.fromkeys(contracts)),
            self.env["res.partner"].browse(dict.fromkeys(payers)),
        )
        return [owners for owners in found if owners]

    def _get_owner(self, charge):
        if charge.contract_id and charge._get_grouping() == CONTRACT:
            return charge.contract_id
        return charge.partner_invoice_id

    # ----- What a person has to mend first -----

    def _put_aside_hindered(self, charges):
        """Put aside what cannot be billed yet, each matter with its cause; return all of it.

        With what shares an invoice with it: that is made whole, or waits.
        """
        found = {charge: problems for charge in charges if (problems := charge._get_hindrances())}
        if not found:
            return charges.browse()
        matters = {}
        for charge, problems in found.items():
            for cause, words in problems:
                matters.setdefault((self._get_hindered(charge, cause), cause), {})[words] = None
        inbox, more = self.env["service.exception"], self._prepare_inbox_vals()
        for (record, cause), words in matters.items():
            inbox._report(record, "billing", "\n".join(words), cause, **more)
        invoices = {self._get_grouping_key(charge) for charge in found}
        return charges.filtered(lambda charge: self._get_grouping_key(charge) in invoices)

    def _get_hindered(self, charge, cause):
        """Return what is put aside with a charge, and mended.

        An order number is each contract's, or the customer's for all that it buys.
        """
        if cause == ORDER_JOB:
            return charge.contract_id or charge.partner_invoice_id
        return self._get_owner(charge)
