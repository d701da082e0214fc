// Signs what the ledger has sealed: fetches it, has it signed by the ledger's keys, brings it back. The ledger may call nobody, so
// the vault comes for it when a pulse says that there is something.
#pragma once
#include "interfaces/ledger.hpp"
#include "services/vault/service.hpp"

namespace bulwatt::vault {

inline constexpr std::string_view kLedgerUser = "ledger";

/// The ledger's key of this algorithm; nothing when the configuration names none.
inline std::optional<KeyInfo> checkpoint_key(const Store& store, Algorithm algorithm) {
  for (const auto& key : store.keys) {
    if (key.user.view() == kLedgerUser && key.info.purpose == Purpose::checkpoint && key.info.algorithm == algorithm)
      return key.info;
  }
  return std::nullopt;
}

/// One signature, or nothing when there is no such key or it cannot sign now.
inline ledger::SubmitCheckpoint::Signed sign_checkpoint(Service& service, Algorithm algorithm,
                                                        std::span<const std::byte> content, Instant now) {
  const auto key = checkpoint_key(service.store(), algorithm);
  if (!key) return {};
  const auto signature =
      service.sign(kLedgerUser, Sign{key->name, Digest::none, Octets<kMaxToSign>{content}, Padding::none}, now);
  if (!signature) return {};
  return {Octets<1400>{key->public_key.view()}, Octets<2420>{signature->bytes.view()}};
}

/// Both signatures of what was fetched.
inline ledger::SubmitCheckpoint sign_checkpoint(Service& service, const ledger::FetchCheckpoint::ToSign& due,
                                                Instant now) {
  return {due.records, due.seconds, sign_checkpoint(service, Algorithm::ed25519, due.text.view(), now),
          sign_checkpoint(service, Algorithm::ml_dsa_44, due.cosigned.view(), now)};
}

}  // namespace bulwatt::vault
