#include "protocols/xmldsig/xmldsig.hpp"

namespace bulwatt::xmldsig {
namespace {

constexpr std::array<std::string_view, 45> kElements{"CanonicalizationMethod",
                                                     "DSAKeyValue",
                                                     "DigestMethod",
                                                     "DigestValue",
                                                     "Exponent",
                                                     "G",
                                                     "HMACOutputLength",
                                                     "J",
                                                     "KeyInfo",
                                                     "KeyName",
                                                     "KeyValue",
                                                     "Manifest",
                                                     "MgmtData",
                                                     "Modulus",
                                                     "Object",
                                                     "P",
                                                     "PGPData",
                                                     "PGPKeyID",
                                                     "PGPKeyPacket",
                                                     "PgenCounter",
                                                     "Q",
                                                     "RSAKeyValue",
                                                     "Reference",
                                                     "RetrievalMethod",
                                                     "SPKIData",
                                                     "SPKISexp",
                                                     "Seed",
                                                     "Signature",
                                                     "SignatureMethod",
                                                     "SignatureProperties",
                                                     "SignatureProperty",
                                                     "SignatureValue",
                                                     "SignedInfo",
                                                     "Transform",
                                                     "Transforms",
                                                     "X509CRL",
                                                     "X509Certificate",
                                                     "X509Data",
                                                     "X509IssuerName",
                                                     "X509IssuerSerial",
                                                     "X509SKI",
                                                     "X509SerialNumber",
                                                     "X509SubjectName",
                                                     "XPath",
                                                     "Y"};
constexpr std::array<const Shape*, 1> kFragments{&detail::ShapeOf<SignedInfo>::kShape};
constexpr exi::SchemaSet kSet{.elements = kElements, .fragments = kFragments};
constinit exi::Tables<24, 48> tables{};

}  // namespace

const exi::Grammar& grammar() {
  static const exi::Grammar once{kSet, tables.types, tables.rows};
  return once;
}

}  // namespace bulwatt::xmldsig
