"""What the sweep tries: every stored field of our models, our fields on Odoo's, by the registry."""

import os
import random
from collections import defaultdict
from pathlib import Path

ADDON = "service_contract"
TECHNICAL = {"id", "create_uid", "create_date", "write_uid", "write_date"}
# Messages, followers, activities, ratings: Odoo's own fields, with rights of their own.
MIXINS = {"mail", "rating", "portal"}
# Environment variables: a file with the names on changed lines, which ``./dev/test`` writes; the
# sample's seed.
CHANGED = "WORKSHOP_CHANGED"
SEED = "WORKSHOP_SEED"


def find_members(env):
    """Return ``{model: [field]}`` of what a client might write because of this add-on.

    Not of wizards: who calls one makes it, with whatever values; its verbs are tried by others.
    """
    found = {}
    for model in env.registry.values():
        if not (model._abstract or model._transient or not model._auto):
            names = [name for name, field in model._fields.items() if is_swept(model, field)]
            if names:
                found[model._name] = names
    return found


def is_swept(model, field):
    if field.name in TECHNICAL or field.inherited or not (field.store or field.inverse):
        return False
    if model._original_module == ADDON:
        return MIXINS.isdisjoint(field._modules)
    return field._modules == (ADDON,)


def get_changed():
    """Return the names that stand on lines changed since the main branch, if somebody told."""
    told = os.environ.get(CHANGED)
    return set(Path(told).read_text(encoding="utf-8").split()) if told else set()


def get_seed():
    return int(os.environ.get(SEED) or random.SystemRandom().randrange(10_000))


def choose(groups, members, changed, limit, seed):
    """Return ``[(group, names)]``, up to a number of names: what changed first, then a sample.

    A group is ``(model, …)``: one record in one state, as one role.
    """
    shuffled = random.Random(seed).sample(groups, len(groups))
    first = [(group, [name for name in members[group[0]] if name in changed]) for group in shuffled]
    rest = [
        (group, [name for name in members[group[0]] if name not in changed]) for group in shuffled
    ]
    chosen, count = defaultdict(list), 0
    for group, names in [*first, *rest]:
        if names and count < limit:
            chosen[group] += names
            count += len(names)
    return sorted(chosen.items(), key=lambda item: groups.index(item[0]))
