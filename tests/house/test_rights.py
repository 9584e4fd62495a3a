"""Every verb that a client may call: who changes something by it, and who cannot.

The verbs are found by looking at the models. A new one makes the test fail until it is listed.
What it does in other states is tried in test_rights_in_states.
"""

import inspect

from freezegun import freeze_time

from odoo.tests import tagged

from .rights import ROLES, STRANGERS, RightsCommon

# ``{model: {who changes something: verbs}}``; "" for verbs that only open or show something.
VERBS = {
    "account.analytic.line": {
        "tm": "action_service_stop",
    },
    "account.banking.mandate": {
        "": "action_open_schedules action_replace",
        "a": "action_resume action_take_over_mobility",
    },
    "account.move": {
        "": (
            "action_collect_service action_open_service_charges action_return_by_hand "
            "action_service_proof "
            "action_tell_return"
        ),
        "a": (
            "action_bill_return_fee action_debit_again action_no_debit "
            "action_note_formal_notice action_posted_service action_prepare_reminders "
            "action_print_service action_send_service"
        ),
    },
    "account.payment": {
        "": "action_service_proof",
    },
    "account.payment.line": {
        "": "action_service_proof",
    },
    "account.payment.lot": {
        "": "action_credit",
    },
    "account.payment.order": {
        "": "action_check_debits",
        "a": "action_confirm_debits action_continue_upload action_make_anew",
    },
    "payment.return": {
        "": "action_service_proof",
        "a": "action_continue_booking",
    },
    "payment.return.line": {
        "": "action_service_proof",
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
    "service.bank.file": {
        "": "action_open_returns",
        "a": "action_book action_book_credits action_match create_document_from_attachment",
    },
    "service.billing.preview": {
        "": "action_export action_hold action_open action_take_over action_waive",
    },
    "service.declaration": {
        "": "action_match action_record",
        "sm": "action_cancel_sale action_close action_reopen",
    },
    "service.declaration.match": {
        "sm": "action_match",
    },
    "service.declaration.candidate": {
        "sm": "action_choose",
    },
    "service.debit.batch": {
        "a": "action_confirm",
    },
    "service.debit.file": {
        "": "action_download",
    },
    "service.debit.report": {
        "": "action_open_debit action_service_proof",
    },
    "service.debit.schedule": {
        "a": "action_announce action_end action_fill action_told",
    },
    "service.reminder": {
        "": "action_open_invoices",
        "a": "action_cancel action_posted action_prepare action_print action_send",
    },
    "service.notice.decision": {
        "a": "action_confirm",
    },
    "service.billing.question": {
        "a": "action_confirm",
    },
    "service.billing.redate": {
        "a": "action_redate",
    },
    "service.order.number": {
        "a": "action_confirm",
    },
    "service.order.number.list": {
        "a": "action_confirm",
    },
    "service.billing.run": {
        "": (
            "action_batches action_change_date action_check_debits action_credit_invoices "
            "action_open_exceptions "
            "action_open_invoices action_open_orders action_open_unsent action_open_waiting "
            "action_preview"
        ),
        "a": (
            "action_collect action_confirm_posted action_continue action_post_invoices "
            "action_print_invoices action_resume action_resume_mended action_roll_back "
            "action_send_invoices action_start action_stop"
        ),
    },
    "service.charge": {
        "": "action_give_goodwill action_hold action_open_invoice action_waive",
        "a": "action_credit_origin",
        "am": "action_owe action_release action_take_back_goodwill",
    },
    "service.charge.decision": {
        "am": "action_confirm",
    },
    "service.goodwill": {
        "am": "action_confirm",
    },
    "service.mandate.replacement": {
        "a": "action_confirm",
    },
    "service.one.off": {
        "sam": "action_confirm",
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
    "service.consent.phone": {
        "tm": "action_note",
    },
    "service.contract": {
        "": (
            "action_amend action_bill_once action_give_goodwill "
            "action_open_allowances action_open_amending_quotes "
            "action_open_charges action_open_declarations "
            "action_open_document action_open_duties "
            "action_open_equipment action_open_invoices action_open_mandates "
            "action_open_preventive action_open_reminded action_open_returned "
            "action_open_revisions action_open_sessions action_open_termination "
            "action_simulate_exit action_suspend action_take_over"
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
        "t": "discard_session start_again start_consented start_session stop_session",
        "tm": (
            "ask_consent cancel_session close_session note_phone_consent renew_consent save_session"
        ),
    },
    "service.exception": {
        "": "action_open_record action_open_records",
        "a": "action_bill_mended action_mend action_mend_all",
        "am": "action_done",
    },
    "service.exception.cause": {
        "": "action_open",
        "a": "action_mend",
    },
    "service.debit.anyway": {
        "a": "action_confirm",
    },
    "service.debit.check": {
        "": "action_look_again",
        "a": "action_collect action_leave_out",
    },
    "service.debit.check.line": {
        "": "action_debit_anyway action_mend",
        "a": "action_set_off",
    },
    "service.lot.credit": {
        "a": "action_confirm",
    },
    "service.missing.address": {
        "": "action_confirm",
    },
    "service.missing.tax": {
        "a": "action_confirm",
    },
    "service.contract.activation": {"sm": "action_activate action_start_today"},
    "service.exit.simulation": {
        "sm": "action_confirm",
    },
    "service.family": {
        "": "action_open_contracts action_open_levels action_open_scope",
    },
    "service.forecast": {
        "": "action_show",
    },
    "service.forecast.line": {
        "": "action_export action_open",
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
            "action_open_phone_consent action_open_settlement action_open_signature "
            "action_override_price "
            "get_unusual_days"
        ),
        "am": "action_bill_now",
        "m": "action_approve action_refuse action_remove_override action_withdraw_order",
        "t": "action_start action_start_workstation action_stop",
        "tm": (
            "action_ask_consent action_assign_to_me action_cancel action_check_all action_done "
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
    "service.takeover.list": {
        "m": "action_apply",
    },
    "service.termination": {
        "m": "action_confirm action_withdraw",
    },
    "service.unattended.access": {
        "tm": "action_activate action_revoke",
    },
}
# Verbs that are about the reader himself, or about his own file.
OF_NO_RECORD = {
    ("service.connection.import", "action_import"),
    ("service.session", "get_unusual_days"),
}
# What the desk asks about a session that it names.
OF_A_SESSION = {
    "cancel_session",
    "close_session",
    "discard_session",
    "note_phone_consent",
    "renew_consent",
    "save_session",
    "start_again",
    "start_consented",
    "stop_session",
}
# What a manager of another company does there, and in what all companies share.
OF_ANY_COMPANY = {
    ("product.product", "action_take_service_tax"),
    ("product.template", "action_take_service_tax"),
    ("service.connection.import", "action_import"),
    ("service.price.index.import", "action_import"),
}
# Managers of services who are accounting administrators, or sell, too, and accountants who complete
# contacts: see test_setup, test_amendment_loss and test_inbox.
OF_TWO_ROLES = {
    ("sale.order", "action_allow_loss"),
    ("service.missing.address", "action_confirm"),
    ("service.setup", "action_correct_taxes"),
    ("service.setup", "action_prepare"),
}
# Of rows that none but who asked for them sees: see test_preview and test_forecast.
OF_WHO_ASKED = {
    *(("service.billing.preview", f"action_{verb}") for verb in ("export", "hold", "open")),
    *(("service.billing.preview", f"action_{verb}") for verb in ("take_over", "waive")),
    *(("service.forecast.line", f"action_{verb}") for verb in ("export", "open")),
}


def get_listed(model):
    """Return ``{verb: roles that change something by it}`` of a model."""
    return {
        name: {ROLES[letter] for letter in letters}
        for letters, names in VERBS.get(model, {}).items()
        for name in names.split()
    }


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestRights(RightsCommon):
    def test_every_verb_is_listed(self):
        listed = {
            (model, verb)
            for model, verbs in VERBS.items()
            for names in verbs.values()
            for verb in names.split()
        }
        self.assertEqual(self.find_verbs(), listed)

    def test_who_changes_something_by_each_verb(self):
        for model in VERBS:
            for name, expected in get_listed(model).items():
                with self.subTest(f"{model}.{name}"):
                    self.check_verb(model, name, expected)

    def check_verb(self, model, name, expected):
        answers = self.try_all(model, name)
        writing = {role for role, answer in answers.items() if answer == "writes"}
        expected = set(expected)
        if (model, name) in OF_ANY_COMPANY:
            expected |= {"foreigner", "commuter"}
        self.assertEqual(writing, expected, answers)
        is_tried = "reads" in answers.values() or bool(expected)
        others = OF_TWO_ROLES | OF_WHO_ASKED
        self.assertEqual(is_tried, (model, name) not in others, answers)

    # ----- By whom without a record -----

    def test_wizards_and_the_desk_are_about_own_records(self):
        """What a client names by its id is looked at with the rights of who names it."""
        of_anybody = {"service.connection.import", "service.price.index.import", "service.setup"}
        for model, name in sorted(self.find_verbs()):
            is_named = model == "service.desk" and name in OF_A_SESSION
            if not is_named and (not self.env[model]._transient or model in of_anybody):
                continue
            answers = self.try_all(model, name)
            for stranger in STRANGERS:
                with self.subTest(f"{stranger}: {model}.{name}"):
                    self.assertEqual(answers[stranger], "no")

    # ----- Where rights are checked -----

    def test_rights_are_checked_before_they_are_left(self):
        """A method that clients call checks access before it goes on with sudo.

        Those that Odoo calls by the same name check by ``super()``, or read nothing of the record.
        """
        for model, name in sorted(self.find_verbs()):
            for function in self.get_own_functions(model, name):
                source = inspect.getsource(function)
                before, sudo, _after = source.partition("sudo(")
                if sudo and (model, name) not in OF_NO_RECORD:
                    with self.subTest(f"{model}.{name}"):
                        self.assertIn("check_access(", before)

    def get_own_functions(self, model, name):
        classes = type(self.env[model]).__mro__
        found = [vars(base)[name] for base in classes if name in vars(base)]
        return [inspect.unwrap(function) for function in found if inspect.isfunction(function)]
