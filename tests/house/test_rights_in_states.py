"""Every verb in every state: nobody of another company, and no role that has no business there.

The verbs and the states are the registry's: a new method, or a new state, is tried without anybody
remembering. A state in which no record is made makes the test fail.
"""

from random import Random

from freezegun import freeze_time

from odoo.tests import tagged

from .rights import ROLES, STRANGERS, RightsCommon
from .test_rights import VERBS, get_listed

SEED, SHARE = 10, 0.05
# Verbs on whose records a state is met that those of others are not in.
OF_A_STATE = {
    ("service.contract", "action_draft"),
    ("service.session", "action_approve"),
    ("service.session", "action_bill_now"),
    ("service.session", "action_open_settlement"),
    ("service.session", "action_stop"),
    ("service.session", "action_withdraw_sheet"),
}
# Verbs that Odoo's client calls on no record, though they are methods of records.
OF_NO_RECORD = {("service.bank.file", "create_document_from_attachment")}
OF_ELSEWHERE = {"foreigner", "commuter"}


class RightsInStates(RightsCommon):
    def try_everything(self):
        """Try all verbs in all states; the list of both is the registry's."""
        self.seen, self.wrong, self.tried = set(), [], 0
        self.verbs = self.find_verbs()
        makers = self.find_makers()
        for model, name in (*sorted(makers), *sorted(self.verbs - makers)):
            if self.is_worth_making(model):
                self.try_in_savepoint(model, name)
        self.assertEqual(self.wrong, [])
        self.assertEqual(self.get_states() - self.seen, set(), "no record is made in these states")

    def find_makers(self):
        """Return ``{(model, name)}`` of records that are made for their state: they come first."""
        return OF_A_STATE | {
            (model, name) for model, names in self.in_states.items() for name in names
        }

    def get_states(self, *models):
        """Return ``{(model, field, state)}`` of the tables by which states move."""
        return {
            (model, field, state)
            for model in models or VERBS
            for field, table in getattr(self.env[model], "_transitions", {}).items()
            for state in {*table, *(state for states in table.values() for state in states)}
        }

    def is_worth_making(self, model):
        """Tell whether another record of a model may be in a state that was not tried."""
        if self.env[model]._transient or "company_id" not in self.env[model]._fields:
            return False
        is_tried = any(state[0] == model for state in self.seen)
        return not is_tried or self.is_worth_more(model)

    def is_worth_more(self, model):
        """Tell whether records in all their states are made, or one in each; a hook."""
        return True

    def try_in_savepoint(self, model, name):
        savepoint = self.env.cr.savepoint()
        with savepoint:
            record = self.make(model, name)[0]
            if not isinstance(record, dict) and record:
                self.try_on(record[:1].sudo())
            savepoint.rollback()
        self.env.invalidate_all()

    def try_on(self, record):
        """Try all verbs of a model on a record, unless one in the same states was tried."""
        states = {
            (record._name, field.name, record[field.name])
            for field in record._fields.values()
            if field.type == "selection" and field.store
        } | {(record._name, "", "")}
        if states <= self.seen or record.company_id != self.company:
            return
        self.seen |= states
        states = {name: value for _model, name, value in states if "state" in name}
        for name in self.get_verbs_of_records(record._name):
            self.try_as_strangers(record, name, states)
            self.try_as_roles(record, name, states)

    def get_verbs_of_records(self, model):
        """Return the names of a model's verbs that are about the records they are called on."""
        return sorted(
            name
            for verb_model, name in self.verbs - OF_NO_RECORD
            if verb_model == model and not getattr(getattr(self.env[model], name), "_api_model", 0)
        )

    def try_as_strangers(self, record, name, states):
        for stranger in (*sorted(OF_ELSEWHERE), *self.choose(set(STRANGERS) - OF_ELSEWHERE)):
            user = getattr(self, f"user_{stranger}")
            if stranger == "portal":  # who reads sessions of his own
                answer = self.try_verb(record, name, (), user)
                self.note(answer == "writes", stranger, record, name, states)
            else:
                is_wrong = not self.is_refused(record, name, user)
                self.note(is_wrong, stranger, record, name, states)

    def try_as_roles(self, record, name, states):
        expected = get_listed(record._name).get(name, set())
        for role in self.choose(set(ROLES.values()) - expected):
            answer = self.try_verb(record, name, (), getattr(self, f"user_{role}"))
            self.note(answer == "writes", role, record, name, states)

    def choose(self, people):
        """Return which of some people try a verb; a hook."""
        return people

    def note(self, is_wrong, who, record, name, states):
        self.tried += 1
        if is_wrong:
            self.wrong.append((who, f"{record._name}.{name}", states))


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestRightsInStates(RightsInStates):
    def test_people_of_elsewhere_and_a_sample_of_the_others(self):
        """Invariant 8: all of what people of another company call, of others a seeded sample."""
        self.random = Random(SEED)
        self.try_everything()
        self.assertGreater(self.tried, 600)

    def is_worth_more(self, model):
        return bool(self.get_states(model) - self.seen)

    def choose(self, people):
        return [who for who in sorted(people) if self.random.random() < SHARE]


@tagged("post_install", "-at_install", "slow")
@freeze_time("2026-06-15 12:00:00")
class TestAllRightsInStates(RightsInStates):
    def test_everybody(self):
        """Who changes nothing by a verb in the state that it is for does not in another one."""
        self.try_everything()
