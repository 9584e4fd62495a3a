"""What the e-invoice of a French seller says besides Odoo's own (CII: Factur-X, “flux 2”).

Everything here adds what is absent and leaves what another module has written.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from lxml import etree
from stdnum.fr import siren, siret

if TYPE_CHECKING:
    from lxml.etree import _Element

RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
NAMES = {"ram": RAM, "rsm": RSM, "udt": UDT, "qdt": QDT}

# ISO 6523 and EAS: legal unit, establishment, electronic address by legal unit, e-mail.
SIREN, SIRET, SIREN_ADDRESS, EMAIL = "0002", "0009", "0225", "EM"

# Countries whose firms have a SIREN: France and those of its territories that its register covers.
SIREN_COUNTRIES = frozenset({"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF"})


def get_siren(registry: str | None) -> str:
    """Return the SIREN in a SIRET or SIREN, empty where it is neither (L08).

    >>> get_siren("732 829 320 00074"), get_siren("732829320"), get_siren("732829321")
    ('732829320', '732829320', '')
    >>> get_siren("HRB 12345"), get_siren(None)
    ('', '')
    """
    number = siret.compact(registry or "")
    if siret.is_valid(number):
        return number[:9]
    return number if siren.is_valid(number) else ""


def get_siret(registry: str | None) -> str:
    """Return the SIRET, empty where it is none.

    >>> get_siret("732 829 320 00074"), get_siret("732829320")
    ('73282932000074', '')
    """
    number = siret.compact(registry or "")
    return number if siret.is_valid(number) else ""


def get_process(scopes: set[str]) -> str:
    """Return the business process (BT-23) of a deposited invoice: goods, services or both.

    >>> get_process({"service"}), get_process({"consu"}), get_process({"service", "consu"})
    ('S1', 'B1', 'M1')
    >>> get_process(set())
    'S1'
    """
    if scopes == {"consu"}:
        return "B1"
    return "M1" if "consu" in scopes else "S1"


def set_process(root: _Element, code: str) -> None:
    """Say the business process (BT-23)."""
    context = root.find("rsm:ExchangedDocumentContext", NAMES)
    if context.find("ram:BusinessProcessSpecifiedDocumentContextParameter", NAMES) is None:
        process = etree.Element(f"{{{RAM}}}BusinessProcessSpecifiedDocumentContextParameter")
        etree.SubElement(process, f"{{{RAM}}}ID").text = code
        context.insert(0, process)


def add_notes(root: _Element, notes: dict[str, str]) -> None:
    """Add notes by their subject code (BT-21, BT-22), each code once.

    >>> root = etree.fromstring(f'<r xmlns:rsm="{RSM}"><rsm:ExchangedDocument/></r>')
    >>> add_notes(root, {"PMT": "40.00 €"})
    >>> add_notes(root, {"PMT": "again", "AAB": "none"})
    >>> [node.text for node in root.iter(f"{{{RAM}}}Content", f"{{{RAM}}}SubjectCode")]
    ['40.00 €', 'PMT', 'none', 'AAB']
    """
    document = root.find("rsm:ExchangedDocument", NAMES)
    known = {node.text for node in document.iterfind("ram:IncludedNote/ram:SubjectCode", NAMES)}
    for code, text in notes.items():
        if code not in known:
            note = etree.SubElement(document, f"{{{RAM}}}IncludedNote")
            etree.SubElement(note, f"{{{RAM}}}Content").text = text
            etree.SubElement(note, f"{{{RAM}}}SubjectCode").text = code


def complete_party(root: _Element, name: str, registry: str | None, email: str | None) -> None:
    """Give a party its SIREN (BT-30, BT-47), SIRET, and an electronic address (BT-34, BT-49).

    Odoo writes a SIRET where the scheme wants a SIREN. A party without SIREN has its e-mail.
    """
    party = root.find(f".//ram:{name}", NAMES)
    number, establishment = get_siren(registry), get_siret(registry)
    legal = party.find("ram:SpecifiedLegalOrganization", NAMES)
    if legal is not None and not number:
        party.remove(legal)
    elif legal is not None:
        legal.find("ram:ID", NAMES).text = number
    if establishment and party.find("ram:GlobalID", NAMES) is None:
        identifier = etree.Element(f"{{{RAM}}}GlobalID", schemeID=SIRET)
        identifier.text = establishment
        party.insert(len(party.findall("ram:ID", NAMES)), identifier)
    address, scheme = (number, SIREN_ADDRESS) if number else (email, EMAIL)
    if address and party.find("ram:URIUniversalCommunication", NAMES) is None:
        uri = etree.Element(f"{{{RAM}}}URIUniversalCommunication")
        etree.SubElement(uri, f"{{{RAM}}}URIID", schemeID=scheme).text = address
        _put_electronic_address(party, uri)


def _put_electronic_address(party: _Element, uri: _Element) -> None:
    """Put an electronic address at its place: a party without country has no postal one.

    >>> party = etree.fromstring(f'<ram:p xmlns:ram="{RAM}"><ram:Name/>'
    ...     '<ram:SpecifiedTaxRegistration/></ram:p>')
    >>> _put_electronic_address(party, etree.Element(f"{{{RAM}}}URIUniversalCommunication"))
    >>> [etree.QName(node).localname for node in party]
    ['Name', 'URIUniversalCommunication', 'SpecifiedTaxRegistration']
    """
    registration = party.find("ram:SpecifiedTaxRegistration", NAMES)
    if registration is None:
        party.append(uri)
    else:
        registration.addprevious(uri)


def repeat_exemptions(root: _Element) -> None:
    """Say on lines why they bear no tax, as at the head (BR-FXEXT-G-08 and its like).

    >>> tax = ("<ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode>%s<ram:CategoryCode>G"
    ...     "</ram:CategoryCode>%s<ram:RateApplicablePercent>0.0</ram:RateApplicablePercent>"
    ...     "</ram:ApplicableTradeTax>")
    >>> reasons = ("<ram:ExemptionReason>Export</ram:ExemptionReason>",
    ...     "<ram:ExemptionReasonCode>VATEX-EU-G</ram:ExemptionReasonCode>")
    >>> line, head = "SpecifiedLineTradeSettlement", "ApplicableHeaderTradeSettlement"
    >>> root = etree.fromstring(f'<r xmlns:ram="{RAM}"><ram:{line}>{tax % ("", "")}</ram:{line}>'
    ...     f'<ram:{head}>{tax % reasons}</ram:{head}></r>')
    >>> repeat_exemptions(root)
    >>> [etree.QName(node).localname for node in root[0][0]]
    ['TypeCode', 'ExemptionReason', 'CategoryCode', 'ExemptionReasonCode', 'RateApplicablePercent']
    """
    heads = root.iterfind(".//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax", NAMES)
    taxes = {_get_tax_key(tax): tax for tax in heads}
    lines = ".//ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax"
    for line in root.iterfind(lines, NAMES):
        for name, before in (
            ("ExemptionReason", "TypeCode"),
            ("ExemptionReasonCode", "CategoryCode"),
        ):
            reason = taxes.get(_get_tax_key(line), line).findtext(f"ram:{name}", None, NAMES)
            if reason and line.find(f"ram:{name}", NAMES) is None:
                repeated = etree.Element(f"{{{RAM}}}{name}")
                repeated.text = reason
                line.find(f"ram:{before}", NAMES).addnext(repeated)


def _get_tax_key(tax: _Element) -> tuple[str | None, str | None]:
    names = ("CategoryCode", "RateApplicablePercent")
    category, rate = (tax.findtext(f"ram:{name}", None, NAMES) for name in names)
    return category, rate


def add_origin(root: _Element, number: str, day: str) -> None:
    """Name the invoice that a credit note gives back (BG-3, L08c); ``day``: as 20260630."""
    settlement = root.find(".//ram:ApplicableHeaderTradeSettlement", NAMES)
    if settlement.find("ram:InvoiceReferencedDocument", NAMES) is not None:
        return
    origin = etree.Element(f"{{{RAM}}}InvoiceReferencedDocument")
    etree.SubElement(origin, f"{{{RAM}}}IssuerAssignedID").text = number
    issued = etree.SubElement(origin, f"{{{RAM}}}FormattedIssueDateTime")
    etree.SubElement(issued, f"{{{QDT}}}DateTimeString", format="102").text = day
    summation = "ram:SpecifiedTradeSettlementHeaderMonetarySummation"
    settlement.find(summation, NAMES).addnext(origin)


def get_sum_errors(root: _Element) -> list[str]:
    """Return the rules of EN 16931 on sums that an invoice breaks: lines, head and taxes.

    >>> xml = '''<r xmlns:ram="%s"><ram:SpecifiedTradeSettlementLineMonetarySummation>
    ... <ram:LineTotalAmount>%s</ram:LineTotalAmount>
    ... </ram:SpecifiedTradeSettlementLineMonetarySummation><ram:ApplicableHeaderTradeSettlement>
    ... <ram:ApplicableTradeTax><ram:CalculatedAmount>33.33</ram:CalculatedAmount>
    ... <ram:BasisAmount>166.67</ram:BasisAmount></ram:ApplicableTradeTax>
    ... <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    ... <ram:LineTotalAmount>166.67</ram:LineTotalAmount>
    ... <ram:TaxBasisTotalAmount>166.67</ram:TaxBasisTotalAmount>
    ... <ram:TaxTotalAmount>33.33</ram:TaxTotalAmount>
    ... <ram:GrandTotalAmount>200.00</ram:GrandTotalAmount>
    ... </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    ... </ram:ApplicableHeaderTradeSettlement></r>'''
    >>> [get_sum_errors(etree.fromstring(xml % (RAM, lines))) for lines in ("166.67", "166.68")]
    [[], ['BR-CO-10']]
    """
    head = "SpecifiedTradeSettlementHeaderMonetarySummation"
    taxes = "ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"
    lines = _sum(root, "SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount")
    basis = _sum(root, f"{head}/ram:TaxBasisTotalAmount")
    tax = _sum(root, f"{head}/ram:TaxTotalAmount")
    equal = {
        "BR-CO-10": lines == _sum(root, f"{head}/ram:LineTotalAmount"),
        "BR-CO-13": basis == _sum(root, f"{taxes}/ram:BasisAmount"),
        "BR-CO-14": tax == _sum(root, f"{taxes}/ram:CalculatedAmount"),
        "BR-CO-15": basis + tax == _sum(root, f"{head}/ram:GrandTotalAmount"),
    }
    return [rule for rule, is_kept in equal.items() if not is_kept]


def _sum(root: _Element, path: str) -> Decimal:
    return sum((Decimal(node.text) for node in root.iterfind(f".//ram:{path}", NAMES)), Decimal())
