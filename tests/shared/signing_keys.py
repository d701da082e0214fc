"""Keys of a station's vault that sign for others than TLS, as lines of its configuration."""


def _key(name, purpose, algorithm, user):
    return f'''
[[vault.keys]]
name = "{name}"
purpose = "{purpose}"
algorithm = "{algorithm}"
user = "{user}"
'''


OF_LEDGER = _key("ledger-ed25519", "checkpoint", "ed25519", "ledger") + _key("ledger-ml-dsa-44", "checkpoint", "ml_dsa_44", "ledger")
OF_METER = _key("meter-p256", "meter_record", "ecdsa_p256", "meter") + _key("meter-ml-dsa-65", "meter_record", "ml_dsa_65", "meter")
