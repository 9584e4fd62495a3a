import functools
import re

from odoo import fields, models
from odoo.fields import Command, Domain

from ..common.field_values import get_label


class ResCompany(models.Model):
    """Taxes of services: found by rate, inclusion and exigibility (L08b), made where missing."""

    _inherit = "res.company"

    service_tax_exigibility = fields.Selection(
        [("on_payment", "On payment"), ("on_invoice", "On invoice")],
        string="Tax on Services Due",
        help="When the tax on services is owed to the State. French services owe it on payment, "
        "unless the company has opted for the debits (on invoice).",
    )

    # ----- What others call -----

    def _get_service_tax(self, price_include=False, rate=None):
        """Return the sales tax of services, made when the company has none (L09).

        ``rate`` in percent, the company's standard rate by default. Empty without a chart of
        accounts.
        """
        self.ensure_one()
        rate = self._get_service_tax_rate() if rate is None else rate
        tax = self._find_service_tax(price_include, rate) or self._create_service_tax(
            price_include, rate
        )
        tax.filtered(lambda tax: not tax.active).active = True
        return tax

    def _assign_service_taxes(self, templates=None):
        """Give services the service tax of each company, by their rate and inclusion.

        ``templates`` is the whole catalogue by default. A service keeps the rate that it has in
        the company; without one it gets the standard rate. Taxes of other companies stay.
        """
        for company in self:
            services = company._get_service_catalogue() if templates is None else templates
            get_tax = functools.cache(company._get_service_tax)
            for template in services.sudo().with_context(active_test=False):
                current = company._get_taxes_of_service(template)
                tax = get_tax(
                    template.service_price_included, company._get_rate_of_service(template)
                )
                if tax and tax != current:
                    template.taxes_id = (template.taxes_id - current) | tax

    # ----- The catalogue's taxes -----

    def _get_service_catalogue(self):
        """Return the services that contracts and tariffs sell in this company."""
        self.ensure_one()
        tariffs = self.env["service.tariff"].search(
            self.env["service.tariff"]._check_company_domain(self)
        )
        services = self.env["product.template"].search(
            Domain(self.env["product.template"]._check_company_domain(self))
            & Domain("type", "=", "service")
            & Domain("service_family_id", "!=", False)
        )
        return services | tariffs._get_products().product_tmpl_id

    def _get_mistaxed_services(self):
        """Return the services with a goods tax, and those of the catalogue without their own."""
        self.ensure_one()
        goods_taxes = self._search_service_taxes([("tax_scope", "=", "consu")])
        goods_taxed = self.env["product.template"].search(
            Domain(self.env["product.template"]._check_company_domain(self))
            & Domain("type", "=", "service")
            & Domain("taxes_id", "in", goods_taxes.ids)
        )
        find_tax = functools.cache(self._find_service_tax)
        return goods_taxed | self._get_service_catalogue().filtered(
            lambda template: self._is_mistaxed(
                template,
                find_tax(template.service_price_included, self._get_rate_of_service(template)),
            )
        )

    def _is_mistaxed(self, template, right):
        """Tell whether a service of the catalogue has another tax than its own, or one archived."""
        taxes = self._get_taxes_of_service(template)
        return taxes != right or not all(taxes.mapped("active"))

    def _find_tax_of_service(self, template):
        """Return the tax of services of the rate that a service has here, or empty."""
        is_included = template._is_service_price_included(self)
        return self._find_service_tax(is_included, self._get_rate_of_service(template))

    def _get_service_tax_flaw(self, template):
        """Return in words why the taxes of a service do not suit it here, empty when they do.

        Before the set-up has prepared the taxes of services, nothing is said.
        """
        if not self.service_tax_exigibility or template.type != "service":
            return ""
        taxes = self._get_taxes_of_service(template)
        names = {"product": template.name, "taxes": ", ".join(taxes.mapped("name"))}
        if not all(taxes.mapped("active")):
            return self.env._("“%(product)s”: the tax %(taxes)s is archived.", **names)
        if "consu" in taxes.mapped("tax_scope"):
            return self.env._("“%(product)s” is a service with a tax on goods: %(taxes)s.", **names)
        if template.service_family_id and taxes != self._find_tax_of_service(template):
            return self.env._(
                "“%(product)s” has another tax than services have here: %(taxes)s.",
                product=template.name,
                taxes=names["taxes"] or self.env._("none"),
            )
        return ""

    # ----- What new products begin with -----

    def _get_default_taxes(self, is_service, is_included):
        """Return the taxes that new products begin with: Odoo's, or the prepared ones of services.

        Odoo's own is the same for both, a tax on goods in France.
        """
        taxes = self.env["account.tax"].sudo()
        for company in self.sudo():
            default = company.account_sale_tax_id or company.root_id.account_sale_tax_id
            rate = company._get_service_tax_rate()
            if is_service and company.service_tax_exigibility and rate is not None:
                found = company._find_service_tax(is_included, rate)
                default = found if found.active else default
            taxes |= default
        return taxes

    def _get_fitting_taxes(self, product):
        """Return a product's taxes, default taxes of another kind replaced by those of its own.

        ``product`` is a template or a variant. What is no default was chosen, and stays.
        """
        taxes, is_service = product.taxes_id, product.type == "service"
        for company in self.sudo().filtered("service_tax_exigibility"):
            current = taxes._filter_taxes_by_company(company)
            known = company._get_default_taxes(False, False)
            known |= company._get_default_taxes(True, False) | company._get_default_taxes(
                True, True
            )
            if current and current._origin <= known:
                fitting = company._get_default_taxes(is_service, product.service_price_included)
                taxes = (taxes - current) | fitting
        return taxes

    def _get_taxes_of_service(self, template):
        """Return the taxes of a service in this company, also those that are not active."""
        taxes = template.sudo().with_context(active_test=False).taxes_id._origin
        return taxes._filter_taxes_by_company(self)

    def _get_rate_of_service(self, template):
        """Return the rate that a service has here, the standard rate where that is unclear.

        So it is where its tax of services is archived and nothing has taken its place.
        """
        taxes = self._get_taxes_of_service(template)
        if len(taxes) == 1 and taxes.amount_type == "percent":
            is_included = taxes.price_include
            if taxes.active or self._find_service_tax(is_included, taxes.amount) != taxes:
                return taxes.amount
        return self._get_service_tax_rate()

    # ----- Find -----

    def _get_service_tax_rate(self):
        """Return the standard rate, that of the default sales tax; None without one."""
        tax = self.sudo().account_sale_tax_id
        return tax.amount if tax.amount_type == "percent" else None

    def _get_service_tax_exigibility(self):
        """Return when the tax on services is due: the setting, else as the chart's service tax."""
        return (
            self.service_tax_exigibility
            or self._get_service_tax_style(False).tax_exigibility
            or "on_invoice"
        )

    def _get_service_tax_domain(self):
        """Return the domain of the taxes that services may have. Hook."""
        return Domain(self.env["account.tax"]._check_company_domain(self)) & Domain(
            [
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("country_id", "=", self.account_fiscal_country_id.id),
            ]
        )

    def _search_service_taxes(self, domain):
        taxes = self.env["account.tax"].with_company(self).with_context(active_test=False)
        return taxes.search(self._get_service_tax_domain() & Domain(domain))

    def _find_service_tax(self, price_include, rate, position=None):
        """Return the tax of services of a rate and inclusion, active or not, or empty.

        A tax that replaces another one is passed over, unless it does so in ``position``.
        """
        exigibility = self._get_service_tax_exigibility()
        return (
            self._search_service_taxes(
                [("amount", "=", rate), ("tax_scope", "in", ("service", False))]
            )
            .filtered(
                lambda tax: (
                    tax.price_include == price_include
                    and (not rate or tax.tax_exigibility == exigibility)
                    and (
                        not tax.original_tax_ids
                        or (position and position in tax.fiscal_position_ids)
                    )
                )
            )
            .sorted(lambda tax: (tax.tax_scope != "service", not tax.active))[:1]
        )

    # ----- Make -----

    def _get_service_tax_source(self, price_include, rate):
        """Return the tax whose accounts and grids a new tax takes, of its rate if there is one."""
        return self._search_service_taxes(
            [("original_tax_ids", "=", False), ("amount", ">", 0)]
        ).sorted(
            lambda tax: (
                tax.amount != rate,
                tax.tax_scope != "service",
                tax.price_include != price_include,
                not tax.active,
            )
        )[:1]

    def _get_service_tax_style(self, price_include):
        """Return the tax whose name, exigibility and fiscal positions a new tax takes."""
        standard = self._get_service_tax_rate()
        return self._search_service_taxes(
            [("original_tax_ids", "=", False), ("amount", ">", 0)]
        ).sorted(
            lambda tax: (
                tax.tax_scope != "service",
                tax.amount != standard,
                tax.price_include != price_include,
                not tax.active,
            )
        )[:1]

    def _create_service_tax(self, price_include, rate):
        source = self._get_service_tax_source(price_include, rate)
        if not source or rate is None:
            return source.browse()
        return source.copy(self._prepare_service_tax_vals(price_include, rate, source))

    def _prepare_service_tax_vals(self, price_include, rate, source):
        """Return what makes a copy of ``source`` the service tax of a rate and inclusion."""
        style = self._get_service_tax_style(price_include)
        exigibility = self._get_service_tax_exigibility()
        transition = (
            self._get_transition_account(style, source) if exigibility == "on_payment" else False
        )
        return {
            "name": self._get_service_tax_name(price_include, rate, style),
            "description": _replace_rate(style.description or "", style.amount, rate),
            "invoice_label": _replace_rate(source.invoice_label or "", source.amount, rate),
            "amount": rate,
            "active": True,
            "tax_scope": "service",
            "price_include_override": "tax_included" if price_include else "tax_excluded",
            "include_base_amount": not price_include and source.include_base_amount,
            "tax_exigibility": exigibility,
            "cash_basis_transition_account_id": transition and transition.id,
            "fiscal_position_ids": [Command.set(style.fiscal_position_ids.ids)],
            "original_tax_ids": [Command.clear()],
            "replacing_tax_ids": [
                Command.set(style.replacing_tax_ids.filtered(lambda tax: not tax.amount).ids)
            ],
        }

    def _get_service_tax_name(self, price_include, rate, style):
        """Return a name as the chart's, with its own rate; taxes of one scope need unique names."""
        name = _replace_rate(style.name, style.amount, rate)
        if price_include and not style.price_include:
            name = self.env._("%(tax)s INC", tax=name)
        if self._search_service_taxes([("name", "=", name), ("tax_scope", "=", "service")]):
            exigibility = self._get_service_tax_exigibility()
            label = get_label(self, "service_tax_exigibility", exigibility)
            name = f"{name} ({label.lower()})"
        return name

    def _get_transition_account(self, style, source):
        """Return the account on which a tax due on payment waits, made when there is none."""
        known = style | self._search_service_taxes(
            [("cash_basis_transition_account_id", "!=", False)]
        )
        accounts = known.cash_basis_transition_account_id.filtered("reconcile")
        if accounts:
            return accounts[0]
        tax_lines = source.invoice_repartition_line_ids.filtered(
            lambda line: line.repartition_type == "tax"
        )
        account = tax_lines.account_id[:1].copy(
            {**self._prepare_transition_vals(), "reconcile": True}
        )
        self._name_in_every_language(account, lambda company: company._prepare_transition_vals())
        return account

    def _prepare_transition_vals(self):
        return {"name": self.env._("Tax on services not yet paid")}

    # ----- Territories with another rate -----

    def _get_service_territories(self):
        """Return the country groups whose customers pay a rate of their own (L09)."""
        self.ensure_one()
        return self.env["res.country.group"].search(
            [
                ("service_tax_country_id", "!=", False),
                ("service_tax_country_id", "=", self.account_fiscal_country_id.id),
            ],
            order="service_tax_rate desc, id",
        )

    def _get_service_position(self, country):
        """Return the fiscal position that Odoo applies to a customer of a country."""
        customer = self.env["res.partner"].new({"country_id": country.id})
        positions = self.env["account.fiscal.position"].with_company(self)
        return positions._get_fiscal_position(customer)

    def _is_territory_mapped(self, territory, tax):
        """Return whether customers of every country of a territory pay its rate for a tax."""
        return all(
            self._is_mapped_to(tax, self._get_service_position(country), territory.service_tax_rate)
            for country in territory.country_ids
        )

    def _is_mapped_to(self, tax, position, rate):
        """Return whether a position turns a tax into one of a rate; included stays included."""
        mapped = position.map_tax(tax)
        if not rate:
            return not any(mapped.mapped("amount"))
        return mapped.mapped("amount") == [rate] and mapped.price_include == tax.price_include

    def _map_service_territory(self, territory):
        """Make customers of a territory pay its rate, tax-included prices staying included."""
        taxes = [self._get_service_tax(price_include) for price_include in (False, True)]
        self._forget_tax_maps()
        if not all(taxes) or all(self._is_territory_mapped(territory, tax) for tax in taxes):
            return
        position = self._get_territory_position(territory)
        for tax in taxes:
            if not self._is_territory_mapped(territory, tax):
                self._map_service_tax(tax, position, territory.service_tax_rate)

    def _map_service_tax(self, tax, position, rate):
        """Make a position replace a tax by the service tax of another rate, made when missing."""
        mapped = self._find_service_tax(tax.price_include, rate, position)
        if not mapped:
            mapped = self._create_service_tax(tax.price_include, rate)
            mapped.fiscal_position_ids = False
        mapped.write(
            {
                "active": True,
                "fiscal_position_ids": [Command.link(position.id)],
                "original_tax_ids": [Command.link(tax.id)] if mapped != tax else [],
            }
        )
        self._forget_tax_maps()

    def _forget_tax_maps(self):
        """Drop the cached maps, which Odoo does not renew when taxes are activated or replaced."""
        self.env["account.fiscal.position"].invalidate_model(["tax_map"])

    def _get_territory_position(self, territory):
        """Return the fiscal position of a territory, made from the one that applied there."""
        positions = self.env["account.fiscal.position"].with_company(self)
        known = positions.search(
            Domain(positions._check_company_domain(self))
            & Domain("auto_apply", "=", True)
            & (
                Domain("country_group_id", "=", territory.id)
                | Domain("country_id", "in", territory.country_ids.ids)
            ),
            limit=1,
        )
        return known or self._create_territory_position(positions, territory)

    def _create_territory_position(self, positions, territory):
        position = positions.create(self._prepare_territory_position_vals(territory))
        self._name_in_every_language(
            position, lambda company: company._prepare_territory_name_vals(territory)
        )
        return position

    def _prepare_territory_name_vals(self, territory):
        """Return how the position of a territory is called, in the company's language."""
        name = territory.with_context(lang=self.env.lang).name
        return {"name": self.env._("Services: %(territory)s", territory=name)}

    def _prepare_territory_position_vals(self, territory):
        """Return the position of a territory: goods as they were, services by our own taxes."""
        at_home = self.country_id in territory.country_ids
        base = self.env["account.fiscal.position"]
        if not at_home:
            base = self._get_service_position(territory.country_ids[:1])
        kept = base.tax_ids.filtered(
            lambda tax: tax.type_tax_use != "sale" or tax.tax_scope != "service"
        )
        return {
            **self._prepare_territory_name_vals(territory),
            "company_id": self.id,
            "auto_apply": True,
            "country_group_id": territory.id,
            "sequence": base.sequence - 1 if base else 5,
            "tax_ids": [Command.set(kept.ids)],
            "account_ids": [
                Command.create(
                    {
                        "account_src_id": mapping.account_src_id.id,
                        "account_dest_id": mapping.account_dest_id.id,
                    }
                )
                for mapping in base.account_ids
            ],
        }


def _replace_rate(text, old, new):
    """Return a tax's name or label with another rate.

    >>> _replace_rate("20% S", 20.0, 8.5)
    '8.5% S'
    >>> _replace_rate("TVA 8,5 %", 8.5, 20.0)
    'TVA 20 %'
    """
    number = re.escape(f"{old:g}").replace(r"\.", "[.,]")
    return re.sub(rf"\b{number}(?:[.,]0+)?(?=\s*%)", f"{new:g}", str(text))
