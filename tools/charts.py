"""Where charts of accounts book services: by their numbers, which accountants know."""

# {chart of accounts: how the numbers of its income accounts of services begin}
SERVICE_INCOME_PREFIXES = {
    "fr": "706",  # Plan comptable général: prestations de services; 707 is for goods
    "pl": "70.000.3",  # Sprzedaż usług na kraj; 73 is for goods
}


def get_service_income_prefix(chart: str | None) -> str:
    """Return how the number of a chart's income account of services begins, "" where unknown.

    >>> get_service_income_prefix("fr")
    '706'
    >>> get_service_income_prefix("generic_coa"), get_service_income_prefix(None)
    ('', '')
    """
    return SERVICE_INCOME_PREFIXES.get(chart or "", "")
