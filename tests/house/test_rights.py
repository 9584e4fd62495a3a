"""Every verb that a client may call: who changes something by it, and who cannot.

The verbs are found by looking at the models. A new one makes the test fail until it is listed.
"""

import inspect

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..verbs import VerbsCommon

ADDON = "odoo.addons.service_contract"
# Technician, salesperson, accountant, manager.
ROLES = {"t": "technician", "s": "sales", "a": "accountant", "m": "manager"}
# The customer, another customer, nobody, and who may do all of that in another company.
STRANGERS = ("portal", "other_portal", "public", "foreigner")
# ``{model: {who changes something: verbs}}``; "" for verbs that only open or show something.
VERBS = {
    "account.analytic.line": {
        "tm": "action_service_stop",
    },
    "account.move": {
        "": "action_open_service_charges",
        "a": "action_debit_again action_no_debit",
    },
    "product.product": {
        "m": "action_take_service_tax",
    },
    "product.template": {
        "m": "action_take_service_tax",
    },
    "res.partner": {
        "": (
            "action_open_service_allowances action_open_service_contracts "
            "action_open_service_equipment action_open_service_sessions"
        ),
    },
    "sale.order": {
        "": (
            "action_allow_loss action_open_amended_contract action_open_service_amendments "
            "action_open_service_contracts"
        ),
        "sa": "action_ask_loss action_send_service_conditions action_start_today",
    },
    "service.amendment": {
        "": "action_open_document",
        "m": "action_allow_loss",
        "sm": (
            "action_ask action_bring_up_to_date action_cancel action_confirm action_make_document"
        ),
    },
    "service.billing.question": {
        "a": "action_confirm",
    },
    "service.billing.redate": {
        "a": "action_redate",
    },
    "service.billing.run": {
        "": ("action_change_date action_open_exceptions action_open_invoices action_open_orders"),
        "a": ("action_collect action_continue action_post_invoices action_resume action_start"),
        "am": "action_preview",
    },
    "service.charge": {
        "": "action_open_invoice",
        "am": "action_hold action_owe action_release action_waive",
    },
    "service.commitment": {
        "": "action_preview_notice",
        "sm": "action_notice_posted action_send_notice",
    },
    "service.conditions": {
        "": "action_use_in_families",
        "m": "action_new_version",
    },
    "service.connection.import": {
        "": "action_columns action_open_sessions action_preview action_restart",
        "tm": "action_import",
    },
    "service.connection.log": {
        "": "action_open_sessions",
    },
    "service.contract": {
        "": (
            "action_amend action_open_allowances action_open_amending_quotes "
            "action_open_charges action_open_document action_open_duties "
            "action_open_equipment action_open_invoices action_open_mandates "
            "action_open_preventive action_open_revisions action_open_sessions "
            "action_open_termination action_simulate_exit action_suspend action_take_over"
        ),
        "m": (
            "action_confirm_termination action_keep_agreed action_reactivate "
            "action_withdraw_termination"
        ),
        "tsam": "action_send_conditions",
        "s": "action_amend_by_quote",
        "sm": "action_activate action_ask_mandate action_cancel action_draft action_make_document",
    },
    "service.contract.report": {
        "": "action_open_contract",
    },
    "service.contract.event": {
        "": "action_open_contract",
    },
    "service.desk": {
        "": "get_card get_desk get_timers search_customers",
        "t": "discard_session start_again start_session stop_session",
        "tm": "cancel_session close_session save_session",
    },
    "service.exception": {
        "": "action_open_record action_take_over",
        "am": "action_done",
    },
    "service.contract.activation": {"sm": "action_activate action_start_today"},
    "service.exit.simulation": {
        "sm": "action_confirm",
    },
    "service.family": {
        "": "action_open_contracts action_open_levels action_open_scope",
    },
    "service.level": {
        "": "action_open_contracts action_open_scope",
    },
    "service.mrr.movement": {
        "sam": "action_bring_up_to_date action_open_movements",
    },
    "service.price.index": {
        "": "action_import_values",
    },
    "service.price.index.import": {
        "": "action_again",
        "m": "action_import",
    },
    "service.price.revision": {
        "m": "action_apply action_evaluate action_leave_out action_notify action_undo",
    },
    "service.revision.batch": {
        "": "action_open_revisions",
        "m": "action_apply action_notify action_preview action_undo",
    },
    "service.scope.matrix": {
        "m": "action_save",
    },
    "service.session": {
        "": (
            "action_answered action_extend action_open_contest action_open_contract "
            "action_open_invoices action_open_loose_ends action_open_session "
            "action_open_settlement action_open_signature action_override_price "
            "get_unusual_days"
        ),
        "am": "action_bill_now",
        "m": "action_approve action_refuse action_remove_override",
        "t": "action_start action_start_workstation action_stop",
        "tm": (
            "action_assign_to_me action_cancel action_check_all action_done "
            "action_make_rework action_reopen action_resume_silence action_send_sheet "
            "action_tell_appointment action_withdraw_sheet"
        ),
    },
    "service.session.contest": {
        "tm": "action_contest",
    },
    "service.session.extend": {
        "tm": "action_extend",
    },
    "service.session.override": {
        "m": "action_apply",
    },
    "service.session.settlement": {
        "m": "action_settle",
    },
    "service.session.signature": {
        "tm": "action_sign",
    },
    "service.session.statement": {
        "": "action_pdf action_xlsx",
    },
    "service.setup": {
        "": "action_correct_taxes action_open action_prepare",
    },
    "service.setup.check": {
        "": "action_open",
    },
    "service.takeover.choice": {
        "m": "action_apply",
    },
    "service.termination": {
        "m": "action_confirm action_withdraw",
    },
}
# What a manager of another company does there, and in what all companies share.
OF_ANY_COMPANY = {
    ("product.product", "action_take_service_tax"),
    ("product.template", "action_take_service_tax"),
    ("service.connection.import", "action_import"),
    ("service.price.index.import", "action_import"),
}
# Managers of services who are accounting administrators, or sell, too: see test_setup and
# test_amendment_loss.
OF_TWO_ROLES = {
    ("sale.order", "action_allow_loss"),
    ("service.setup", "action_correct_taxes"),
    ("service.setup", "action_prepare"),
}


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestRights(VerbsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.setup_other_company(name="Sister")["company"]
        cls.user_foreigner = new_test_user(
            cls.env,
            login="service_foreigner",
            groups="account.group_account_invoice,service_contract.service_contract_group_manager,"
            "account_payment_batch_oca.group_account_payment",
            company_id=cls.sister.id,
            company_ids=[Command.set(cls.sister.ids)],
        )
        cls.user_other_portal = new_test_user(
            cls.env, login="service_other_portal", groups="base.group_portal"
        )
        cls.user_other_portal.partner_id.parent_id = cls.create_customer("Customer B")
        cls.user_public = cls.env.ref("base.public_user")

    # ----- Which verbs there are -----

    @classmethod
    def find_verbs(cls):
        """Return ``{(model, name)}`` of what clients may call because of this add-on."""
        found = set()
        for model in cls.env.registry.values():
            for name, function in inspect.getmembers(model, callable):
                is_public = not name.startswith("_") and not getattr(
                    function, "_api_private", False
                )
                if is_public and cls.is_own(model, name):
                    found.add((model._name, name))
        return {verb for verb in found if not cls.is_of_mixin(*verb)}

    @staticmethod
    def is_own(model, name):
        """Tell whether this add-on, and nobody below it, defines a method."""
        modules = [base.__module__ for base in model.__mro__ if name in vars(base)]
        return bool(modules) and all(module.startswith(ADDON) for module in modules)

    @classmethod
    def is_of_mixin(cls, model, name):
        return cls.env[model]._abstract and model.endswith(".mixin")

    # ----- Who may -----

    def call(self, record, name, arguments, user):
        """Call a verb as a user; tell whether it wrote something that lasts.

        AccessError, or UserError, where it is refused.
        """
        if isinstance(record, dict):
            record = self.env[record["model"]].with_user(user).create(record["vals"])
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.count_writes()
        getattr(record.with_user(user), name)(*arguments)
        self.env.flush_all()
        return self.count_writes() > before

    def count_writes(self):
        """Return how many rows of lasting tables this transaction has written."""
        self.env.cr.execute(
            "SELECT COALESCE(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) "
            "FROM pg_stat_xact_user_tables WHERE NOT relname = ANY(%s)",
            [[model._table for model in self.env.registry.values() if model._transient]],
        )
        return self.env.cr.fetchone()[0]

    def try_verb(self, record, name, arguments, user):
        """Return "writes", "reads", "no", or the words of another refusal; undo what was done."""
        savepoint = self.env.cr.savepoint()
        with savepoint, mute_logger("odoo.models"):
            try:
                is_writing = self.call(record, name, arguments, user)
                answer = "writes" if is_writing else "reads"
            except AccessError:
                answer = "no"
            except UserError as error:
                answer = str(error)
            savepoint.rollback()
        self.env.invalidate_all()
        return answer

    def try_everybody(self, model, name):
        record, arguments = self.make(model, name)
        if isinstance(record, dict):
            record = {"model": model, "vals": record}
        return {
            role: self.try_verb(record, name, arguments, getattr(self, f"user_{role}"))
            for role in (*ROLES.values(), *STRANGERS)
        }

    def try_all(self, model, name):
        """Return ``{role: answer}``, and leave nothing of it."""
        savepoint = self.env.cr.savepoint()
        with savepoint:
            answers = self.try_everybody(model, name)
            savepoint.rollback()
        self.env.invalidate_all()
        return answers

    def test_every_verb_is_listed(self):
        listed = {
            (model, verb)
            for model, verbs in VERBS.items()
            for names in verbs.values()
            for verb in names.split()
        }
        self.assertEqual(self.find_verbs(), listed)

    def test_who_changes_something_by_each_verb(self):
        for model, verbs in VERBS.items():
            for letters, names in verbs.items():
                for name in names.split():
                    with self.subTest(f"{model}.{name}"):
                        self.check_verb(model, name, letters)

    def check_verb(self, model, name, letters):
        answers = self.try_all(model, name)
        writing = {role for role, answer in answers.items() if answer == "writes"}
        expected = {ROLES[letter] for letter in letters}
        if (model, name) in OF_ANY_COMPANY:
            expected.add("foreigner")
        self.assertEqual(writing, expected, answers)
        is_tried = "reads" in answers.values() or bool(letters)
        self.assertEqual(is_tried, (model, name) not in OF_TWO_ROLES, answers)
