from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import groupby

from ...tools import pace
from ..common.client_actions import open_window
from ..common.time_limits import get_step_seconds
from .draft_writer import DraftWriter

PHASES = [
    ("charge", "Making charges"),
    ("invoice", "Making invoices"),
    ("post", "Posting invoices"),
    ("date", "Changing the date"),
    ("undo", "Rolling back"),
    ("done", "Done"),
]


class ServiceBillingRun(models.Model):
    """Turn the charges due up to a cut-off into plain invoices (L08), then collect them.

    A step handles one chunk, of so many lines as fit into some seconds, and never commits, so that
    a run interrupted anywhere goes on where the last committed step ended (invariant 6). The
    background job drives the steps of large runs.
    """

    _name = "service.billing.run"
    _description = "Billing Run"
    _inherit = [
        "service.numbered.mixin",
        "service.state.mixin",
        "service.job.mixin",
        "mail.thread",
    ]
    _check_company_auto = True
    _order = "invoice_date desc, id desc"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, lock="once"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    cutoff_date = fields.Date(
        string="Charges up to",
        required=True,
        default=fields.Date.context_today,
        copy=False,
        tracking=True,
        lock="closed",
        help="Every recurring charge that may be billed on or before this day, backlog included.",
    )
    session_cutoff_date = fields.Date(
        string="Sessions up to",
        compute="_compute_session_cutoff_date",
        store=True,
        copy=False,
        readonly=False,
        precompute=True,
        required=True,
        lock="closed",
    )
    invoice_date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        copy=False,
        tracking=True,
        lock="closed",
        help="Nothing is back-dated: the lines of a backlog show their own service dates.",
    )
    is_auto_post = fields.Boolean(string="Post at Once", lock="closed")
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("done", "Done")],
        default="draft",
        required=True,
        copy=False,
        index=True,
        tracking=True,
        lock="workflow",
    )
    phase = fields.Selection(PHASES, default="charge", required=True, copy=False, lock="workflow")
    done_count = fields.Integer(string="Handled", readonly=True, copy=False, lock="workflow")
    total_count = fields.Integer(string="To Handle", readonly=True, copy=False, lock="workflow")
    silent_checked_id = fields.Integer(
        string="Last Sheet Looked at", readonly=True, copy=False, lock="workflow"
    )
    progress = fields.Float(compute="_compute_progress")
    session_ids = fields.Many2many(
        "service.session",
        string="Only these Sessions",
        copy=False,
        check_company=True,
        lock="once",
        help="Empty for all that is due; otherwise nothing but these sessions is billed.",
    )
    invoice_ids = fields.One2many("account.move", "service_run_id")
    exception_ids = fields.One2many("service.exception", "run_id")
    order_ids = fields.One2many("account.payment.order", "service_run_id")
    invoice_count = fields.Integer(compute="_compute_figures")
    draft_count = fields.Integer(compute="_compute_figures")
    order_count = fields.Integer(compute="_compute_figures")
    exception_count = fields.Integer(compute="_compute_figures")
    amount_untaxed = fields.Monetary(compute="_compute_figures")
    amount_total = fields.Monetary(compute="_compute_figures")

    _transitions = {
        "state": {"draft": ("running",), "running": ("draft", "done"), "done": ("running",)}
    }

    @api.depends("cutoff_date")
    def _compute_session_cutoff_date(self):
        for run in self:
            run.session_cutoff_date = run.cutoff_date

    @api.depends("done_count", "total_count", "state")
    def _compute_progress(self):
        for run in self:
            if run.state == "done":
                run.progress = 100
            else:
                run.progress = 100 * run.done_count / run.total_count if run.total_count else 0

    @api.depends("invoice_ids.state", "exception_ids.state", "order_ids")
    def _compute_figures(self):
        for run in self:
            invoices = run.invoice_ids.filtered(lambda move: move.state != "cancel")
            run.invoice_count = len(invoices)
            run.draft_count = len(invoices.filtered(lambda move: move.state == "draft"))
            run.order_count = len(run.order_ids)
            run.exception_count = len(run.exception_ids.filtered(lambda row: row.state == "open"))
            run.amount_untaxed = sum(invoices.mapped("amount_untaxed_signed"))
            run.amount_total = sum(invoices.mapped("amount_total_signed"))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for run in self:
            if run.invoice_ids or run.state == "running":
                raise UserError(
                    self.env._("%(run)s has made invoices: delete its drafts first.", run=run.name)
                )

    # ----- Selection: hooks -----

    def _get_contract_domain(self):
        """Return the domain of the contracts whose charges this run still has to make."""
        self.ensure_one()
        return [
            *([("id", "=", False)] if self.session_ids else []),
            *self.env["service.contract"]._get_to_charge_domain(self.cutoff_date),
            ("company_id", "=", self.company_id.id),
            ("id", "not in", self._get_put_aside("service.contract")),
        ]

    def _get_charge_domain(self, states=("ready",)):
        """Return the domain of the charges that this run still has to bill."""
        self.ensure_one()
        return [
            *([("session_id", "in", self.session_ids.ids)] if self.session_ids else []),
            ("company_id", "=", self.company_id.id),
            ("state", "in", states),
            ("set_off_run_id", "!=", self.id),
            "|",
            "&",
            ("session_id", "=", False),
            ("billing_date", "<=", self.cutoff_date),
            "&",
            ("session_id", "!=", False),
            ("billing_date", "<=", self.session_cutoff_date),
            ("contract_id", "not in", self._get_put_aside("service.contract")),
            ("partner_invoice_id", "not in", self._get_put_aside("res.partner")),
        ]

    def _get_put_aside(self, model_name):
        return self.exception_ids.filtered(
            lambda row: row.res_model == model_name and row.state == "open"
        ).mapped("res_id")

    # ----- Phases -----

    def _step_silence(self, limit):
        """Look at the sheets that nobody contested in time, each once in a run (S30).

        A run of chosen sessions bills what may be billed already.
        """
        if self.session_ids:
            return 0
        sessions = self.env["service.session"]
        seen = sessions._validate_silent_of(self.company_id, self.silent_checked_id, limit)
        if seen:
            self._as_workflow().silent_checked_id = seen[-1].id
        return len(seen)

    def _step_charges(self, limit):
        contracts = self.env["service.contract"].search(
            self._get_contract_domain(), order="id", limit=limit
        )
        contracts = self._cut(contracts, contracts._estimate_due(self.cutoff_date), limit)
        self._generate_charges(contracts)
        return len(contracts)

    def _cut(self, records, weights, limit):
        """Return the first records, as many as are some lines of work: one at least."""
        return records[: pace.count_fitting(weights, limit)]

    def _lock(self, records):
        """Return the records, locked; two runs at once would only wait for each other and fail."""
        if records.try_lock_for_update(allow_referencing=True) != records:
            raise LockError(
                self.env._("Somebody else is handling the same records. Try again in a moment.")
            )
        return records

    def _generate_charges(self, contracts):
        self.env["service.charge"]._release_holds(fields.Date.context_today(self))
        self.env["service.batch.runner"]._run_timed(
            self._lock(contracts),
            self._generate_charges_of,
            get_step_seconds(self.env),
            kind="contract",
            job="charge",
            **self._prepare_inbox_vals(),
        )

    def _generate_charges_of(self, contracts):
        """Make the charges of contracts; those that are not due today are this run's alone."""
        charges = contracts._generate_charges(self.cutoff_date)
        today = fields.Date.context_today(self)
        ahead = charges.filtered(lambda charge: charge.billing_date > today)
        ahead._as_workflow().made_by_run_id = self

    def _step_invoices(self, limit):
        charges = self._lock(self._get_chunk(limit))
        complete = charges - self._put_aside_hindered(charges)
        for owners in self._get_owners(complete):
            self._bill_owners(owners, complete)
        return len(charges)

    def _bill_owners(self, owners, charges):
        by_owner = charges.grouped(lambda charge: self._get_owner(charge))

        def get_charges(part):
            return charges.browse().union(*[by_owner[owner] for owner in part])

        done, _left = self.env["service.batch.runner"]._run_timed(
            owners,
            lambda part: self._create_invoices(get_charges(part)),
            get_step_seconds(self.env),
            **self._prepare_inbox_vals(),
        )
        self._report_gaps(get_charges(done))

    def _prepare_inbox_vals(self):
        """Return what the rows of the inbox say of the run that met the matter."""
        return {"run_id": self.id, "company_id": self.company_id.id}

    # ----- Invoices -----

    def _create_invoices(self, charges):
        """Create one draft for each group of charges, and return the drafts.

        Where nothing costs anything there is no invoice. Created by payment term: in one mixed
        batch, an invoice without a term ahead of others would give them its own due date.
        """
        charges._renew_archived_taxes()
        groups = [
            group
            for charges_of_one in charges.sorted(self._get_line_order)
            .grouped(self._get_grouping_key)
            .values()
            if (group := self._set_off(charges_of_one))
        ]
        for free in filter(self._is_free, groups):
            self._settle_free(free)
        vals_list = [
            self._prepare_invoice_vals(group) for group in groups if not self._is_free(group)
        ]
        self._choose_journals(vals_list)
        moves = self.env["account.move"].with_company(self.company_id)._as_billing()
        writer = DraftWriter(moves)
        for _term, batch in groupby(vals_list, lambda vals: vals["invoice_payment_term_id"]):
            moves += writer.make(batch)
        return moves.with_env(self.env)

    def _get_line_order(self, charge):
        """Return where a charge stands on its invoice: as long as it is not made, at the end."""
        return (charge.contract_id.id, charge.date_start, charge._origin.id or float("inf"))

    def _is_free(self, charges):
        """Tell whether nothing is to pay for any charge of an invoice."""
        return not any(charge.amount or charge.amount_total for charge in charges)

    def _prepare_invoice_vals(self, charges):
        """Return the values of one invoice."""
        first = charges[0]
        contract = charges.contract_id if len(charges.contract_id) == 1 else first.contract_id[:0]
        sellers = charges.contract_id.user_id
        return {
            "move_type": "out_invoice",
            "company_id": self.company_id.id,
            "partner_id": first.partner_invoice_id.id,
            "partner_shipping_id": self._get_delivery_address(charges).id,
            "ref": first._get_order_number(),
            "service_contract_ref": first._get_contract_ref(),
            "currency_id": first.currency_id.id,
            "fiscal_position_id": first.fiscal_position_id.id,
            "invoice_payment_term_id": first.payment_term_id.id,
            "preferred_payment_method_line_id": first.payment_method_line_id.id,
            "mandate_id": first.mandate_id.id,
            "invoice_date": self.invoice_date,
            "invoice_user_id": sellers.id if len(sellers) == 1 else self.env.user.id,
            "invoice_origin": ", ".join(charges.contract_id.mapped("name")),
            "service_run_id": self.id,
            "service_contract_id": contract.id,
            "invoice_line_ids": self._prepare_invoice_lines(charges),
            **({} if first.payment_term_id else {"invoice_date_due": self.invoice_date}),
        }

    def _prepare_invoice_lines(self, charges):
        commands = []
        has_sections = len(charges.contract_id) > 1
        for group in charges.grouped("contract_id").values():
            if has_sections:
                section = {"display_type": "line_section", "name": self._get_section(group)}
                commands.append(fields.Command.create(section))
            commands += [
                fields.Command.create(charge._prepare_invoice_line_vals()) for charge in group
            ]
        return commands

    # ----- Buttons -----

    def action_open_invoices(self):
        self.ensure_one()
        self.check_access("read")
        domain = [("service_run_id", "=", self.id)]
        return open_window(self.env, "account.action_move_out_invoice_type", domain, create=False)

    def action_open_exceptions(self):
        """Open what was put aside, by cause, each with the button that mends it."""
        self.ensure_one()
        self.check_access("read")
        return open_window(
            self.env,
            "service_contract.service_exception_action",
            [("run_id", "=", self.id)],
            search_default_open=1,
            search_default_group_cause=1,
            inbox_run_id=self.id,
        )
