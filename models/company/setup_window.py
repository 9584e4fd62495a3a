"""The window of the set-up, for whoever lacks something of it."""

from ..common.brought_records import require


def open_setup(env):
    """Return what opens the set-up; refuse in words where somebody deleted its window."""
    words = env._("The window of the set-up")
    return require(env, "service_contract.service_setup_action", words).sudo().run()
