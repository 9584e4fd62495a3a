import logging

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, LockError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


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
    contract_id = fields.Many2one("service.contract", index="btree_not_null", ondelete="cascade")
    run_id = fields.Many2one(
        "service.billing.run", string="Billing Run", index="btree_not_null", ondelete="cascade"
    )
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
    def _report(self, record, kind, detail, run=None, job=""):
        """Put a record in the inbox, or bring the text of its open row up to date."""
        found = self._get_open(record, kind, job)
        vals = {**self._prepare_exception_vals(record, kind, detail, run), "job": job}
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
    def _prepare_exception_vals(self, record, kind, detail, run=None):
        contract = record if record._name == "service.contract" else False
        partner = record if record._name == "res.partner" else record.partner_id
        is_company = record._name == "res.company"
        company = run.company_id if run else record if is_company else record.company_id
        return {
            "name": record.display_name,
            "detail": detail,
            "kind": kind,
            "company_id": (company or self.env.company).id,
            "partner_id": partner.id,
            "contract_id": contract.id if contract else False,
            "run_id": run.id if run else False,
            "res_model": record._name,
            "res_id": record.id,
        }

    @api.model
    def _settle(self, records, kind="billing", job=""):
        """Close the open rows of records with which a job went well; others' stay."""
        self._get_open(records, kind, job).state = "done"

    @api.model
    def _run_isolated(self, records, work, kind="billing", run=None, job=""):
        """Do ``work(records)`` so that a bad record harms no other; return those that went well.

        All at once in a savepoint; on an error the set is halved until the bad ones stand alone,
        and each goes to the inbox with its error. Serialization errors are raised: the whole
        transaction must be retried; so are locks that another transaction holds.
        """
        if not records:
            return records
        try:
            with self.env.cr.savepoint():
                work(records)
            self._settle(records, kind, job)
            return records
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError, LockError):
            raise
        except Exception as error:
            if len(records) == 1:
                detail = self._describe_error(error)
                is_expected = isinstance(error, UserError | IntegrityError)
                _logger.info(
                    "%s %s put aside: %s",
                    records._name,
                    records.id,
                    detail,
                    exc_info=not is_expected,
                )
                self._report(records, kind, detail, run, job)
                return records.browse()
        half = len(records) // 2
        done = self._run_isolated(records[:half], work, kind, run, job)
        return done + self._run_isolated(records[half:], work, kind, run, job)

    @api.model
    def _run_in_batches(self, model, domain, work, job, kind="contract", batch_size=200):
        """Do ``work`` on the records of a domain in isolated batches, each committed; resumable.

        The loop of every scheduled job. Records that another transaction holds are left to the
        next time. Tell whether the scheduler leaves time for more.
        """
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=model.search_count(domain))
        last_id = 0
        while batch := model.search([*domain, ("id", ">", last_id)], order="id", limit=batch_size):
            last_id = batch[-1].id
            locked = batch.try_lock_for_update(allow_referencing=True)
            self._run_isolated(locked, work, kind=kind, job=job)
            if not cron._commit_progress(len(batch)):
                return False
        return True

    @api.model
    def _run_steps(self, steps, batch_size=200):
        """Do the ``(model, domain, work, job)`` of a scheduled job one after the other.

        What there was no time for is done when the scheduler calls the job again, at once.
        """
        for model, domain, work, job in steps:
            if not self._run_in_batches(model, domain, work, job, batch_size=batch_size):
                self.env["ir.cron"]._commit_progress(remaining=1)
                return

    @api.model
    def _describe_error(self, error):
        """Return an error in words; the database's own constraints have theirs."""
        if not isinstance(error, IntegrityError):
            return str(error) or repr(error)
        models = self.env.registry.values()
        name = next(
            (model._name for model in models if model._table == error.diag.table_name), self._name
        )
        return self.env[name]._sql_error_to_message(error)
