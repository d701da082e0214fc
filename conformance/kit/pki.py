"""Certificates for tests, made by the openssl program: roots, a server, good and bad ones, stations' requests."""

import hashlib
import pathlib
import shutil
import ssl
import subprocess

from kit.failure import Failure

NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


def openssl(*words, text=None):
    done = subprocess.run(["openssl", *map(str, words)], input=text, capture_output=True, check=False)
    if done.returncode != 0:
        raise Failure(f"openssl {words[0]} failed: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout


class Authority:
    """A root certificate with its key; `parent` signs it when given."""

    def __init__(self, folder, name, parent=None):
        self.folder, self.name = pathlib.Path(folder), name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key, self.root = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        self.made, self.parent = 0, parent
        make_key(self.key)
        extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
        if parent:
            sign(parent.key, parent.root, self.request(self.key, name), self.root, extensions)
        else:
            self_signed(self.key, name, self.root, extensions)

    def request(self, key, common_name):
        out = key.with_suffix(".csr")
        openssl("req", "-new", "-key", key, "-subj", f"/O=Conformance/CN={common_name}", "-out", out)
        return out

    def issue(self, common_name="localhost", names=NAMES, days=30, extended="serverAuth"):
        """(key, certificate) of a server or a client."""
        self.made += 1
        key = self.folder / f"{self.name}-{self.made}.key"
        make_key(key)
        out = key.with_suffix(".pem")
        extensions = f"keyUsage=critical,digitalSignature\nextendedKeyUsage={extended}\n" + (names + "\n" if names else "")
        sign(self.key, self.root, self.request(key, common_name), out, extensions, days)
        return key, out

    def sign_request(self, request):
        out = pathlib.Path(request).with_suffix(".pem")
        # Longer than a month: one that ends within a month is renewed by the station itself.
        sign(self.key, self.root, request, out, "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n", days=365)
        return out

    def pem(self):
        return self.root.read_text()

    def hash_data(self):
        return certificate_hash(self.root, self.parent.root if self.parent else self.root)


def make_key(path):
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)


def self_signed(key, name, out, extensions, days=365):
    config = out.with_suffix(".cnf")
    config.write_text(f"[req]\ndistinguished_name=dn\nx509_extensions=v3\nprompt=no\n[dn]\nO=Conformance\nCN={name}\n[v3]\n{extensions}")
    openssl("req", "-new", "-x509", "-key", key, "-days", days, "-config", config, "-out", out)


def sign(key, certificate, request, out, extensions, days=30):
    config = out.with_suffix(".ext")
    config.write_text(extensions + "authorityKeyIdentifier=keyid\n")
    openssl("x509", "-req", "-in", request, "-CA", certificate, "-CAkey", key, "-CAcreateserial", "-days", days, "-sha256",
            "-extfile", config, "-out", out)


def expired(authority):
    """(key, certificate) of a server whose time was over before it began: 'days' of zero or less need `openssl ca`."""
    folder = authority.folder / "expired"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    key = folder / "server.key"
    make_key(key)
    request = authority.request(key, "localhost")
    (folder / "index.txt").write_text("")
    (folder / "serial").write_text("1000\n")
    config = folder / "ca.cnf"
    config.write_text(f"[ca]\ndefault_ca=d\n[d]\ndir={folder}\ndatabase={folder}/index.txt\nserial={folder}/serial\nnew_certs_dir={folder}\n"
                      f"certificate={authority.root}\nprivate_key={authority.key}\ndefault_md=sha256\npolicy=p\nx509_extensions=v3\n"
                      f"[p]\norganizationName=optional\ncommonName=supplied\n[v3]\nkeyUsage=critical,digitalSignature\n{NAMES}\n")
    out = folder / "server.pem"
    openssl("ca", "-batch", "-config", config, "-in", request, "-out", out, "-notext", "-startdate", "200101000000Z", "-enddate", "210101000000Z")
    return key, out


def expired_root(folder, name="Expired Root"):
    """A self-signed root certificate of the past, as text."""
    authority = Authority(folder, name.replace(" ", "-"))
    place = authority.folder / "expired-root"
    place.mkdir(exist_ok=True)
    request = authority.request(authority.key, name)
    (place / "index.txt").write_text("")
    (place / "serial").write_text("2000\n")
    config = place / "ca.cnf"
    config.write_text(f"[ca]\ndefault_ca=d\n[d]\ndir={place}\ndatabase={place}/index.txt\nserial={place}/serial\nnew_certs_dir={place}\n"
                      f"default_md=sha256\npolicy=p\nx509_extensions=v3\n[p]\norganizationName=optional\ncommonName=supplied\n"
                      "[v3]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n")
    out = place / "root.pem"
    openssl("ca", "-batch", "-selfsign", "-keyfile", authority.key, "-config", config, "-in", request, "-out", out, "-notext",
            "-startdate", "200101000000Z", "-enddate", "210101000000Z")
    return out.read_text()


def der_field(path, field):
    """DER of the subject, or the bits of the public key: what OCSP hashes."""
    if field == "key":
        public = openssl("x509", "-in", path, "-noout", "-pubkey")
        der = openssl("pkey", "-pubin", "-outform", "DER", text=public)
        return der[-65:]  # an uncompressed point on P-256
    lines = openssl("asn1parse", "-in", path, "-i").decode().splitlines()
    # certificate { tbs { [0] version, serial, algorithm, issuer, validity, subject, …: the fourth and sixth SEQUENCE at depth 2
    starts = [line for line in lines if "d=2" in line and "SEQUENCE" in line]
    offset, head, size = (int(part) for part in (starts[3].split(":")[0], starts[3].split("hl=")[1].split()[0], starts[3].split("l=")[2].split()[0]))
    der = openssl("x509", "-in", path, "-outform", "DER")
    return der[offset:offset + head + size]


def certificate_hash(certificate, issuer):
    """CertificateHashDataType of a certificate."""
    serial = openssl("x509", "-in", certificate, "-noout", "-serial").decode().strip().split("=")[1]
    return {"hashAlgorithm": "SHA256", "issuerNameHash": hashlib.sha256(der_field(issuer, "subject")).hexdigest(),
            "issuerKeyHash": hashlib.sha256(der_field(issuer, "key")).hexdigest(), "serialNumber": serial.lower().lstrip("0") or "0"}


def server_context(key, certificate, trust=None, low=ssl.TLSVersion.TLSv1_2, high=ssl.TLSVersion.MAXIMUM_SUPPORTED):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if high < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = low, high
    context.load_cert_chain(certificate, key)
    if trust:
        context.load_verify_locations(trust)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
