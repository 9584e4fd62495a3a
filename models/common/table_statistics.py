"""Young databases: what is known of a table does not fall far behind what is put into it.

PostgreSQL plans by what was last counted. A table that was vacuumed while it was empty, or while
the transaction that fills it was under way, is planned as one row until autovacuum has seen rows
committed; a first run of hundreds of invoices then joins each of their lines with each, for hours.
"""

from itertools import chain

from odoo.tools import SQL

FIRST_LOT = 25
GROWTH = 10


def create_in_lots(records, vals_list, *more_models):
    """Create records as ``create`` does, in lots that keep what is known of the tables in step.

    ``more_models`` are the models of the lines that come with the records.
    """
    lots = in_lots(records.env, vals_list, records._name, *more_models)
    return records.browse(chain.from_iterable(records.create(lot).ids for lot in lots))


def in_lots(env, items, *model_names):
    """Yield items in lots, each to be put into the models' tables before the next is asked for.

    None is larger than ten times what the tables are known to hold; they are counted between two
    lots. Where they are known well, that is one lot and one look at the catalogue. The counting
    needs no commit, is never waited for, and is left out where it is not allowed.
    """
    tables = [env[name]._table for name in model_names]
    start = 0
    while start < len(items):
        stop = start + _get_lot_size(env, tables, start, len(items) - start)
        yield items[start:stop]
        start = stop
        if start < len(items):
            _count_rows(env, tables)


def _get_lot_size(env, tables, done, left):
    """Return the size of the next lot; a lot that is small anyway needs no look."""
    if left <= FIRST_LOT:
        return left
    query = SQL("SELECT min(reltuples) FROM pg_class WHERE oid = ANY(%s::regclass[])", tables)
    ((known,),) = env.execute_query(query)
    return max(FIRST_LOT, GROWTH * max(int(known), done))


def _count_rows(env, tables):
    names = SQL(", ").join(map(SQL.identifier, tables))
    env.cr.execute(SQL("ANALYZE (SKIP_LOCKED) %s", names))
