from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, float_round


class SaleOrder(models.Model):
    """A quotation may amend a contract: confirming it puts the amendment in force."""

    _inherit = "sale.order"

    service_amended_contract_id = fields.Many2one(
        "service.contract",
        string="Amended Contract",
        copy=False,
        index="btree_not_null",
        check_company=True,
        domain="[('commercial_partner_id', 'parent_of', partner_id), ('state', '=', 'active')]",
        help="Confirming this quotation amends that contract from the service start on.",
    )
    service_amendment_mode = fields.Selection(
        [
            ("replace", "These products instead of the contract's"),
            ("extend", "These products on top of the contract's"),
        ],
        string="It Provides",
        default="replace",
        required=True,
        copy=False,
    )
    service_amendment_months = fields.Integer(
        string="New Commitment of",
        copy=False,
        help="Months; 0: the end of the commitment stays as it is.",
    )
    service_amendment_ids = fields.One2many("service.amendment", "sale_order_id")

    _service_amendment_months_positive = models.Constraint(
        "CHECK (service_amendment_months >= 0)", "A commitment is zero or more months."
    )

    @api.constrains("service_amended_contract_id", "partner_id", "pricelist_id", "currency_id")
    def _check_amended_contract(self):
        for order in self.filtered("service_amended_contract_id"):
            contract = order.service_amended_contract_id
            if contract.commercial_partner_id != order.partner_id.commercial_partner_id:
                raise UserError(
                    self.env._("%(contract)s is another customer's.", contract=contract.name)
                )
            if contract.currency_id != order.currency_id:
                raise UserError(
                    self.env._(
                        "%(contract)s is in %(currency)s: choose a pricelist of that currency.",
                        contract=contract.name,
                        currency=contract.currency_id.name,
                    )
                )

    def _create_service_contracts(self, revive=False):
        """Amend first: what an amendment takes is in a contract then."""
        for order in self.sudo():
            order._amend_contract()
        return super()._create_service_contracts(revive)

    def _find_contract(self, key, revive):
        """Put what is added to a confirmed order later in the contract that the order amends."""
        contract = self.service_amended_contract_id
        if contract.state == "active" and self._is_amended_by_key(key):
            return contract
        return super()._find_contract(key, revive)

    def _is_amended_by_key(self, key):
        return key[0] == self.service_amended_contract_id.family_id

    def _get_lines_to_contract(self):
        handled = self.service_amendment_ids.filtered(lambda amendment: amendment.state == "done")
        return super()._get_lines_to_contract() - handled.line_ids.sale_line_id

    def _amend_contract(self):
        """Put the amendment that a confirmed quotation sells in force, once."""
        self.ensure_one()
        contract = self.service_amended_contract_id
        done = self.service_amendment_ids.filtered(lambda amendment: amendment.state == "done")
        if not contract or done:
            return done
        lines = self._get_amending_lines()
        if not lines:
            return done
        amendment = self._record_amendment(lines)
        amendment._set_done()
        return amendment

    def _record_amendment(self, lines):
        """Return the draft of an amendment that sells some recurring order lines; a hook."""
        self.ensure_one()
        return self.env["service.amendment"].create(self._prepare_amendment_vals(lines))

    def _get_amending_lines(self):
        """Return the lines that stand in the amended contract's family and are not in it yet."""
        self.ensure_one()
        return self._get_lines_to_contract().filtered(
            lambda line: self._is_amended_by_key(self._get_contract_key(line))
        )

    def _prepare_amendment_vals(self, lines):
        """Return the amendment of some recurring order lines; a hook.

        A new commitment is renewed from its first renewal on as the quotation says.
        """
        self.ensure_one()
        contract = self.service_amended_contract_id
        day = self.service_start_date or contract._get_first_amending_day()
        vals = self.env["service.amendment"]._prepare_draft_vals(contract, day)
        level = self._get_contract_key(lines[0])[1]
        months = self.service_amendment_months
        return {
            **vals,
            "level_id": (level or contract._get_level_on(day)).id,
            "line_ids": self._prepare_amendment_commands(vals["line_ids"], lines, day),
            "sale_order_id": self.id,
            "is_new_commitment": bool(months),
            "commitment_months": months or vals["commitment_months"],
            "is_new_renewal": bool(months) and contract._has_later_renewals(),
        }

    def _prepare_amendment_commands(self, kept, lines, day):
        """Match the order's lines with the contract's: by product, each once.

        Where the order replaces what the contract provides, what is not in it is taken out. A
        change that is recorded for a later day is not provided yet, and stays.
        """
        every = [command[2] for command in kept]
        provided = self.service_amended_contract_id.line_ids.filtered(
            lambda line: line._is_served_on(day)
        )
        rows = [row for row in every if row["contract_line_id"] in provided.ids]
        later = [row for row in every if row not in rows]
        is_replacing = self.service_amendment_mode == "replace"
        sold = []
        for line in lines:
            match = (is_replacing and line._find_amended(rows)) or {}
            if match:
                rows.remove(match)
            sold.append(line._prepare_amendment_line_vals(match))
        left = [{**row, "is_removed": is_replacing} for row in rows]
        return [Command.create(vals) for vals in [*sold, *left, *later]]

    def _action_cancel(self):
        result = super()._action_cancel()
        amendments = self.sudo().service_amendment_ids
        amendments.filtered(lambda amendment: amendment.state == "done")._set_cancelled()
        return result


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _find_amended(self, rows):
        """Return which of some kept rows an order line is about: by product, at best by price.

        Rows are values of ``service.amendment.line``; none: an empty dict.
        """
        self.ensure_one()
        rows = [row for row in rows if row["product_id"] == self.product_id.id]
        return max(rows, key=self._is_at_price_of, default={})

    def _is_at_price_of(self, row):
        """Tell whether the price is still the one that was quoted for a kept row."""
        line = self.env["service.contract.line"].browse(row["contract_line_id"])
        price = self._prepare_contract_line_vals()["price_unit"]
        digits = self.env["decimal.precision"].precision_get("Product Price")
        return not float_compare(price, line._get_quoted_price(), precision_digits=digits)

    def _prepare_amendment_line_vals(self, row):
        """Return the amendment's line of a recurring order line that stands for a kept row.

        A price that stays as it was quoted is the contract's own, for its own period: 1,000.00 a
        year, quoted as 83.33 a month, do not become 999.96.
        """
        self.ensure_one()
        vals = {**row, **self._prepare_contract_line_vals()}
        if row and self._is_at_price_of(row):
            vals.update(price_unit=row["price_unit"], price_period=row["price_period"])
        return vals


class ServiceContract(models.Model):
    _inherit = "service.contract"

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


class ServiceContractLine(models.Model):
    _inherit = "service.contract.line"

    def _prepare_quote_line_vals(self):
        """Return the order line that sells what a contract's line provides, at its price."""
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "name": self.name,
            "product_uom_qty": self.quantity,
            "price_unit": self._get_quoted_price(),
            "technical_price_unit": 0.0,  # agreed: another quantity leaves it as it is
            "discount": self.discount,
            "sequence": self.sequence,
        }

    def _get_quoted_price(self):
        """Return the price for the period of the product, as order lines have it."""
        self.ensure_one()
        months = int(self.price_period)
        sold_months = int(self.product_id.service_price_period or months)
        digits = self.env["decimal.precision"].precision_get("Product Price")
        return float_round(self.price_unit * sold_months / months, precision_digits=digits)
