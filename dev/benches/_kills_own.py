"""Make a run that the background job is to drive, of contracts of which nothing is billed."""

from _common import commit_counted, make_company
from _drafts_own import SECOND, make_contracts, make_products, make_run


def seed(env, size):
    """Leave a running run that bills and posts two months of each contract."""
    env = make_company(env)
    make_contracts(env, size, make_products(env))
    commit_counted(env)
    run = make_run(env, SECOND, is_auto_post=True)
    run._call_job()
