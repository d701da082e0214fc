#include "services/vault/keys/software.hpp"

#include <doctest/doctest.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "services/vault/keys/verify_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;
using namespace bulwatt::vault::keys;

namespace {
constexpr Identity kLink{"link", Purpose::tls_client, Algorithm::ecdsa_p256};
constexpr std::string_view kText = "what is signed";
const auto kContent = std::as_bytes(std::span{kText});
}  // namespace

TEST_CASE("software keys of every algorithm are made, stored, loaded and sign") {
  for (std::size_t i = 0; i < enum_names(Algorithm{}).size(); ++i) {
    const auto algorithm = static_cast<Algorithm>(i);
    CAPTURE(enum_text(algorithm));
    const auto family = facts_of(algorithm).family;
    Software software;
    const auto stored = software.generate(algorithm, Purpose::tls_client);
    REQUIRE(stored.has_value());
    const auto loaded = software.load(algorithm, *stored);
    REQUIRE(loaded.has_value());
    const Digest digest = family == Family::pure ? Digest::none : Digest::sha384;
    for (const auto padding : {Padding::none, Padding::pkcs1, Padding::pss}) {
      const Work work{digest, padding, kContent};
      const auto signature = software.sign(loaded->handle, work);
      CHECK(signature.has_value() == ((family == Family::rsa) == (padding != Padding::none)));
      if (signature) CHECK(verifies(loaded->public_key, work, *signature));
    }
  }
}

TEST_CASE("a stored key is not taken for one of another algorithm") {
  Software software;
  const auto stored = software.generate(Algorithm::ecdsa_p256, Purpose::tls_client);
  REQUIRE(stored.has_value());
  for (const auto other : {Algorithm::ecdsa_p384, Algorithm::rsa_2048, Algorithm::ed25519, Algorithm::ml_dsa_44}) {
    CHECK(software.load(other, *stored).error() == Fault::damaged);
  }
  CHECK(software.load(Algorithm::ecdsa_p256, std::span{*stored}.first(20)).error() == Fault::damaged);
}

TEST_CASE("software attests nothing") {
  CHECK(Software{}.generate(Algorithm::ecdsa_p256, Purpose::attestation).error() == Fault::not_capable);
}

TEST_CASE("one signature in the background at a time") {
  Software software;
  const auto loaded = software.load(Algorithm::ed25519, *software.generate(Algorithm::ed25519, Purpose::tls_client));
  REQUIRE(loaded.has_value());
  const Work work{Digest::none, Padding::none, kContent};
  CHECK_FALSE(software.step().has_value());
  REQUIRE(software.begin(loaded->handle, work).has_value());
  CHECK(software.begin(loaded->handle, work).error() == Fault::busy);
  const auto done = software.step();
  REQUIRE(done.has_value());
  REQUIRE(done->has_value());
  CHECK(verifies(loaded->public_key, work, **done));
  CHECK(software.sign(77, work).error() == Fault::refused);
}

TEST_CASE("a sealed file opens only as the key it is") {
  Secret secret{};
  secret[0] = std::byte{7};
  Software software;
  const auto stored = *software.generate(Algorithm::ecdsa_p256, Purpose::tls_client);
  auto file = *seal(secret, kLink, Kind::software, stored);
  const auto opened = unseal(secret, kLink, file);
  REQUIRE(opened.has_value());
  CHECK(std::ranges::equal(opened->bytes, stored));
  CHECK(unseal(secret, {"link", Purpose::tls_server, Algorithm::ecdsa_p256}, file).error() == SealError::damaged);
  CHECK(unseal(secret, {"knil", Purpose::tls_client, Algorithm::ecdsa_p256}, file).error() == SealError::damaged);
  Secret other{};
  CHECK(unseal(other, kLink, file).error() == SealError::damaged);
  for (std::size_t i = 0; i < file.size(); ++i) {
    file[i] ^= std::byte{0x40};
    CHECK_FALSE(unseal(secret, kLink, file).has_value());
    file[i] ^= std::byte{0x40};
  }
  for (std::size_t n = 0; n < file.size(); ++n)
    CHECK_FALSE(unseal(secret, kLink, std::span{file}.first(n)).has_value());
  CHECK(seal(secret, kLink, Kind::software, std::vector<std::byte>(17'000)).error() == SealError::too_big);
}

TEST_CASE("a sealed file says in which backend the key lies") {
  const Secret secret{};
  const std::vector<std::byte> stored(10);
  for (const auto kind : {Kind::software, Kind::tpm, Kind::pkcs11}) {
    const auto opened = unseal(secret, kLink, *seal(secret, kLink, kind, stored));
    REQUIRE(opened.has_value());
    CHECK(opened->kind == kind);
  }
}
