// TLS with what the vault holds: trust anchors, own chain, and a key that never leaves it.
#pragma once
#include "grants/ocpp.hpp"
#include "libs/remote_key/vault_signer.hpp"
#include "libs/tls/context.hpp"
#include "services/ocpp/network.hpp"

namespace bulwatt::ocpp {

class TlsSide {
 public:
  using Vault = ipc::Client<grants::ocpp::vault>;
  TlsSide(const Config& config, Vault vault);
  ~TlsSide();
  TlsSide(const TlsSide&) = delete;
  TlsSide& operator=(const TlsSide&) = delete;

  /// Before lock-down. False when the library does not take the key's provider, or is too old.
  bool open();
  /// With what the vault holds now. The error is a sentence for people.
  /// `with_fallback`: also under anchors that a newer one is about to replace.
  /// `with_certificate`: of the own ones the first, or with `other_certificate` the one it is to replace, if there is one.
  std::expected<tls::Context, Text<200>> context(bool with_certificate, bool with_fallback = true,
                                                 bool other_certificate = false);
  /// For another connection beside the one to the backend, of which connected() tells.
  std::expected<tls::Context, Text<200>> context_beside(bool with_certificate) {
    const auto keep = std::pair{used_, profile_};
    auto made = context(with_certificate);
    std::tie(used_, profile_) = keep;
    return made;
  }
  /// A connection to the backend was made; null: without TLS. `with_certificate` as the latest context that had one.
  /// `profile`: what profile_number() was when the context of this connection was made.
  void connected(const tls::Report* report, bool with_certificate, std::uint32_t profile);
  /// Of the crypto profile that the latest context was made under; 0: none.
  std::uint32_t profile_number() const { return profile_; }
  Keys keys();
  /// For calls about certificates; the vault has one conduit.
  Vault& vault() { return vault_; }

 private:
  static constexpr std::size_t kMostTrustParts = 8;
  std::expected<std::shared_ptr<const tls::NarrowRules>, Text<200>> profile();
  std::expected<std::string, Text<200>> trust(std::string_view link);
  std::expected<vault::KeyName, Text<200>> slot(bool other);
  const Config& config_;
  Vault vault_;
  remote_key::VaultSigner<Vault> signer_{vault_};
  OSSL_LIB_CTX* library_ = nullptr;
  std::optional<remote_key::Provider> provider_{};
  std::uint32_t profile_ = 0;             ///< number of the crypto profile that the latest context was made under
  std::optional<vault::KeyName> used_{};  ///< whose certificate the latest context shows
};

}  // namespace bulwatt::ocpp
