from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ...models.common.field_values import get_labels


class ServiceSetup(models.TransientModel):
    """Shows what a company still lacks to sell services, and prepares what needs no decision."""

    _name = "service.setup"
    _description = "Set-up of Service Contracts"
    _inherit = ["service.wizard.mixin"]
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
    income_account_id = fields.Many2one(
        "account.account",
        string="Income Account of Services",
        compute="_compute_answers",
        store=True,
        readonly=False,
        domain="[('account_type', 'in', ('income', 'income_other'))]",
        check_company=True,
        help="Services are booked here, unless their product or category names another account "
        "than that of goods.",
    )
    tax_rounding = fields.Selection(
        selection=lambda self: list(
            get_labels(self.env["res.company"], "tax_calculation_rounding_method").items()
        ),
        string="Rounding of Taxes",
        compute="_compute_answers",
        store=True,
        readonly=False,
        help="Prices that include their tax need taxes rounded per line: otherwise the lines of "
        "an invoice differ from its total by cents. Holds for all new invoices of the company.",
    )
    is_in_sepa_area = fields.Boolean(compute="_compute_is_in_sepa_area")
    has_ground = fields.Boolean(compute="_compute_has_ground")
    is_ready = fields.Boolean(compute="_compute_is_ready")
    check_ids = fields.One2many("service.setup.check", "setup_id", string="Check-list")
    product_ids = fields.One2many("service.setup.product", "setup_id", string="Taxes of Services")

    @api.model
    def _check_named(self, vals_list):
        """Show nobody the taxes and accounts of a company that is not theirs, and say so."""
        companies = self.env["res.company"].sudo()
        companies = companies.browse({vals.get("company_id") for vals in vals_list} - {None, False})
        if foreign := companies - self.env.user.sudo().company_ids:
            raise AccessError(
                self.env._("You do not work for %(company)s.", company=foreign[0].name)
            )
        return super()._check_named(vals_list)

    @api.depends("company_id")
    def _compute_answers(self):
        for setup in self:
            company = setup.company_id.sudo()
            setup.tax_exigibility = company._get_service_tax_exigibility()
            setup.creditor_identifier = company.sepa_creditor_identifier
            setup.tax_rounding = company.tax_calculation_rounding_method
            setup.income_account_id = (
                company.service_income_account_id or company._find_service_income_account()
            )

    @api.depends("company_id")
    def _compute_has_ground(self):
        for setup in self:
            setup.has_ground = setup.company_id.sudo()._has_service_ground()

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
            company.write(setup._prepare_company_vals())
            company._prepare_service_company(creditor_identifier=setup.creditor_identifier)
            setup._refresh()
        return True

    def _prepare_company_vals(self):
        """Return what was answered, as the company keeps it; unchanged settings stay."""
        self.ensure_one()
        vals = {"service_tax_exigibility": self.tax_exigibility}
        vals["service_income_account_id"] = self.income_account_id.id
        if self.tax_rounding != self.company_id.sudo().tax_calculation_rounding_method:
            vals["tax_calculation_rounding_method"] = self.tax_rounding
        return vals

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
        company = self.company_id.sudo()
        if not company._has_service_ground():
            raise UserError(
                self.env._("Country and chart of accounts come first: the rest follows from them.")
            )
        return company

    def _refresh(self):
        """Look at the company again."""
        self.ensure_one()
        company = self.company_id.sudo().with_company(self.company_id)
        mistaxed = company._has_service_ground() and company._get_mistaxed_services() or []
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
                    *(Command.create({"product_tmpl_id": template.id}) for template in mistaxed),
                ],
            }
        )


class ServiceSetupCheck(models.TransientModel):
    """One line of the check-list; its state is that of the company at this moment."""

    _name = "service.setup.check"
    _description = "Point of the Set-up"
    _inherit = ["service.wizard.mixin"]
    _order = "sequence, id"

    setup_id = fields.Many2one("service.setup", required=True, ondelete="cascade")
    sequence = fields.Integer()
    key = fields.Selection(
        [
            ("country", "Country"),
            ("chart", "Chart of accounts"),
            ("identity", "Numbers on invoices"),
            ("taxes", "Taxes on services"),
            ("income", "Income account of services"),
            ("rounding", "Rounding of taxes"),
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
        self.setup_id.company_id.check_access("read")
        company = self.setup_id.company_id.sudo().with_company(self.setup_id.company_id)
        return company._get_service_check_action(self.key)


class ServiceSetupProduct(models.TransientModel):
    """One service whose tax in the company does not suit it."""

    _name = "service.setup.product"
    _description = "Service to Correct"
    _inherit = ["service.wizard.mixin"]

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
        if self.product_tmpl_id in company._get_service_catalogue():
            return self.product_tmpl_id.service_price_included
        return self.product_tmpl_id._is_service_price_included(company)

    def _keep_inclusion(self):
        """Note on each service whether its price contains the tax, before the tax is replaced."""
        for line in self:
            line.product_tmpl_id.sudo().service_price_included = line._is_price_included()
