"""What refers to partners of another company is refused by now: what does already is listed."""

import logging

from odoo import SUPERUSER_ID, api
from odoo.fields import Domain

GOING_ON = {
    "service.contract": [("state", "in", ("draft", "active"))],
    "service.session": [("state", "in", ("draft", "running"))],
    "service.equipment": [("active", "=", True)],
    "service.duty": [],
    "service.allowance": [("left_seconds", ">", 0)],
}
_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Give the inbox a row for each record that is worked on, with the button that opens it."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, going_on in GOING_ON.items():
        if found := env["service.exception"]._report_mixed(name, Domain(going_on)):
            _logger.warning("%s of two companies, see the inbox: %s", name, found.ids)
