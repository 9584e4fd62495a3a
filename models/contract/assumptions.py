"""What a forecast takes for granted; what is billed takes nothing for granted.

It travels in a context, where no client can put it: only an object of this class is believed.
"""

from dataclasses import dataclass

KEY = "service_assumptions"


@dataclass(frozen=True)
class Assumptions:
    """Hold whether commitments are renewed, and whether proposed prices will be applied."""

    renewals: bool = True
    revisions: bool = False


CERTAIN = Assumptions()


def get_assumptions(env):
    """Return what may be taken for granted in an environment."""
    found = env.context.get(KEY)
    return found if isinstance(found, Assumptions) else CERTAIN
