"""Time the daily job of tacit renewals among many contracts of which one in a hundred is due."""

from pathlib import Path

HERE = Path(__file__).parent
BOUNDS = {"wall": (5, "ms/renewal"), "sql": (6, "queries/renewal"), "kept": (4, "KiB/renewal")}


def run(context, quick):
    """Return time, SQL and memory kept per renewal, with their bounds, and the selection's time."""
    contracts = 20_000 if quick else 100_000
    found = context.run(HERE / "_renewals_own.py", context.database(), contracts)
    measures = [
        {
            "what": f"daily renewals, {name}",
            "value": round(found[name], 3),
            "unit": unit,
            "bound": bound,
            "holds": found[name] <= bound,
        }
        for name, (bound, unit) in BOUNDS.items()
    ]
    cpu = {
        "what": "daily renewals, CPU of Odoo alone",
        "value": round(found["cpu"], 3),
        "unit": "ms/renewal",
    }
    selection = {
        "what": f"selection among {contracts} contracts, {found['plan']}",
        "value": round(found["selection"], 3),
        "unit": "ms",
    }
    return {"measures": [*measures, cpu, selection]}
