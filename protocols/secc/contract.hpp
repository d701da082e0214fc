// Plug & Charge: what the state machine needs to know of a contract, and who judges certificates and signatures for it. The judge
// (protocols/contract) has the cryptography; here is none.
#pragma once
#include "libs/fields/bounded.hpp"
#include "protocols/iso15118_2/authorization.hpp"

namespace bulwatt::secc {

/// How OCSP names a certificate, with SHA-256.
struct CertificateName {
  Octets<32> issuer_name{};
  Octets<32> issuer_key{};
  Octets<20> serial{};
  Text<512> responder{};  ///< empty: it names none
};

struct Contract {
  Text<15> emaid{};  ///< without hyphens, capital letters
  List<CertificateName, 4> certificates{};
  Octets<65> key{};  ///< the leaf's, an uncompressed point of P-256
};

/// What is wrong with a contract's chain.
enum class ContractFault : std::uint8_t {
  malformed,    ///< no certificates, or not as ISO 15118-2 has them
  other_emaid,  ///< the certificate is for another contract than the car says
  not_now,      ///< expired, or not valid yet
  untrusted,    ///< it leads to no root that this station trusts
  usage,        ///< it is not for signing
};
constexpr auto enum_names(ContractFault) { return names("malformed", "other_emaid", "not_now", "untrusted", "usage"); }

struct Contracts {
  /// Whether any contract could be good; without a root for them none is asked for.
  virtual bool any() const = 0;
  /// The chain is whole, good now and leads to a root for contracts.
  virtual std::expected<Contract, ContractFault> read(const iso2::PaymentDetailsReq& details, Timestamp now) = 0;
  /// The signature is one over exactly this element, known by its Id, as an EXI fragment; made by that key.
  virtual bool verify(const xmldsig::Signature& signature, std::string_view id, std::span<const std::byte> fragment,
                      const Octets<65>& key) = 0;

 protected:
  ~Contracts() = default;
};

}  // namespace bulwatt::secc
