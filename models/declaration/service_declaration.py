import hashlib
import json
from base64 import b64decode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, hmac
from odoo.tools.misc import format_date

from ...tools import clocks
from ..commitment.service_commitment import INFORMED_REGIMES
from ..common.words import say_of

KINDS = [("termination", "Termination"), ("withdrawal", "Withdrawal")]
WAITING = ("received", "matched")
OVER = ("recorded", "closed", "repeated")
# What the customer has said; the file is sealed by its hash.
SAID = (
    "kind",
    "sender_name",
    "email",
    "reference",
    "line_number",
    "wished_date",
    "reason",
)
SCOPE = "service_contract-declaration"


class ServiceDeclaration(models.Model):
    """What a customer declared on a public page: that he terminates (L21), or withdraws (L19).

    What was sent stays as it was sent, with the instant of its sending: that day counts, whenever
    somebody finds out which contract is meant. A declaration ends nothing by itself: it is matched
    to a contract or an order, then recorded as a termination, or answered.
    """

    _name = "service.declaration"
    _description = "Customer's Declaration"
    _inherit = ["service.numbered.mixin", "service.state.mixin"]
    _check_company_auto = True
    _order = "sent_at desc, id desc"
    _is_made_by_workflow = True
    _derived_partners = frozenset({"partner_id"})

    _transitions = {
        "state": {
            "received": ("matched", "closed"),
            "matched": ("received", "recorded"),
            "recorded": ("matched",),
            "closed": ("received", "matched"),
            "repeated": ("received",),
        }
    }

    company_id = fields.Many2one("res.company", required=True, index=True, lock="once")
    kind = fields.Selection(KINDS, required=True, index=True, readonly=True, lock="sealed")
    state = fields.Selection(
        [
            ("received", "To Match"),
            ("matched", "To Decide"),
            ("recorded", "Recorded"),
            ("closed", "Answered"),
            ("repeated", "Sent again"),
        ],
        default="received",
        required=True,
        readonly=True,
        index=True,
        lock="workflow",
    )

    # ----- As it was sent -----

    sender_name = fields.Char(string="Sent by", required=True, readonly=True, lock="sealed")
    email = fields.Char(string="E-mail", required=True, readonly=True, lock="sealed")
    email_normalized = fields.Char(
        compute="_compute_email_normalized", store=True, index="btree_not_null"
    )
    reference = fields.Char(
        string="Contract, Order or Customer Number",
        readonly=True,
        lock="sealed",
    )
    line_number = fields.Char(string="Number of the Line", readonly=True, lock="sealed")
    wished_date = fields.Date(string="Wished Last Day", readonly=True, lock="sealed")
    reason = fields.Text(string="Legitimate Reason", readonly=True, lock="sealed")
    proof_file = fields.Binary(string="Proof", attachment=True, readonly=True, lock="sealed")
    proof_name = fields.Char(readonly=True, lock="sealed")
    sent_at = fields.Datetime(
        string="Sent on",
        required=True,
        readonly=True,
        index=True,
        help="The day of the sending counts, whenever the contract was found.",
        lock="sealed",
    )
    lang = fields.Char(string="Language", readonly=True, lock="sealed")
    is_from_portal = fields.Boolean(
        string="Sent Logged in",
        readonly=True,
        help="By the customer's own account, from the page of the contract.",
        lock="sealed",
    )
    said_sha256 = fields.Char(string="SHA-256 of What Was Sent", readonly=True, lock="sealed")
    form_key = fields.Char(
        readonly=True, groups="base.group_system", help="Of the form that sent it.", lock="sealed"
    )
    is_intact = fields.Boolean(compute="_compute_is_intact")

    # ----- Technical traces -----

    ip_address = fields.Char(
        string="Internet Address",
        readonly=True,
        groups="service_contract.service_contract_group_manager",
        help="Forgotten after 12 months.",
        lock="workflow",
    )
    browser = fields.Char(
        readonly=True,
        groups="service_contract.service_contract_group_manager",
        help="Forgotten after 12 months.",
        lock="workflow",
    )

    # ----- What it is about -----

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        index="btree_not_null",
        check_company=True,
    )
    contract_id = fields.Many2one(
        "service.contract",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        lock="workflow",
    )
    order_id = fields.Many2one(
        "sale.order",
        string="Sales Order",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="What was ordered and has no contract in force yet.",
        lock="workflow",
    )
    matched_by_id = fields.Many2one(
        "res.users",
        string="Matched by",
        readonly=True,
        help="Empty: number and e-mail address are those of the customer.",
        lock="workflow",
    )
    original_id = fields.Many2one(
        "service.declaration",
        string="First Sent as",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        lock="workflow",
    )
    termination_ids = fields.One2many(
        "service.termination", "declaration_id", string="Terminations"
    )
    termination_id = fields.Many2one("service.termination", compute="_compute_termination_id")
    answer_text = fields.Text(
        string="Answer to the Customer",
        help="Sent to the customer by “Answer without Effect”.",
        lock="open",
    )

    is_waiting = fields.Boolean(compute="_compute_can")
    can_match = fields.Boolean(compute="_compute_can")
    can_record = fields.Boolean(compute="_compute_can")
    can_cancel_sale = fields.Boolean(compute="_compute_can")
    can_close = fields.Boolean(compute="_compute_can")
    can_reopen = fields.Boolean(compute="_compute_can")
    right_note = fields.Text(string="What the Law Says", compute="_compute_right_note")

    _form_once = models.UniqueIndex("(form_key)", "This form was sent already.")

    @api.depends("email")
    def _compute_email_normalized(self):
        for declaration in self:
            declaration.email_normalized = email_normalize(declaration.email or "")

    @api.depends("contract_id", "order_id")
    def _compute_partner_id(self):
        for declaration in self.sudo():
            found = declaration.contract_id or declaration.order_id
            declaration.partner_id = found.partner_id.commercial_partner_id

    @api.depends("termination_ids.state")
    def _compute_termination_id(self):
        for declaration in self:
            ongoing = declaration.termination_ids.filtered(lambda row: row.state != "withdrawn")
            declaration.termination_id = ongoing[:1]

    @api.depends("state", "contract_id.state", "order_id.state", "kind")
    @api.depends_context("uid")
    def _compute_can(self):
        may_cancel_orders = self.env["sale.order"].has_access("write")
        for declaration in self:
            state, contract = declaration.state, declaration.sudo().contract_id
            is_matched, is_begun = state == "matched", contract.state == "active"
            declaration.is_waiting = state in WAITING
            declaration.can_match = state in WAITING
            declaration.can_record = is_matched and is_begun
            is_own = bool(contract) or may_cancel_orders
            is_cancellable = is_matched and declaration._is_sale_cancellable()
            declaration.can_cancel_sale = is_cancellable and is_own
            declaration.can_close = state in WAITING
            declaration.can_reopen = state == "closed"

    def _is_sale_cancellable(self):
        """Tell whether what was ordered has not begun: a draft contract, an order without one."""
        self.ensure_one()
        declaration = self.sudo()
        if declaration.contract_id:
            return declaration.contract_id.state == "draft"
        return bool(declaration.order_id) and declaration.order_id.state != "cancel"

    # ----- The seal -----

    def _is_sealed(self):
        return True

    def _is_over(self):
        return self.state in OVER

    @api.model_create_multi
    def create(self, vals_list):
        sealed = [{**vals, "said_sha256": self._hash_said(vals)} for vals in vals_list]
        return super().create(sealed)

    @api.model
    def _hash_said(self, values):
        """Return the hash of what was sent, from its values."""
        said = {name: values.get(name) for name in (*SAID, "proof_file")}
        day = fields.Date.to_date(said["wished_date"])
        said["wished_date"] = fields.Date.to_string(day)
        said["proof_file"] = hashlib.sha256(b64decode(said["proof_file"] or b"")).hexdigest()
        text = json.dumps({name: value or "" for name, value in said.items()}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @api.depends("said_sha256", *SAID)
    def _compute_is_intact(self):
        for declaration in self:
            whole = declaration.with_context(bin_size=False)
            said = {name: whole[name] for name in (*SAID, "proof_file")}
            declaration.is_intact = self._hash_said(said) == declaration.said_sha256

    # ----- The day that counts -----

    def _get_timezone(self):
        """Return the customer's time zone where the contract is known, else the company's."""
        self.ensure_one()
        declaration = self.sudo()
        company = declaration.company_id
        return declaration.contract_id.tz or (
            declaration.order_id.partner_shipping_id._get_service_timezone(company)
        )

    def _get_sent_day(self):
        """Return the customer's day on which it was sent: the one that counts (L19, L21)."""
        self.ensure_one()
        return clocks.localize(self.sent_at, self._get_timezone()).date()

    @api.depends("kind", "sent_at", "contract_id", "order_id")
    @api.depends_context("lang")
    def _compute_right_note(self):
        for declaration in self:
            declaration.right_note = declaration._describe_right()

    def _describe_right(self):
        """Return in words whether the law gives the customer what is declared (L19, L28)."""
        self.ensure_one()
        declaration = self.sudo()
        if not (declaration.contract_id or declaration.order_id):
            return False
        if self.kind == "withdrawal":
            return self._describe_withdrawal_right()
        regime = declaration.contract_id.regime or declaration.order_id.service_regime
        if regime in INFORMED_REGIMES:
            return self.env._(
                "By right: consumers and non-professionals terminate online (Code de la "
                "consommation L215-1-1). The contract says from when on."
            )
        return self.env._(
            "A request: the law gives professionals no termination online. It counts as a letter "
            "of the day on which it was sent where the contract takes letters so."
        )

    def _describe_withdrawal_right(self):
        declaration = self.sudo()
        contract, order = declaration.contract_id, declaration.order_id
        until = contract.withdrawal_until or order.service_withdrawal_until
        if not until:
            return self.env._(
                "A request: neither a consumer nor a small firm that may withdraw (Code de la "
                "consommation L221-3, L221-18)."
            )
        day, last = format_date(self.env, self._get_sent_day()), format_date(self.env, until)
        if self._get_sent_day() <= until:
            return self.env._(
                "By right: sent on %(day)s, and the last day to withdraw is %(last)s (Code de la "
                "consommation L221-18).",
                day=day,
                last=last,
            )
        return self.env._(
            "Too late: sent on %(day)s, and the last day to withdraw was %(last)s.",
            day=day,
            last=last,
        )

    # ----- Steps -----

    def _set_matched(self, contract, order, user):
        """Say which contract or order is meant; ``user`` is empty where the data say so."""
        self._check_transition("matched")
        self._update_state(
            "matched", contract_id=contract.id, order_id=order.id, matched_by_id=user.id
        )
        self._put_in_inbox()

    def _set_recorded(self):
        """Settle what led to a termination, or took a sale back."""
        self._update_state("recorded")
        self._leave_inbox()

    def action_match(self):
        """Open the candidates, with what speaks for each of them."""
        self.ensure_one()
        self.check_access("write")
        self._check_state(*WAITING)
        match = self.env["service.declaration.match"].create({"declaration_id": self.id})
        return {
            **match._get_records_action(target="new", views=[(False, "form")]),
            "name": self.env._("Match to Contract"),
        }

    def action_record(self):
        """Open the simulator with the day of the sending: it records the termination."""
        self.ensure_one()
        self.check_access("write")
        self._check_state("matched")
        action = self.contract_id.action_simulate_exit()
        action["context"].update(
            default_declaration_id=self.id,
            default_received_date=self._get_sent_day(),
            default_wished_date=self.wished_date,
            default_note=self.reason,
        )
        return action

    def action_cancel_sale(self):
        """Take back what was ordered and has not begun: its contract, or the order alone."""
        self.ensure_one()
        self.check_access("write")
        self._check_state("matched")
        if not self._is_sale_cancellable():
            raise UserError(self.env._("That has begun or is over: simulate the end instead."))
        if self.contract_id:
            self.contract_id.action_cancel()
        else:
            self.order_id.check_access("write")
            self.order_id._action_cancel()
        self._set_recorded()
        self._tell_outcome()

    def action_close(self):
        """Answer the customer that nothing follows, and why."""
        for declaration in self:
            declaration.check_access("write")
            declaration._check_state(*WAITING)
            if not (declaration.answer_text or "").strip():
                raise UserError(
                    self.env._("Write the answer to the customer: it says why nothing follows.")
                )
            declaration._update_state("closed")
            declaration._leave_inbox()
            declaration._tell_outcome()

    def action_reopen(self):
        """Look at it again."""
        for declaration in self:
            declaration.check_access("write")
            declaration._check_state("closed")
            declaration._update_state(
                "received", contract_id=False, order_id=False, matched_by_id=False
            )
            declaration._put_in_inbox()

    # ----- The receipt -----

    def _get_receipt_token(self):
        self.ensure_one()
        return hmac(self.env(su=True), SCOPE, (self.id, self.said_sha256))

    def _get_receipt_path(self):
        return f"/service/declaration/{self.id}/{self._get_receipt_token()}"

    def _get_sent_words(self):
        """Return day, hour and time zone of the sending."""
        self.ensure_one()
        zone = self.sudo().company_id._get_service_timezone()
        local = clocks.localize(self.sent_at, zone)
        return self.env._(
            "%(day)s at %(hour)s (%(zone)s)",
            day=format_date(self.env, local.date()),
            hour=local.strftime("%H:%M:%S"),
            zone=zone,
        )

    def _get_rows(self):
        """Return ``[(label, value)]`` of what was sent, in words."""
        self.ensure_one()
        values = {name: self[name] for name in SAID[1:]}
        values["wished_date"] = self.wished_date and format_date(self.env, self.wished_date)
        return [
            *(row for row in self._label_rows(self.kind, values) if row[1]),
            *([(self.env._("Proof"), self.proof_name)] if self.proof_name else ()),
        ]

    @api.model
    def _label_rows(self, kind, values):
        """Return ``[(label, value)]`` of typed values, in the order of the form."""
        labels = {
            "sender_name": self.env._("Your name, or the name of your company"),
            "email": self.env._("Your e-mail address"),
            "reference": self.env._("Number of the contract or order, or your customer number"),
            "line_number": self.env._("Number of the line"),
            "wished_date": self.env._("Wished last day of the contract"),
            "reason": self.env._("Legitimate reason"),
        }
        if kind == "withdrawal":
            labels["email"] = self.env._("E-mail address for the receipt")
        return [(label, values.get(name) or "") for name, label in labels.items()]

    def _describe(self):
        """Return the declaration in one sentence, for those who work on it."""
        self.ensure_one()
        labels = dict(self._fields["kind"]._description_selection(self.env))
        return say_of(
            self.env,
            labels[self.kind],
            self.env._(
                "%(name)s, %(email)s, sent on %(sent)s, about “%(reference)s”.",
                name=self.sender_name,
                email=self.email,
                sent=self._get_sent_words(),
                reference=self.reference or self.line_number or "–",
            ),
        )
