from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    service_start_date = fields.Date(
        string="Service Start",
        copy=False,
        help="First day of the contracts that this quotation makes; empty: the day it is confirmed.",
    )
    service_referent_id = fields.Many2one(
        "res.partner",
        string="Référent",
        domain="[('id', 'child_of', partner_id)]",
        help="The customer's privileged technical and commercial contact.",
    )
    service_contract_ids = fields.One2many("service.contract", "sale_order_id")
    service_contract_count = fields.Integer(compute="_compute_service_contract_count")
    service_has_recurring = fields.Boolean(compute="_compute_service_recurring")
    service_monthly_total = fields.Monetary(
        string="Recurring per Month", compute="_compute_service_recurring"
    )

    @api.depends("service_contract_ids")
    def _compute_service_contract_count(self):
        counts = dict(
            self.env["service.contract"]
            .sudo()
            ._read_group([("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"])
        )
        for order in self:
            order.service_contract_count = counts.get(order, 0)

    @api.depends("order_line.service_is_recurring", "order_line.price_subtotal")
    def _compute_service_recurring(self):
        for order in self:
            lines = order.order_line.filtered("service_is_recurring")
            order.service_has_recurring = bool(lines)
            order.service_monthly_total = sum(
                line.price_subtotal / int(line.service_price_period or 1) for line in lines
            )

    # ----- Quote → contract -----

    def _action_confirm(self):
        result = super()._action_confirm()
        self._create_service_contracts()
        return result

    def _create_service_contracts(self):
        """Make the contracts of confirmed orders; activate those that lack nothing (S37).

        A contract that lacks something (a mandate, say) stays in draft and says so: the sale
        itself is not refused. An order confirmed again takes up its cancelled contracts.
        """
        for order in self.sudo():
            contracts = order._take_up_contracts()
            known = contracts.line_ids.sale_line_id
            lines = order.order_line.filtered("service_is_recurring") - known
            for group in lines.grouped(order._get_contract_key).values():
                contracts += order._add_to_contract(contracts, group)
            contracts._activate_if_ready()

    def _get_contract_key(self, line):
        """Return what order lines share to stand in one contract; a hook."""
        product = line.product_id
        return product.service_family_id, product.service_level_id

    def _add_to_contract(self, contracts, lines):
        """Put order lines in a new contract; return it."""
        self.ensure_one()
        vals = self._prepare_contract_vals(lines)
        vals["line_ids"] = [
            fields.Command.create(line._prepare_contract_line_vals()) for line in lines
        ]
        contract = self.env["service.contract"].create(vals)
        contract.message_post_with_source(
            "mail.message_origin_link",
            render_values={"self": contract, "origin": self},
            subtype_xmlid="mail.mt_note",
        )
        return contract

    def _prepare_contract_vals(self, lines):
        """Return the values of the contract of some recurring order lines; a hook."""
        self.ensure_one()
        product = lines[0].product_id
        start = self.service_start_date or fields.Date.context_today(self)
        vals = {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.partner_invoice_id.id,
            "partner_shipping_id": self.partner_shipping_id.id,
            "referent_id": self.service_referent_id.id,
            "user_id": self.user_id.id,
            "sale_order_id": self.id,
            "family_id": product.service_family_id.id,
            "level_id": lines.product_id.service_level_id[:1].id,
            "date_start": start,
            "pricelist_id": self.pricelist_id.id,
            "payment_term_id": self.payment_term_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
        }
        if self.preferred_payment_method_line_id:
            vals["payment_method_line_id"] = self.preferred_payment_method_line_id.id
        if self.mandate_id:
            vals["mandate_id"] = self.mandate_id.id
        return vals

    def _take_up_contracts(self):
        """Take the order's cancelled contracts back to draft, with the order's present lines."""
        self.ensure_one()
        contracts = self.service_contract_ids.filtered(lambda contract: contract.state == "cancelled")
        contracts._set_draft()
        if self.service_start_date:
            contracts.date_start = self.service_start_date
        for line in contracts.line_ids.filtered("sale_line_id"):
            line.write(line.sale_line_id._prepare_contract_line_vals())
        return contracts

    def _action_cancel(self):
        result = super()._action_cancel()
        contracts = self.sudo().service_contract_ids
        contracts.filtered(lambda contract: contract.state in ("draft", "active"))._set_cancelled()
        return result

    def action_open_service_contracts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_contract_action"
        )
        if len(self.service_contract_ids) == 1:
            action.update(
                {"res_id": self.service_contract_ids.id, "views": [(False, "form")]}
            )
        return {**action, "domain": [("sale_order_id", "=", self.id)], "context": {}}

    @api.constrains("service_start_date", "state")
    def _check_service_start_date(self):
        for order in self.filtered("service_start_date"):
            active = order.sudo().service_contract_ids.filtered(
                lambda contract: contract.state in ("active", "ended")
            )
            if any(contract.date_start != order.service_start_date for contract in active):
                raise UserError(
                    self.env._(
                        "%(order)s: its contract %(contract)s is active, its start is fixed.",
                        order=order.name,
                        contract=active[0].name,
                    )
                )
