// The vault's folder: sealing secret, sealed keys, certificate chains, trust anchors. Everything is read at start, before
// the process gives up opening files.
//   seal.secret, seal.tpm   see ring.hpp
//   <name>.key           sealed private key
//   <name>.pem           certificate chain of that key, leaf first (optional)
//   trust-<link>.pem     trust anchors of a kind of link that the factory stored (optional); anchors.hpp takes them over
//   anchors.0, anchors.1 journal of all trust anchors
//   crl-<link>.pem       revocation lists of those who issue certificates under them (optional)
#pragma once
#include "services/vault/config.hpp"
#include "services/vault/index.hpp"
#include "services/vault/uses.hpp"

namespace bulwatt::vault {

/// One key that the configuration names.
struct StoredKey {
  KeyInfo info{};
  Text<16> user{};
  KeyRef ref{};             ///< no backend: unavailable
  Complaint unavailable{};  ///< why
  std::vector<std::byte> chain{};
  Rate rate;
};

struct Store {
  std::vector<StoredKey> keys{};
  Text<64> identity{};     ///< the one name that certificates are asked for; empty: any
  Age age = Age::current;  ///< of the stored keys, where a TPM counts
  std::vector<std::byte> csms_trust{};
  std::vector<std::byte> csms_revocations{};
};

/// Reads everything the configuration names. A missing or damaged key is a complaint, not a missing feature; a key whose
/// device is not there is a key that says why.
std::expected<Store, Complaint> open_store(const std::string& folder, const Config& config, Ring& ring,
                                           Counter* counter = nullptr);

/// Where the TPM counts, what of the stored keys is the newest.
std::optional<Index> index_of(const std::string& folder, const Ring& ring, Counter* counter);

/// One key of the folder, and its certificate chain when there is one. A sentence when it is not there or damaged.
std::expected<StoredKey, Complaint> open_key(const std::string& folder, Ring& ring, const KeyConfig& config,
                                             const Index* index = nullptr);

/// Makes the sealing secret and the key if they are missing, and a PKCS #10 request with subject CN=`common_name`
/// (and O=`organization` unless empty), PEM. Where the TPM counts (`counter`), a folder that is not the newest is refused unless
/// `accept_restored`.
std::expected<std::string, Complaint> provision(const std::string& folder, Ring& ring, const Identity& who,
                                                const std::string& common_name, const std::string& organization,
                                                Counter* counter = nullptr, bool accept_restored = false);

}  // namespace bulwatt::vault
