import logging

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

from ...tools import pace
from .askers import as_asker
from .service_batch_runner import TRY_AGAIN
from .time_limits import Shift, timed

_logger = logging.getLogger(__name__)

PROGRESS = "service_run_progress"
# So much is done by the click itself.
AT_ONCE = 100
# What a click may take, where the server does not allow less.
CONTINUE_SECONDS = 20


class ServiceJobMixin(models.AbstractModel):
    """Long work on one record, done in steps, as the user who asked for it.

    By the click where it is little, else in the background, each step committed; a person goes on
    with it where no background job does. What a step takes says how large the next one is.
    """

    _name = "service.job.mixin"
    _description = "Long Work in Steps"

    # The weight of the first step: low, where one that was killed is to be followed by a lighter.
    _first_step = pace.FIRST_SIZE

    # ----- What a model says of its work -----

    def _get_asker(self):
        """Return the user who asked for the work; a hook."""
        raise NotImplementedError

    def _may_go_on(self):
        """Tell whether the user may do what the work does; a hook."""
        return self.has_access("write") and self.env["account.move"].has_access("create")

    def _is_under_way(self):
        """Tell whether the work is begun and not done; a hook."""
        raise NotImplementedError

    def _step(self, limit=pace.MOST):
        """Do work of about ``limit`` and never commit; return how much, 0 at the end; a hook."""
        raise NotImplementedError

    def _call_job(self):
        """Have the background job do what is left; a hook."""
        raise NotImplementedError

    def _get_matter(self):
        """Return under what the inbox has work that cannot go on, as values of its row; a hook."""
        raise NotImplementedError

    def _get_summary(self):
        """Return in words what became of the work; a hook."""
        raise NotImplementedError

    def _needs_a_look(self):
        """Tell whether something of the work is left to a person; a hook."""
        return False

    def _get_place(self):
        """Return what the work is at: another piece of it begins with a light step; a hook."""
        return self.state

    def _count_left(self):
        """Return how much is left, as far as that says whether to go on at once; a hook."""
        return 0

    # ----- By a person -----

    def _begin_steps(self, count):
        """Do little work at once, leave much to the background."""
        if count > AT_ONCE:
            self._call_job()
        else:
            self._run_to_end()

    def _run_to_end(self):
        """Take all steps, however long that takes."""
        for one in self:
            while one._step():
                pass

    def _continue_now(self):
        """Go on here and now, for a while: where the background job does not."""
        self.ensure_one()
        if not self.try_lock_for_update(allow_referencing=True):
            raise UserError(
                self.env._(
                    "Somebody else is handling %(record)s. Try again in a moment.",
                    record=self.display_name,
                )
            )
        if not self._drive():
            self._call_job()

    def _drive(self, step=None, most=None):
        """Take steps in the present transaction for as long as a click may; tell if all is done.

        ``most`` is how much may be left for it to go on.
        """
        step, place, shift = step or self._step, None, Shift(self.env, CONTINUE_SECONDS)
        while True:
            if place != (place := self._get_place()):
                speed = shift.make_pace(size=self._first_step)
            with timed(speed):
                handled = step(limit=speed.size)
            if not handled:
                return True
            if shift.is_over() or (most and self._count_left() > most):
                return False

    # ----- In the background -----

    @api.model
    def _drive_all(self, domain):
        """Drive what is under way, each as who asked for it; one that fails hinders no other.

        One that another process is handling, or that meets a lock, is tried again in a minute.
        """
        runner = self.env["service.batch.runner"]
        shift, waiting = Shift.of_job(self.env), 0
        for one in self.search(domain, order="id"):
            outcome = "late" if shift.is_over() else one._drive_for_askers(shift)
            if outcome == "late":
                runner._call_again()
                return
            waiting += outcome == "busy"
        runner._report_remaining(waiting)

    def _drive_for_askers(self, shift):
        """Take steps until the end, as who asked; a hook for work of several."""
        return self._as_asker()._drive_in_background(shift)

    def _drive_in_background(self, shift):
        """Take steps until the end; return ``done``, ``late``, ``busy`` or ``failed``."""
        self.ensure_one()
        try:
            return self._take_steps(shift)
        except TRY_AGAIN as error:
            self.env.cr.rollback()
            _logger.info("%s waits: %s", self.display_name, error)
            return "busy"
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("%s cannot go on", self.display_name)
            self._report_failure(error)
            return "failed"

    def _take_steps(self, shift):
        """Take steps, each committed."""
        cron, place = self.env["ir.cron"], None
        while self.try_lock_for_update(allow_referencing=True):
            if place != (place := self._get_place()):
                speed = shift.make_pace(size=self._first_step)
            with timed(speed):
                is_over = self._take_step(speed.size)
                seconds = cron._commit_progress(1, remaining=1)
            if is_over:
                return "done"
            if seconds <= 0 or shift.is_over():
                return "late"
        return "busy"

    def _take_step(self, limit):
        """Take one step and tell whether it was the last; who asked is told then.

        Somebody else may have done the rest meanwhile.
        """
        if self._is_under_way() and not self._step(limit=limit):
            self._tell(self._get_asker(), lambda one: one._get_summary())
        return not self._is_under_way()

    def _as_asker(self):
        """Return the record as who asked for its work, if he still may do it."""
        return as_asker(self, self._get_asker(), lambda mine: mine._may_go_on())

    # ----- What is told -----

    def _report_failure(self, error):
        """Put into the inbox why the work cannot go on; it is tried again each hour."""
        detail = self.env._(
            "%(record)s cannot go on: %(error)s",
            record=self.display_name,
            error=self.env["service.batch.runner"]._describe_error(error),
        )
        self.env["service.exception"]._report(self, detail=detail, **self._get_matter())

    def _settle_failure(self):
        """Settle what the inbox says of work that could not go on: it did."""
        for one in self:
            matter = one._get_matter()
            self.env["service.exception"]._settle(one, matter["kind"], matter["job"])

    def _tell(self, user, get_text):
        """Tell a user what became of the work: in the chatter and on his screen."""
        self.ensure_one()
        if not user.active or user._is_superuser():
            return
        text = get_text(self.with_context(lang=user.lang))
        self.with_user(SUPERUSER_ID).message_post(body=text, partner_ids=user.partner_id.ids)
        notice = {"type": "warning" if self._needs_a_look() else "success", "message": text}
        user._bus_send("simple_notification", {**notice, "sticky": True})

    def _send_progress(self, user, done, total, **more):
        """Tell a user how far the work is; it goes out with the commit."""
        if user.active and not user._is_superuser():
            told = {"model": self._name, "id": self.id, "state": self.state, **more}
            user._bus_send(PROGRESS, {**told, "done": done, "total": total})
