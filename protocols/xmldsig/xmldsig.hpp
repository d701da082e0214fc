// XML signatures as ISO 15118 and DIN SPEC 70121 use them. What those forbid (V2G2-771) is counted, because it changes the
// codes of everything else, and refused: keys inside a signature, objects, XPath, foreign elements.
#pragma once
#include <expected>

#include "libs/exi/exi.hpp"

namespace bulwatt::xmldsig {

inline constexpr std::size_t kIdChars = 64;          ///< storage of an Id; the schema sets no limit
inline constexpr std::size_t kUriChars = 64;         ///< storage of an algorithm or a reference
inline constexpr std::size_t kReferences = 4;        ///< ISO 15118-2: V2G2-909
inline constexpr std::size_t kTransforms = 2;        ///< one is used
inline constexpr std::size_t kDigestBytes = 64;      ///< SHA-512
inline constexpr std::size_t kSignatureBytes = 132;  ///< r and s of P-521
inline constexpr std::size_t kIssuerChars = 256;
inline constexpr std::size_t kSerialBytes = 24;  ///< of a certificate; RFC 5280 allows 20

struct CanonicalizationMethod {
  static constexpr std::string_view kElement = "CanonicalizationMethod";
  static constexpr bool kMixed = true;
  Text<kUriChars> algorithm{};
  Never<> any{};
  static constexpr auto fields() {
    using M = CanonicalizationMethod;
    return list(field<&M::algorithm>("Algorithm", {.max = kUnbounded, .attribute = true}), field<&M::any>("any"));
  }
};

struct SignatureMethod {
  static constexpr std::string_view kElement = "SignatureMethod";
  static constexpr bool kMixed = true;
  Text<kUriChars> algorithm{};
  Never<> hmac_output_length{};
  Never<> any{};
  static constexpr auto fields() {
    using M = SignatureMethod;
    return list(field<&M::algorithm>("Algorithm", {.max = kUnbounded, .attribute = true}),
                field<&M::hmac_output_length>("HMACOutputLength"), field<&M::any>("any"));
  }
};

struct Transform {
  static constexpr std::string_view kElement = "Transform";
  static constexpr bool kMixed = true;
  Text<kUriChars> algorithm{};
  Never<2> xpath_or_any{};
  static constexpr auto fields() {
    using M = Transform;
    return list(field<&M::algorithm>("Algorithm", {.max = kUnbounded, .attribute = true}),
                field<&M::xpath_or_any>("XPath"));
  }
};

struct Transforms {
  static constexpr std::string_view kElement = "Transforms";
  List<Transform, kTransforms> transform{};
  static constexpr auto fields() {
    return list(field<&Transforms::transform>("Transform", {.max = kUnbounded, .at_least = 1}));
  }
};

struct DigestMethod {
  static constexpr std::string_view kElement = "DigestMethod";
  static constexpr bool kMixed = true;
  Text<kUriChars> algorithm{};
  Never<> any{};
  static constexpr auto fields() {
    using M = DigestMethod;
    return list(field<&M::algorithm>("Algorithm", {.max = kUnbounded, .attribute = true}), field<&M::any>("any"));
  }
};

/// One signed element, by "#" and its Id, and the digest of its EXI fragment.
struct Reference {
  static constexpr std::string_view kElement = "Reference";
  std::optional<Text<kIdChars>> id{};
  std::optional<Text<kUriChars>> type{};
  std::optional<Text<kUriChars>> uri{};
  std::optional<Transforms> transforms{};
  DigestMethod digest_method{};
  Octets<kDigestBytes> digest_value{};
  static constexpr auto fields() {
    using M = Reference;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true}),
                field<&M::type>("Type", {.max = kUnbounded, .attribute = true}),
                field<&M::uri>("URI", {.max = kUnbounded, .attribute = true}), field<&M::transforms>("Transforms"),
                field<&M::digest_method>("DigestMethod"),
                field<&M::digest_value>("DigestValue", {.max = kUnbounded, .base64 = true}));
  }
};

/// What the signature value is computed over, as a fragment of this schema alone (see grammar()).
struct SignedInfo {
  static constexpr std::string_view kElement = "SignedInfo";
  std::optional<Text<kIdChars>> id{};
  CanonicalizationMethod canonicalization_method{};
  SignatureMethod signature_method{};
  List<Reference, kReferences> reference{};
  static constexpr auto fields() {
    using M = SignedInfo;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true}),
                field<&M::canonicalization_method>("CanonicalizationMethod"),
                field<&M::signature_method>("SignatureMethod"),
                field<&M::reference>("Reference", {.max = kUnbounded, .at_least = 1}));
  }
};

/// r and s of the signature, one behind the other.
struct SignatureValue {
  static constexpr std::string_view kElement = "SignatureValue";
  std::optional<Text<kIdChars>> id{};
  Octets<kSignatureBytes> value{};
  static constexpr auto fields() {
    using M = SignatureValue;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true}),
                field<&M::value>("", {.max = kUnbounded, .base64 = true, .content = true}));
  }
};

struct Signature {
  static constexpr std::string_view kElement = "Signature";
  std::optional<Text<kIdChars>> id{};
  SignedInfo signed_info{};
  SignatureValue signature_value{};
  Never<> key_info{};
  Never<> object{};
  static constexpr auto fields() {
    using M = Signature;
    return list(field<&M::id>("Id", {.max = kUnbounded, .attribute = true}), field<&M::signed_info>("SignedInfo"),
                field<&M::signature_value>("SignatureValue"), field<&M::key_info>("KeyInfo"),
                field<&M::object>("Object"));
  }
};

/// Names a certificate. The serial number as in the certificate: two's complement, most significant byte first.
struct X509IssuerSerial {
  Text<kIssuerChars> x509_issuer_name{};
  Octets<kSerialBytes> x509_serial_number{};
  static constexpr auto fields() {
    using M = X509IssuerSerial;
    return list(field<&M::x509_issuer_name>("X509IssuerName", {.max = kUnbounded}),
                field<&M::x509_serial_number>("X509SerialNumber", {.max = kUnbounded, .integer = true}));
  }
};

/// The schema of XML signatures alone. Digests are taken with the grammar of the message's own schema set, but the signature
/// value over SignedInfo with this one; all implementations that verify each other do so.
const exi::Grammar& grammar();

}  // namespace bulwatt::xmldsig
