from itertools import chain, count

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.client_actions import notify


class ServiceConditions(models.Model):
    """One version of the general conditions (S37); the signed version is kept on the contract.

    Liability (S32) and the trace that is kept of orders (S33) are clauses of it."""

    _name = "service.conditions"
    _description = "General Conditions"
    _inherit = ["service.catalogue.mixin", "service.workflow.mixin", "mail.thread"]
    _order = "code, effective_date desc, id desc"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        lock="sealed",
        help="Shared by all versions of the same conditions, for example EIS-INTERNET.",
    )
    version = fields.Char(required=True, tracking=True, lock="sealed")
    effective_date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        copy=False,
        lock="sealed",
    )
    body = fields.Html(string="Conditions", translate=True, sanitize=True, lock="sealed")
    incident_procedure = fields.Html(
        translate=True,
        lock="sealed",
        help="Printed on the contract: what the customer does when something fails.",
    )
    family_ids = fields.One2many("service.family", "conditions_id", string="Families")
    is_locked = fields.Boolean(
        compute="_compute_is_locked",
        help="A contract or a customer's order refers to this version: its text cannot change.",
    )
    is_superseding = fields.Boolean(
        compute="_compute_is_superseding",
        help="Some families still use another version of these conditions.",
    )

    _version_unique = models.UniqueIndex(
        "(code, version, COALESCE(company_id, 0))",
        "This version of the conditions exists already.",
    )

    @api.depends("name", "version")
    def _compute_display_name(self):
        for conditions in self:
            conditions.display_name = f"{conditions.name} ({conditions.version})"

    def _compute_is_locked(self):
        locked = self._filter_locked()
        for conditions in self:
            conditions.is_locked = conditions._origin in locked

    @api.depends("code", "company_id", "family_ids")
    def _compute_is_superseding(self):
        for conditions in self:
            conditions.is_superseding = bool(conditions._get_families_of_other_versions())

    def _update_field_translations(self, field_name, *args, **kwargs):
        if field_name in self._get_marked("lock", "sealed"):
            self._check_sealed({field_name: None}, {field_name})
        return super()._update_field_translations(field_name, *args, **kwargs)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for conditions, vals in zip(self, vals_list, strict=True):
            if "version" not in (default or {}):
                vals["version"] = conditions._get_next_version()
        return vals_list

    def action_new_version(self):
        """Open a copy that may be edited; what is signed keeps the version that it names."""
        self.ensure_one()
        return self.copy()._get_records_action(name=self.env._("New version"))

    def action_use_in_families(self):
        """Give this version to the families that use another version of the same conditions."""
        for conditions in self:
            conditions._get_families_of_other_versions().conditions_id = conditions

    # ----- On request (S37) -----

    def _send(self, record, partner):
        """Send a customer these versions as documents; they stay with the record, as the proof.

        :param record: a document with a chatter, on which it is noted
        :return: the action that tells the user to whom they went
        """
        if not self:
            raise UserError(self.env._("There are no general conditions to send."))
        if not partner.email_normalized:
            raise UserError(
                self.env._(
                    "%(customer)s has no valid e-mail address.", customer=partner.display_name
                )
            )
        conditions = self.with_context(lang=partner.lang or self.env.lang)
        record.sudo().message_post(
            body=conditions.env._(
                "Here are the general conditions that you asked for: %(conditions)s.",
                conditions=", ".join(conditions.mapped("display_name")),
            ),
            subject=conditions.env._("General conditions"),
            partner_ids=partner.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachments=[version._print() for version in conditions],
        )
        return notify(
            self.env._(
                "The general conditions were sent to %(email)s.", email=partner.email_normalized
            )
        )

    def _print(self):
        """Return ``(file name, PDF)`` of one version, in the language of the environment."""
        self.ensure_one()
        reports = self.env["ir.actions.report"].sudo()
        content, kind = reports._render_qweb_pdf(
            "service_contract.service_conditions_report", self.ids
        )
        return f"{self.display_name.replace('/', '-')}.{kind}", content

    # ----- Signed versions -----

    def _filter_locked(self):
        """Return the versions that somebody refers to: their text cannot change. A hook.

        :return: ``service.conditions``
        """
        return self.browse()

    def _is_sealed(self):
        return bool(self._filter_locked())

    def _get_unsealed(self, names, vals):
        """Refuse also to write the same words anew: they stand in several languages."""
        return names

    def _raise_sealed(self, names):
        raise UserError(
            self.env._(
                "“%(conditions)s” is signed by customers: its text cannot change any more. "
                "Make a new version instead.",
                conditions=self.display_name,
            )
        )

    # ----- Versions -----

    def _get_next_version(self):
        """Return today's date, numbered from the second version of a day on."""
        today = str(fields.Date.context_today(self))
        taken = set(
            self.with_context(active_test=False)
            .search([("code", "=", self.code), ("company_id", "=", self.company_id.id)])
            .mapped("version")
        )
        names = chain([today], (f"{today}-{number}" for number in count(2)))
        return next(name for name in names if name not in taken)

    def _get_families_of_other_versions(self):
        self.ensure_one()
        return self.env["service.family"].search(
            [
                ("conditions_id.code", "=", self.code),
                ("conditions_id", "!=", self._origin.id),
                ("conditions_id.company_id", "=", self.company_id.id),
            ]
        )

    def _get_usage_fields(self):
        return [
            *super()._get_usage_fields(),
            ("service.family", "conditions_id"),
        ]
