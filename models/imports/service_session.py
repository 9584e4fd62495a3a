from odoo import api, fields, models

from ...tools import clocks
from ...tools.sessions import Interval, union
from ..common.table_statistics import in_lots
from .bulk import Bulk

# What all sessions of a customer on one local day share, worked out on one of them.
SHARED = (
    "commercial_partner_id",
    "contract_id",
    "level_id",
    "tz",
    "date",
    "currency_id",
    "amount_untaxed",
    "amount_total",
    "billing_state",
    "priority",
    "is_contract_open",
    "is_assigned",
    "planned_stop",
    "billed_hours",
    "covered_hours",
)
CONNECTION_TIMES = ("service_start", "service_stop")
TIMES = {"start", "stop", "connected_seconds"}
OWN = {"name", "user_id", "requested_at", *TIMES, *models.LOG_ACCESS_COLUMNS}
ANSWERS = {"due_at", "first_due_at", "answered_at", "is_answered_late"}
FOLLOWED = {*SHARED, *TIMES, *ANSWERS, "connected_hours"}


class ServiceSession(models.Model):
    """Sessions created with their connections by the thousand, as imports do."""

    _name = "service.session"
    _inherit = ["service.session", "service.bulk.mixin"]

    connection_log_id = fields.Many2one(
        "service.connection.log",
        string="Imported from",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        lock="once",
    )

    @api.model
    def _create_with_connections(self, vals_list):
        """Create open sessions with the closed connections of their ``line_ids``.

        The same as ``create``, in a fraction of its time: the sessions are inserted with what
        follows from their connections, then all connections at once. Only ``create`` looks first
        for a contract in force today, and keeps it where several are on the day itself. The
        context key ``service_plain_create`` takes the plain way.
        """
        if self.env.context.get("service_plain_create"):
            return self.create(vals_list)
        bulk = self.with_context(service_bulk=Bulk())
        lots = in_lots(self.env, vals_list, "service.session", "account.analytic.line")
        sessions = self.concat(*(bulk._create_lot_with_connections(lot) for lot in lots))
        sessions._check_duration()
        return sessions

    @api.model
    def _create_lot_with_connections(self, vals_list):
        groups = [[command[2] for command in vals["line_ids"]] for vals in vals_list]
        sessions = self._as_workflow().create(
            [
                {**vals, **self._prepare_times(lines)}
                for vals, lines in zip(vals_list, groups, strict=True)
            ]
        )
        sessions = sessions.with_env(self.env)
        rows = [
            {**line, "service_session_id": session.id}
            for session, lines in zip(sessions, groups, strict=True)
            for line in lines
        ]
        followed = [self._fields[name] for name in FOLLOWED]
        with self.env.protecting(followed, sessions):
            self.env["account.analytic.line"].create(rows)
        return sessions.with_context(service_bulk=None)

    @api.model
    def _prepare_times(self, lines):
        """Return what follows from the connections, in the place of these."""
        intervals = union(
            Interval(*(clocks.localize(line[name], "UTC") for name in CONNECTION_TIMES))
            for line in lines
        )
        return {
            "line_ids": [],
            "start": min(line["service_start"] for line in lines),
            "stop": max(line["service_stop"] for line in lines),
            "connected_seconds": sum(interval.seconds for interval in intervals),
        }

    @api.model
    def _prepare_known_vals(self, vals_list):
        """Return what the ORM would compute for sessions with known times, once for each customer
        and day.
        """
        shared = self._find_shared_vals(vals_list)
        return [
            {
                **vals_shared,
                "connected_hours": vals["connected_seconds"] / 3600,
                "due_at": False,  # who connected at once never waited for an answer
                "first_due_at": False,
                "answered_at": vals["start"],
                "is_answered_late": False,
            }
            for vals, vals_shared in zip(vals_list, shared, strict=True)
        ]

    @api.model
    def _find_shared_vals(self, vals_list):
        """Return, for each values, what sessions share that differ in their instants only.

        Their contract is found on the customer's local date, all else on the contract's (S09).
        """
        keys = [(*self._get_shared_key(vals), self._get_customer_day(vals)) for vals in vals_list]
        samples = self._make_samples(keys, vals_list)
        keys = [
            (*key, clocks.localize(vals["start"], samples[key]._get_timezone()).date())
            for key, vals in zip(keys, vals_list, strict=True)
        ]
        samples = self._make_samples(keys, vals_list)
        found = {
            key: {
                name: self._fields[name].convert_to_write(sample[name], sample) for name in SHARED
            }
            for key, sample in samples.items()
        }
        return [found[key] for key in keys]

    @api.model
    def _make_samples(self, keys, vals_list):
        """Return one new record for each key, made of the first values that have it."""
        first = dict(zip(reversed(keys), reversed(vals_list), strict=True))
        samples = self.concat(*(self.new(vals) for vals in first.values()))
        return dict(zip(first, samples, strict=True))

    @api.model
    def _get_shared_key(self, vals):
        """Return all values of a session but those that are its own."""
        return (
            bool(vals.get("user_id")),
            *(
                (name, value)
                for name, value in vals.items()
                if name not in OWN and self._fields[name].column_type
            ),
        )

    @api.model
    def _get_customer_day(self, vals):
        customer = {name: vals[name] for name in ("company_id", "partner_id")}
        zone = self._bulk.remember(
            ("zone", *customer.values()), lambda: self.new(customer)._get_customer_timezone()
        )
        return clocks.localize(vals["start"], zone).date()

    def _check_takes_connections(self):
        """Ask nothing of sessions that are made at this moment: they are open and not billed."""
        return None if self._bulk else super()._check_takes_connections()

    def _prepare_place_vals(self):
        if not self._bulk:
            return super()._prepare_place_vals()
        find = super()._prepare_place_vals
        return self._bulk.remember(("place", self.company_id.id, self.contract_id.id), find)
