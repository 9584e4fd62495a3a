import pytz
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date

from ..charge.service_charge import OPEN_CHARGE_STATES
from ..common.field_values import get_label
from ..common.people import check_speaks_for
from .service_exception import CUSTOMER_JOB

# What is charged by the day that it is for, not by the day on which its invoice is made.
DATED_VALUES = frozenset({"fiscal_position_id", "pricelist_id"})


class ServiceContract(models.Model):
    """A contract keeps what its customer's records said when it was made, and tells of changes.

    A new address, VAT number, regime, term or pricelist of the customer is a matter to settle:
    taken over from a day on, or left as agreed (L02, L09).
    """

    _inherit = "service.contract"

    partner_id = fields.Many2one(check_company=True)
    partner_invoice_id = fields.Many2one(check_company=True)
    partner_shipping_id = fields.Many2one(check_company=True)
    referent_id = fields.Many2one(check_company=True)
    user_id = fields.Many2one(
        default=lambda self: self.env.user._of_service_company(self.env.company),
        check_company=True,
    )
    customer_values = fields.Json(
        compute="_compute_customer_values",
        store=True,
        precompute=True,
        copy=False,
        help="What the customer's records said when somebody last decided about it.",
    )
    customer_note = fields.Text(compute="_compute_customer_note")
    takeover_ids = fields.One2many("service.takeover", "contract_id", string="Taken Over")
    tax_note = fields.Text(compute="_compute_tax_note")

    @api.constrains("referent_id")
    def _check_referent_id(self):
        """Sheets go to the référent: one of the customer's people when the contract is made."""
        for contract in self:
            check_speaks_for(contract, "referent_id")

    # ----- What the customer's records say -----

    @api.depends("partner_id", "partner_invoice_id", "partner_shipping_id", "company_id")
    def _compute_customer_values(self):
        for contract in self.filtered("partner_invoice_id"):
            contract.customer_values = contract._get_customer_values()

    def _get_customer_values(self):
        """Return what a contract takes from its customer's records, as they are now; a hook.

        :return: dict of fields of the contract, and the country of its site
        """
        self.ensure_one()
        company, site = self.company_id, self.partner_shipping_id
        partner = self.partner_id.with_company(company)
        invoice = self.partner_invoice_id.with_company(company)
        positions = self.env["account.fiscal.position"].with_company(company)
        return {
            "fiscal_position_id": positions._get_fiscal_position(invoice, site).id or False,
            "payment_term_id": invoice.property_payment_term_id.id or False,
            "pricelist_id": partner.property_product_pricelist.id or False,
            "regime": partner._get_service_customer(company)[0] or self.regime,
            "tz": site._get_service_timezone(company),
            "country_id": site.country_id.id or False,
        }

    def _get_own_value(self, name):
        """Return a value of the contract as ``_get_customer_values`` does."""
        value = self[name]
        return (value.id or False) if isinstance(value, models.BaseModel) else value

    def _get_customer_changes(self, now=None):
        """Return ``{name: value}`` of what the customer's records say otherwise since.

        A value that was negotiated otherwise, and that the customer's records never had, is none.
        ``now``: what they say, where that is known.
        """
        self.ensure_one()
        before, now = self.customer_values or {}, now or self._get_customer_values()
        if now["country_id"] != before.get("country_id"):
            now = {**now, "tz": self._get_zone_of_country(now["tz"])}
        return {
            name: value
            for name, value in now.items()
            if name in self._fields
            and name in before
            and value != before[name]
            and value != self._get_own_value(name)
        }

    def _get_zone_of_country(self, zone):
        """Return the time zone of the site's country where it has but one, else the given one."""
        zones = pytz.country_timezones.get(self.partner_shipping_id.country_id.code or "", [zone])
        return zones[0] if len(zones) == 1 else zone

    @api.depends("state", "customer_values", "partner_id", "partner_shipping_id")
    def _compute_customer_note(self):
        for contract in self:
            is_open = contract.state in ("draft", "active") and contract._origin
            changes = contract.sudo()._get_customer_changes() if is_open else {}
            contract.customer_note = contract._describe_changes(changes)

    def _describe_changes(self, changes):
        """Return a line ``label: old → new`` for each change."""
        self.ensure_one()
        return "\n".join(
            self.env._(
                "%(field)s: %(old)s → %(new)s",
                field=self._fields[name]._description_string(self.env),
                old=self._describe_value(name, self._get_own_value(name)),
                new=self._describe_value(name, value),
            )
            for name, value in changes.items()
        )

    def _describe_value(self, name, value):
        field = self._fields[name]
        if not value:
            return self.env._("none")
        if field.type == "many2one":
            return self.env[field.comodel_name].sudo().browse(value).display_name
        return get_label(self, name, value) or value

    # ----- The matter -----

    def _look_at_customers(self):
        """Report contracts whose customers' records have changed; settle what changed back."""
        matters = self.env["service.exception"]
        same = self.browse()
        for contract in self.filtered(lambda contract: contract.state in ("draft", "active")):
            contract = contract.with_context(lang=contract.company_id.partner_id.lang)
            now = contract._get_customer_values()
            if changes := contract._get_customer_changes(now):
                matters._report(
                    contract, "contract", contract._describe_matter(changes), CUSTOMER_JOB
                )
                continue
            same |= contract
            contract._drop_unsaid(now)
            if contract.customer_values != now:
                contract.sudo().customer_values = now
        matters._settle(same, "contract", CUSTOMER_JOB)

    def _get_still_said(self, values, now=None):
        """Return those of some values that the customer's records still say."""
        self.ensure_one()
        now = now or self._get_customer_values()
        zone = self._get_zone_of_country(now["tz"])
        said = {name: {now.get(name)} for name in values} | {"tz": {now["tz"], zone}}
        return {name: value for name, value in values.items() if value in said[name]}

    def _drop_unsaid(self, now):
        """Drop what was planned for values that the customer's records no longer have."""
        for takeover in self.sudo().takeover_ids.filtered(lambda row: not row.is_applied):
            values = takeover.new_values or {}
            takeover._drop_planned(values.keys() - self._get_still_said(values, now).keys())

    def _describe_matter(self, changes):
        return self.env._(
            "The customer's records have changed, the contract has not:\n%(changes)s",
            changes=self._describe_changes(changes),
        )

    def _note_customer_values(self):
        """Note that somebody has decided about the customer's records as they are now."""
        for contract in self.sudo():
            values = contract._get_customer_values()
            if contract.customer_values != values:
                contract.customer_values = values
        self.env["service.exception"]._settle(self, "contract", CUSTOMER_JOB)

    def action_take_over(self):
        """Ask from which day on the contract has the customer's new values."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take Over"),
            "res_model": "service.takeover.choice",
            "view_mode": "form",
            "target": "new",
            "context": {"default_contract_id": self.id},
        }

    def action_keep_agreed(self):
        """Leave contracts as agreed, whatever their customers' records say now."""
        if not self.env.user._is_service_manager():
            raise AccessError(
                self.env._("A manager decides what a contract takes over from its customer.")
            )
        self.check_access("write")
        for contract in self:
            if changes := contract.sudo()._get_customer_changes():
                contract._post_changes(
                    self.env._("Left as agreed:"), contract._describe_changes(changes)
                )
        self._note_customer_values()

    def _post_changes(self, heading, changes):
        """Note a decision in the chatter, a line for each value."""
        lines = [heading, *changes.split("\n")]
        self.message_post(body=Markup("<br/>").join(lines))

    def _take_over(self, values, day):
        """Have new values from a day on: at once, or when that day comes."""
        self.ensure_one()
        self.check_access("write")
        self._check_sealed(values, self._get_marked("lock", "sealed") & values.keys())
        self._check_not_before_applied(values, day)
        self.sudo().takeover_ids._drop_planned(values.keys())
        summary = self._describe_changes(values)
        takeover = (
            self.env["service.takeover"]
            ._as_workflow()
            .create({"contract_id": self.id, "date": day, "new_values": values, "summary": summary})
        )
        self._post_changes(
            self.env._("Taken over from %(day)s on:", day=format_date(self.env, day)), summary
        )
        self._note_customer_values()
        if day <= self._get_local_today():
            takeover._apply()
        else:
            self._remake_charges()
        return takeover

    def _check_not_before_applied(self, values, day):
        """Refuse a day before the last one from which the same values were taken over."""
        applied = self.sudo().takeover_ids.filtered(
            lambda row: row.is_applied and not values.keys().isdisjoint(row.new_values or ())
        )
        last = max(applied.mapped("date"), default=day)
        if day < last:
            raise UserError(
                self.env._(
                    "%(contract)s has had other values since %(day)s: choose that day or a later "
                    "one.",
                    contract=self.name,
                    day=format_date(self.env, last),
                )
            )

    # ----- What is charged by the values of its day -----

    def _get_party_on(self, day):
        """Return the values of a contract that differ on a day, with all of the charge's names."""
        return self.sudo().takeover_ids._get_values_on(day, DATED_VALUES)

    def _retax_open_charges(self, day):
        """Give what is open and for a later day the taxes of the contract's fiscal position.

        Recurring charges are made anew anyhow.
        """
        for contract in self.sudo():
            for charge in contract.charge_ids.filtered(
                lambda charge: (
                    charge.kind not in ("period", "credit")
                    and charge.state in OPEN_CHARGE_STATES
                    and charge.date_start >= day
                )
            ):
                position = contract.fiscal_position_id
                taxes = charge._get_taxes(charge.product_id, contract.company_id, position)
                charge.write(
                    {
                        "fiscal_position_id": position.id,
                        "tax_ids": [fields.Command.set(taxes.ids)],
                    }
                )

    # ----- Taxes that do not suit -----

    @api.depends("line_ids.product_id", "line_ids.is_current", "state")
    def _compute_tax_note(self):
        for contract in self:
            is_open = contract.state in ("draft", "active")
            contract.tax_note = is_open and contract._get_tax_note()

    def _get_tax_note(self):
        """Return a sentence for each current product whose tax does not suit it, or nothing."""
        self.ensure_one()
        templates = self.line_ids.filtered("is_current").product_id.product_tmpl_id
        return "\n".join(filter(None, map(self.company_id.sudo()._get_service_tax_flaw, templates)))

    def _report_tax_flaws(self):
        """Put contracts in the inbox whose products have a tax that does not suit them."""
        for contract in self:
            if note := contract._get_tax_note():
                self.env["service.exception"]._report(contract, "contract", note, job="tax")
