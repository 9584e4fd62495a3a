from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.client_actions import open_window
from ..common.field_values import is_changed
from ..common.people import check_speaks_for, speaks_for
from ..contract.service_contract import IN_FORCE


class SaleOrder(models.Model):
    """A quotation becomes contracts, prepaid time and amendments by being confirmed."""

    _name = "sale.order"
    _inherit = ["sale.order", "service.workflow.mixin"]

    service_start_date = fields.Date(
        string="Service Start",
        copy=False,
        help="First day of the contracts of this quotation; empty: the day it is confirmed.",
        lock="draft",
    )
    service_referent_id = fields.Many2one(
        "res.partner",
        string="Référent",
        domain="[('id', 'child_of', partner_id)]",
        help="The customer's privileged technical and commercial contact.",
        check_company=True,
        lock="draft",
    )
    service_contract_ids = fields.One2many("service.contract", "sale_order_id")
    service_contract_count = fields.Integer(compute="_compute_service_contract_count")
    service_has_recurring = fields.Boolean(compute="_compute_service_recurring")
    service_monthly_total = fields.Monetary(
        string="Recurring per Month", compute="_compute_service_recurring"
    )

    @api.onchange("partner_id")
    def _onchange_service_partner_id(self):
        """Forget who would speak for another customer."""
        if not speaks_for(self.service_referent_id, self.partner_id):
            self.service_referent_id = False

    @api.constrains("service_referent_id", "partner_id")
    def _check_service_referent_id(self):
        for order in self:
            check_speaks_for(order, "service_referent_id")

    def _lacks_order_number(self):
        """Tell whether the customer would refuse the invoices of the order (L08)."""
        payer = self.partner_invoice_id.commercial_partner_id
        return not self.client_order_ref and payer._lacks_order_number()

    def _get_only_contract(self):
        """Return the contract of an order that has a single one, else none."""
        contracts = self.service_contract_ids
        return contracts if len(contracts) == 1 else contracts.browse()

    def _get_amounts_to_invoice(self):
        """Return ``(untaxed amount, total)`` of the invoice that Odoo would make of the order now.

        In the order's currency, taxes rounded as on the invoice, what was paid down deducted.
        """
        self.ensure_one()
        taxes = self.env["account.tax"]
        lines = self._get_invoiceable_lines(final=True).filtered(lambda it: not it.display_type)
        rows = [
            line._prepare_base_line_for_taxes_computation(quantity=line.qty_to_invoice)
            for line in lines
        ]
        taxes._add_tax_details_in_base_lines(rows, self.company_id)
        taxes._round_base_lines_tax_details(rows, self.company_id)
        totals = taxes._get_tax_totals_summary(rows, self.currency_id, self.company_id)
        return totals["base_amount_currency"], totals["total_amount_currency"]

    def _give_order_number(self, number):
        """Take the number that the customer has given for the order's invoices."""
        self.client_order_ref = number

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
        self._start_on_signing()
        result = super()._action_confirm()
        orders = self.sudo().filtered(
            lambda order: order.service_has_recurring or order.service_amended_contract_id
        )
        orders._empty_cancelled_contracts()
        orders._create_service_contracts(revive=True)
        self.order_line.filtered("product_id.service_prepaid_hours")._sync_prepaid_time()
        return result

    def _create_service_contracts(self, revive=False):
        """Put the recurring lines of confirmed orders that are in no contract into one (S37).

        Amendments come first: what they take is in a contract then. Lines of one key share a
        contract: the order's open one, with ``revive`` a cancelled one as well, else a new one.
        Contracts that lack nothing are activated; the others (no mandate, say) stay drafts and say
        so: the sale itself is not refused.
        """
        for order in self.sudo():
            order._amend_contract()
            order._drop_quoted_amendments()
            for key, lines in (
                order._get_lines_to_contract().grouped(order._get_contract_key).items()
            ):
                contract = order._find_contract(key, revive)
                if not revive:
                    order._check_may_enlarge(contract)
                if contract:
                    order._add_to_contract(contract, lines)
                else:
                    contract = order._create_contract(lines)
                contract._activate_if_ready()

    def _check_may_enlarge(self, contract):
        """Refuse to sell by a confirmed order what only an amendment may add (S37).

        What is in force was agreed with its commitment, and what was signed was signed as it was:
        more of it is quoted, and signed. Managers may add to contracts directly.
        """
        self.ensure_one()
        if self._may_change_agreed():
            return
        if contract.state in IN_FORCE:
            raise UserError(
                self.env._(
                    "%(contract)s is in force: press “Amend by Quotation” on it to sell more, and "
                    "have the customer sign it.",
                    contract=contract.name,
                )
            )
        self._check_not_signed()

    @api.model
    def _may_change_agreed(self):
        """Tell whether the user may change what was agreed: a manager, or the system itself."""
        return self.env.user._is_service_manager() or self.env.user._is_superuser()

    def _check_not_signed(self):
        """Leave to managers what recurs on orders that customers signed."""
        for order in self.filtered("signature"):
            raise UserError(
                self.env._(
                    "%(order)s was signed by %(who)s: quote what is new or changed on another "
                    "quotation, or cancel this order and quote anew.",
                    order=order.name,
                    who=order.signed_by or order.partner_id.display_name,
                )
            )

    def _get_lines_to_contract(self):
        """Return the recurring lines that neither are in a contract nor amend one."""
        lines = self.order_line.filtered(
            lambda line: (
                line.service_is_recurring
                and line.product_uom_qty
                and not line.service_contract_line_ids
            )
        )
        return lines - self._get_done_amendments().line_ids.sale_line_id

    def _get_contract_key(self, line):
        """Return what order lines share to stand in one contract; a hook.

        Family and level. A product without level joins the first level of its family.

        :param line: ``sale.order.line``, a recurring one
        :return: ``(service.family, service.level)``
        """
        family = line.product_id.service_family_id
        products = line.order_id.order_line.filtered("service_is_recurring").product_id
        levels = products.filtered(lambda product: product.service_family_id == family)
        return family, line.product_id.service_level_id or levels.service_level_id[:1]

    def _find_contract(self, key, revive):
        """Return the order's contract for a key of ``_get_contract_key``, or none; a hook.

        What is added to a confirmed order later joins the contract that the order amends.

        :param tuple key: ``(service.family, service.level)``
        :param bool revive: whether a cancelled contract is found as well
        :return: ``service.contract``, one or none
        """
        amended = self.service_amended_contract_id
        if amended.state == "active" and self._is_amended_by_key(key):
            return amended
        states = ("draft", "active", "cancelled") if revive else ("draft", "active")
        return self.service_contract_ids.filtered(
            lambda contract: (
                contract.state in states and (contract.family_id, contract.level_id) == key
            )
        )[:1]

    def _empty_cancelled_contracts(self):
        """Take the orders' lines out of their cancelled contracts: they are put in anew."""
        cancelled = self.service_contract_ids.filtered(
            lambda contract: contract.state == "cancelled"
        )
        cancelled.line_ids.filtered("sale_line_id").unlink()

    def _create_contract(self, lines):
        """Make the contract of some recurring order lines; return it."""
        self.ensure_one()
        commands = [fields.Command.create(line._prepare_contract_line_vals()) for line in lines]
        contract = self.env["service.contract"].create(
            {**self._prepare_contract_vals(lines), "line_ids": commands}
        )
        contract.message_post_with_source(
            "mail.message_origin_link",
            render_values={"self": contract, "origin": self},
            subtype_xmlid="mail.mt_note",
        )
        return contract

    def _add_to_contract(self, contract, lines):
        """Put order lines in a contract that exists: in an active one from today on."""
        self.ensure_one()
        if contract.state == "cancelled":
            contract._set_draft()
            contract.write(self._prepare_contract_vals(lines))
        today = fields.Date.context_today(self)
        is_running = contract.state == "active" and contract.date_start < today
        start = {"date_start": today} if is_running else {}
        contract.line_ids = [
            fields.Command.create({**line._prepare_contract_line_vals(), **start}) for line in lines
        ]
        contract.message_post(
            body=self.env._(
                "Added from %(order)s: %(products)s.",
                order=self.name,
                products=", ".join(lines.product_id.mapped("display_name")),
            )
        )

    def _prepare_contract_vals(self, lines):
        """Return the values of the contract of some recurring order lines; a hook.

        :param lines: ``sale.order.line``, of one key
        :return: dict of ``service.contract``
        """
        self.ensure_one()
        product = lines[0].product_id
        start = self.service_start_date or fields.Date.context_today(self)
        vals = {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.partner_invoice_id.id,
            "partner_shipping_id": self.partner_shipping_id.id,
            "client_order_ref": self.client_order_ref,
            "referent_id": self.service_referent_id.id,
            "user_id": self.user_id._of_service_company(self.company_id).id,
            "sale_order_id": self.id,
            "family_id": product.service_family_id.id,
            "level_id": self._get_contract_key(lines[0])[1].id,
            "date_start": start,
            "pricelist_id": self.pricelist_id.id,
            "payment_term_id": self.payment_term_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            **self._prepare_customer_vals(product.service_family_id),
            **self._prepare_conclusion_vals(),
        }
        if self.preferred_payment_method_line_id:
            vals["payment_method_line_id"] = self.preferred_payment_method_line_id.id
        if self.mandate_id:
            vals["mandate_id"] = self.mandate_id.id
        return vals

    def _action_cancel(self):
        result = super()._action_cancel()
        contracts = self.sudo().service_contract_ids
        contracts.filtered(lambda contract: contract.state in ("draft", "active"))._set_cancelled()
        self.order_line._sync_prepaid_time()
        self.sudo()._get_done_amendments()._set_cancelled()
        self._drop_quoted_amendments()
        return result

    def action_open_service_contracts(self):
        self.ensure_one()
        domain = [("sale_order_id", "=", self.id)]
        action = open_window(self.env, "service_contract.service_contract_action", domain)
        if len(self.service_contract_ids) == 1:
            action.update({"res_id": self.service_contract_ids.id, "views": [(False, "form")]})
        return action

    # ----- What was signed -----

    def _get_company_kept(self):
        """An order stays where its contracts and its prepaid time are, or the one it amends."""
        return self.filtered(lambda order: order.sudo()._has_services())

    def _has_services(self):
        """Tell whether something of ours hangs on the order."""
        self.ensure_one()
        return bool(
            self.service_contract_ids
            or self.service_amended_contract_id
            or self.order_line.service_allowance_ids
        )

    def _is_in_draft(self):
        """What a quotation says of its contracts is typed until it is confirmed."""
        self.ensure_one()
        return self.state != "sale"

    def _is_sealed(self):
        """A confirmed order keeps how it was concluded, since its contract has it."""
        self.ensure_one()
        return self.state == "sale"

    def _raise_sealed(self, names):
        raise UserError(
            self.env._(
                "%(order)s is confirmed: how it was concluded stands in the contract.",
                order=self.name,
            )
        )

    def write(self, vals):
        """Send nothing that is not allowed; a loss was allowed of one contract alone.

        Asked before, and of what the same write makes of the order.
        """
        is_sent = vals.get("state") == "sent"
        if is_sent:
            self._check_may_be_sent()
        name = "service_amended_contract_id"
        moved = self.filtered(lambda order: name in vals and is_changed(order, name, vals[name]))
        result = super().write(vals)
        if not vals.keys().isdisjoint(("service_regime", "service_is_small_firm")):
            self._remember_service_customer()
        moved.sudo()._forget_loss()
        if is_sent and len(vals) > 1:
            self._check_may_be_sent()
        return result
