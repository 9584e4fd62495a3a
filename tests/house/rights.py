"""Trying verbs: which there are, as whom, and what came of it."""

import inspect

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ..verbs import VerbsCommon

ADDON = "odoo.addons.service_contract"
# Technician, salesperson, accountant, manager.
ROLES = {"t": "technician", "s": "sales", "a": "accountant", "m": "manager"}
# The customer, another customer, nobody, and who may do all of that in another company: one who
# has no other, and one who works in both and has chosen the other.
STRANGERS = ("portal", "other_portal", "public", "foreigner", "commuter")


class RightsCommon(VerbsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.setup_other_company(name="Sister")["company"]
        cls.user_foreigner = cls.create_almighty("foreigner", cls.sister)
        cls.user_commuter = cls.create_almighty("commuter", cls.sister + cls.company)
        cls.user_other_portal = new_test_user(
            cls.env, login="service_other_portal", groups="base.group_portal"
        )
        cls.user_other_portal.partner_id.parent_id = cls.create_customer("Customer B")
        cls.user_public = cls.env.ref("base.public_user")

    @classmethod
    def create_almighty(cls, login, companies):
        """Create a user who may do what every role may, in the first of some companies."""
        return new_test_user(
            cls.env,
            login=f"service_{login}",
            groups="account.group_account_invoice,sales_team.group_sale_manager,"
            "service_contract.service_contract_group_manager,"
            "account_payment_batch_oca.group_account_payment",
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
        )

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
            record = self.as_user(self.env[record["model"]], user).create(record["vals"])
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.count_writes()
        getattr(self.as_user(record, user), name)(*arguments)
        self.env.flush_all()
        return self.count_writes() > before

    def is_refused(self, record, name, user):
        """Tell whether a user is refused a verb, whatever it does: quicker than ``try_verb``."""
        savepoint = self.env.cr.savepoint()
        with savepoint, mute_logger("odoo.models"):
            self.env.invalidate_all()
            try:
                getattr(self.as_user(record, user), name)()
            except (AccessError, MissingError):
                return True
            except UserError:
                return False
            finally:
                savepoint.rollback()
        return False

    def as_user(self, record, user):
        """Return a record as a user meets it, in the company that he has chosen above."""
        return record.with_user(user).with_context(allowed_company_ids=user.company_id.ids)

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
            except (AccessError, MissingError):
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
