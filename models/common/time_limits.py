"""The time that a click or a scheduled job may take: Odoo kills who exceeds its limits."""

import math
import threading
from contextlib import contextmanager
from time import monotonic

from odoo.http import request
from odoo.tools import config
from odoo.tools.misc import real_time

from odoo.addons.base.models.ir_cron import MIN_TIME_PER_JOB

from ...tools import pace

try:
    import resource
except ImportError:  # Windows, where Odoo counts no processor time
    resource = None


def get_step_seconds(env):
    """Return how long a step may take."""
    return pace.get_step_seconds(*_get_limits(env))


class Shift:
    """The time in which a click or a call of a job may begin steps.

    The scheduler's own slice knows nothing of the server's limits, of which other jobs have had
    their part before: so a third of them is taken. A job that is called again in the same slice
    has the rest of it.
    """

    def __init__(self, env, seconds):
        self.step_seconds = self.seconds_of_bad = get_step_seconds(env)
        self.end = _get_beginning(env) + pace.get_share(seconds, *_get_limits(env))

    @classmethod
    def of_job(cls, env):
        """Return the shift of a scheduled job; who calls one himself waits for its end."""
        return cls(env, MIN_TIME_PER_JOB) if _is_job(env) else _Endless(env, math.inf)

    def is_over(self):
        return monotonic() >= self.end or _get_cpu_left() < 2 * self.step_seconds

    def make_pace(self, **vals):
        """Return the pace of steps that are not yet known."""
        return pace.Pace(seconds=self.step_seconds, **vals)


@contextmanager
def timed(speed):
    """Let a pace know how long the block took."""
    begin = monotonic()
    yield
    speed.note(monotonic() - begin)


class _Endless(Shift):
    """The time of who waits for the end: no bad record makes a step leave others."""

    def __init__(self, env, seconds):
        super().__init__(env, seconds)
        self.seconds_of_bad = seconds

    def is_over(self):
        return False


def _is_job(env):
    return bool(env.context.get("ir_cron_progress_id"))


def _get_beginning(env):
    """Return when the scheduler's slice or the click began: what came before it is over, too."""
    end = env.context.get("cron_end_time") if _is_job(env) else None
    return monotonic() - _get_age_of_request() if end is None else end - MIN_TIME_PER_JOB


def _get_age_of_request():
    """Return the seconds since the request came, those of earlier attempts of it included."""
    begin = getattr(threading.current_thread(), "perf_t0", None)
    return real_time() - begin if request and begin else 0


def _get_limits(env):
    """Return the seconds after which the server kills: by the clock, and of the processor."""
    real = config["limit_time_real"]
    of_jobs = config["limit_time_real_cron"]
    return (of_jobs if _is_job(env) and of_jobs >= 0 else real), config["limit_time_cpu"]


def _get_cpu_left():
    """Return the seconds of the processor that the server still allows this unit of work."""
    if not resource:
        return math.inf
    soft, _hard = resource.getrlimit(resource.RLIMIT_CPU)
    if soft == resource.RLIM_INFINITY:
        return math.inf
    used = resource.getrusage(resource.RUSAGE_SELF)
    return soft - used.ru_utime - used.ru_stime
