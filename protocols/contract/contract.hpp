// The cryptography of Plug & Charge in ISO 15118-2: contract chains judged, XML signatures over EXI verified and made.
#pragma once
#include <openssl/x509.h>

#include <memory>

#include "libs/base/freed.hpp"
#include "protocols/secc/contract.hpp"

namespace bulwatt::contract {

using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;

inline constexpr std::size_t kMaxAnchors = 32;

class Judge final : public secc::Contracts {
 public:
  /// Whom contracts may come from, PEM: roots of mobility operators and V2G roots. What was there before is forgotten. False, and
  /// nobody is believed, when the text is no certificates.
  bool trust(std::string_view pem);
  bool any() const override { return anchors_ != nullptr; }

  std::expected<secc::Contract, secc::ContractFault> read(const iso2::PaymentDetailsReq& details,
                                                          Timestamp now) override;
  bool verify(const xmldsig::Signature& signature, std::string_view id, std::span<const std::byte> fragment,
              const Octets<65>& key) override;

 private:
  StorePtr anchors_{};
};

/// As Judge::verify; for either side.
bool verifies(const xmldsig::Signature& signature, std::string_view id, std::span<const std::byte> fragment,
              const Octets<65>& key);
/// The car's side: a signature over one element. Nothing when the key is not one of P-256 or the library refuses.
std::optional<xmldsig::Signature> sign(std::string_view id, std::span<const std::byte> fragment, EVP_PKEY* key);

/// Signs and verifies once: the library sets up on first use what it needs, which a service that gives up system calls must have done
/// before. False: it does not work here.
bool self_test();

/// An eMAID as contracts are known by: hyphens away, capital letters. Empty when it is none.
Text<15> canonical(std::string_view emaid);

}  // namespace bulwatt::contract
