// A trial of a crypto profile, in a vault instance of its own with keys that nothing depends on: is it signed, does the cryptography
// that it wants give the answers that are known, and does every group and signature of it carry a handshake, here and with an endpoint?
// The folder is made by `bulwatt vault profile trial`:
//   profile.json, profile.sig, profile-authority.pem   what is tried
//   <algorithm>.key, <algorithm>.pem                   a client key of this vault for each signature, and its certificate
//   <algorithm>-server.pem, <algorithm>-server-key.pem, <algorithm>-root.pem   whom it talks to
//   endpoint-trust.pem                                 whom to believe at the endpoint
#pragma once
#include "libs/tls/profile.hpp"
#include "services/vault/config.hpp"

namespace bulwatt::vault {

struct TrialStep {
  Text<100> what{};
  bool passed = false;
  Text<200> detail{};
};

/// What the running vault is told, and tells the ledger (profile.trial.json in its folder).
struct TrialResult {
  std::uint32_t number{};
  Text<64> digest{};  ///< SHA-256 of the profile's text, hexadecimal
  bool passed = false;
  Text<160> endpoint{};  ///< host and group of the live handshake; empty: none was asked for
  Text<160> failed{};    ///< the first step that did
  static constexpr auto fields() {
    using R = TrialResult;
    return list(field<&R::number>("number"), field<&R::digest>("digest"), field<&R::passed>("passed"),
                field<&R::endpoint>("endpoint"), field<&R::failed>("failed"));
  }
};

struct TrialOptions {
  std::string folder{};
  tls::Policy policy = tls::Policy::hybrid_required;  ///< what the profile narrows
  std::int64_t now_unix_s = 0;
  std::string host{};  ///< of the endpoint
  int endpoint = -1;   ///< a connected socket; -1: none
};

/// The key of our own that signs with this TLS signature; none for one that no key of the vault can make.
std::optional<Algorithm> algorithm_of(std::string_view tls_signature);
/// Name of its key in the trial's folder.
std::string trial_key(Algorithm algorithm);

/// Tells every step as it is done.
class TrialListener {
 public:
  virtual void step(const TrialStep& step) = 0;

 protected:
  ~TrialListener() = default;
};
TrialResult try_profile(const TrialOptions& options, TrialListener& listener);

/// SHA-256, hexadecimal.
Text<64> digest_of(std::span<const std::byte> bytes);
std::vector<std::byte> trial_text(const TrialResult& result);
std::optional<TrialResult> read_trial(std::string_view text);

}  // namespace bulwatt::vault
