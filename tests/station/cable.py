"""A link between a station and a car: two interfaces, each in a network namespace of its own, joined by a virtual cable."""

import os
import re
import subprocess
import time

from stand import PATIENCE_S, expect


def why_not():
    """A sentence when no such link can be made here, else empty."""
    if os.geteuid() != 0:
        return "a virtual cable between network namespaces needs root"
    done = subprocess.run(["ip", "-Version"], capture_output=True, check=False) if _has_ip() else None
    return "" if done and done.returncode == 0 else "the program ip (package iproute2) is not there"


def _has_ip():
    return any(os.access(os.path.join(folder, "ip"), os.X_OK) for folder in ("/sbin", "/bin", "/usr/sbin", "/usr/bin"))


def _run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


class Cable:
    """`station`: the interface here; the car's is `car0` in `namespace`. Use as a context manager."""

    car = "car0"

    def __init__(self):
        number = os.getpid() % 100000
        self.namespace = f"bwtcar{number}"
        self.station = f"bwt{number}"
        self.address = ""

    def inside(self, *words):
        """A command line that runs at the car's end."""
        return ["ip", "netns", "exec", self.namespace, *[str(w) for w in words]]

    def __enter__(self):
        _run("ip", "netns", "add", self.namespace)
        _run("ip", "link", "add", self.station, "type", "veth", "peer", "name", self.car, "netns", self.namespace)
        for prefix, interface in (([], self.station), (["ip", "netns", "exec", self.namespace], self.car)):
            subprocess.run([*prefix, "sysctl", "-qw", f"net.ipv6.conf.{interface}.disable_ipv6=0", f"net.ipv6.conf.{interface}.accept_dad=0"],
                           capture_output=True, check=False)  # else the addresses take two seconds
        _run(*self.inside("ip", "link", "set", self.car, "up"))
        _run(*self.inside("ip", "link", "set", "lo", "up"))
        _run("ip", "link", "set", self.station, "up")
        deadline = time.monotonic() + PATIENCE_S
        while not self.address:
            expect(time.monotonic() < deadline, "the link got no addresses")
            ours = _run("ip", "-6", "addr", "show", "dev", self.station, "scope", "link")
            cars = _run(*self.inside("ip", "-6", "addr", "show", "dev", self.car, "scope", "link"))
            if "fe80" in ours and "fe80" in cars and "tentative" not in ours + cars:
                self.address = re.search(r"inet6 (fe80[0-9a-f:]+)", ours)[1]
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "link", "del", self.station], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", self.namespace], capture_output=True, check=False)
