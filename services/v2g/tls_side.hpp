// TLS towards cars with what the vault holds: chains, and keys that never leave it.
#pragma once
#include "grants/v2g.hpp"
#include "libs/remote_key/vault_signer.hpp"
#include "libs/tls/session.hpp"
#include "protocols/contract/contract.hpp"
#include "services/v2g/config.hpp"

namespace bulwatt::v2g {

class TlsSide {
 public:
  using Vault = ipc::Client<grants::v2g::vault>;
  TlsSide(const Config& config, Vault vault) : config_(config), vault_(vault) {}
  ~TlsSide();
  TlsSide(const TlsSide&) = delete;
  TlsSide& operator=(const TlsSide&) = delete;

  /// Before lock-down. False when the library does not take the keys' provider, or is too old.
  bool open();
  /// Asks the vault for its certificates; true when there are others than before, which is in the log. A vault that does not answer
  /// changes nothing.
  bool refresh();
  /// Judges contracts by the roots that the vault had at the last refresh.
  secc::Contracts& contracts() { return judge_; }
  bool offered() const { return context_.has_value(); }
  /// A new connection; nothing where there is no TLS.
  std::optional<tls::Session> accept(Timestamp now) const;

 private:
  struct Certificate {
    std::string chain;
    vault::KeyInfo info;
  };
  std::expected<std::vector<Certificate>, std::string_view> ask();
  void refresh_roots();
  std::expected<tls::Context, Text<200>> context_of(const std::vector<Certificate>& certificates) const;

  const Config& config_;
  Vault vault_;
  remote_key::VaultSigner<Vault> signer_{vault_};
  OSSL_LIB_CTX* library_ = nullptr;
  std::optional<remote_key::Provider> provider_{};
  std::optional<tls::Context> context_{};
  std::string known_{};  ///< the chains of context_
  contract::Judge judge_{};
  std::string roots_{};  ///< of judge_
  bool told_ = false;
};

}  // namespace bulwatt::v2g
