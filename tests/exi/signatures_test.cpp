// Signed messages of ../shared/data/exi/signatures-dev.txt: the element's fragment, its digest, SignedInfo as a fragment of
// the signature schema alone, and the signature over that, verified with OpenSSL.
#include <doctest/doctest.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "protocols/iso15118_2/codec.hpp"
#include "protocols/iso15118_20/common_codec.hpp"
#include "protocols/xmldsig/xmldsig.hpp"
#include "tests/exi/data.hpp"

using namespace bulwatt;
using namespace bulwatt::exi_test;

namespace {

struct Case {
  std::string id, set, message, public_xy, signed_info, signature, digest, fragment;
  bool stale = false;  ///< the signature belongs to an earlier message
};

std::string behind(const std::string& line, std::string_view key) {
  const std::size_t at = line.find(key);
  return at == std::string::npos ? "" : line.substr(at + key.size());
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  std::ifstream file{data_folder() / "signatures-dev.txt"};
  for (std::string line; std::getline(file, line);) {
    std::istringstream words{line};
    std::string word;
    words >> word;
    if (word == "##") {
      Case& c = cases.emplace_back();
      words >> c.id >> c.set >> c.message;
    }
    if (cases.empty()) continue;
    Case& c = cases.back();
    if (line.starts_with("public-xy")) c.public_xy = behind(line, ": ");
    if (line.starts_with("signedinfo-fragment")) c.signed_info = behind(line, ": ");
    if (line.starts_with("signature(")) c.signature = behind(line, ": ");
    if (line.starts_with("  fragment")) c.fragment = behind(line, ": ");
    if (word != "reference") continue;
    words >> word >> word >> c.digest >> word;
    c.stale = word == "stale";
  }
  return cases;
}

Bytes document_of(const std::string& id) {
  std::ifstream file{data_folder() / "dev.jsonl"};
  for (std::string line; std::getline(file, line);) {
    const auto row = nlohmann::json::parse(line);
    if (row["id"] == id) return from_hex(row["hex"].get<std::string>());
  }
  return {};
}

Bytes sha256(const Bytes& bytes) {
  Bytes digest(32);
  REQUIRE(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(),
                     nullptr) == 1);
  return digest;
}

std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> p256_key(const std::string& xy) {
  Bytes point = from_hex("04" + xy);
  std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>("prime256v1"), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context{
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), &EVP_PKEY_CTX_free};
  REQUIRE(EVP_PKEY_fromdata_init(context.get()) == 1);
  REQUIRE(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.data()) == 1);
  return {key, &EVP_PKEY_free};
}

/// `raw` is r and s, 32 bytes each.
bool verifies(EVP_PKEY* key, const Bytes& message, const Bytes& raw) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(raw.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature{ECDSA_SIG_new(), &ECDSA_SIG_free};
  REQUIRE(ECDSA_SIG_set0(signature.get(), BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr)) == 1);
  std::array<unsigned char, 80> der{};
  unsigned char* end = der.data();
  const int size = i2d_ECDSA_SIG(signature.get(), &end);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  REQUIRE(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1);
  return EVP_DigestVerify(context.get(), der.data(), static_cast<std::size_t>(size),
                          reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
}

template <class T>
Bytes fragment(const exi::Grammar& grammar, const T& value) {
  Bytes out(8192);
  const auto n = exi::encode_fragment(grammar, value, out);
  REQUIRE(n.has_value());
  out.resize(*n);
  return out;
}

/// The element as it was digested, through our types and back.
Bytes element_again(const Case& c) {
  const exi::Grammar& grammar = c.set == "iso2" ? iso2::grammar() : iso20::common_grammar();
  const Shape* const shape = grammar.find(
      std::string_view{c.message == "AuthorizationReq" && c.set == "cm" ? "PnC_AReqAuthorizationMode" : c.message});
  REQUIRE(shape != nullptr);
  std::vector<std::max_align_t> storage(shape->size / sizeof(std::max_align_t) + 1);
  shape->reset(storage.data());
  Bytes out(8192);
  REQUIRE(exi::decode_fragment(grammar, *shape, from_hex(c.fragment), storage.data()).has_value());
  const auto n = exi::encode_fragment(grammar, *shape, storage.data(), out);
  REQUIRE(n.has_value());
  out.resize(*n);
  return out;
}

void check_value(const Case& c, const Bytes& signed_info) {
  const auto key = p256_key(c.public_xy);
  const Bytes value = from_hex(c.signature);
  CHECK(verifies(key.get(), signed_info, value));
  for (std::size_t bit = 0; bit < signed_info.size() * 8; bit += 97) {
    Bytes forged = signed_info;
    forged[bit / 8] ^= std::byte{1} << (bit % 8);
    CHECK_FALSE(verifies(key.get(), forged, value));
  }
  Bytes forged = value;
  forged[20] ^= std::byte{1};
  CHECK_FALSE(verifies(key.get(), signed_info, forged));
}

// The whole message, where the vectors have it: what its header and body give are these very bytes.
void check_document(const Case& c, const Bytes& document) {
  const auto message = std::make_unique<iso20::CommonMessage>();
  REQUIRE(iso20::decode(document, *message).has_value());
  const auto* const req = std::get_if<iso20::AuthorizationReq>(message.get());
  REQUIRE(req != nullptr);
  const auto* const mode = std::get_if<iso20::PncAReqAuthorizationMode>(&req->authorization_mode);
  REQUIRE((mode != nullptr && req->header.signature.has_value()));
  CHECK(to_hex(fragment(iso20::common_grammar(), *mode)) == c.fragment);
  CHECK(to_hex(fragment(xmldsig::grammar(), req->header.signature->signed_info)) == c.signed_info);
  const auto value = req->header.signature->signature_value.value.view();
  CHECK(to_hex({value.begin(), value.end()}) == c.signature);
}

void check_case(const Case& c) {
  xmldsig::SignedInfo info;
  REQUIRE(exi::decode_fragment(xmldsig::grammar(), shape_of<xmldsig::SignedInfo>(), from_hex(c.signed_info), &info)
              .has_value());
  const Bytes signed_info = fragment(xmldsig::grammar(), info);
  CHECK(to_hex(signed_info) == c.signed_info);
  const auto digest = info.reference[0].digest_value.view();
  CHECK(to_hex({digest.begin(), digest.end()}) == c.digest);
  check_value(c, signed_info);
  if (!c.stale) {
    const Bytes element = element_again(c);
    CHECK(to_hex(element) == c.fragment);
    CHECK(to_hex(sha256(element)) == c.digest);
  }
  const Bytes document = document_of(c.id);
  if (!document.empty()) check_document(c, document);
}

}  // namespace

TEST_CASE("signatures of the field verify over our fragments, and one flipped bit breaks them") {
  const auto cases = all_cases();
  if (cases.empty()) {
    MESSAGE("no signed messages here (BULWATT_SHARED_DATA, ../shared/data); nothing verified");
    return;
  }
  for (const Case& c : cases) {
    CAPTURE(c.id);
    check_case(c);
  }
  MESSAGE(cases.size(), " signatures verified");
}
