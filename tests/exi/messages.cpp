// bulwatt-exi-messages COUNT SEED: random valid messages of every schema set, one a line, for a judge that knows the schemas:
// set, "document" or "fragment", our bytes in hexadecimal, the message as XML by local names. Each has been decoded again.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "tests/exi/data.hpp"
#include "tests/exi/random.hpp"
#include "tests/exi/sets.hpp"
#include "tests/exi/xml.hpp"

namespace {

using namespace bulwatt;
using namespace bulwatt::exi_test;

/// What is signed, per set; SignedInfo is signed with the signature schema alone.
constexpr std::pair<std::string_view, std::string_view> kFragments[] = {
    {"iso2", "AuthorizationReq"},
    {"iso2", "MeteringReceiptReq"},
    {"iso2", "CertificateInstallationReq"},
    {"iso2", "CertificateUpdateReq"},
    {"iso2", "ContractSignatureCertChain"},
    {"iso2", "ContractSignatureEncryptedPrivateKey"},
    {"iso2", "DHpublickey"},
    {"iso2", "eMAID"},
    {"iso2", "SalesTariff"},
    {"iso2", "SignedInfo"},
    {"cm", "PnC_AReqAuthorizationMode"},
    {"cm", "OEMProvisioningCertificateChain"},
    {"cm", "SignedInstallationData"},
    {"cm", "SignedMeteringData"},
    {"cm", "AbsolutePriceSchedule"},
    {"cm", "PriceLevelSchedule"},
    {"dsig", "SignedInfo"}};

[[noreturn]] void give_up(std::string_view set, const exi::Error& error) {
  static_cast<void>(std::fprintf(stderr, "error: %s: %s\n", std::string{set}.c_str(), error_text(error).c_str()));
  std::exit(1);
}

void print(const Set& set, const char* mode, const Bytes& bytes, const std::string& xml) {
  std::printf("%s\t%s\t%s\t%s\n", std::string{set.name}.c_str(), mode, to_hex(bytes).c_str(), xml.c_str());
}

void document(const Set& set, std::mt19937_64& chance) {
  const Shape& shape = *set.grammar->set().document;
  Bytes bytes(exi::kMaxBytes);
  fill(shape, set.document, chance);
  const std::string xml = to_xml(shape, set.document);
  const auto n = exi::encode_document(*set.grammar, set.document, bytes);
  if (!n) give_up(set.name, n.error());
  bytes.resize(*n);
  const auto done = exi::decode_document(*set.grammar, bytes, set.document);
  if (!done) give_up(set.name, done.error());
  if (to_xml(shape, set.document) != xml) give_up(set.name, {});
  print(set, "document", bytes, xml);
}

void fragment(const Set& set, std::string_view element, std::mt19937_64& chance) {
  const Shape* const shape = set.grammar->find(element);
  if (shape == nullptr) give_up(set.name, {exi::ErrorKind::not_here, 0, element});
  std::vector<std::max_align_t> storage(shape->size / sizeof(std::max_align_t) + 1);
  shape->reset(storage.data());
  Bytes bytes(exi::kMaxBytes);
  fill(*shape, storage.data(), chance);
  const std::string xml = to_xml(*shape, storage.data());
  const auto n = exi::encode_fragment(*set.grammar, *shape, storage.data(), bytes);
  if (!n) give_up(set.name, n.error());
  bytes.resize(*n);
  const auto done = exi::decode_fragment(*set.grammar, *shape, bytes, storage.data());
  if (!done) give_up(set.name, done.error());
  if (to_xml(*shape, storage.data()) != xml) give_up(set.name, {});
  print(set, "fragment", bytes, xml);
}

}  // namespace

int main(int argc, char** argv) {
  const long count = argc > 1 ? std::atol(argv[1]) : 100;  // NOLINT: a tool for tests
  std::mt19937_64 chance{argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1};
  for (long i = 0; i < count; ++i) {
    for (const Set& set : all_sets()) {
      if (set.document != nullptr) document(set, chance);
    }
    for (const auto& [set, element] : kFragments) {
      if (i % 4 == 0) fragment(*find_set(set), element, chance);
    }
  }
  return 0;
}
