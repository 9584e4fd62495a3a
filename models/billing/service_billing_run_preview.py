from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL

from ...tools.periods import add_months
from ..common.client_actions import get_window, notify
from ..common.time_limits import Shift
from .service_billing_run_driving import CONTINUE_SECONDS

# What is looked at: what would be billed, and what waits for somebody.
PREVIEWED = ("ready", "on_hold")


class ServiceBillingRun(models.Model):
    """What a run would bill, for people to look at: nothing is charged, held or billed by that.

    Customer by customer, so that what takes longer than a click goes on in the background.
    """

    _inherit = "service.billing.run"

    change_percent = fields.Float(
        string="Tell of Changes beyond",
        default=5.0,
        aggregator=None,
        lock="closed",
        help="The preview marks contracts that bill so many percent more or less than for the "
        "period before.",
    )
    is_preparing = fields.Boolean(
        string="Preview under Way",
        readonly=True,
        copy=False,
        lock="workflow",
        help="The background job makes the preview that somebody wants to see.",
    )
    is_preview_ready = fields.Boolean(
        readonly=True,
        copy=False,
        lock="workflow",
        help="The background job has made a preview that nobody has seen.",
    )
    preview_position = fields.Integer(
        string="Last Customer Looked at", readonly=True, copy=False, lock="workflow"
    )

    def write(self, vals):
        """A preview of another cut-off is asked for anew."""
        result = super().write(vals)
        if not vals.keys().isdisjoint(("cutoff_date", "session_cutoff_date", "invoice_date")):
            self.filtered("is_preparing")._as_workflow().is_preparing = False
            self.filtered("is_preview_ready")._as_workflow().is_preview_ready = False
        return result

    # ----- The button -----

    def action_preview(self):
        """Show what the run would bill, once slips are ruled out.

        A preview that is under way was asked about before.
        """
        self._check_state("draft")
        return (not self.is_preparing and self._ask("preview")) or self._preview()

    def _preview(self):
        """Make the rows of a preview and show them; what takes longer goes on in the background."""
        self.ensure_one()
        if not self.is_preview_ready and not self._make_preview():
            return self._prepare_in_background()
        self.filtered("is_preview_ready").sudo()._as_workflow().is_preview_ready = False
        action = get_window(self.env, "service_contract.service_billing_preview_action")
        return {
            **action,
            "name": self.env._("To bill by %(run)s", run=self.name),
            "domain": self.env["service.billing.preview"]._get_domain(self),
            "context": {"search_default_group_partner": 1, "preview_run_id": self.id},
        }

    def _make_preview(self):
        """Make rows for some seconds, from where the background job is; tell if that is all."""
        if not self.is_preparing:
            self.env["service.billing.preview"]._drop(self)
        position = self.preview_position if self.is_preparing else 0

        def step(limit):
            nonlocal position
            handled, position = self._fill_preview(position, limit)
            return handled

        is_ready = self._drive(Shift(self.env, CONTINUE_SECONDS), step)
        if self.is_preparing or not is_ready:
            vals = {"is_preparing": not is_ready, "preview_position": position}
            self.sudo()._as_workflow().write(vals)
        return is_ready

    # ----- In the background -----

    def _prepare_in_background(self):
        """Leave the rest of the preview to the background job, and say so; readers may ask, too."""
        self.sudo()._as_workflow().started_by_id = self.env.user
        self._call_background_job()
        message = self.env._(
            "The preview is under way. The background job goes on with it and tells you when it "
            "is ready; where it does not, press “Preview” again."
        )
        return notify(message, kind="info", sticky=True)

    def _step_preview(self, limit):
        """Make the rows of the next customers; return how many contracts and charges these had."""
        handled, position = self._fill_preview(self.preview_position, limit)
        self.sudo()._as_workflow().preview_position = position
        return handled

    def _end_preparing(self):
        self.sudo()._as_workflow().write({"is_preparing": False, "is_preview_ready": True})
        self._settle_failure()
        self._tell_starter(lambda run: run._get_preview_summary())
        return True

    def _get_preview_summary(self):
        self.ensure_one()
        return self.env._(
            "%(run)s: the preview is ready. Press “Preview” to see it.", run=self.name
        )

    # ----- Customer by customer -----

    def _fill_preview(self, position, limit):
        """Make the rows of the next customers after one; at the end, of what is gone.

        :return: tuple ``(number of contracts and charges, last customer)``
        """
        rows, previews = self._get_preview_customers(position, limit), self._get_previews()
        if not rows:
            known = previews._get_contracts(self)
            previews._make(self, self._prepare_gone(known))
            return 0, position
        fitting = self._cut(rows, [weight for _payer, weight in rows], limit)
        payers = [payer for payer, _weight in fitting]
        previews._make(self, self._prepare_preview(payers))
        return sum(weight for _payer, weight in fitting), payers[-1]

    def _get_previews(self):
        """Return the rows' model as who asked for them: they are that user's alone.

        The background job may have to reckon as itself, for who reads runs and bills nothing.
        """
        asker = self.started_by_id if self.is_preparing else self.env.user
        return self.env["service.billing.preview"].with_user(asker or self.env.user)

    def _get_preview_customers(self, position, limit):
        """Return ``[(id of who pays, number of contracts and charges)]`` after one, in order."""
        contracts = self.env["service.contract"]._search(self._get_contract_domain())
        charges = self.env["service.charge"]._search(self._get_charge_domain(PREVIEWED))
        return self.env.execute_query(
            SQL(
                """
                SELECT payer, COUNT(*)::int FROM (
                    SELECT partner_invoice_id AS payer FROM service_contract WHERE id IN %s
                    UNION ALL
                    SELECT partner_invoice_id FROM service_charge WHERE id IN %s
                ) AS found
                WHERE payer > %s GROUP BY payer ORDER BY payer LIMIT %s
                """,
                contracts.subselect(),
                charges.subselect(),
                position,
                limit,
            )
        )

    def _prepare_preview(self, payers):
        """Return the rows of what the run would bill to customers; it writes nothing.

        :param list payers: ids of ``res.partner``, who gets the invoices
        """
        of_them = fields.Domain("partner_invoice_id", "in", payers)
        contracts = self.env["service.contract"].search(
            fields.Domain(self._get_contract_domain()) & of_them, order="id"
        )
        charges = self.env["service.charge"].search(
            fields.Domain(self._get_charge_domain(PREVIEWED)) & of_them
        )
        today = fields.Date.context_today(self)
        waiting = charges.filtered(
            lambda charge: charge.state == "on_hold" and not charge._is_releasing(today)
        )
        due = (charges - waiting) | contracts._imagine_charges(self.cutoff_date)
        before = self._get_amounts_before(due)
        matters = (due | waiting)._get_foreseen_matters()
        rows = [
            {**vals, "matter": " ".join(matters[charge]).replace("\n", " · ")}
            for charge, vals in [
                *self._prepare_due_rows(due),
                *((charge, self._prepare_held_row(charge)) for charge in waiting),
            ]
        ]
        return self._compare_rows(rows, before)

    def _prepare_due_rows(self, due):
        """Yield ``(charge, row)`` of what would be billed, with the totals of its invoices."""
        ordered = due.sorted(lambda charge: (charge.contract_id.id, charge.date_start))
        for group in ordered.grouped(self._get_grouping_key).values():
            amounts = group._get_amounts_on_invoice(self.company_id)
            for charge, (untaxed, total) in zip(group, amounts, strict=True):
                row = self._prepare_preview_row(charge, "due")
                yield charge, {**row, "amount_untaxed": untaxed, "amount_total": total}

    def _prepare_preview_row(self, charge, kind):
        """Return the row of a charge, made or not; a hook."""
        contract = charge.contract_id
        return {
            "kind": kind,
            "run_id": self.id,
            "company_id": self.company_id.id,
            "currency_id": charge.currency_id.id,
            "partner_id": charge.partner_id.commercial_partner_id.id,
            "partner_invoice_id": charge.partner_invoice_id.id,
            "contract_id": contract.id,
            "family_id": contract.family_id.id or charge.product_id.service_family_id.id,
            "product_id": charge.product_id.id,
            "name": charge.display_name,
            "charge_id": charge._origin.id,
            "contract_line_id": charge.contract_line_id.id,
            "session_id": charge.session_id.id,
            "date_start": charge.date_start,
            "date_last": charge.date_last,
            "payment_method_line_id": charge.payment_method_line_id.id,
            "mandate_id": charge.mandate_id.id,
            "date_due": self._get_due_day(charge.payment_term_id),
        }

    def _prepare_held_row(self, charge):
        return {**self._prepare_preview_row(charge, "held"), "amount_held": charge.amount_left}

    def _charge_rows(self, contracts, keys):
        """Make the charges of contracts that somebody chose; ``keys``: line and first day of each.

        The others are not made: what a preview showed stays as it is until it is billed.
        """
        self.ensure_one()
        with self._locks_in_words():
            self._lock(contracts)
        vals_list = [
            vals
            for vals in contracts._prepare_charges(self.cutoff_date)
            if (vals["contract_line_id"], vals["date_start"]) in keys
        ]
        return self.env["service.charge"].sudo().create(vals_list).sudo(self.env.su)

    def _get_day_before_next(self):
        """Return the day before what this run leaves out would be billed, a month later."""
        today = fields.Date.context_today(self)
        later = max(today, self.cutoff_date or today)
        return add_months(later, 1) - timedelta(days=1)

    def _get_due_day(self, term):
        """Return the last day on which an invoice of the run is due."""
        days = [line._get_due_date(self.invoice_date) for line in term.line_ids]
        return max(days, default=self.invoice_date)

    # ----- The period before -----

    def _get_amounts_before(self, due):
        """Return ``{contract: untaxed amount}`` of as many billing periods before what is due."""
        recurring = due.filtered(lambda charge: charge.kind == "period")
        starts = {
            contract: contract._get_days_before(charges.mapped("date_start"))
            for contract, charges in recurring.grouped("contract_id").items()
        }
        if not starts:
            return {}
        charges = self.env["service.charge"].search_fetch(
            [
                ("contract_id", "in", [contract.id for contract in starts]),
                ("kind", "=", "period"),
                ("state", "=", "invoiced"),
                ("date_start", ">=", min(start for start, _end in starts.values())),
                ("date_start", "<", max(end for _start, end in starts.values())),
            ],
            ["contract_id", "date_start", "amount_untaxed"],
        )
        before = dict.fromkeys(starts, 0.0)
        for charge in charges:
            start, end = starts[charge.contract_id]
            if start <= charge.date_start < end:
                before[charge.contract_id] += charge.amount_untaxed
        return before

    def _compare_rows(self, rows, before):
        """Say of each row how its contract compares; the first one of it takes what was before."""
        now = dict.fromkeys(before, 0.0)
        contracts = {contract.id: contract for contract in before}
        recurring = [row for row in rows if row["contract_line_id"] and row["kind"] == "due"]
        for row in recurring:
            now[contracts[row["contract_id"]]] += row["amount_untaxed"]
        seen = set()
        for row in recurring:
            contract = contracts[row["contract_id"]]
            row["change"] = self._get_change(before[contract], now[contract])
            if contract not in seen:
                seen.add(contract)
                row["amount_before"] = before[contract]
        return rows

    def _get_change(self, before, now):
        """Return how an amount compares to the one before."""
        if not before:
            return "new" if now else "same"
        return "changed" if abs(now - before) > abs(before) * self.change_percent / 100 else "same"

    def _prepare_gone(self, known):
        """Return rows of the contracts that were billed for the period before, and no longer are.

        :param known: ids of the contracts of which something is billed or held
        """
        self.ensure_one()
        if self.session_ids:
            return []
        since = self._get_cutoff_before()
        charges = self.env["service.charge"]
        rows = charges._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("kind", "=", "period"),
                ("state", "=", "invoiced"),
                ("contract_id", "not in", known),
                ("date_end", ">", since - relativedelta(months=12)),
            ],
            ["contract_id"],
            ["date_end:max"],
        )
        gone = {
            contract: end
            for contract, end in rows
            if since < contract._get_next_billing_day(end) <= self.cutoff_date
        }
        last = charges.search(
            [
                ("contract_id", "in", [contract.id for contract in gone]),
                ("kind", "=", "period"),
                ("state", "=", "invoiced"),
                ("date_end", "in", list(set(gone.values()))),
            ]
        )
        return [
            self._prepare_gone_row(contract, charges)
            for contract, charges in last.grouped("contract_id").items()
        ]

    def _prepare_gone_row(self, contract, charges):
        end = max(charges.mapped("date_end"))
        # Not filtered: what that returns reads its partners one by one.
        last = [charge for charge in charges if charge.date_end == end]
        return {
            **self._prepare_preview_row(last[0], "gone"),
            "charge_id": False,
            "date_due": False,
            "change": "gone",
            "amount_before": sum(charge.amount_untaxed for charge in last),
        }

    def _get_cutoff_before(self):
        """Return up to which day was billed before: by the run before, else a month ago."""
        before = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "done"),
                ("session_ids", "=", False),
                ("cutoff_date", "<", self.cutoff_date),
            ],
            order="cutoff_date desc",
            limit=1,
        )
        return before.cutoff_date or add_months(self.cutoff_date, -1)
