from odoo import fields, models

SHEET_STATES = [
    ("draft", "Not sent"),
    ("sent", "Sent"),
    ("validated", "Validated"),
    ("contested", "Contested"),
    ("settled", "Settled"),
]
VALIDATIONS = [
    ("silence", "By silence"),
    ("customer", "Confirmed by the customer"),
    ("paper", "Signed on paper"),
    ("screen", "Signed on screen"),
]


class ServiceSheetRevision(models.Model):
    """An intervention sheet that was withdrawn, with what it said and what was answered (S30).

    Made when the session changes, and never written again: the answer and its date are evidence
    of what was agreed to before. Its address is forgotten after 12 months (L18).
    """

    _name = "service.sheet.revision"
    _description = "Earlier Revision of a Sheet"
    _inherit = ["service.workflow.mixin"]
    _order = "session_id, revision desc, id desc"
    _check_company_auto = True

    session_id = fields.Many2one(
        "service.session",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        lock="sealed",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, lock="sealed")
    revision = fields.Integer(required=True, aggregator=None, lock="sealed")
    state = fields.Selection(SHEET_STATES, string="Answer", required=True, lock="sealed")
    sent_at = fields.Datetime(string="Sent on", lock="sealed")
    email = fields.Char(string="Sent to", lock="sealed")
    contest_until = fields.Date(string="May be Contested until", lock="sealed")
    validation = fields.Selection(VALIDATIONS, string="How it was Validated", lock="sealed")
    validated_at = fields.Datetime(string="Validated on", lock="sealed")
    ip = fields.Char(
        string="Answered from",
        groups="service_contract.service_contract_group_manager",
        help="Forgotten after 12 months.",
        lock="workflow",
    )
    is_staff_ip = fields.Boolean(
        string="Answered from a Colleague's Address",
        groups="service_contract.service_contract_group_manager",
        lock="sealed",
    )
    contest_text = fields.Text(string="What the Customer Contests", lock="sealed")
    contested_at = fields.Datetime(string="Contested on", lock="sealed")
    settlement_note = fields.Text(lock="sealed")
    settled_at = fields.Datetime(string="Settled on", lock="sealed")
    settled_by_id = fields.Many2one("res.users", string="Settled by", lock="sealed")
    currency_id = fields.Many2one("res.currency", lock="sealed")
    amount = fields.Monetary(string="Including Tax", aggregator=None, lock="sealed")
    connections = fields.Json(lock="sealed")

    _revision_once = models.UniqueIndex(
        "(session_id, revision)", "This revision of the sheet is kept already."
    )

    def _is_sealed(self):
        self.ensure_one()
        return True

    def _is_answer(self):
        """Tell whether the customer has accepted the revision, or a manager settled it.

        Silence is a word only where the sheet gave days to contest it.
        """
        self.ensure_one()
        if self.state == "settled":
            return True
        is_told = self.validation != "silence" or bool(self.contest_until)
        return self.state == "validated" and is_told
