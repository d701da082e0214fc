"""EXIficient as the judge of our EXI: random messages of every schema set, made by bulwatt-exi-messages.

Each line is a message of ours as bytes and as XML. EXIficient decodes the bytes with the published schemas: the infoset must be
that XML. It encodes its infoset again: the bytes must be ours. The schemas and EXIficient come from the Python package iso15118.
Last line: "N passed, N failed, N skipped", where one pass is one message.
"""

import collections
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import jpype

SCHEMAS = {
    "app": "V2G_CI_AppProtocol.xsd",
    "din": "din_spec/V2G_CI_MsgDef.xsd",
    "iso2": "iso15118_2/V2G_CI_MsgDef.xsd",
    "cm": "iso15118_20/V2G_CI_CommonMessages.xsd",
    "ac": "iso15118_20/V2G_CI_AC.xsd",
    "dc": "iso15118_20/V2G_CI_DC.xsd",
    "wpt": "iso15118_20/V2G_CI_WPT.xsd",
    "acdp": "iso15118_20/V2G_CI_ACDP.xsd",
    "dsig": "xmldsig-core-schema.xsd",
}
# Found, not imported: only its files are used, and its own dependencies need not be there.
SHARED = pathlib.Path(importlib.util.find_spec("iso15118").submodule_search_locations[0]) / "shared"
SHOWN = 5  # failures that are printed in full


def local_schemas(folder: pathlib.Path) -> pathlib.Path:
    """A copy whose signature schema lies where each set looks for it and does not ask the network for its document type."""
    copy = folder / "schemas"
    shutil.copytree(SHARED / "schemas", copy)
    signatures = copy / "xmldsig-core-schema.xsd"
    text = signatures.read_text(encoding="utf-8")
    signatures.write_text(re.sub(r"<!DOCTYPE.*?\]>", "", text, flags=re.DOTALL), encoding="utf-8")
    for subfolder in ("din_spec", "iso15118_20"):
        shutil.copy(signatures, copy / subfolder)
    return copy


class Codec:
    """EXIficient with one schema set, for documents or for fragments, with the options of ISO 15118."""

    def __init__(self, schema: pathlib.Path, fragment: bool):
        java = jpype.JClass
        factory = java("com.siemens.ct.exi.core.helpers.DefaultEXIFactory").newInstance()
        factory.setFidelityOptions(java("com.siemens.ct.exi.core.FidelityOptions").createDefault())
        factory.setCodingMode(java("com.siemens.ct.exi.core.CodingMode").BIT_PACKED)
        factory.setGrammars(java("com.siemens.ct.exi.grammars.GrammarFactory").newInstance().createGrammars(str(schema)))
        factory.setValuePartitionCapacity(0)
        factory.setMaximumNumberOfBuiltInElementGrammars(0)
        factory.setMaximumNumberOfBuiltInProductions(0)
        factory.setFragment(fragment)
        self.factory = factory
        self.reader = java("com.siemens.ct.exi.main.api.sax.EXISource")(factory).getXMLReader()
        self.transformer = java("javax.xml.transform.TransformerFactory").newInstance().newTransformer()
        parsers = java("javax.xml.parsers.SAXParserFactory").newInstance()
        parsers.setNamespaceAware(True)
        self.parsers = parsers

    def decode(self, data: bytes) -> str:
        java = jpype.JClass
        stream = java("java.io.ByteArrayInputStream")(jpype.JArray(jpype.JByte)(data))
        source = java("javax.xml.transform.sax.SAXSource")(self.reader, java("org.xml.sax.InputSource")(stream))
        writer = java("java.io.StringWriter")()
        self.transformer.transform(source, java("javax.xml.transform.stream.StreamResult")(writer))
        return str(writer.toString())

    def encode(self, xml: str) -> bytes:
        java = jpype.JClass
        out = java("java.io.ByteArrayOutputStream")()
        result = java("com.siemens.ct.exi.main.api.sax.EXIResult")(self.factory)
        result.setOutputStream(out)
        reader = self.parsers.newSAXParser().getXMLReader()
        reader.setContentHandler(result.getHandler())
        reader.parse(java("org.xml.sax.InputSource")(java("java.io.StringReader")(xml)))
        return bytes(out.toByteArray())


def infoset(element: ElementTree.Element):
    """By local names, without white space; what the two sides are compared by."""
    name = element.tag.rpartition("}")[2]
    attributes = sorted((key.rpartition("}")[2], value) for key, value in element.attrib.items())
    children = [infoset(child) for child in element]
    return name, attributes, children, "" if children else (element.text or "")


def wrong(codec: Codec, ours: bytes, xml: str) -> str:
    """What EXIficient says against a message; empty when it agrees."""
    try:
        theirs = codec.decode(ours)
        if infoset(ElementTree.fromstring(theirs)) != infoset(ElementTree.fromstring(xml)):
            return f"the infosets differ\n  theirs {theirs}"
        again = codec.encode(theirs)
    except jpype.JException as error:
        return f"EXIficient refuses it: {error}"
    return "" if again == ours else f"the bytes differ\n  theirs {again.hex()}"


def judge(lines, schemas: pathlib.Path) -> tuple[collections.Counter, int]:
    codecs: dict[tuple[str, str], Codec] = {}
    passed: collections.Counter = collections.Counter()
    failed = 0
    for line in lines:
        schema_set, mode, data, xml = line.rstrip("\n").split("\t")
        if (schema_set, mode) not in codecs:
            codecs[schema_set, mode] = Codec(schemas / SCHEMAS[schema_set], mode == "fragment")
        fault = wrong(codecs[schema_set, mode], bytes.fromhex(data), xml)
        if not fault:
            passed[f"{schema_set} {mode}"] += 1
            continue
        failed += 1
        if failed <= SHOWN:
            print(f"{schema_set} {mode}: {fault}\n  ours   {data}\n  xml    {xml}", file=sys.stderr)
    return passed, failed


def main() -> int:
    count, seed = (sys.argv[1:] + ["500", "1"])[:2]
    program = pathlib.Path(os.environ["BULWATT_BIN"]) / "bulwatt-exi-messages"
    jpype.startJVM(classpath=[str(SHARED / "EXICodec.jar")])
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([program, count, seed], stdout=subprocess.PIPE, text=True, check=True)
        passed, failed = judge(made.stdout.splitlines(), local_schemas(pathlib.Path(folder)))
    print("; ".join(f"{kind} {number}" for kind, number in sorted(passed.items())))
    print(f"{passed.total()} passed, {failed} failed, 0 skipped")
    return 0 if failed == 0 and passed.total() > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
