#include "libs/tls/certificate.hpp"

#include <doctest/doctest.h>

#include <string>

#include "libs/tls/test_certificates.hpp"

using namespace bulwatt;
using namespace bulwatt::tls;

TEST_CASE("a certificate is for the hosts it names, as alternative name or as common name") {
  struct Case {
    std::string common_name;
    std::vector<std::string> alternatives;
    std::string host;
    bool wildcards;
    bool matches;
  };
  //=test OCPP-2.0.1 A00.FR.309
  const Case cases[] = {
      {"csms.example", {}, "csms.example", false, true},
      {"csms.example", {}, "CSMS.Example", false, true},
      {"csms.example", {"DNS:other.example"}, "csms.example", false, true},  // OCPP: the common name counts as well
      {"other.example", {"DNS:csms.example"}, "csms.example", false, true},
      {"other.example", {"DNS:other.example"}, "csms.example", false, false},
      {"csms.example", {}, "csms.example.evil", false, false},
      {"csms.example", {}, "sms.example", false, false},
      {"*.example.org", {}, "csms.example.org", false, false},
      {"*.example.org", {}, "csms.example.org", true, true},
      {"x", {"DNS:*.example.org"}, "csms.example.org", true, true},
      {"x", {"DNS:*.example.org"}, "a.csms.example.org", true, false},
      {"x", {"DNS:c*.example.org"}, "csms.example.org", true, false},
      {"x", {"DNS:*.org"}, "example.org", true, false},
      {"127.0.0.1", {}, "127.0.0.1", false, false},  // an address counts only as an alternative name
      {"x", {"IP:127.0.0.1"}, "127.0.0.1", false, true},
      {"x", {"DNS:127.0.0.1"}, "127.0.0.1", false, false},
      {"x", {"IP:::1"}, "::1", false, true},
      {"csms.example", {}, "", false, false},
      {"csms.example", {}, std::string{"csms.example\0.evil", 18}, false, false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.common_name);
    CAPTURE(c.host);
    const auto made = testing::make({.common_name = c.common_name, .alternatives = c.alternatives});
    CHECK(matches_host(*made.certificate, c.host, {c.wildcards}) == c.matches);
  }
}

TEST_CASE("reads the certificates of a PEM text in order and refuses anything else") {
  const auto a = testing::make({.common_name = "a"});
  const auto b = testing::make({.common_name = "b"});
  const auto parse = [](std::string_view pem) {
    return parse_certificates(pem, Reason::bad_certificate, nullptr, nullptr);
  };
  const auto both = parse("text before\n" + a.certificate_pem + b.certificate_pem);
  REQUIRE(both.has_value());
  REQUIRE(both->size() == 2);
  CHECK(common_name(*both->front()).view() == "a");
  CHECK(common_name(*both->back()).view() == "b");
  CHECK(fingerprint(*both->front()) == fingerprint(*a.certificate));
  CHECK(fingerprint(*both->front()) != fingerprint(*b.certificate));

  std::string broken = a.certificate_pem;
  broken[broken.size() / 2] = '!';
  std::string many;
  for (std::size_t i = 0; i <= kCertificatesLimit; ++i) many += a.certificate_pem;
  for (const auto& bad : {std::string{}, std::string{"nonsense"}, broken, a.certificate_pem + broken, many,
                          std::string(kPemLimit + 1, 'x'), a.certificate_pem.substr(0, 200)}) {
    CHECK(parse(bad).error().reason == Reason::bad_certificate);
  }
}

TEST_CASE("reads a private key and refuses what is none, without asking for a passphrase") {
  const auto made = testing::make({});
  const auto key = parse_private_key(made.key_pem, nullptr, nullptr);
  REQUIRE(key.has_value());
  CHECK(EVP_PKEY_eq(key->get(), made.key.get()) == 1);
  const BioPtr bio{BIO_new(BIO_s_mem())};
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(bio.get(), made.key.get(), EVP_aes_128_cbc(), "secret", 6, nullptr, nullptr) ==
          1);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  const std::string encrypted{data, static_cast<std::size_t>(size)};
  for (const auto& bad : {std::string{}, made.certificate_pem, encrypted, std::string(kPemLimit + 1, 'x')})
    CHECK(parse_private_key(bad, nullptr, nullptr).error().reason == Reason::bad_key);
}
