from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.common.brought_records import require
from ...models.common.table_statistics import create_in_lots


class ServiceBillingPreview(models.TransientModel):
    """A row of what a billing run would bill: it is forgotten, and no charge is made by it.

    Who asked for the preview sees it, nobody else; holding or waiving a row makes that one charge.
    """

    _name = "service.billing.preview"
    _description = "Preview of a Billing Run"
    # People look at it, and decide, for longer than Odoo keeps such records.
    _transient_max_hours = 24.0
    _order = "partner_id, contract_id, date_start, id"

    run_id = fields.Many2one("service.billing.run", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    kind = fields.Selection(
        [
            ("due", "To bill"),
            ("held", "On hold"),
            ("waiting", "Waits for the next invoice"),
            ("waived", "Waived"),
            ("gone", "No longer billed"),
        ],
        string="What Happens",
        required=True,
    )
    partner_id = fields.Many2one("res.partner", string="Customer")
    partner_invoice_id = fields.Many2one("res.partner", string="Invoice Address")
    contract_id = fields.Many2one("service.contract")
    contract_line_id = fields.Many2one("service.contract.line")
    family_id = fields.Many2one("service.family")
    product_id = fields.Many2one("product.product")
    session_id = fields.Many2one("service.session")
    charge_id = fields.Many2one("service.charge", ondelete="cascade")
    name = fields.Char(string="Description")
    date_start = fields.Date(string="From")
    date_last = fields.Date(string="Last Day")
    amount_untaxed = fields.Monetary(string="Untaxed")
    amount_total = fields.Monetary(string="Total")
    amount_held = fields.Monetary(string="Held Back", help="Untaxed.")
    amount_before = fields.Monetary(
        string="Period Before",
        help="Untaxed: what the contract's recurring lines billed for as many periods before. It "
        "stands on the contract's first row.",
    )
    change = fields.Selection(
        [("new", "New"), ("changed", "Changed"), ("gone", "Gone"), ("same", "As before")],
        string="Compared",
        help="How the contract's recurring lines compare to the period before.",
    )
    payment_method_line_id = fields.Many2one("account.payment.method.line", string="Payment Method")
    mandate_id = fields.Many2one("account.banking.mandate")
    mandate_state = fields.Selection(related="mandate_id.state", string="State of the Mandate")
    date_due = fields.Date(string="Due on")
    matter = fields.Char(string="To Settle", help="What stands in the way of billing it.")
    is_customer_changed = fields.Boolean(compute="_compute_is_customer_changed")

    @api.depends("contract_id", "matter")
    def _compute_is_customer_changed(self):
        """Tell whose contract may take over what its customer's records say by now."""
        asked = self.filtered("matter").contract_id
        changed = asked.filtered("customer_note")
        for row in self:
            row.is_customer_changed = row.contract_id in changed

    # ----- Making rows -----

    @api.model
    def _get_domain(self, run):
        return [("run_id", "=", run.id), ("create_uid", "=", self.env.uid)]

    @api.model
    def _drop(self, run):
        """Forget the rows of an earlier look at a run."""
        self.sudo().search(self._get_domain(run)).unlink()

    @api.model
    def _make(self, run, vals_list):
        create_in_lots(self.sudo(), vals_list)

    @api.model
    def _get_contracts(self, run):
        """Return the ids of the contracts of which there are rows."""
        rows = self.sudo()._read_group(self._get_domain(run), ["contract_id"])
        return [contract.id for (contract,) in rows if contract]

    # ----- Buttons -----

    def action_hold(self):
        """Ask why, and until when, rows are not billed; only what is billed or held can be."""
        return self._ask_decision("hold", self.env._("Hold"))

    def action_waive(self):
        return self._ask_decision("waive", self.env._("Waive"))

    def _ask_decision(self, verb, name):
        self.check_access("read")
        rows = self._get_decidable()
        charges = self.env["service.charge"]
        return {
            **charges._ask_reason(verb, name),
            "context": {
                "default_preview_ids": rows.ids,
                "default_charge_ids": rows.charge_id.ids,
                "default_verb": verb,
                "default_hold_until": rows.run_id[:1]._get_day_before_next(),
            },
        }

    def _get_decidable(self):
        """Return the rows that may be held or waived; a hook."""
        return self.filtered(lambda row: row.kind != "gone")

    def action_take_over(self):
        """Ask from which day on the contract has what its customer's records say by now."""
        self.ensure_one()
        return self.contract_id.action_take_over()

    def action_open(self):
        """Open what a row is for."""
        self.ensure_one()
        self.check_access("read")
        return self._get_subject()._get_records_action()

    def _get_subject(self):
        """Return what a row is for: its session, else its contract or customer; a hook."""
        return self.session_id or self.contract_id or self.partner_id

    def action_export(self):
        """Save the chosen rows as a workbook, or all of the preview."""
        self.check_access("read")
        rows = self or self.search([("run_id", "=", self.env.context.get("preview_run_id"))])
        xmlid = "service_contract.service_billing_preview_xlsx"
        report = require(self.env, xmlid, self.env._("The workbook of previews"))
        return report.report_action(rows, config=False)

    def _charge(self, verb):
        """Return the charges of rows; those that are not made yet are made, and no others.

        What somebody else has made since the preview is decided on; what is not owed any more
        cannot be.
        """
        missing = self.filtered(lambda row: row.contract_line_id and not row.charge_id)
        for run, rows in missing.sudo().grouped("run_id").items():
            by_key = rows.grouped(lambda row: (row.contract_line_id.id, row.date_start))
            for charge in run.with_env(self.env)._charge_rows(
                rows.contract_id.with_env(self.env), by_key
            ):
                by_key[charge.contract_line_id.id, charge.date_start].charge_id = charge
        self._check_charged()
        self._note_decision(verb)
        return self.charge_id

    def _check_charged(self):
        for row in self:
            if not row.charge_id:
                raise UserError(
                    self.env._(
                        "“%(row)s” of %(contract)s has changed since this preview was made: go "
                        "back to the run and press “Preview” again.",
                        row=row.name,
                        contract=row.contract_id.name or row.partner_id.name,
                    )
                )

    def _note_decision(self, verb):
        """Let the rows say what was decided, until the preview is made anew.

        What an invoice would take a part of is decided on as a whole.
        """
        same = [("charge_id", "in", self.charge_id.ids), ("run_id", "in", self.run_id.ids)]
        for row in self.sudo().search([*same, ("create_uid", "=", self.env.uid)]):
            row.write(
                {
                    "kind": "held" if verb == "hold" else "waived",
                    "amount_held": (row.amount_untaxed or row.amount_held) * (verb == "hold"),
                    "amount_untaxed": 0,
                    "amount_total": 0,
                }
            )
