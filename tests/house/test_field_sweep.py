"""Every stored field × role × state, and a user of another company: forms say who may write it.

The fields are found by looking at the registry, the records by looking for each state, the rights
by opening the forms as each user (``sweep_offers``): a new field, model or state is tried without
anybody remembering, and no lock is asked what it locks.
"""

import logging
from collections import Counter
from contextlib import closing
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from .sweep_members import SEED, choose, find_members, get_changed, get_seed
from .sweep_offers import Offers
from .sweep_records import SweepRecords
from .sweep_rights import NEEDS_MORE, NOT_REACHED, WRITTEN_BY, WRITTEN_ELSEWHERE
from .sweep_values import find_others, get_other_values

_logger = logging.getLogger(__name__)

# How many fields of records the quick suite tries.
LIMIT = 1000
# One field for each kind of lock.
TAKEN = [
    ("service.session", "closed_at"),
    ("service.contract.line", "contract_id"),
    ("service.session", "work_type_id"),
    ("service.commitment", "date_end"),
]
QUIET = ("odoo.models", "odoo.sql_db", "odoo.addons.base.models.ir_rule")


def get_known(key, role, state):
    """Return the exceptions that let a role write a field past the forms in a state."""
    model, _name = key
    by_role = {known for known in WRITTEN_BY if known[:2] == (model, role) and known[2] in state}
    return by_role | ({key} & WRITTEN_ELSEWHERE.keys())


@freeze_time("2026-06-15 12:00:00")
class FieldSweepCommon(SweepRecords):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls("make_world").make_world()
        cls.members = find_members(cls.env)
        names = {name for names in cls.members.values() for name in names}
        cls.offers = Offers(cls.env, names)
        cls.records = {model: cls.pick(model) for model in cls.members}
        cls.values = {}
        cls.used = set()
        cls.groups = [
            (model, state, role)
            for model, states in cls.records.items()
            for state in states
            for role in cls.roles
        ]

    def sweep(self, chosen):
        """Return the faults of ``[(group, fields)]`` in words, and how often what came of it."""
        faults, count = [], Counter()
        for (model, state, role), names in chosen:
            record = self.records[model][state].with_user(self.get_user(role))
            offered = self.offers.get(record)
            for name in names:
                outcomes = self.try_field(record, record._fields[name])
                fault = self.judge(record, name, outcomes, offered, role, state)
                count.update(outcome for outcome, _value, _words in outcomes)
                if fault:
                    faults.append(f"{model}.{name}, {role}, {state}: {fault}")
            self.offers.forget()
        return faults, count

    def judge(self, record, name, outcomes, offered, role, state):
        """Return what is wrong in what became of writes to a field, in words, or None."""
        key = record._name, name
        found = {outcome for outcome, _value, _words in outcomes}
        if "error" in found:
            return f"fails: {outcomes[-1]}"
        if found == {"ignored"}:
            return "is neither written nor refused"
        if "written" in found:
            is_offered = self.is_offered(record, name, offered)
            if not is_offered and not self.use(get_known(key, role, state)):
                return f"is written, though no form offers it: {outcomes[-1][1]!r}"
        elif found and self.is_dead(record, name, offered):
            if not self.use({key} & NEEDS_MORE.keys()):
                return f"is refused, though a form offers it: {outcomes[0][1:]!r}"
        return None

    def use(self, exceptions):
        """Note that exceptions were needed, and return them."""
        self.used.update(exceptions)
        return exceptions

    def is_dead(self, record, name, offered):
        """Tell whether what is refused should have been written: no list offers other lines."""
        return record._fields[name].type != "one2many" and name in offered

    def is_offered(self, record, name, offered):
        is_list = record._fields[name].type == "one2many"
        return self.is_moved_by_form(record, name) if is_list else name in offered

    def is_moved_by_form(self, record, name):
        """Tell whether a form of the lines lets them be moved to the record: a list never does."""
        field = record._fields[name]
        others = find_others(record.sudo(), field, record.sudo()[name])
        return any(
            field.inverse_name in self.offers.get(other.with_env(record.env)) for other in others
        )

    def try_field(self, record, field):
        """Return ``[(outcome, value, words)]`` of other values written, until one is decided."""
        outcomes = []
        before, values = self.get_values(record, field)
        for value in values:
            outcome, words = self.attempt(record, field.name, value, before)
            outcomes.append((outcome, value, words))
            if outcome in ("written", "denied", "error"):
                break
        return outcomes

    def get_values(self, record, field):
        """Return the value that a field has, whoever asks, and others to write."""
        key = record._name, record.id, field.name
        if key not in self.values:
            values = get_other_values(record.sudo(), field)
            self.values[key] = self.look(record, field.name), values
        return self.values[key]

    def attempt(self, record, name, value, before):
        """Return "written", "ignored", "denied" or "refused", and in which words; undo it."""
        try:
            with closing(self.env.cr.savepoint()), mute_logger(*QUIET):
                record.write({name: value})
                self.env.flush_all()
                self.env.invalidate_all()
                return ("written" if self.look(record, name) != before else "ignored"), ""
        except AccessError as error:
            return "denied", str(error)
        except (UserError, psycopg2.IntegrityError) as error:
            return "refused", str(error)
        except Exception as error:  # no person is told anything: a fault, whoever writes
            return "error", repr(error)

    def look(self, record, name):
        value = record.sudo().with_context(active_test=False)[name]
        return value.ids if hasattr(value, "ids") else value


