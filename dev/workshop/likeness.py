"""Tell in what an upgraded database is unlike a new one."""

ADDON = "service_contract"
# What the demo loads or what time changes is no difference.
OF_ADDON = rf"module = '{ADDON}' AND ir_model_data.name NOT LIKE 'offer\_%'"
PASSING = (
    *("id", "create_date", "create_uid", "write_date", "write_uid"),
    *("nextcall", "lastcall", "number_next"),
)
COLUMNS = """
SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable)
FROM information_schema.columns WHERE table_schema = 'public'
"""
CONSTRAINTS = """
SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
NAMES = f"SELECT concat_ws(' ', model, name) FROM ir_model_data WHERE {OF_ADDON}"
KEPT_TABLES = f"""
SELECT DISTINCT model, replace(replace(model, 'ir.actions.', 'ir.act.'), '.', '_')
FROM ir_model_data
WHERE {OF_ADDON} AND noupdate AND model NOT LIKE 'ir.model%' ORDER BY model
"""
REFERENCES = """
SELECT attname FROM pg_constraint
JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey)
WHERE contype = 'f' AND conrelid = '{table}'::regclass
"""
KEPT = """
SELECT concat_ws(' ', ir_model_data.name, to_jsonb(record) - ARRAY[{left_out}]) FROM ir_model_data
JOIN {table} record ON record.id = res_id
WHERE {of_addon} AND noupdate AND ir_model_data.model = '{model}'
"""


def differences(server, upgraded, new):
    """Yield what was compared, each with the sentences that say what differs."""
    for what, statement in (
        ("columns", COLUMNS),
        ("constraints", CONSTRAINTS),
        ("indexes", INDEXES),
        ("names of records", NAMES),
    ):
        yield what, compare(server.query(statement, upgraded), server.query(statement, new))
    for row in server.query(KEPT_TABLES, new):
        model, table = row.split("|")
        statement = _kept_records(server, new, model, table)
        yield (
            f"{model} that updates leave alone",
            compare(server.query(statement, upgraded), server.query(statement, new)),
        )


def compare(upgraded, new):
    """Return what is missing and what is left over.

    >>> compare(["a", "b"], ["b", "c"])
    ['missing: c', 'left over: a']
    """
    missing = sorted(set(new) - set(upgraded))
    left_over = sorted(set(upgraded) - set(new))
    return [f"missing: {line}" for line in missing] + [f"left over: {line}" for line in left_over]


def _kept_records(server, database, model, table):
    """Return the statement for the values of records, without what differs by database."""
    references = server.query(REFERENCES.format(table=table), database)
    left_out = ", ".join(f"'{column}'" for column in (*PASSING, *references))
    return KEPT.format(table=table, model=model, left_out=left_out, of_addon=OF_ADDON)
