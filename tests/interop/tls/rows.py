#!/usr/bin/env python3
"""Our TLS against other people's: OpenSSL 3.0 and 3.5, Go, nginx. Each row names the two ends and what must come of it: the group that
both ends say was negotiated, or the reason why there is no connection.

`rows.py TLS_PEER OPENSSL_3_5 [CACHE_FOLDER]`; the last line is `N passed, N failed, N skipped`.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HYBRID, LEVEL5, X25519 = "X25519MLKEM768", "SecP384r1MLKEM1024", "X25519"
PATIENCE_S = 15
HERE = os.path.dirname(os.path.abspath(__file__))


class Skip(Exception):
    """This machine does not have the other end."""


class Wrong(Exception):
    """The row did not come out as it must."""


def run(*words, **more):
    return subprocess.run([str(w) for w in words], check=True, capture_output=True, text=True, **more)


class Pki:
    """A root, a server for localhost and a client, each P-256."""

    def __init__(self, folder):
        self.folder = folder
        self._make("root", "/CN=root", ["-x509", "-days", "30", "-addext", "basicConstraints=critical,CA:TRUE"])
        for name, extension in (("server", "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth"), ("client", "extendedKeyUsage=clientAuth")):
            self._make(name, f"/CN={name}", [], suffix="csr")
            extensions = self.path(f"{name}.ext")
            with open(extensions, "w", encoding="ascii") as file:
                file.write(f"basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n{extension}\n")
            run("openssl", "x509", "-req", "-in", self.path(f"{name}.csr"), "-CA", self.path("root.pem"), "-CAkey", self.path("root.key"),
                "-CAcreateserial", "-days", "30", "-extfile", extensions, "-out", self.path(f"{name}.pem"))

    def _make(self, name, subject, more, suffix="pem"):
        run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.path(f"{name}.key"),
            "-subj", subject, *more, "-out", self.path(f"{name}.{suffix}"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def own(self, name):
        return "--chain", self.path(f"{name}.pem"), "--key", self.path(f"{name}.key")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, child):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with open("/proc/net/tcp", encoding="ascii") as table:
            if f"0100007F:{port:04X} 00000000:0000 0A" in table.read():
                return
        if child.poll() is not None:
            break
        time.sleep(0.02)
    raise Wrong(f"the other end does not listen: {child.communicate()}")


def same(one, other):
    return one.lower() == other.lower()


class Rows:
    def __init__(self, peer, modern, cache):
        self.peer = peer
        self.cache = cache  # where Go keeps what it built; empty: not built
        self.openssl = {"3.0": "/usr/bin/openssl", "3.5": modern}
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}
        self.folder = tempfile.mkdtemp(prefix="bulwatt-tls-")
        os.chmod(self.folder, 0o755)
        self.pki = Pki(self.folder)
        self._go = None

    def row(self, name, function, *arguments):
        try:
            said = function(*arguments)
            self.counts["passed"] += 1
            print(f"  passed   {name}: {said}")
        except Skip as why:
            self.counts["skipped"] += 1
            print(f"  skipped  {name}: {why}")
        except (Wrong, subprocess.SubprocessError, OSError) as why:
            self.counts["failed"] += 1
            print(f"  FAILED   {name}: {why}")

    def end(self):
        shutil.rmtree(self.folder)
        print(", ".join(f"{count} {word}" for word, count in self.counts.items()))
        return 1 if self.counts["failed"] else 0

    # ---- our end

    def _client(self, port, policy, expected, *more, say="hello\n", hear="olleh"):
        done = subprocess.run([self.peer, "client", str(port), "--policy", policy, "--roots", self.pki.path("root.pem"), *self.pki.own("client"),
                               "--say", say, "--expect", hear, *more], capture_output=True, text=True, timeout=60, check=False)
        return self._judged(done.returncode, done.stdout, expected)

    @staticmethod
    def _judged(code, text, expected):
        try:
            said = json.loads(text)
        except ValueError as wrong:
            raise Wrong(f"our end says nothing (code {code}): {text}") from wrong
        if expected.startswith("refused: "):
            if said.get("reason") not in expected.removeprefix("refused: ").split(" or "):
                raise Wrong(f"{said} instead of {expected}")
            return f"refused, {said['reason']}: {said.get('detail', '')}"
        if "group" not in said or not same(said["group"], expected):
            raise Wrong(f"{said} instead of {expected}")
        if said["version"] != "TLSv1.3" or said.get("resumed"):
            raise Wrong(f"{said}")
        return f"{said['group']}, {said['cipher']}"

    # ---- OpenSSL

    def _version(self, version):
        program = self.openssl[version]
        said = run(program, "version").stdout
        if not said.startswith(f"OpenSSL {version}."):
            raise Skip(f"{program} is {said.strip()}")
        return program

    def to_openssl(self, version, policy, expected, groups=None, *more):
        program, port = self._version(version), free_port()
        words = [program, "s_server", "-accept", f"127.0.0.1:{port}", "-cert", self.pki.path("server.pem"), "-key", self.pki.path("server.key"),
                 "-CAfile", self.pki.path("root.pem"), "-Verify", "2", "-verify_return_error", "-rev"]
        if groups:
            words += ["-groups", groups]
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
            try:
                wait_for_port(port, server)
                said = self._client(port, policy, expected, *more)
            finally:
                server.kill()
        return said

    def from_openssl(self, version, policy, expected, groups=None):
        program = self._version(version)
        words = [self.peer, "server", "0", "--policy", policy, "--roots", self.pki.path("root.pem"), *self.pki.own("server"), "--expect", "hello"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
            port = int(server.stderr.readline())
            client = [program, "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost", "-CAfile", self.pki.path("root.pem"),
                      "-verify_return_error"] + (["-groups", groups] if groups else [])
            theirs = subprocess.run(client, input="hello\n", capture_output=True, text=True, timeout=60, check=False)
            ours, _ = server.communicate(timeout=60)
        said = self._judged(server.returncode, ours, expected)
        told = re.search(r"(?:Negotiated TLS1.3 group|Server Temp Key|Peer Temp Key): ([A-Za-z0-9]+)", theirs.stdout)
        if not expected.startswith("refused") and told and not same(told[1], expected):
            raise Wrong(f"the other end says {told[1]}")
        return said

    # ---- Go

    def _built(self):
        if self._go is None:
            if not self.cache:
                raise Skip("built by ./dev interop only, it takes minutes the first time")
            program = shutil.which("go") or "/usr/local/go/bin/go"
            if not os.access(program, os.X_OK):
                raise Skip("there is no Go")
            version = re.search(r"go1\.(\d+)", run(program, "version").stdout)
            if not version or int(version[1]) < 25:
                raise Skip("this Go is older than 1.25 and does not tell the group")
            self._go = os.path.join(self.folder, "go-peer")
            run(program, "build", "-o", self._go, ".", cwd=HERE,
                env={**os.environ, "GOCACHE": os.path.join(self.cache, "go-build"), "GOFLAGS": "", "GOPROXY": "off", "CGO_ENABLED": "0"})
        return self._go

    def to_go(self, policy, expected, *more):
        program = self._built()
        with subprocess.Popen([program, "server", self.folder, "0", *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
            port = server.stderr.readline().strip().rsplit(":", 1)[1]
            try:
                said = self._client(port, policy, expected, hear="hello")
                theirs = server.stdout.readline().strip()
            finally:
                server.kill()
        if not expected.startswith("refused") and not same(theirs, expected):
            raise Wrong(f"Go says {theirs}")
        return said

    def from_go(self, policy, expected, *more):
        program = self._built()
        words = [self.peer, "server", "0", "--policy", policy, "--roots", self.pki.path("root.pem"), *self.pki.own("server"), "--expect", "hello"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
            port = int(server.stderr.readline())
            theirs = subprocess.run([program, "client", self.folder, str(port), *more], capture_output=True, text=True, timeout=60, check=False)
            ours, _ = server.communicate(timeout=60)
        said = self._judged(server.returncode, ours, expected)
        if not expected.startswith("refused") and not same(theirs.stdout.strip(), expected):
            raise Wrong(f"Go says {theirs.stdout.strip()}")
        return said

    # ---- nginx, as the front of a backend

    def to_nginx(self, policy, group, *more):
        """Hybrid where nginx has an OpenSSL that can, otherwise what a policy does with a classical front."""
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or os.environ.get("BULWATT_NGINX")
        if not program:
            raise Skip("there is no nginx")
        runs_with = re.findall(r"OpenSSL (\d+)\.(\d+)", run(program, "-V").stderr)[-1:]
        modern = bool(runs_with) and tuple(int(n) for n in runs_with[0]) >= (3, 5)
        expected = group if modern else ("refused: peer_refused" if policy in ("hybrid-required", "level5") else X25519)
        port = free_port()
        config = self.pki.path("nginx.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(NGINX.format(folder=self.folder, port=port))
        with subprocess.Popen([program, "-c", config, "-p", self.folder, "-e", "stderr"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
            try:
                wait_for_port(port, server)
                request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                said = self._client(port, policy, expected, *more, say=request, hear="CN=client TLSv1.3")
            finally:
                server.terminate()
        return f"{'OpenSSL 3.5 or newer' if modern else 'an OpenSSL without hybrid groups'}: {said}"


NGINX = """daemon off;
master_process off;
pid {folder}/nginx.pid;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    server_name localhost;
    ssl_protocols TLSv1.3;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_client_certificate {folder}/root.pem;
    ssl_verify_client on;
    location / {{ return 200 "$ssl_client_s_dn $ssl_protocol\\n"; }}
  }}
}}
"""


def main(peer, modern, cache=""):
    rows = Rows(peer, modern, cache)
    row = rows.row
    # OpenSSL 3.0 knows no hybrid group.
    row("hybrid-required -> OpenSSL 3.0", rows.to_openssl, "3.0", "hybrid-required", "refused: peer_refused")
    row("level5 -> OpenSSL 3.0", rows.to_openssl, "3.0", "level5", "refused: peer_refused")
    row("hybrid-preferred -> OpenSSL 3.0", rows.to_openssl, "3.0", "hybrid-preferred", X25519)
    row("classical -> OpenSSL 3.0", rows.to_openssl, "3.0", "classical", X25519)
    row("hybrid-required <- OpenSSL 3.0", rows.from_openssl, "3.0", "hybrid-required", "refused: protocol or internal or group")
    row("hybrid-preferred <- OpenSSL 3.0", rows.from_openssl, "3.0", "hybrid-preferred", X25519)
    # OpenSSL 3.5 as it comes.
    row("hybrid-required -> OpenSSL 3.5", rows.to_openssl, "3.5", "hybrid-required", HYBRID)
    row("hybrid-preferred -> OpenSSL 3.5", rows.to_openssl, "3.5", "hybrid-preferred", HYBRID)
    row("level5 -> OpenSSL 3.5", rows.to_openssl, "3.5", "level5", "refused: peer_refused")
    row("level5 -> OpenSSL 3.5 told so", rows.to_openssl, "3.5", "level5", LEVEL5, LEVEL5)
    row("hybrid-required, small first message -> OpenSSL 3.5", rows.to_openssl, "3.5", "hybrid-required", HYBRID, None, "--small", "yes")
    row("hybrid-required <- OpenSSL 3.5", rows.from_openssl, "3.5", "hybrid-required", HYBRID)
    row("level5 <- OpenSSL 3.5 told so", rows.from_openssl, "3.5", "level5", LEVEL5, LEVEL5)
    # The trap: a server that holds a classical group as good as the hybrid one takes the small share, and says nothing.
    row("the trap, hybrid-required", rows.to_openssl, "3.5", "hybrid-required", "refused: group", "X25519MLKEM768:X25519", "--small", "yes")
    row("the trap, hybrid-preferred and nobody saw it before", rows.to_openssl, "3.5", "hybrid-preferred", X25519, "X25519MLKEM768:X25519", "--small", "yes")
    row("no trap where the server keeps levels", rows.to_openssl, "3.5", "hybrid-required", HYBRID, "X25519MLKEM768/X25519", "--small", "yes")
    row("our own server is no trap", rows.from_openssl, "3.5", "hybrid-preferred", HYBRID, "*X25519:X25519MLKEM768")
    # Go, as it comes and told to be old.
    row("hybrid-required -> Go", rows.to_go, "hybrid-required", HYBRID)
    row("hybrid-preferred -> Go told to be classical", rows.to_go, "hybrid-preferred", X25519, "classical")
    row("hybrid-required -> Go told to be classical", rows.to_go, "hybrid-required", "refused: peer_refused", "classical")
    row("hybrid-required <- Go", rows.from_go, "hybrid-required", HYBRID)
    row("hybrid-preferred <- Go told to be classical", rows.from_go, "hybrid-preferred", X25519, "classical")
    row("hybrid-required -> nginx", rows.to_nginx, "hybrid-required", HYBRID)
    row("hybrid-preferred -> nginx", rows.to_nginx, "hybrid-preferred", HYBRID)
    return rows.end()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