@tagged("post_install", "-at_install")
class TestSweptSample(BaseCase):
    members = {"a": ["x", "y"], "b": ["x"]}
    groups = [("a", 1), ("a", 2), ("b", 1)]

    def choose(self, changed, limit, seed=1):
        return choose(self.groups, self.members, changed, limit, seed)

    def test_what_changed_comes_first(self):
        first = [(("a", 1), ["y"]), (("a", 2), ["y"])]
        self.assertEqual(self.choose({"y"}, 2), first)
        third = self.choose({"y"}, 3)
        self.assertEqual(sum(len(names) for _group, names in third), 3)

    def test_a_seed_gives_the_same_sample(self):
        self.assertEqual(self.choose(set(), 1, seed=2), self.choose(set(), 1, seed=2))
        samples = [str(self.choose(set(), 1, seed)) for seed in range(20)]
        self.assertEqual(len(set(samples)), 3)

    def test_no_more_than_there_is(self):
        chosen = self.choose(set(), 100)
        self.assertEqual(chosen, [(group, self.members[group[0]]) for group in self.groups])


@tagged("post_install", "-at_install")
class TestFieldSweep(FieldSweepCommon):
    def test_every_model_has_a_record_in_every_state(self):
        """A new model, or state, makes this fail until ``sweep_records`` makes it."""
        self.assertFalse([model for model, states in self.records.items() if not states])
        missing = [
            (model, name, value)
            for model in self.members
            for name in self.get_state_names(model)
            for value in self.find_missing(model, name)
            if (model, name, value) not in NOT_REACHED
        ]
        self.assertFalse(missing)

    def find_missing(self, model, name):
        field = self.env[model]._fields[name]
        found = {record[name] for record in self.records[model].values()}
        return set(dict(field._description_selection(self.env))) - found

    def test_what_changed_and_a_sample(self):
        seed = get_seed()
        _logger.info("Fields changed, and a sample of seed %s", seed)
        chosen = choose(self.groups, self.members, get_changed(), LIMIT, seed)
        faults, count = self.sweep(chosen)
        _logger.info("%s groups: %s", len(chosen), dict(count))
        self.assertFalse(faults, f"again with {SEED}={seed}\n" + "\n".join(faults))

    def test_a_lock_that_is_taken_away_is_missed(self):
        """The sweep knows no locks: without one it finds what the lock held."""
        for model, name in TAKEN:
            lock = self.env[model]._fields[name].lock
            with self.subTest(f"{model}.{name}", lock=lock), self.without_lock(model, name):
                groups = [(group, [name]) for group in self.groups if group[0] == model]
                found = (fault for group in groups for fault in self.sweep([group])[0])
                self.assertIn("no form offers", next(found, ""), f"{model}.{name}")

    def get_state_names(self, model):
        names = {*getattr(self.env[model], "_transitions", ()), "state"}
        return [name for name in names & {*self.members[model]}]

    def without_lock(self, model, name):
        kind = type(self.env[model])
        marked = {mark: names - {name} for mark, names in kind._marked_fields.items()}
        return patch.multiple(
            kind, _marked_fields=marked, _locked_fields=kind._locked_fields - {name}
        )


@tagged("post_install", "-at_install", "slow")
class TestFieldSweepWhole(FieldSweepCommon):
    def test_every_field_of_every_model_in_every_state_by_every_role(self):
        faults, count = self.sweep([(group, self.members[group[0]]) for group in self.groups])
        _logger.info("All of %s groups: %s", len(self.groups), dict(count))
        self.assertFalse(faults, "\n" + "\n".join(faults))
        known = {*WRITTEN_ELSEWHERE, *WRITTEN_BY, *NEEDS_MORE}
        self.assertFalse(known - self.used, "exceptions that nothing needs any more")
