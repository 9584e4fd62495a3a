from datetime import date, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from odoo.tests import BaseCase, tagged

from odoo.addons.service_contract.tools import sepa

PAIN_08 = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"
PAIN_02 = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.02"


def debit(number: int, amount: str) -> str:
    """Return one debit of the file."""
    return f"""
      <DrctDbtTxInf>
        <PmtId><EndToEndId>E{number}</EndToEndId></PmtId>
        <InstdAmt Ccy="EUR">{amount}</InstdAmt>
        <DrctDbtTx><MndtRltdInf>
          <MndtId>RUM-{number}</MndtId><DtOfSgntr>2026-01-05</DtOfSgntr>
        </MndtRltdInf></DrctDbtTx>
        <DbtrAgt><FinInstnId><BICFI>BNPAFRPP</BICFI></FinInstnId></DbtrAgt>
        <Dbtr><Nm>Debtor {number}</Nm></Dbtr>
        <DbtrAcct><Id><IBAN>FR7630006000011234567890189</IBAN></Id></DbtrAcct>
      </DrctDbtTxInf>"""


def batch(name: str, sequence_type: str, day: str, amounts: list[str]) -> str:
    """Return one batch of the file."""
    total = sum(map(Decimal, amounts))
    return f"""
    <PmtInf>
      <PmtInfId>{name}</PmtInfId><PmtMtd>DD</PmtMtd>
      <NbOfTxs>{len(amounts)}</NbOfTxs><CtrlSum>{total}</CtrlSum>
      <PmtTpInf>
        <SvcLvl><Cd>SEPA</Cd></SvcLvl><LclInstrm><Cd>CORE</Cd></LclInstrm>
        <SeqTp>{sequence_type}</SeqTp>
      </PmtTpInf>
      <ReqdColltnDt>{day}</ReqdColltnDt>
      <Cdtr><Nm>Creditor</Nm></Cdtr>
      <CdtrAcct><Id><IBAN>FR7630006000011234567890189</IBAN></Id></CdtrAcct>
      <CdtrAgt><FinInstnId><BICFI>BNPAFRPP</BICFI></FinInstnId></CdtrAgt>
      {"".join(debit(number, amount) for number, amount in enumerate(amounts, 1))}
    </PmtInf>"""


def pain(namespace: str = PAIN_08, prologue: str = "") -> bytes:
    """Return a file of two batches, three debits and 100.30 euro."""
    first = batch("LOT1", "RCUR", "2026-04-07", ["30.10", "20.20"])
    second = batch("LOT2", "FNAL", "2026-04-08", ["50.00"])
    return f"""<?xml version="1.0" encoding="UTF-8"?>{prologue}
<Document xmlns="{namespace}">
  <CstmrDrctDbtInitn>
    <GrpHdr>
      <MsgId>DEBIT0001</MsgId><CreDtTm>2026-04-02T09:00:00</CreDtTm>
      <NbOfTxs>3</NbOfTxs><CtrlSum>100.30</CtrlSum><InitgPty><Nm>Creditor</Nm></InitgPty>
    </GrpHdr>{first}{second}
  </CstmrDrctDbtInitn>
</Document>""".encode()


def schema(version: str) -> Path:
    """Return the schema that the direct debit add-on ships."""
    package = find_spec("odoo.addons.account_payment_sepa_direct_debit")
    return Path(package.submodule_search_locations[0]) / "data" / f"{version}.xsd"


