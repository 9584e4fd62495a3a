def is_changed(record, name, value):
    """Tell whether writing a value to a field of one record would change it."""
    record.ensure_one()
    field = record._fields[name]
    return record[name] != field.convert_to_record(field.convert_to_cache(value, record), record)
