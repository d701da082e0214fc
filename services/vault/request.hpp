// Certificate requests (PKCS #10): made here for a key that lies somewhere else, and recognised.
#pragma once
#include <openssl/x509.h>

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/freed.hpp"
#include "services/vault/keys/backend.hpp"

namespace bulwatt::vault {

/// Whose certificate is asked for.
struct Subject {
  Text<64> common_name{};
  Text<64> organization{};
  static constexpr auto fields() {
    return list(field<&Subject::common_name>("common_name", {.at_least = 1}),
                field<&Subject::organization>("organization"));
  }
};

/// A request in two halves, because the signature may take a while: what is to be signed, and the request with it.
class Request {
 public:
  /// Nothing when the public key is none or a name has characters that certificates do not take.
  static std::optional<Request> begin(const KeyInfo& key, const Subject& subject);
  /// What the key must sign, and how.
  std::span<const std::byte> to_sign() const { return to_sign_; }
  Digest digest() const;
  Padding padding() const;
  /// PEM; nothing when the library refuses.
  std::optional<std::string> finish(const Signature& signature);

 private:
  Request() = default;
  Algorithm algorithm_{};
  std::unique_ptr<X509_REQ, Freed<X509_REQ_free>> request_{};
  std::vector<std::byte> to_sign_{};
};

}  // namespace bulwatt::vault
