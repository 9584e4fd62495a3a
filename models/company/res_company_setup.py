from typing import NamedTuple

from odoo import fields, models

from ..common.brought_records import require
from ..common.client_actions import get_window
from ..common.field_values import get_label
from ..common.words import format_number

PRICE_INCLUSIONS = (False, True)


class Check(NamedTuple):
    """One point of the set-up: ready, todo (by the set-up) or blocked (by a person's decision)."""

    state: str
    note: str


class ResCompany(models.Model):
    """What the set-up finds in a company, and makes in it. Every step may be run again."""

    _inherit = "res.company"

    def _prepare_service_company(self, creditor_identifier=None):
        """Make companies ready to sell services, as far as no question is needed.

        ``creditor_identifier`` is the SEPA creditor identifier (L16), checked. ValidationError
        when it is wrong. Hook: other add-ons prepare their own part after super().
        """
        for company in self.sudo():
            company = company.with_company(company)
            if creditor_identifier:
                company.sepa_creditor_identifier = creditor_identifier.replace(" ", "").upper()
            company._prepare_service_taxes()
            company._prepare_service_income()
            company._prepare_service_debit()
            company._prepare_service_project()
            company._prepare_service_exit()
            company.partner_id.tz = company._get_service_timezone()

    def _get_service_checks(self):
        """Return ``{key: Check}``, in the order in which they are shown. Hook.

        Nothing but country and chart before these are right: the rest would be guessed.
        """
        self.ensure_one()
        ground = self._get_ground_checks()
        if not self._has_service_ground():
            return ground
        checks = {
            **ground,
            "identity": self._inspect_identity(),
            "taxes": self._inspect_service_taxes(),
            "income": self._inspect_service_income(),
            "rounding": self._inspect_service_rounding(),
        }
        if self._get_service_territories():
            checks["territories"] = self._inspect_service_territories()
        if self._search_overseas_addresses():
            checks["addresses"] = self._inspect_overseas_addresses()
        if self._is_in_sepa_area():
            checks["debit"] = self._inspect_service_debit()
            checks["identifier"] = self._inspect_creditor_identifier()
        return {
            **checks,
            "project": self._inspect_service_project(),
            "exit": self._inspect_service_exit(),
            "timezone": self._inspect_service_timezone(),
            "level": self._inspect_default_level(),
            "products": self._inspect_service_products(),
        }

    # ----- Taxes and territories -----

    def _prepare_service_taxes(self):
        if not self.account_sale_tax_id:
            return
        self.service_tax_exigibility = self._get_service_tax_exigibility()
        if self.service_tax_exigibility == "on_payment":
            self._prepare_cash_basis()
        for price_include in PRICE_INCLUSIONS:
            self._get_service_tax(price_include)
        for territory in self._get_service_territories():
            self._map_service_territory(territory)

    def _prepare_cash_basis(self):
        self.tax_exigibility = True
        if not self.tax_cash_basis_journal_id:
            self.tax_cash_basis_journal_id = self.env["account.journal"].search(
                [
                    *self.env["account.journal"]._check_company_domain(self),
                    ("type", "=", "general"),
                ],
                limit=1,
            )

    def _inspect_service_taxes(self):
        rate = self._get_service_tax_rate()
        if rate is None:
            return Check(
                "blocked",
                self.env._("No default sales tax: install the chart of accounts of your country."),
            )
        taxes = [self._find_service_tax(price_include, rate) for price_include in PRICE_INCLUSIONS]
        if not all(tax.active for tax in taxes) or not self.service_tax_exigibility:
            return Check(
                "todo",
                self.env._(
                    "%(rate)s %% on services, with and without tax in the price.",
                    rate=format_number(self.env, rate),
                ),
            )
        names = " · ".join(tax.name for tax in taxes)
        return Check(
            "ready",
            self.env._(
                "%(taxes)s, due %(when)s.",
                taxes=names,
                when=get_label(self, "service_tax_exigibility").lower(),
            ),
        )

    def _inspect_service_territories(self):
        territories = self._get_service_territories()
        rates = {
            territory.name: format_number(self.env, territory.service_tax_rate)
            for territory in territories
        }
        names = " · ".join(f"{name} {rate}\N{NO-BREAK SPACE}%" for name, rate in rates.items())
        return Check("ready" if self._are_territories_mapped(territories) else "todo", names)

    def _are_territories_mapped(self, territories):
        rate = self._get_service_tax_rate()
        taxes = [self._find_service_tax(price_include, rate) for price_include in PRICE_INCLUSIONS]
        return all(
            tax and self._is_territory_mapped(territory, tax)
            for territory in territories
            for tax in taxes
        )

    def _search_overseas_addresses(self):
        """Return the customers in “France” with the postcode of an overseas territory (L09)."""
        if self.account_fiscal_country_id.code != "FR":
            return self.env["res.partner"]
        return self.env["res.partner"].search(
            [
                *self.env["res.partner"]._check_company_domain(self),
                ("country_id", "=", self.account_fiscal_country_id.id),
                ("zip", "=like", "97%"),
            ]
        )

    def _inspect_overseas_addresses(self):
        return Check(
            "blocked",
            self.env._(
                "Addresses in France with an overseas postcode: %(count)s. Give them the country "
                "of their territory, it decides their tax.",
                count=len(self._search_overseas_addresses()),
            ),
        )

    def _inspect_service_products(self):
        if services := self._get_mistaxed_services():
            return Check(
                "blocked",
                self.env._(
                    "Services with an unsuitable tax: %(count)s. See Taxes of Services.",
                    count=len(services),
                ),
            )
        return Check("ready", self.env._("Every service has a service tax."))

    # ----- SEPA direct debit -----

    def _is_in_sepa_area(self):
        """Return whether SEPA direct debits are open to the company: its country, and the euro."""
        return self.currency_id.name == "EUR" and self.country_id in self._get_sepa_countries()

    def _get_sepa_countries(self):
        words = self.env._("The group of the countries of SEPA")
        return require(self.env, "base.sepa_zone", words).country_ids

    def _prepare_service_debit(self):
        if not self._is_in_sepa_area() or self._get_service_debit_line():
            return
        if journal := self._get_service_debit_journal():
            line = self.env["account.payment.method.line"].create(
                self._prepare_service_debit_vals(journal)
            )
            self._name_in_every_language(
                line, lambda company: company._prepare_service_debit_vals(journal)
            )

    def _get_service_debit_line(self):
        """Return the company's SEPA direct debit method that customers can be given, or empty."""
        return self.env["account.payment.method.line"].search(
            [
                *self.env["account.payment.method.line"]._check_company_domain(self),
                ("payment_method_id", "=", self._get_service_debit_method().id),
                ("selectable", "=", True),
                ("journal_id.bank_account_id", "!=", False),
            ],
            limit=1,
        )

    def _get_service_debit_method(self):
        return require(
            self.env,
            "account_payment_sepa_direct_debit.sepa_direct_debit",
            self.env._("The payment method of SEPA direct debit"),
        )

    def _get_service_debit_journal(self):
        """Return the first bank journal in euro that has an IBAN."""
        journals = self.env["account.journal"].search(
            [*self.env["account.journal"]._check_company_domain(self), ("type", "=", "bank")]
        )
        return journals.filtered(
            lambda journal: (
                journal.bank_account_id.acc_type == "iban"
                and (journal.currency_id or self.currency_id).name == "EUR"
            )
        )[:1]

    def _prepare_service_debit_vals(self, journal):
        """Return the method line of the SEPA direct debit on a bank journal. Hook."""
        return {
            "name": self.env._("SEPA Direct Debit"),
            "payment_method_id": self._get_service_debit_method().id,
            "journal_id": journal.id,
            "company_id": self.id,
            "selectable": True,
            "bank_account_link": "fixed",
            "payment_account_id": self._get_service_receipts_account().id,
            "default_date_prefered": "due",
            "group_lines": True,
        }

    def _get_service_receipts_account(self):
        """Return the account on which debits wait for the bank statement."""
        charts = self.env["account.chart.template"].with_company(self)
        return (
            charts.ref("account_journal_payment_debit_account_id", raise_if_not_found=False)
            or self.transfer_account_id
        )

    def _inspect_service_debit(self):
        if line := self._get_service_debit_line():
            return Check("ready", line.display_name)
        if journal := self._get_service_debit_journal():
            return Check(
                "todo", self.env._("On the journal %(journal)s.", journal=journal.display_name)
            )
        return Check("blocked", self.env._("No bank journal has your IBAN: enter it."))

    def _inspect_creditor_identifier(self):
        if self.sepa_creditor_identifier:
            return Check("ready", self.sepa_creditor_identifier)
        return Check(
            "blocked", self.env._("Ask your bank for it, and type it in above: debits need it.")
        )

    # ----- Sessions -----

    def _prepare_service_project(self):
        if not self.service_project_id:
            self.service_project_id = self.env["project.project"].create(
                self._prepare_service_project_vals()
            )
            self._name_in_every_language(
                self.service_project_id, lambda company: company._prepare_service_project_vals()
            )

    def _prepare_service_project_vals(self):
        """Return the project whose timesheets are the connections of sessions. Hook."""
        return {
            "name": self.env._("Service Sessions"),
            "company_id": self.id,
            "partner_id": False,
            "allow_timesheets": True,
            "allow_billable": True,
            "billing_type": "manually",
            "privacy_visibility": "employees",
        }

    def _inspect_service_project(self):
        if self.service_project_id:
            return Check("ready", self.service_project_id.display_name)
        return Check("todo", self.env._("Sessions are recorded as its timesheets."))

    def _prepare_service_exit(self):
        if not self.service_exit_product_id:
            self.service_exit_product_id = self.env["product.product"].create(
                self._prepare_service_exit_vals()
            )
            self._name_in_every_language(
                self.service_exit_product_id, lambda company: company._prepare_service_exit_vals()
            )

    def _name_in_every_language(self, record, prepare):
        """Give what the set-up made its name in each installed language.

        ``prepare(company)`` returns the record's values in the language of the company's context.
        """
        for code, _label in self.env["res.lang"].get_installed():
            name = prepare(self.with_context(lang=code))["name"]
            record.with_context(lang=code).name = name

    def _prepare_service_exit_vals(self):
        """Return the product that bills the rest of a commitment (L06). Hook."""
        tax = self._get_service_tax(False) if self.account_sale_tax_id else False
        return {
            "name": self.env._("Rest of the commitment"),
            "type": "service",
            "sale_ok": False,
            "purchase_ok": False,
            "invoice_policy": "order",
            "list_price": 0.0,
            "company_id": self.id,
            "taxes_id": [fields.Command.set(tax.ids if tax else [])],
        }

    def _inspect_service_exit(self):
        if product := self.service_exit_product_id:
            return Check("ready", product.display_name)
        return Check("todo", self.env._("Its product bills what is claimed; its taxes decide."))

    def _inspect_service_timezone(self):
        return Check("ready" if self.partner_id.tz else "todo", self._get_service_timezone())

    def _inspect_default_level(self):
        if self.service_default_level_id:
            return Check("ready", self.service_default_level_id.display_name)
        return Check(
            "blocked", self.env._("Choose the level that prices sessions without a contract.")
        )

    def _get_service_check_action(self, key):
        """Return the action where a person does what a check asks for, or None. Hook."""
        journals = self.env["account.journal"].search(
            [*self.env["account.journal"]._check_company_domain(self), ("type", "=", "bank")]
        )
        records = {
            "country": self,
            "identity": self,
            "income": self._get_misbooked_services(),
            "addresses": self._search_overseas_addresses(),
            "debit": self._get_service_debit_line().journal_id or journals,
            "project": self.service_project_id,
            "exit": self.service_exit_product_id,
            "timezone": self.partner_id,
            "level": self.service_default_level_id,
        }
        windows = {
            "chart": "account.action_account_config",
            "taxes": "account.action_tax_form",
            "territories": "account.action_account_fiscal_position_form",
            "level": "service_contract.res_config_settings_action",
        }
        if records.get(key):
            return records[key]._get_records_action()
        if key in windows:
            return get_window(self.env, windows[key])
        return None