@tagged("post_install", "-at_install")
class TestIdentifiers(BaseCase):
    def test_mask_iban(self) -> None:
        cases = [
            ("FR7630006000011234567890189", "••• •••• •••• •••• •••• •••• 0189"),
            ("FR76 3000 6000 0112 3456 7890 189", "••• •••• •••• •••• •••• •••• 0189"),
            ("BE68 5390 0754 7034", "•••• •••• •••• 7034"),
            ("be68-5390-0754-7034", "•••• •••• •••• 7034"),
            ("12345", "• 2345"),
            ("1234", "••••"),
            ("12", "••"),
            ("", ""),
        ]
        for iban, expected in cases:
            with self.subTest(iban):
                self.assertEqual(sepa.mask_iban(iban), expected)

    def test_l16_creditor_identifier(self) -> None:
        cases = [
            ("FR72ZZZ123456", True),
            ("FR 72 ZZZ 123456", True),
            ("fr72zzz123456", True),
            ("FR72ABC123456", True),
            ("FR73ZZZ123456", False),
            ("FR72ZZZ123457", False),
            ("ES23ZZZ47690558N", True),
            ("DE98ZZZ09999999999", True),
            ("", False),
            ("FR", False),
        ]
        for ics, expected in cases:
            with self.subTest(ics):
                self.assertIs(sepa.check_creditor_identifier(ics), expected)

    def test_l16_a_french_creditor_identifier_has_13_characters(self) -> None:
        longer = sepa.at_02.calc_check_digits("FR00ZZZ1234567")
        ics = f"FR{longer}ZZZ1234567"
        self.assertTrue(sepa.at_02.is_valid(ics))
        self.assertFalse(sepa.check_creditor_identifier(ics))


@tagged("post_install", "-at_install")
class TestTargetDays(BaseCase):
    def test_l11_closing_days(self) -> None:
        closed = {
            2025: ["01-01", "04-18", "04-21", "05-01", "12-25", "12-26"],
            2026: ["01-01", "04-03", "04-06", "05-01", "12-25"],
            2027: ["01-01", "03-26", "03-29"],
            2028: ["04-14", "04-17", "05-01", "12-25", "12-26"],
        }
        for year, days in closed.items():
            with self.subTest(year):
                self.assertEqual(self._closed_weekdays(year), days)

    def _closed_weekdays(self, year: int) -> list[str]:
        days = (date(year, 1, 1) + timedelta(days=number) for number in range(365))
        closed = [day for day in days if day.weekday() < 5 and not sepa.is_target_day(day)]
        return [f"{day:%m-%d}" for day in closed]

    def test_l11_weekends_are_closed(self) -> None:
        self.assertTrue(sepa.is_target_day(date(2026, 4, 10)))
        self.assertFalse(sepa.is_target_day(date(2026, 4, 11)))
        self.assertFalse(sepa.is_target_day(date(2026, 4, 12)))

    def test_l11_national_holidays_are_open(self) -> None:
        for day in (date(2026, 7, 14), date(2026, 11, 11), date(2026, 5, 25)):
            with self.subTest(day):
                self.assertTrue(sepa.is_target_day(day))

    def test_l11_core_submission_one_target_day_before(self) -> None:
        cases = [
            (date(2026, 4, 8), 0, date(2026, 4, 8)),
            (date(2026, 4, 8), 1, date(2026, 4, 9)),
            (date(2026, 4, 10), 1, date(2026, 4, 13)),
            (date(2026, 4, 11), 0, date(2026, 4, 13)),
            (date(2026, 4, 11), 1, date(2026, 4, 14)),
            (date(2026, 4, 2), 1, date(2026, 4, 7)),
            (date(2026, 12, 24), 2, date(2026, 12, 29)),
            (date(2026, 12, 31), 1, date(2027, 1, 4)),
        ]
        for day, lead, expected in cases:
            with self.subTest(day=day, lead=lead):
                self.assertEqual(sepa.next_target_day(day, lead), expected)

    def test_a_lead_is_not_negative(self) -> None:
        with self.assertRaises(ValueError):
            sepa.next_target_day(date(2026, 4, 8), -1)


