from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ...models.common.field_values import get_labels


class ServiceSetup(models.TransientModel):
    """Shows what a company still lacks to sell services, and prepares what needs no decision."""

    _name = "service.setup"
    _description = "Set-up of Service Contracts"
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    tax_exigibility = fields.Selection(
        selection=lambda self: list(
            get_labels(self.env["res.company"], "service_tax_exigibility").items()
        ),
        string="Tax on Services Due",
        compute="_compute_answers",
        store=True,
        readonly=False,
        help="When the tax on services is owed to the State. French services owe it on payment, "
        "unless the company has opted for the debits (on invoice).",
    )
    creditor_identifier = fields.Char(
        string="SEPA Creditor Identifier",
        compute="_compute_answers",
        store=True,
        readonly=False,
        help="Your bank asks for it once at the national bank. Debits carry it.",
    )
    is_in_sepa_area = fields.Boolean(compute="_compute_is_in_sepa_area")
    is_ready = fields.Boolean(compute="_compute_is_ready")
    check_ids = fields.One2many("service.setup.check", "setup_id", string="Check-list")
    product_ids = fields.One2many("service.setup.product", "setup_id", string="Taxes of Services")

    @api.constrains("company_id")
    def _check_company_of_user(self):
        """Show nobody the taxes and accounts of a company that is not theirs."""
        if foreign := self.company_id - self.env.user.company_ids:
            raise AccessError(
                self.env._("You do not work for %(company)s.", company=foreign[0].name)
            )

    @api.depends("company_id")
    def _compute_answers(self):
        for setup in self:
            company = setup.company_id.sudo()
            setup.tax_exigibility = company._get_service_tax_exigibility()
            setup.creditor_identifier = company.sepa_creditor_identifier

    @api.depends("company_id")
    def _compute_is_in_sepa_area(self):
        for setup in self:
            setup.is_in_sepa_area = setup.company_id.sudo()._is_in_sepa_area()

    @api.depends("check_ids.state")
    def _compute_is_ready(self):
        for setup in self:
            setup.is_ready = all(check.state == "ready" for check in setup.check_ids)

    @api.model_create_multi
    def create(self, vals_list):
        setups = super().create(vals_list)
        for setup in setups:
            setup._refresh()
        return setups

    @api.model
    def action_open(self):
        """Open the set-up of the current company."""
        return self.create({})._get_records_action(name=self.env._("Set-up"))

    def action_prepare(self):
        """Make everything that needs no decision; may be run again at any time."""
        for setup in self:
            company = setup._get_company_to_prepare()
            company.service_tax_exigibility = setup.tax_exigibility
            company._prepare_service_company(creditor_identifier=setup.creditor_identifier)
            setup._refresh()
        return True

    def action_correct_taxes(self):
        """Give the selected services the service tax of their rate."""
        for setup in self:
            company = setup._get_company_to_prepare()
            lines = setup.product_ids.filtered("is_selected")
            if not lines:
                raise UserError(self.env._("Select the services to correct first."))
            lines._keep_inclusion()
            company._assign_service_taxes(lines.product_tmpl_id)
            setup._refresh()
        return True

    def _get_company_to_prepare(self):
        """Return the company with all rights, after checking those of the user."""
        self.ensure_one()
        if not self.env.user.has_group("account.group_account_manager"):
            raise AccessError(
                self.env._(
                    "The set-up makes taxes and payment methods: ask somebody with the rights of "
                    "an accounting administrator to run it."
                )
            )
        return self.company_id.sudo()

    def _refresh(self):
        """Look at the company again."""
        self.ensure_one()
        company = self.company_id.sudo().with_company(self.company_id)
        self.write(
            {
                "check_ids": [
                    Command.clear(),
                    *(
                        Command.create({"key": key, "sequence": number})
                        for number, key in enumerate(company._get_service_checks())
                    ),
                ],
                "product_ids": [
                    Command.clear(),
                    *(
                        Command.create({"product_tmpl_id": template.id})
                        for template in company._get_mistaxed_services()
                    ),
                ],
            }
        )


class ServiceSetupCheck(models.TransientModel):
    """One line of the check-list; its state is that of the company at this moment."""

    _name = "service.setup.check"
    _description = "Point of the Set-up"
    _order = "sequence, id"

    setup_id = fields.Many2one("service.setup", required=True, ondelete="cascade")
    sequence = fields.Integer()
    key = fields.Selection(
        [
            ("taxes", "Taxes on services"),
            ("territories", "Rates by territory"),
            ("addresses", "Overseas addresses"),
            ("debit", "SEPA direct debit"),
            ("identifier", "SEPA creditor identifier"),
            ("project", "Project for sessions"),
            ("exit", "Early exits"),
            ("timezone", "Time zone"),
            ("level", "Sessions without a contract"),
            ("products", "Services and their taxes"),
        ],
        string="Point",
        required=True,
    )
    state = fields.Selection(
        [("ready", "Ready"), ("todo", "Will be prepared"), ("blocked", "Needs you")],
        compute="_compute_state",
    )
    note = fields.Char(compute="_compute_state")
    can_open = fields.Boolean(compute="_compute_state")

    @api.depends("key", "setup_id.company_id")
    def _compute_state(self):
        for setup, lines in self.grouped("setup_id").items():
            company = setup.company_id.sudo().with_company(setup.company_id)
            checks = company._get_service_checks()
            for line in lines:
                check = checks.get(line.key)
                line.state = check.state if check else "ready"
                line.note = check.note if check else False
                line.can_open = bool(company._get_service_check_action(line.key))

    def action_open(self):
        """Open where a person does what the check asks for."""
        self.ensure_one()
        company = self.setup_id.company_id.sudo().with_company(self.setup_id.company_id)
        return company._get_service_check_action(self.key)


class ServiceSetupProduct(models.TransientModel):
    """One service whose tax in the company does not suit it."""

    _name = "service.setup.product"
    _description = "Service to Correct"

    setup_id = fields.Many2one("service.setup", required=True, ondelete="cascade")
    is_selected = fields.Boolean(string="Correct", default=True)
    product_tmpl_id = fields.Many2one(
        "product.template", string="Service", required=True, readonly=True, ondelete="cascade"
    )
    current_taxes = fields.Char(string="Tax Now", compute="_compute_taxes")
    right_tax = fields.Char(compute="_compute_taxes")

    @api.depends("product_tmpl_id.taxes_id")
    def _compute_taxes(self):
        for line in self:
            company, template = line.setup_id.company_id.sudo(), line.product_tmpl_id
            rate = company._get_rate_of_service(template)
            tax = company._find_service_tax(line._is_price_included(), rate)
            names = company._get_taxes_of_service(template).mapped("name")
            line.current_taxes = ", ".join(names) or self.env._("None")
            line.right_tax = tax.name or self.env._("To be prepared")

    def _is_price_included(self):
        """Return whether the price contains its tax: as the catalogue says, else as it is now."""
        self.ensure_one()
        company = self.setup_id.company_id.sudo()
        taxes = company._get_taxes_of_service(self.product_tmpl_id)
        if self.product_tmpl_id in company._get_service_catalogue() or not taxes:
            return self.product_tmpl_id.service_price_included
        return all(taxes.mapped("price_include"))

    def _keep_inclusion(self):
        """Note on each service whether its price contains the tax, before the tax is replaced."""
        for line in self:
            line.product_tmpl_id.sudo().service_price_included = line._is_price_included()
