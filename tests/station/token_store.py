"""A PKCS #11 token (SoftHSM) whose store lies in the vault's folder, where only the vault sees it."""

import os
import subprocess

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
LABEL = "station"
PIN = "471147"


def why_not():
    return None if os.path.exists(MODULE) and os.access("/usr/bin/softhsm2-util", os.X_OK) else "SoftHSM is not installed"


def make(folder, outside):
    """`folder` is the vault's. Who makes keys before the station runs sees the store at another place than the vault does."""
    store = os.path.join(folder, "tokens")
    os.makedirs(store)
    for path, sees in ((os.path.join(folder, "softhsm2.conf"), "/state/tokens"), (outside, store)):
        with open(path, "w", encoding="ascii") as file:
            file.write(f"directories.tokendir = {sees}\nobjectstore.backend = file\nlog.level = ERROR\n")
    pin_file = os.path.join(folder, "token.pin")
    with open(pin_file, "w", encoding="ascii") as file:
        file.write(PIN + "\n")
    os.chmod(pin_file, 0o600)
    os.environ["SOFTHSM2_CONF"] = outside  # for `bulwatt provision`
    subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "11223344"], check=True,
                   capture_output=True)


CONFIG = f"""[vault]
backend = "pkcs11"
module = "{MODULE}"
token = "{LABEL}"
"""