@tagged("post_install", "-at_install")
class TestControlTotals(BaseCase):
    def test_totals_of_every_version(self) -> None:
        for namespace in (PAIN_08, PAIN_02, f"{PAIN_02[:-6]}003.02"):
            with self.subTest(namespace):
                totals = sepa.read_control_totals(pain(namespace))
                self.assertEqual(totals.message_id, "DEBIT0001")
                self.assertEqual(totals.number_of_transactions, 3)
                self.assertEqual(totals.control_sum, Decimal("100.30"))
                self.assertEqual(
                    totals.batches,
                    (
                        sepa.BatchTotals("LOT1", "RCUR", date(2026, 4, 7), 2, Decimal("50.30")),
                        sepa.BatchTotals("LOT2", "FNAL", date(2026, 4, 8), 1, Decimal("50.00")),
                    ),
                )

    def _assert_refused(self, xml: bytes, words: str) -> None:
        with self.assertRaisesRegex(ValueError, words):
            sepa.read_control_totals(xml)

    def test_other_files_are_refused(self) -> None:
        self._assert_refused(pain(PAIN_08.replace("pain.008", "pain.001")), "Not a pain.008")
        self._assert_refused(b"<Document/>", "Not a pain.008")
        self._assert_refused(b"nothing like it", "Line 1")
        self._assert_refused(b"", "Line 1")

    def test_a_missing_total_is_named(self) -> None:
        whole = pain()
        for element in (b"<CtrlSum>100.30</CtrlSum>", b"<SeqTp>RCUR</SeqTp>"):
            with self.subTest(element):
                name = element[1 : element.index(b">")].decode()
                self._assert_refused(whole.replace(element, b""), f"lacks .*{name}")

    def test_a_total_that_cannot_be_read_is_named(self) -> None:
        cases = [
            (b">100.30<", b">many<", "CtrlSum"),
            (b">100.30<", b">NaN<", "CtrlSum"),
            (b">100.30<", b">1E9<", "CtrlSum"),
            (b">3<", b">three<", "NbOfTxs"),
            (b">2026-04-07<", b">07/04/2026<", "ReqdColltnDt"),
        ]
        for good, wrong, element in cases:
            with self.subTest(wrong):
                self._assert_refused(pain().replace(good, wrong), f"{element} cannot be")

    def test_entities_are_never_read(self) -> None:
        with TemporaryDirectory() as folder:
            secret = Path(folder) / "secret"
            secret.write_text("1.00", encoding="utf-8")
            doctype = f'<!DOCTYPE Document [<!ENTITY sum SYSTEM "{secret.as_uri()}">]>'
            xml = pain(prologue=doctype).replace(b">100.30<", b">&sum;<")
            self._assert_refused(xml, "document type")

    def test_entity_bombs_are_refused(self) -> None:
        bomb = '<!DOCTYPE Document [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;">]>'
        self._assert_refused(pain(prologue=bomb).replace(b">3<", b">&b;<"), "document type")


@tagged("post_install", "-at_install")
class TestSchema(BaseCase):
    def test_l15_a_good_file_has_no_fault(self) -> None:
        path = schema("pain.008.001.08")
        for xsd in (path, str(path), path.read_bytes()):
            with self.subTest(type(xsd).__name__):
                self.assertEqual(sepa.validate_xsd(pain(), xsd), [])

    def test_faults_carry_their_line(self) -> None:
        wrong = pain().replace(b"<SeqTp>RCUR</SeqTp>", b"<SeqTp>OFTEN</SeqTp>")
        line = wrong[: wrong.index(b"OFTEN")].count(b"\n") + 1
        faults = sepa.validate_xsd(wrong, schema("pain.008.001.08"))
        self.assertTrue(faults)
        for fault in faults:
            self.assertRegex(fault, rf"^Line {line}: Element 'SeqTp'")

    def test_another_version_is_a_fault(self) -> None:
        self.assertTrue(sepa.validate_xsd(pain(PAIN_02), schema("pain.008.001.08")))

    def test_what_is_no_xml_is_a_fault(self) -> None:
        (fault,) = sepa.validate_xsd(b"<Document>\n<open>", schema("pain.008.001.08"))
        self.assertRegex(fault, "^Line 2: ")

    def test_a_schema_must_be_one(self) -> None:
        for xsd in (b"<Document/>", b"nothing like it"):
            with self.subTest(xsd), self.assertRaises(ValueError):
                sepa.validate_xsd(pain(), xsd)
