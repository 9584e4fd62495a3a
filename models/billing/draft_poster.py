"""Posting drafts by the hundred as ``_post`` does, with what is logged of it in one go."""

from .draft_writer import PLAIN
from .quiet_messages import post_quietly, split_quiet

INFO = ("string", "type", "selection", "currency_field")


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
        _log_changes(posted)
    return posted


def _fetch_all(moves):
    """Fetch at once what Odoo would look up for each draft."""
    moves.line_ids.fetch(["tax_ids", "tax_tag_ids", "matched_debit_ids", "matched_credit_ids"])
    (moves.partner_id | moves.commercial_partner_id).fetch(["child_ids", "user_ids"])


def _log_changes(moves):
    """Log what posting changed of the drafts whose changes nobody is told of.

    Odoo would do so at the end of the transaction, draft by draft; the others it still does.
    """
    before = moves.env.cr.precommit.data.get(f"mail.tracking.{moves._name}", {})
    quiet, _told = split_quiet(moves.filtered(lambda move: _is_tracked_alone(move, before)))
    quiet = quiet.sudo()
    fields_info = quiet.fields_get(quiet._track_get_fields(), attributes=INFO)
    found = {move: move._mail_track(fields_info, before[move.id]) for move in quiet}
    kinds = quiet.grouped(
        lambda move: (
            move.move_type,
            move.state,
            move.payment_state,
            frozenset(found[move][0]),
        )
    )
    for (*_kind, names), part in kinds.items():
        first = before[part[0].id]
        if names and (subtype := part[0]._track_subtype({name: first[name] for name in names})):
            _log_kind(part, subtype, found, before)


def _is_tracked_alone(move, before):
    """Tell whether nobody has said by whom, or in what words, a change is to be logged."""
    data = move.env.cr.precommit.data
    said = (data.get(f"mail.tracking.{what}.{move._name}", {}) for what in ("message", "author"))
    return before.get(move.id) and not any(move.id in known for known in said)


def _log_kind(moves, subtype, found, before):
    """Log what ``_message_track`` would log of drafts whose changes are of one kind."""

    def prepare(move):
        names, values = found[move]
        body = move._track_get_default_log_message(names)
        return {"body": body, "tracking_value_ids": values}

    post_quietly(moves, subtype, prepare)
    for move in moves:
        del before[move.id]
        move._message_track_post_template(found[move][0])
