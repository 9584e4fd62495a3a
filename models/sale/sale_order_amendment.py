from odoo import Command, api, fields, models
from odoo.exceptions import UserError

# What decides which amendment a quotation is.
AMENDING = (
    "state",
    "order_line.product_id",
    "order_line.product_uom_qty",
    "order_line.price_unit",
    "order_line.discount",
    "order_line.service_discount_months",
    "service_amended_contract_id",
    "service_amendment_mode",
    "service_amendment_months",
    "service_start_date",
    "service_amendment_ids.state",
)


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
        lock="sealed",
    )
    service_amendment_mode = fields.Selection(
        [
            ("replace", "replace the contract's"),
            ("extend", "are added to the contract's"),
        ],
        string="These Products",
        default="replace",
        required=True,
        copy=False,
        lock="sealed",
    )
    service_amendment_months = fields.Integer(
        string="New Commitment of",
        copy=False,
        help="Months; 0: the end of the commitment stays as it is.",
        lock="sealed",
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

    def _is_amended_by_key(self, key):
        return key[0] == self.service_amended_contract_id.family_id

    def _amend_contract(self):
        """Put the amendment that a confirmed quotation sells in force, once."""
        self.ensure_one()
        if not self.service_amended_contract_id or self._get_done_amendments():
            return
        if lines := self._get_amending_lines():
            self._record_amendment(lines)._set_done()

    def _get_done_amendments(self):
        return self.service_amendment_ids.filtered(lambda amendment: amendment.state == "done")

    def _record_amendment(self, lines):
        """Return the draft of an amendment that sells some recurring order lines.

        That is the amendment that a manager was shown, if any: what is sold now is written on it.
        """
        self.ensure_one()
        quoted = self._get_quoted_amendments()
        if not quoted:
            return self.env["service.amendment"].create(self._prepare_amendment_vals(lines))
        quoted._drop_activity()
        quoted._set_draft()
        quoted.line_ids.unlink()
        quoted.write(self._prepare_amendment_vals(lines))
        quoted._note_present()
        return quoted

    def _get_amending_lines(self):
        """Return the lines that stand in the amended contract's family and are not in it yet."""
        self.ensure_one()
        return self._get_lines_to_contract().filtered(
            lambda line: self._is_amended_by_key(self._get_contract_key(line))
        )

    def _prepare_amendment_vals(self, lines):
        """Return the amendment of some recurring order lines; a hook.

        A new commitment is renewed from its first renewal on as the quotation says.

        :param lines: ``sale.order.line``
        :return: dict of ``service.amendment``
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
            "reason_id": self.service_amendment_reason_id.id,
            **self._prepare_telecom_vals(months or vals["commitment_months"]),
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
