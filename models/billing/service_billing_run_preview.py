from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields, models

from ...tools.periods import add_months
from ..common.client_actions import get_window, notify

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
    preview_user_id = fields.Many2one(
        "res.users",
        string="Preview Asked for by",
        readonly=True,
        copy=False,
        lock="workflow",
        help="Whose preview is under way; each user has one of their own.",
    )
    preview_waiting_ids = fields.Many2many(
        "res.users",
        "service_billing_run_preview_waiting_rel",
        "run_id",
        "user_id",
        string="Wait for Their Previews",
        readonly=True,
        copy=False,
        lock="workflow",
    )
    preview_ready_ids = fields.Many2many(
        "res.users",
        "service_billing_run_preview_ready_rel",
        "run_id",
        "user_id",
        string="Previews not Seen",
        readonly=True,
        copy=False,
        lock="workflow",
        help="The background job has made their previews, and they have not seen them.",
    )
    preview_position = fields.Integer(
        string="Last Customer Looked at", readonly=True, copy=False, lock="workflow"
    )

    def write(self, vals):
        """A preview of another cut-off is asked for anew."""
        result = super().write(vals)
        if not vals.keys().isdisjoint(("cutoff_date", "session_cutoff_date", "invoice_date")):
            self._forget_previews()
        return result

    def _forget_previews(self):
        """Let previews that are under way, or not seen, be asked for anew."""
        asked = self.filtered(lambda run: run.is_preparing or run.preview_ready_ids)
        nobody = [fields.Command.clear()]
        asked.sudo()._as_workflow().write(
            {
                "is_preparing": False,
                "preview_waiting_ids": nobody,
                "preview_ready_ids": nobody,
            }
        )

    _change_percent_positive = models.Constraint(
        "CHECK (change_percent >= 0)", "Changes are told of beyond zero percent or more."
    )

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
        user = self.env.user
        is_ready = user in self.preview_ready_ids
        if not is_ready and not self._make_preview():
            return self._prepare_in_background()
        if is_ready:
            self.sudo()._as_workflow().preview_ready_ids = [fields.Command.unlink(user.id)]
        action = get_window(self.env, "service_contract.service_billing_preview_action")
        return {
            **action,
            "name": self.env._("To bill by %(run)s", run=self.name),
            "domain": self.env["service.billing.preview"]._get_domain(self),
            "context": {"search_default_group_partner": 1, "preview_run_id": self.id},
        }

    def _make_preview(self):
        """Make rows for some seconds, from where the background job is; tell if that is all.

        Where that makes somebody else's, the user's own comes after it.
        """
        asker = self.preview_user_id if self.is_preparing else self.env.user
        position = self.preview_position if self.is_preparing else 0
        if not self.is_preparing:
            self.env["service.billing.preview"]._drop(self)

        def step(limit):
            nonlocal position
            handled, position = self._fill_preview(position, limit)
            return handled

        is_ready = self._drive(step)
        if self.is_preparing or not is_ready:
            vals = {"is_preparing": not is_ready, "preview_position": position}
            self.sudo()._as_workflow().write({**vals, "preview_user_id": asker.id})
        if asker != self.env.user:
            return self._wait_for_preview(is_ready)
        self._begin_next_preview()
        return is_ready

    def _wait_for_preview(self, is_ready):
        """Have the user's own preview made after the one under way, or begun where that is made."""
        waiting = [fields.Command.link(self.env.uid)]
        self.sudo()._as_workflow().preview_waiting_ids = waiting
        if is_ready:
            self._end_preparing()
        return False

    def _begin_next_preview(self):
        """Leave to the background job the preview of who asked while another was made."""
        user = self.preview_waiting_ids[:1]
        if self.is_preparing or not user:
            return
        vals = {"is_preparing": True, "preview_position": 0, "preview_user_id": user.id}
        vals["preview_waiting_ids"] = [fields.Command.unlink(user.id)]
        self.sudo()._as_workflow().write(vals)
        self.env["service.billing.preview"].with_user(user)._drop(self)
        self._call_job()

    # ----- In the background -----

    def _prepare_in_background(self):
        """Leave the rest of the preview to the background job, and say so; readers may ask, too."""
        self._call_job()
        asker = self.preview_user_id
        message = self.env._(
            "The preview is under way. The background job goes on with it and tells you when it "
            "is ready; where it does not, press “Preview” again."
        )
        if asker != self.env.user:
            message = self.env._(
                "The preview that %(user)s asked for is under way; yours comes after it, and you "
                "are told when it is ready. Where the background job does not go on with it, "
                "press “Preview” again.",
                user=asker.name,
            )
        return notify(message, kind="info", sticky=True)

    def _step_preview(self, limit):
        """Make the rows of the next customers; return how many contracts and charges these had."""
        handled, position = self._fill_preview(self.preview_position, limit)
        self.sudo()._as_workflow().preview_position = position
        return handled

    def _end_preparing(self):
        """Tell who asked that the preview is ready; go on with that of who asked next."""
        user = self.preview_user_id
        ready = [fields.Command.link(user.id)]
        self.sudo()._as_workflow().write({"is_preparing": False, "preview_ready_ids": ready})
        self._settle_failure()
        self._tell(user, lambda run: run._get_preview_summary())
        self._begin_next_preview()
        return True

    def _get_preview_summary(self):
        self.ensure_one()
        return self.env._(
            "%(run)s: the preview is ready. Press “Preview” to see it.", run=self.name
        )

    # ----- Customer by customer -----

    def _fill_preview(self, position, limit):
        """Make the rows of the next customers after one; at the end, the last ones.

        :return: tuple ``(number of contracts and charges, last customer)``
        """
        rows, previews = self._get_preview_customers(position, limit), self._get_previews()
        if not rows:
            previews._make(self, self._prepare_last_rows(previews._get_contracts(self)))
            return 0, position
        fitting = self._cut(rows, [weight for _payer, weight in rows], limit)
        payers = [payer for payer, _weight in fitting]
        previews._make(self, self._prepare_preview(payers))
        return sum(weight for _payer, weight in fitting), payers[-1]

    def _prepare_last_rows(self, known):
        """Return the rows that come after those of the customers: of what is gone; a hook.

        :param known: ids of the contracts of which something is billed or held
        """
        return self._prepare_gone(known)

    def _get_previews(self):
        """Return the rows' model as who asked for them: they are that user's alone.

        The background job may have to reckon as itself, for who reads runs and bills nothing.
        """
        asker = self.preview_user_id if self.is_preparing else self.env.user
        return self.env["service.billing.preview"].with_user(asker or self.env.user)

    def _get_preview_customers(self, position, limit):
        """Return ``[(id of who pays, number of contracts and charges)]`` after one, in order."""
        return self.env["res.partner"]._get_payers(
            self._get_contract_domain(), self._get_charge_domain(PREVIEWED), position, limit
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
        found = [
            *self._prepare_due_rows(due),
            *((charge, self._prepare_held_row(charge)) for charge in waiting),
        ]
        matters = charges.browse([charge.id for charge, _row in found])._get_foreseen_matters()
        waits = self.env._("To be given back: waits for the next invoice that can take it.")
        for charge, row in found:
            words = [*([waits] if row["kind"] == "waiting" else []), *matters[charge]]
            row["matter"] = " ".join(words).replace("\n", " · ")
        self._compare_rows(found, before)
        return [row for _charge, row in found]

    def _prepare_due_rows(self, due):
        """Yield ``(charge, row)`` of what would be billed, with the totals of its invoices.

        What they cannot take is to be given back on the next ones (L08c).
        """
        for group in due.sorted(self._get_line_order).grouped(self._get_grouping_key).values():
            shares = self._share_out(group)
            amounts = shares.taken._get_amounts_on_invoice(self.company_id)
            for charge, (untaxed, total) in zip(shares.taken, amounts, strict=True):
                row = self._prepare_preview_row(charge, "due")
                row["charge_id"] = shares.get_stored(charge)._origin.id
                yield charge, {**row, "amount_untaxed": untaxed, "amount_total": total}
            for charge in shares.waiting:
                row = self._prepare_held_row(charge, "waiting")
                yield charge, {**row, "charge_id": shares.get_stored(charge)._origin.id}

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

    def _prepare_held_row(self, charge, kind="held"):
        return {**self._prepare_preview_row(charge, kind), "amount_held": charge.amount_left}

    def _charge_rows(self, contracts, keys):
        """Return the charges of contracts that somebody chose; ``keys``: line and first day.

        Those that are not made are; the others are not: what a preview showed stays as it is until
        it is billed.
        """
        self.ensure_one()
        with self._locks_in_words():
            self._lock(contracts)
        vals_list = [
            vals
            for vals in contracts._prepare_charges(self.cutoff_date)
            if (vals["contract_line_id"], vals["date_start"]) in keys
        ]
        made = self.env["service.charge"].sudo().create(vals_list).sudo(self.env.su)
        return made | self._find_charged(keys)

    def _find_charged(self, keys):
        """Return the recurring charges that are made by now, by line and first day."""
        lines, days = map(set, zip(*keys, strict=True))
        charges = self.env["service.charge"].search(
            [
                ("kind", "=", "period"),
                ("contract_line_id", "in", list(lines)),
                ("date_start", "in", list(days)),
            ]
        )
        return charges.filtered(
            lambda charge: (charge.contract_line_id.id, charge.date_start) in keys
        )

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

    def _compare_rows(self, found, before):
        """Say of each row how its contract compares; the first one of it takes what was before.

        :param found: list of tuple ``(charge, row)``; what is given back is compared to nothing
        """
        recurring = [
            (charge.contract_id, row)
            for charge, row in found
            if charge.kind == "period" and row["kind"] == "due"
        ]
        now, seen = dict.fromkeys(before, 0.0), set()
        for contract, row in recurring:
            now[contract] += row["amount_untaxed"]
        for contract, row in recurring:
            row["change"] = self._get_change(before[contract], now[contract])
            if contract not in seen:
                seen.add(contract)
                row["amount_before"] = before[contract]

    def _get_change(self, before, now):
        """Return how an amount compares to the one before."""
        if not before:
            return "new" if now else "same"
        return "changed" if abs(now - before) > abs(before) * self.change_percent / 100 else "same"

    def _prepare_gone(self, known):
        """Return rows of the contracts that were billed before, and no longer are."""
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
