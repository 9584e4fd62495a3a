from odoo import api, fields, models
from odoo.fields import Domain

MIXED_JOB = "mixed"


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

    @api.model
    def _report(self, record, kind, detail, job="", **more):
        """Put a record in the inbox, or bring the text of its open row up to date.

        ``more`` are further values of the row.
        """
        found = self._get_open(record, kind, job)
        vals = {**self._prepare_exception_vals(record, kind, detail), "job": job, **more}
        if found:
            del vals["company_id"]
            found.write(vals)
            return found
        return self.sudo().create(vals)

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
