"""Count the queries of the list of contracts, and of one contract's form, as the screens ask."""

from _common import find_company, watch

ROWS = 80
MODEL = "service.contract"


def main(env, size):
    """Return how many queries the list and the form need."""
    env = find_company(env)
    contracts = env[MODEL].search([], order="id")
    assert len(contracts) == size, f"{len(contracts)} contracts"
    first = contracts[:1]
    views = first.get_views([(False, "list"), (False, "form")])
    lists = get_specification(views, "list")
    forms = get_specification(views, "form")

    def read_list():
        found = env[MODEL].web_search_read([], lists, limit=ROWS)
        assert found["length"] == size, f"{found['length']} rows"

    return {
        "list": watch(env, read_list, 1)["sql"],
        "form": watch(env, lambda: first.web_read(forms), 1)["sql"],
    }


def get_specification(views, kind):
    """Return what the web client reads for a view: names beside many2one, rows of the others."""
    names = views["models"][MODEL]["fields"]
    arch = views["views"][kind]["arch"]
    shown = {"display_name": {}}
    return {
        name: {"fields": shown} if field["type"] in ("many2one", "one2many", "many2many") else {}
        for name, field in names.items()
        if f'name="{name}"' in arch
    }
