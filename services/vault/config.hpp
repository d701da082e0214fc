// Configuration of the vault.
#pragma once
#include "interfaces/vault.hpp"

namespace bulwatt::vault {

inline constexpr std::size_t kMaxKeys = 8;

/// A key the vault must hold, what it is for and which service may use it.
struct KeyConfig {
  KeyName name{};
  Purpose purpose{};
  Algorithm algorithm{};
  Text<16> user{};
  static constexpr auto fields() {
    return list(field<&KeyConfig::name>("name", {.at_least = 1, .doc = "name of the key; its sealed file is <name>.key"}),
                field<&KeyConfig::purpose>("purpose", {.doc = "the one thing it may sign: tls_client, tls_server, …"}),
                field<&KeyConfig::algorithm>("algorithm", {.doc = "ecdsa_p256, ecdsa_p384, ed25519, ml_dsa_44, ml_dsa_65, ml_dsa_87"}),
                field<&KeyConfig::user>("user", {.at_least = 1, .doc = "the one service that may use it"}));
  }
};

struct Config {
  List<KeyConfig, kMaxKeys> keys{};
  static constexpr auto fields() {
    return list(field<&Config::keys>("keys", {.doc = "keys of the station; `bulwatt provision` makes them"}));
  }
};

}  // namespace bulwatt::vault
