from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .service_exception_cause import OTHER

MIXED_JOB = "mixed"
# The cause of what a scheduled job could not do.
DAILY = "daily"


class ServiceException(models.Model):
    """The inbox of what needs a person: one row per record and subject, with its button."""

    _name = "service.exception"
    _description = "Matter to Settle"
    _inherit = ["service.workflow.mixin"]
    _check_company_auto = True
    _order = "id desc"
    _is_made_by_workflow = True
    _takes_user_defaults = False

    name = fields.Char(string="Subject", required=True, lock="workflow")
    detail = fields.Text(lock="workflow")
    kind = fields.Selection(
        [
            ("billing", "Billing"),
            ("sepa", "SEPA"),
            ("session", "Session"),
            ("contract", "Contract"),
        ],
        required=True,
        index=True,
        lock="workflow",
    )
    job = fields.Char(
        readonly=True,
        lock="workflow",
        help="The work that reported it: only its own success settles the matter.",
    )
    cause_id = fields.Many2one(
        "service.exception.cause",
        index="btree_not_null",
        ondelete="restrict",
        lock="workflow",
        help="Why it needs a person: what mends it, mends all matters of this cause.",
    )
    can_mend = fields.Boolean(compute="_compute_can_mend")
    can_settle = fields.Boolean(compute="_compute_can_settle")
    mend_label = fields.Char(related="cause_id.button")
    explanation = fields.Text(related="cause_id.explanation")
    same_count = fields.Integer(string="Same Cause", compute="_compute_same_count")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        lock="workflow",
    )
    partner_id = fields.Many2one("res.partner", string="Customer", lock="workflow")
    res_model = fields.Char(string="Model", required=True, lock="workflow")
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, lock="workflow"
    )
    user_id = fields.Many2one("res.users", string="Assigned to", check_company=True)
    state = fields.Selection(
        [("open", "To settle"), ("done", "Settled")],
        default="open",
        required=True,
        readonly=True,
        index=True,
        lock="workflow",
    )

    _one_open = models.UniqueIndex(
        "(kind, COALESCE(job, ''), res_model, res_id) WHERE state = 'open'",
        "This matter is in the inbox already.",
    )

    def action_open_record(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_done(self):
        self._as_workflow().state = "done"

    # ----- Why, and what mends it -----

    @api.depends("state", "cause_id")
    @api.depends_context("uid")
    def _compute_can_mend(self):
        for matter in self:
            matter.can_mend = matter.state == "open" and matter.cause_id.can_mend

    @api.depends("state", "cause_id")
    @api.depends_context("uid")
    def _compute_can_settle(self):
        for matter in self:
            matter.can_settle = matter.state == "open" and matter._may_settle()

    def _may_settle(self):
        """Tell whether the user may say that an open matter is settled; a hook."""
        self.ensure_one()
        return self.browse().has_access("write")

    def _is_about(self, code):
        self.ensure_one()
        return self.cause_id.code == code

    @api.depends("state", "cause_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_same_count(self):
        """Count what a card's button for all of its cause would mend."""
        for cause, matters in self.grouped("cause_id").items():
            matters.same_count = self.search_count(cause._get_matter_domain()) if cause else 0

    @api.model
    def _find_cause(self, kind, job, model_name):
        """Return the code of the cause of what a job reports of a model's records; a hook."""
        if job == MIXED_JOB:
            return MIXED_JOB
        return DAILY if job else OTHER

    def action_mend(self):
        """Do, or ask for, what mends matters of one cause: all of them at once."""
        self.check_access("read")
        matters = self.filtered(lambda matter: matter.state == "open")
        if not matters:
            raise UserError(self.env._("That is settled already."))
        causes = matters.cause_id
        if len(causes) != 1:
            raise UserError(self.env._("Choose matters of one cause: each has its own button."))
        causes._check_may_mend()
        return matters._mend()

    def action_mend_all(self):
        """Mend this matter and all others of its cause."""
        self.ensure_one()
        self.check_access("read")
        return self.cause_id.action_mend()

    def _mend(self):
        """Return what mends open matters of one cause that the user may mend; a hook."""
        return self.action_open_records()

    def action_open_records(self):
        """Open what the matters are about, as one list of each user's own rights."""
        self.check_access("read")
        model_name = self[:1].res_model
        ids = self.filtered(lambda matter: matter.res_model == model_name).mapped("res_id")
        return {
            "type": "ir.actions.act_window",
            "name": ", ".join(self.cause_id.mapped("name")),
            "res_model": model_name,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", ids)],
            "context": {"create": False, "active_test": False},
        }

    def _get_records(self, model_name):
        """Return what the matters are about, of one model; what was deleted is left out."""
        ids = self.filtered(lambda matter: matter.res_model == model_name).mapped("res_id")
        return self.env[model_name].browse(ids).exists()

    def _get_mended(self):
        """Return those of some open matters that are mended, by what their rule says now; a hook.

        Where no rule is known nothing is: a person says so by *Settled*.
        """
        return self.browse()

    def _set_mended(self):
        """Settle what a person has mended; a hook."""
        self.sudo()._as_workflow().state = "done"

    def _look_again(self):
        """Settle those of some open matters whose rule finds nothing any more; return them."""
        mended = self.filtered(lambda matter: matter.state == "open").sudo()._get_mended()
        mended._set_mended()
        return mended.with_env(self.env)

    def _take_in_hand(self):
        """Return those that are still open, locked: nobody else mends them meanwhile."""
        matters = self.sudo()
        if matters.try_lock_for_update(allow_referencing=True) != matters:
            raise UserError(
                self.env._("Somebody else is mending the same matters. Try again in a moment.")
            )
        matters = matters.filtered(lambda matter: matter.state == "open")
        if not matters:
            raise UserError(self.env._("That is settled already."))
        return matters

    # ----- What is put there, and what leaves -----

    @api.model
    def _report(self, record, kind, detail, job="", cause="", **more):
        """Put a record in the inbox, or bring the text of its open row up to date.

        ``cause`` is the code of its cause, by default that of its job; ``more`` are further values
        of the row.
        """
        found = self._get_open(record, kind, job)
        code = cause or self._find_cause(kind, job, record._name)
        vals = {
            **self._prepare_exception_vals(record, kind, detail),
            "job": job,
            "cause_id": self.env["service.exception.cause"]._find(code).id,
            **more,
        }
        if found:
            del vals["company_id"]
            found.write(vals)
            return found
        return self.sudo().create(vals)

    @api.model
    def _report_each(self, details, kind, job=""):
        """Put many records of one model in the inbox, ``{record: text}``, in a few statements."""
        if not details:
            return
        first = next(iter(details))
        records = first.browse().union(*details)
        known = self._get_open(records, kind, job).grouped("res_id")
        cause = self.env["service.exception.cause"]._find(
            self._find_cause(kind, job, records._name)
        )
        fresh = []
        for record in records:
            vals = {
                **self._prepare_exception_vals(record, kind, details[record]),
                "job": job,
                "cause_id": cause.id,
            }
            if found := known.get(record.id):
                del vals["company_id"]
                found.write(vals)
            else:
                fresh.append(vals)
        self.sudo().create(fresh)

    @api.model
    def _get_open(self, records, kind, job=None):
        """Return the open rows of records: those of one job, or of all where none is given."""
        of_job = [] if job is None else [("job", "=", job or False)]
        return self.sudo().search(
            [
                *of_job,
                ("kind", "=", kind),
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("state", "=", "open"),
            ]
        )

    @api.model
    def _prepare_exception_vals(self, record, kind, detail):
        """Return the row of a record in the inbox; a hook."""
        partner = self.env["res.partner"]
        if record._name == partner._name:
            partner = record
        elif "partner_id" in record._fields:
            partner = record.partner_id
        company = record if record._name == "res.company" else record.company_id
        return {
            "name": record.display_name,
            "detail": detail,
            "kind": kind,
            "company_id": (company or self.env.company).id,
            "partner_id": partner.id,
            "res_model": record._name,
            "res_id": record.id,
        }

    @api.model
    def _settle(self, records, kind="billing", job=""):
        """Close the open rows of records with which a job went well; others' stay."""
        self._get_open(records, kind, job).state = "done"

    # ----- Companies -----

    @api.model
    def _report_mixed(self, model_name, going_on):
        """Put the records in the inbox that refer to what another company owns; return them.

        From before that was refused. They are worked on as they are, and somebody puts them right.
        """
        model = self.env[model_name].sudo().with_context(active_test=False)
        found = model.browse()
        for company in self.env["res.company"].sudo().search([("partner_id", "!=", False)]):
            mixed = self._find_mixed(model, Domain("company_id", "=", company.id) & going_on)
            own = self.with_context(lang=company.partner_id.lang)
            for record, names in mixed.items():
                own._report(
                    record,
                    "session" if model_name == "service.session" else "contract",
                    own._describe_mixed(record, names),
                    job=MIXED_JOB,
                )
                found += record
        return found

    @api.model
    def _find_mixed(self, model, domain):
        """Return ``{record: names of fields}`` of one company that refer to another one."""
        mixed = {}
        company = model.search(domain, limit=1).company_id
        for name, field in model._fields.items() if company else ():
            if not (field.store and field.relational and field.check_company):
                continue
            allowed = self.env[field.comodel_name]._check_company_domain(company)
            foreign = Domain(name, "!=", False) & Domain(name, "not any", list(Domain(allowed)))
            for record in model.search(domain & foreign):
                mixed.setdefault(record, []).append(name)
        return mixed

    @api.model
    def _describe_mixed(self, record, names):
        return "\n".join(
            self.env._(
                "%(field)s: %(value)s belongs to another company than this record (%(company)s).",
                field=record._fields[name]._description_string(self.env),
                value=", ".join(record[name].mapped("display_name")),
                company=record.company_id.name,
            )
            for name in names
        )
