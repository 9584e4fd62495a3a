from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..common.field_values import get_label

# What the customer agreed to by the quotation, and the contract takes from it.
AGREED = frozenset(
    {
        "company_id",
        "partner_id",
        "family_id",
        "level_id",
        "initial_months",
        "tacit_months",
        "notice_count",
        "notice_unit",
        "date_end",
        "regime",
        "is_small_firm",
        "is_telecom_cap_waived",
        "conclusion",
        "concluded_on",
        "is_off_activity",
        "conditions_id",
    }
)


class ServiceContract(models.Model):
    """What was agreed on a quotation stands in its contract, also while that is a draft (S37).

    A draft that waits for its mandate is completed by whoever sold it; its terms and its products
    are negotiated on the quotation, before it is confirmed. Afterwards a manager corrects them.
    A quotation that amends a contract begins with what it provides.
    """

    _inherit = "service.contract"

    is_agreed = fields.Boolean(
        compute="_compute_is_agreed", help="Its terms were agreed on a confirmed quotation."
    )
    amending_quote_count = fields.Integer(compute="_compute_amending_quote_count")
    can_change_terms = fields.Boolean(compute="_compute_can")

    @api.depends("sale_order_id.state", "line_ids.sale_line_id.state")
    def _compute_is_agreed(self):
        for contract in self:
            contract.is_agreed = contract._get_agreed_order()

    @api.depends("is_agreed")
    def _compute_can(self):
        result = super()._compute_can()
        is_manager = self.env.user._is_service_manager()
        for contract in self:
            is_held = contract.is_agreed and not is_manager
            contract.can_change_lines = contract.can_change_lines and not is_held
            contract.can_change_terms = not is_held
        return result

    def _get_agreed_order(self):
        """Return the confirmed order that sold a contract, if any."""
        contract = self.sudo()
        orders = contract.sale_order_id | contract.line_ids.sale_line_id.order_id
        return orders.filtered(lambda order: order.state == "sale")[:1]

    def write(self, vals):
        if names := AGREED & vals.keys():
            self._check_agreed(names, vals)
        result = super().write(vals)
        if "date_start" in vals:
            self._move_offers()
        return result

    def _move_offers(self):
        """Count the months of discounts that were sold from the start as it is now."""
        for line in self.sudo().line_ids.filtered("sale_line_id.service_discount_months"):
            line.discount_until = line.sale_line_id._get_discount_until()

    def _check_agreed(self, names, vals):
        """Leave to managers what was agreed on a confirmed quotation."""
        if self._is_workflow() or self.env.user._is_service_manager():
            return
        for contract in self:
            if contract.is_agreed and (changed := contract._get_changed(names, vals)):
                contract._raise_agreed(contract._get_field_labels(changed))

    def _raise_agreed(self, what):
        raise UserError(
            self.env._(
                "%(contract)s was sold by %(order)s: %(what)s as agreed there. Cancel that order "
                "and quote anew, or have a manager change it.",
                contract=self.name,
                order=self._get_agreed_order().name,
                what=what,
            )
        )

    def _set_draft(self):
        """Begin anew without what its order sells otherwise by now: once, not each month."""
        result = super()._set_draft()
        self.sudo().line_ids.filtered(
            lambda line: line.sale_line_id and not line.sale_line_id.service_is_recurring
        ).unlink()
        return result

    # ----- Amending -----

    def _compute_amending_quote_count(self):
        counts = dict(
            self.env["sale.order"]
            .sudo()
            ._read_group(
                self._get_amending_quotes_domain(), ["service_amended_contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.amending_quote_count = counts.get(contract.sudo(), 0)

    def _get_amending_quotes_domain(self):
        """Return the domain of the open quotations that would amend these contracts."""
        return [
            ("service_amended_contract_id", "in", self.ids),
            ("state", "in", ("draft", "sent")),
        ]

    def _get_coming_changes(self):
        """Add what is quoted and not decided yet."""
        quotes = self.env["sale.order"].sudo().search(self._get_amending_quotes_domain())
        return super()._get_coming_changes() + [
            self.env._(
                "%(order)s (%(state)s): %(words)s",
                order=quote.name,
                state=get_label(quote, "state"),
                words=quote._describe_amendment(),
            )
            for quote in quotes
        ]

    def action_open_amending_quotes(self):
        """Open the quotations that would amend the contract."""
        self.ensure_one()
        self.check_access("read")
        quotes = self.env["sale.order"].search(self._get_amending_quotes_domain())
        return quotes._get_records_action(name=self.env._("Amending Quotations"))

    def action_amend_by_quote(self):
        """Open a new quotation with what the contract provides, to be changed and sent."""
        self.ensure_one()
        order = self.env["sale.order"].create(self._prepare_amending_order_vals())
        return order._get_records_action(name=self.env._("Amend %(contract)s", contract=self.name))

    def _prepare_amending_order_vals(self):
        """Return the quotation; it amends from the day it is signed, whenever that is."""
        day = self._get_first_amending_day()
        lines = self.line_ids.filtered(lambda line: line._is_served_on(day))
        return {
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.partner_invoice_id.id,
            "partner_shipping_id": self.partner_shipping_id.id,
            "company_id": self.company_id.id,
            "pricelist_id": self.pricelist_id.id,
            "service_amended_contract_id": self.id,
            "order_line": [Command.create(line._prepare_quote_line_vals()) for line in lines],
        }
