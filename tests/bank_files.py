"""Files as banks send them, of the versions that are read: what came back of some debits."""

SPACE = "urn:iso:std:iso:20022:tech:xsd:"


def document(kind, body, prologue=""):
    """Return a file of a kind such as ``camt.054.001.08``."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>{prologue}<Document xmlns="{SPACE}{kind}">{body}'
    return f"{text}</Document>".encode()


def header(message="BANK-1", day="2026-06-20"):
    return f"<GrpHdr><MsgId>{message}</MsgId><CreDtTm>{day}T06:30:00</CreDtTm></GrpHdr>"


def party(kind, name):
    """Return a party's name where a version keeps it."""
    is_old = kind.endswith((".02", ".03"))
    return f"<Nm>{name}</Nm>" if is_old else f"<Pty><Nm>{name}</Nm></Pty>"


def status(debits, kind="pain.002.001.10", message="DEBIT0001", batch="DEBIT0001/LOT1", **head):
    """Return a pain.002 that refuses ``[(end-to-end id, amount, reason)]``, and accepts one."""
    rows = "".join(
        f"""<TxInfAndSts><StsId>{name}</StsId><OrgnlEndToEndId>{name}</OrgnlEndToEndId>
        <TxSts>RJCT</TxSts>
        <StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn><AddtlInf>As the bank says</AddtlInf></StsRsnInf>
        <OrgnlTxRef><Amt><InstdAmt Ccy="EUR">{amount}</InstdAmt></Amt>
        <MndtRltdInf><MndtId>RUM-1</MndtId></MndtRltdInf>
        <Dbtr>{party(kind, "Payer")}</Dbtr></OrgnlTxRef></TxInfAndSts>
        """
        for name, amount, reason in debits
    )
    accepted = """<TxInfAndSts><OrgnlEndToEndId>OTHER</OrgnlEndToEndId><TxSts>ACSP</TxSts>
        </TxInfAndSts>"""
    return document(
        kind,
        f"""<CstmrPmtStsRpt>{header(**head)}
        <OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>
        <OrgnlMsgNmId>pain.008.001.08</OrgnlMsgNmId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>
        <OrgnlPmtInfAndSts><OrgnlPmtInfId>{batch}</OrgnlPmtInfId>{rows}{accepted}
        </OrgnlPmtInfAndSts></CstmrPmtStsRpt>""",
    )


def refused(kind="pain.002.001.03", message="", batch="", reason="FF01"):
    """Return a pain.002 that refuses a whole batch, or a whole message."""
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>"
    group = "" if batch else f"<GrpSts>RJCT</GrpSts>{why}"
    rows = (
        f"""<OrgnlPmtInfAndSts><OrgnlPmtInfId>{batch}</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>
        {why}</OrgnlPmtInfAndSts>"""
        if batch
        else ""
    )
    return document(
        kind,
        f"""<CstmrPmtStsRpt>{header()}<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>
        <OrgnlMsgNmId>pain.008.001.08</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts>{rows}
        </CstmrPmtStsRpt>""",
    )


def account(debits, kind="camt.054.001.08", iban="FR7630006000011234567890189", more="", **head):
    """Return a camt.053 or camt.054: a returned debit an entry, a credit, a pending one."""
    day = head.get("day", "2026-06-20")
    rows = "".join(_returned(kind, day, *debit) for debit in debits)
    others = _credit(kind, day) + _pending(kind, day)
    names = ("BkToCstmrStmt", "Stmt") if "053" in kind else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    outer, inner = names
    return document(
        kind,
        f"""<{outer}>{header(**head)}<{inner}><Id>1</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>
        {rows}{more}{others}</{inner}></{outer}>""",
    )


def _state(kind, code):
    return f"<Sts>{code}</Sts>" if kind.endswith(".02") else f"<Sts><Cd>{code}</Cd></Sts>"


def _returned(kind, day, name, amount, reason, fee="3.50"):
    charge = f'<Amt Ccy="EUR">{fee}</Amt>'
    charges = charge if kind.endswith(".02") else f"<Rcrd>{charge}</Rcrd>"
    return f"""<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>{_state(kind, "BOOK")}
        <BookgDt><Dt>{day}</Dt></BookgDt>
        <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn>
        </BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>{name}</EndToEndId><MndtId>RUM-1</MndtId></Refs>
        <AmtDtls><InstdAmt><Amt Ccy="EUR">{amount}</Amt></InstdAmt></AmtDtls>
        <Chrgs>{charges}</Chrgs><RltdPties><Dbtr>{party(kind, "Payer")}</Dbtr></RltdPties>
        <RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>"""


def _credit(kind, day):
    return f"""<Ntry><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>{_state(kind, "BOOK")}
        <BookgDt><Dt>{day}</Dt></BookgDt></Ntry>"""


def _pending(kind, day):
    return f"""<Ntry><Amt Ccy="EUR">7.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>{_state(kind, "PDNG")}
        <BookgDt><Dt>{day}</Dt></BookgDt></Ntry>"""


def credited(amount, batch="", debits=(), returned=(), fee="", **options):
    """Return the entry of a lot's credit: by its batch, its debits, less what was taken off.

    ``debits`` and ``returned`` are ``[(end-to-end id, amount)]``.
    """
    kind, day = options.get("kind", "camt.054.001.08"), options.get("day", "2026-06-16")
    names = f"<Btch><PmtInfId>{batch}</PmtInfId></Btch>" if batch else ""
    rows = "".join(_detail("CRDT", *debit) for debit in debits)
    rows += "".join(
        _detail("DBIT", *debit, more="<RtrInf><Rsn><Cd>MS02</Cd></Rsn></RtrInf>")
        for debit in returned
    )
    charge = f'<Amt Ccy="EUR">{fee}</Amt>'
    charge = charge if kind.endswith(".02") else f"<Rcrd>{charge}</Rcrd>"
    charges = f"<Chrgs>{charge}</Chrgs>" if fee else ""
    details = f"<NtryDtls>{names}{rows}</NtryDtls>" if names or rows else ""
    text = options.get("text", "")
    words = f"<AddtlNtryInf>{text}</AddtlNtryInf>" if text else ""
    return f"""<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>{_state(kind, "BOOK")}
        <BookgDt><Dt>{day}</Dt></BookgDt>{charges}{details}{words}</Ntry>"""


def _detail(direction, name, amount, more=""):
    return f"""<TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs>
        <AmtDtls><InstdAmt><Amt Ccy="EUR">{amount}</Amt></InstdAmt></AmtDtls>
        <CdtDbtInd>{direction}</CdtDbtInd>{more}</TxDtls>"""
