"""Small questions to the values of a field."""


def is_changed(record, name, value):
    """Tell whether writing a value to a field of one record would change it."""
    record.ensure_one()
    field = record._fields[name]
    return record[name] != field.convert_to_record(field.convert_to_cache(value, record), record)


def get_labels(records, name):
    """Return ``{value: label}`` of a selection field, in the user's language."""
    return dict(records._fields[name]._description_selection(records.env))


def get_label(record, name, value=None):
    """Return the label of a record's value in a selection field, or of another value of it."""
    return get_labels(record, name).get(value or record[name], "")
