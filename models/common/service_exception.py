from odoo import api, fields, models


class ServiceException(models.Model):
    """The inbox of what needs a person: one row per record and subject, with its button."""

    _name = "service.exception"
    _description = "Matter to Settle"
    _check_company_auto = True
    _order = "id desc"

    name = fields.Char(string="Subject", required=True)
    detail = fields.Text()
    kind = fields.Selection(
        [
            ("billing", "Billing"),
            ("sepa", "SEPA"),
            ("session", "Session"),
            ("contract", "Contract"),
        ],
        required=True,
        index=True,
    )
    job = fields.Char(
        readonly=True,
        help="The work that reported it: only its own success settles the matter.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one("res.partner", string="Customer")
    res_model = fields.Char(string="Model", required=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", required=True)
    user_id = fields.Many2one("res.users", string="Assigned to")
    state = fields.Selection(
        [("open", "To settle"), ("done", "Settled")], default="open", required=True, index=True
    )

    _one_open = models.UniqueIndex(
        "(kind, COALESCE(job, ''), res_model, res_id) WHERE state = 'open'",
        "This matter is in the inbox already.",
    )

    def action_open_record(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_done(self):
        self.state = "done"

    @api.model
    def _report(self, record, kind, detail, job="", **more):
        """Put a record in the inbox, or bring the text of its open row up to date.

        ``more`` are further values of the row.
        """
        found = self._get_open(record, kind, job)
        vals = {**self._prepare_exception_vals(record, kind, detail), "job": job, **more}
        if found:
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
        partner = record if record._name == "res.partner" else record.partner_id
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
