"""Messages of many records in one go, where nobody would be told of them."""

from odoo.tools.misc import clean_context

INFO = ("string", "type", "selection", "currency_field")


def split_quiet(records):
    """Return the records that nobody but the author of what is logged follows, then the others."""
    author = records.env.user.partner_id
    quiet = records.filtered(lambda record: not record.message_partner_ids - author)
    return quiet, records - quiet


def post_quietly(records, subtype, prepare_values):
    """Make the messages that ``message_post`` makes where it notifies nobody.

    :param prepare_values: function of a record, returns what else ``message_post`` is given
    """
    given = [prepare_values(record) for record in records]
    context = clean_context(records.env.context)
    records = records.with_env(records.env(context=context)).sudo()._fallback_lang()
    env = records.env
    author_id, email_from = records._message_compute_author()
    domains = records._mail_get_alias_domains(default_company=env.company)
    companies = records._mail_get_companies(default=env.company)
    reply_to = records._notify_get_reply_to(default=email_from, author_id=author_id)
    parents = _get_parents(records)
    tracked = [values.pop("tracking_value_ids", None) or [] for values in given]
    messages = records._message_create(
        [
            {
                "author_id": author_id,
                "email_from": email_from,
                "email_add_signature": True,
                "model": record._name,
                "res_id": record.id,
                "message_type": "notification",
                "subtype_id": subtype.id,
                "parent_id": parents.get(record.id, False),
                "record_alias_domain_id": domains[record.id].id,
                "record_company_id": companies[record.id].id,
                "reply_to": reply_to[record.id],
                **values,
            }
            for record, values in zip(records, given, strict=True)
        ]
    )
    _add_tracked(messages, tracked)


def _add_tracked(messages, tracked):
    """Create the values that were tracked: ``tracked`` are the commands of each message."""
    messages.env["mail.tracking.value"].create(
        [
            {**command[2], "mail_message_id": message.id}
            for message, commands in zip(messages, tracked, strict=True)
            for command in commands
        ]
    )


def _get_parents(records):
    """Return ``{record id: id of the message that a new one follows}`` as ``message_post``."""
    domain = [
        ("model", "=", records._name),
        ("res_id", "in", records.ids),
        ("message_type", "!=", "user_notification"),
    ]
    messages = records.env["mail.message"].sudo().search(domain, order="id")
    return {
        res_id: max(
            group,
            key=lambda row: (
                row.message_type in ("comment", "email"),
                row.date or row.create_date,
                row.id,
            ),
        ).id
        for res_id, group in messages.grouped("res_id").items()
    }


# ----- What changed -----


def log_changes(records):
    """Log what changed of the records whose changes nobody is told of.

    Odoo would do so at the end of the transaction, record by record; the others it still does.
    """
    before = records.env.cr.precommit.data.get(f"mail.tracking.{records._name}", {})
    alone = records.filtered(lambda record: _is_tracked_alone(record, before)).sudo()
    fields_info = alone.fields_get(alone._track_get_fields(), attributes=INFO)
    found = {record: record._mail_track(fields_info, before[record.id]) for record in alone}
    quiet = split_quiet(alone)[0]
    for (*_kind, names), part in alone.grouped(lambda one: _get_kind(one, found[one])).items():
        _log_kind(part, names, quiet, found, before)


def _is_tracked_alone(record, before):
    """Tell whether nobody has said by whom, or in what words, a change is to be logged."""
    data = record.env.cr.precommit.data
    said = (data.get(f"mail.tracking.{what}.{record._name}", {}) for what in ("message", "author"))
    return before.get(record.id) and not any(record.id in known for known in said)


def _get_kind(record, changes):
    """Return what decides how a change is logged; entries of payments are logged with these."""
    names = ("move_type", "state", "payment_state")
    values = [record[name] for name in names if name in record._fields]
    is_of_payment = "origin_payment_id" in record._fields and bool(record.origin_payment_id)
    return (*values, is_of_payment, frozenset(changes[0]))


def _log_kind(records, names, quiet, found, before):
    """Log what ``_message_track`` would log of records whose changes are of one kind."""
    if not names:
        return
    first = records[0]
    if _is_logged_with_payment(first, names):
        _log_state_of_payments(records, before)
        subtype = None
    else:
        subtype = first._track_subtype({name: before[first.id][name] for name in names})
    logged = records & quiet if subtype else records

    def prepare(record):
        changed, values = found[record]
        body = record._track_get_default_log_message(changed)
        return {"body": body, "tracking_value_ids": values}

    if subtype:
        post_quietly(logged, subtype, prepare)
    else:
        _note(logged.filtered(lambda record: found[record][1]), prepare)
    for record in logged:
        del before[record.id]
        record._message_track_post_template(found[record][0])


def _is_logged_with_payment(record, names):
    """Tell whether the change of an entry's state is logged on its payment as well."""
    is_entry = record._name == "account.move" and not record.is_invoice(include_receipts=True)
    return is_entry and bool(record.origin_payment_id) and "state" in names


def _log_state_of_payments(moves, before):
    """Log on payments that their entries were posted, as an entry does when it is tracked."""
    payments = moves.origin_payment_id
    info = payments.fields_get(["state"], attributes=INFO)
    first = {move.origin_payment_id: {"state": before[move.id]["state"]} for move in moves}
    found = {payment: payment._mail_track(info, first[payment]) for payment in payments}
    _note(
        payments.filtered(lambda payment: found[payment][0]),
        lambda payment: {
            "body": payment._track_get_default_log_message(found[payment][0]),
            "tracking_value_ids": found[payment][1],
        },
    )


def _note(records, prepare_values):
    """Make the notes that ``_message_log`` makes, which nobody is told of."""
    if not records:
        return
    given = {record.id: prepare_values(record) for record in records}
    messages = records._message_log_batch({id_: vals["body"] for id_, vals in given.items()})
    _add_tracked(messages, [given[record.id]["tracking_value_ids"] for record in records])
