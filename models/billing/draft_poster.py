"""Posting drafts by the hundred as ``_post`` does, with what is logged of it in one go."""

from .draft_writer import PLAIN
from .quiet_messages import log_changes


def post_in_order(moves):
    """Post drafts, numbered by date and by the order in which they were made.

    So a run has the same numbers in however many chunks it is posted.
    """
    is_plain = moves.env.context.get(PLAIN)
    if not is_plain:
        _fetch_all(moves)
    posted = moves.with_context(service_numbers_in_order=True)._post(soft=False)
    posted = posted.with_env(moves.env)
    if not is_plain:
        log_changes(posted)
    return posted


def _fetch_all(moves):
    """Fetch at once what Odoo would look up for each draft."""
    moves.line_ids.fetch(["tax_ids", "tax_tag_ids", "matched_debit_ids", "matched_credit_ids"])
    (moves.partner_id | moves.commercial_partner_id).fetch(["child_ids", "user_ids"])
