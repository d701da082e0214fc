#include "protocols/contract/contract.hpp"

#include <doctest/doctest.h>
#include <openssl/ec.h>

#include <algorithm>

using namespace bulwatt;
using namespace bulwatt::contract;

namespace {

KeyPtr new_key(const char* group = "P-256") { return KeyPtr{EVP_EC_gen(group)}; }

Octets<65> point_of(EVP_PKEY* key) {
  Octets<65> out{};
  std::size_t size = 0;
  EVP_PKEY_get_octet_string_param(key, "pub", reinterpret_cast<unsigned char*>(out.data.data()), out.data.size(),
                                  &size);
  out.size = static_cast<std::uint16_t>(size);
  return out;
}

constexpr std::array kElement{std::byte{0x80}, std::byte{1}, std::byte{2}};

}  // namespace

TEST_CASE("a signature holds for the element, the Id and the key it was made for, and for nothing else") {
  const auto key = new_key();
  const auto point = point_of(key.get());
  const auto made = sign("id1", kElement, key.get());
  REQUIRE(made.has_value());
  CHECK(verifies(*made, "id1", kElement, point));
  CHECK_FALSE(verifies(*made, "id2", kElement, point));
  CHECK_FALSE(verifies(*made, "id", kElement, point));
  CHECK_FALSE(verifies(*made, "id1", std::span{kElement}.first(2), point));
  CHECK_FALSE(verifies(*made, "id1", kElement, point_of(new_key().get())));
  CHECK_FALSE(verifies(*made, "id1", kElement, {}));
}

TEST_CASE("wrapped, stripped, foreign and impossible signatures are refused") {
  const auto key = new_key();
  const auto point = point_of(key.get());
  const auto good = *sign("id1", kElement, key.get());
  const auto refused = [&](auto spoil) {
    auto copy = good;
    spoil(copy);
    return !verifies(copy, "id1", kElement, point);
  };
  CHECK(refused([](auto& s) { s.signed_info.reference.clear(); }));
  CHECK(refused([](auto& s) { static_cast<void>(s.signed_info.reference.push_back(s.signed_info.reference[0])); }));
  CHECK(refused([](auto& s) { s.signed_info.reference[0].uri.reset(); }));
  CHECK(refused([](auto& s) { s.signed_info.reference[0].uri = "id1"; }));
  CHECK(refused([](auto& s) { s.signed_info.reference[0].digest_value.size = 0; }));
  CHECK(refused([](auto& s) { s.signed_info.reference[0].digest_value.data[0] ^= std::byte{1}; }));
  CHECK(refused(
      [](auto& s) { s.signed_info.reference[0].digest_method.algorithm = "http://www.w3.org/2000/09/xmldsig#sha1"; }));
  CHECK(refused([](auto& s) {
    s.signed_info.reference[0].transforms->transform[0].algorithm = "http://www.w3.org/TR/1999/REC-xpath-19991116";
  }));
  CHECK(refused(
      [](auto& s) { s.signed_info.signature_method.algorithm = "http://www.w3.org/2000/09/xmldsig#hmac-sha1"; }));
  CHECK(refused([](auto& s) {
    s.signed_info.canonicalization_method.algorithm = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
  }));
  CHECK(refused([](auto& s) { s.signature_value.value.size = 63; }));
  CHECK(refused([](auto& s) { std::fill_n(s.signature_value.value.data.begin(), 32, std::byte{0}); }));
  CHECK(refused([](auto& s) { std::fill_n(s.signature_value.value.data.begin() + 32, 32, std::byte{0}); }));
  CHECK(refused([](auto& s) { std::fill_n(s.signature_value.value.data.begin(), 64, std::byte{0xff}); }));
  // As DER, which others have sent.
  CHECK(refused([](auto& s) { s.signature_value.value.size = 71; }));
  for (std::size_t bit = 0; bit < 64 * 8; bit += 37)
    CHECK(refused([&](auto& s) { s.signature_value.value.data[bit / 8] ^= std::byte{1} << (bit % 8); }));
}

TEST_CASE("what was signed is what is read, and a key of another curve makes no signature") {
  const auto key = new_key();
  CHECK_FALSE(sign("id1", kElement, new_key("P-521").get()).has_value());
  auto made = *sign("id1", kElement, key.get());
  made.signed_info.reference[0].transforms.reset();  // another SignedInfo than was signed
  CHECK_FALSE(verifies(made, "id1", kElement, point_of(key.get())));
}

TEST_CASE("an eMAID is the same with hyphens and small letters") {
  CHECK(canonical("DE-8AA-TESTA0001-2").view() == "DE8AATESTA00012");
  CHECK(canonical("de8aatesta0001").view() == "DE8AATESTA0001");
  CHECK(canonical("DE8AATESTA000123").empty());
  CHECK(canonical("DE8AATESTA000").empty());
  CHECK(canonical("DE8AATESTA0001!").empty());
}

TEST_CASE("nobody is trusted before there are roots, and what is no certificate is none") {
  Judge judge;
  CHECK_FALSE(judge.any());
  CHECK_FALSE(judge.trust(""));
  CHECK_FALSE(judge.trust("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  CHECK_FALSE(judge.any());
  CHECK(judge.read({}, {}).error() == secc::ContractFault::malformed);
}
