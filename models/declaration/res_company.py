from odoo import api, fields, models

PATHS = {"termination": "terminate", "withdrawal": "withdraw"}


class ResCompany(models.Model):
    """Where customers terminate and withdraw without an account (L19, L21), and what is told there.

    What is kept of it, for whom and how long: L18, S33.
    """

    _inherit = "res.company"

    service_termination_url = fields.Char(
        string="Page to Terminate", compute="_compute_service_declaration_urls"
    )
    service_withdrawal_url = fields.Char(
        string="Page to Withdraw", compute="_compute_service_declaration_urls"
    )

    @api.depends("name")
    def _compute_service_declaration_urls(self):
        for company in self:
            base = company.get_base_url()
            company.service_termination_url = base + company._get_declaration_path("termination")
            company.service_withdrawal_url = base + company._get_declaration_path("withdrawal")

    def _get_declaration_path(self, kind):
        """Return the path of the page on which anybody makes a declaration of a kind."""
        self.ensure_one()
        slug = self.env["ir.http"]._slug(self) if self.id else ""
        return f"/service/{slug}/{PATHS[kind]}"

    # ----- Words of the pages -----

    def _get_written_to(self):
        """Return where customers write to: e-mail address and postal address."""
        self.ensure_one()
        address = self.partner_id._display_address(without_company=True)
        parts = [self.email, self.name, *address.split("\n")]
        return ", ".join(part.strip() for part in parts if part and part.strip())

    def _describe_declared_data(self):
        """Return in sentences what is kept of a declaration, for whom and how long (L18, S33)."""
        return [
            self.env._(
                "%(company)s keeps what you send to handle your declaration and as evidence of "
                "it, for five years, because the law lets both sides bring claims for so long. "
                "The Internet address and the browser that sent it are kept for twelve months, "
                "against abuse. Those read it who manage your contract, its billing and its "
                "technical side, and nobody else.",
                company=self.name,
            ),
            self.env._(
                "You may ask to see your data and to have them corrected, or erased where nothing "
                "obliges us to keep them, and you may object: write to %(address)s. You may "
                "complain to the data protection authority (in France the CNIL, www.cnil.fr).",
                address=self._get_written_to(),
            ),
        ]

    def _describe_proofs(self):
        return self.env._(
            "A PDF, PNG or JPEG file of at most 5 MB. You may also send it by e-mail or by post: "
            "%(address)s.",
            address=self._get_written_to(),
        )

    def _describe_statement(self, kind):
        """Return the sentence by which a customer declares something."""
        if kind == "withdrawal":
            return self.env._(
                "I notify %(company)s of my withdrawal from this contract.", company=self.name
            )
        return self.env._(
            "I notify %(company)s of the termination of this contract.", company=self.name
        )

    @api.model
    def _find_by_path(self, text):
        """Return the company that a part of a path names by its number, with or without words."""
        _words, company_id = self.env["ir.http"]._unslug(text)
        return self.sudo().browse(company_id or 0).exists().filtered("active")
