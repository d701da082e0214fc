"""A station with a certificate for cars: its key in the vault, its chain from the V2G hierarchy that `bulwatt pki make` makes."""

import json
import os
import subprocess

from speaking import Speaking
from stand import expect
from world import CARD, IDENTITY

KEY = """
[[vault.keys]]
name = "secc"
purpose = "secc_server"
algorithm = "ecdsa_p256"
user = "v2g"
per_minute = 600
burst = 300
"""
END = b"-----END CERTIFICATE REQUEST-----\n"


class Secured(Speaking):
    """The station has a certificate for cars under the V2G root of the folder v2g-pki."""

    def __init__(self, programs, cable, more="", tokens=(), direct=False):
        super().__init__(programs, cable, more=KEY + more, tokens=tokens, direct=direct)

    @property
    def v2g_pki(self):
        return os.path.join(self.folder, "v2g-pki")

    @property
    def root(self):
        return os.path.join(self.v2g_pki, "v2g", "root.pem")

    def _certificates(self, pki):
        super()._certificates(pki)
        requests = self.provision().split(END)
        request = os.path.join(self.run, "secc.csr")
        with open(request, "wb") as file:
            file.write(requests[1] + END)
        subprocess.run([self._bulwatt, "pki", "make", self.v2g_pki, "--station", IDENTITY], check=True, capture_output=True)
        subprocess.run([self._bulwatt, "pki", "enrol", "--pki", self.v2g_pki, "--request", request, "--issuer", "v2g/cpo-sub2",
                        "--out", f"{self.vault_folder}/secc.pem"], check=True, capture_output=True)
        os.sync()

    def ends_by_card(self):
        sessions = self.car()["sessions"]
        self.bus.command("swipe", CARD)
        self.until(lambda: self.car()["sessions"] == sessions + 1, "the car was not asked to stop")
        expect(self.car()["problem"] == "", f"the session ended badly: {self.car()['problem']}")
        self.until(lambda: not self.contactor(), "the contactor stayed closed")
        self.until(lambda: all(t.get("ended") for t in self.transactions()), "the backend did not hear of the end")
        self.unplug()

    def trusts_operators(self):
        """The backend installs the root of contracts."""
        with open(os.path.join(self.v2g_pki, "mo", "root.pem"), encoding="ascii") as file:
            order = {"certificateType": "MORootCertificate", "certificate": file.read()}
        answer = self.bus.call_station("InstallCertificate", order)
        expect("Accepted" in json.dumps(answer), f"the root of contracts was not taken: {answer}")
        self.bus.wait(lambda: "cars may pay by contract" in self.log(), "v2g does not hear of the root", 60)

    def ready(self):
        self.bus.wait(lambda: "TLS with cars" in self.log() and "is reached by cars" in self.log(), "v2g has no certificate or no address")
