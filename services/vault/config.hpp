// Configuration of the vault.
#pragma once
#include "services/vault/keys/backend.hpp"

namespace bulwatt::vault {

inline constexpr std::size_t kMaxKeys = 8;

/// A key the vault must hold, what it is for and which service may use it.
struct KeyConfig {
  KeyName name{};
  Purpose purpose{};
  Algorithm algorithm{};
  Text<16> user{};
  std::uint16_t per_minute = 120;
  std::uint16_t burst = 30;
  static constexpr auto fields() {
    return list(
        field<&KeyConfig::name>("name", {.at_least = 1, .doc = "name of the key; its sealed file is <name>.key"}),
        field<&KeyConfig::purpose>("purpose",
                                   {.doc = "the one thing it may sign: tls_client, tls_server, tls12_client, "
                                           "tls12_server, secc_server, csr, checkpoint, meter_record, attestation"}),
        field<&KeyConfig::algorithm>("algorithm", {.doc = "ecdsa_p256, ecdsa_p384, ecdsa_p521, rsa_2048, rsa_3072, "
                                                          "rsa_4096, ed25519, ed448, ml_dsa_44, ml_dsa_65, ml_dsa_87"}),
        field<&KeyConfig::user>("user", {.at_least = 1, .doc = "the one service that may use it"}),
        field<&KeyConfig::per_minute>(
            "per_minute", {.min = 1, .max = 6000, .doc = "signatures a minute, on average; more are refused"}),
        field<&KeyConfig::burst>("burst", {.min = 1, .max = 1000, .doc = "signatures at once after a rest"}));
  }
};

struct Config {
  keys::Kind backend = keys::Kind::software;
  Text<240> module{};
  Text<32> token{};
  Text<64> pin_file{"token.pin"};
  List<KeyConfig, kMaxKeys> keys{};
  bool additional_root_check = false;
  Text<64> identity{};
  std::uint32_t profile_probation_s = 300;
  bool profile_needs_trial = false;
  std::uint32_t anchor_s = 300;
  static constexpr auto fields() {
    return list(
        field<&Config::backend>("backend", {.doc = "where new keys are made: software, tpm ([devices] tpm), pkcs11; "
                                                   "what a device cannot do is made in software"}),
        field<&Config::module>(
            "module",
            {.doc = "shared object of a PKCS #11 token, for example /usr/lib/softhsm/libsofthsm2.so; empty: none"}),
        field<&Config::token>("token", {.doc = "label of the token"}),
        field<&Config::pin_file>("pin_file",
                                 {.doc = "file in the vault's state folder that holds the token's user PIN"}),
        field<&Config::keys>("keys", {.doc = "keys of the station; `bulwatt provision` makes them"}),
        field<&Config::additional_root_check>(
            "additional_root_check",
            {.doc = "a new root certificate of the backend must be signed by the present one"}),
        field<&Config::profile_probation_s>("profile_probation",
                                            {.min = 10,
                                             .max = 86400,
                                             .unit = "s",
                                             .doc = "how long a new crypto profile has to bring a connection about"}),
        field<&Config::profile_needs_trial>(
            "profile_needs_trial",
            {.doc = "a crypto profile is taken only after it passed a trial (`bulwatt vault profile trial`)"}),
        field<&Config::anchor_s>("anchor",
                                 {.max = 86400,
                                  .unit = "s",
                                  .doc = "how often the TPM's counter is raised for the ledger's head, if anything was "
                                         "recorded; each wears the TPM's memory a little; 0: never"}),
        field<&Config::identity>("identity", {.doc = "taken from [ocpp]; what stands here is not used"}));
  }
};

}  // namespace bulwatt::vault
