#include "libs/crypto/composite.hpp"

#include <doctest/doctest.h>
#include <openssl/core_names.h>

#include <fstream>
#include <sstream>
#include <string>

using namespace bulwatt::composite;

namespace {

constexpr std::array kKinds{Kind::mldsa44_ed25519, Kind::mldsa65_p256, Kind::mldsa65_ed25519, Kind::mldsa87_p384};
constexpr std::string_view kText = "The quick brown fox jumps over the lazy dog.";
constexpr std::string_view kContext = "bulwatt context";

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }
Bytes from_hex(std::string_view text) {
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  Bytes out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<std::byte>(digit(text[i]) << 4 | digit(text[i + 1])));
  return out;
}

struct Vector {
  std::string name;
  Bytes public_key;
  Bytes private_key;
  Bytes signature;
  Bytes signature_with_context;
};
std::vector<Vector> vectors() {
  std::ifstream file{BULWATT_SOURCE_DIR "/libs/crypto/vectors/bouncy_castle.txt"};
  std::vector<Vector> out;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words{line};
    std::array<std::string, 5> word;
    for (auto& one : word) words >> one;
    out.push_back({word[0], from_hex(word[1]), from_hex(word[2]), from_hex(word[3]), from_hex(word[4])});
  }
  return out;
}

}  // namespace

TEST_CASE("what Bouncy Castle signed verifies, with and without a context, and not under another one") {
  const auto known = vectors();
  REQUIRE(known.size() == kKinds.size());
  for (const auto& one : known) {
    CAPTURE(one.name);
    const auto key = read_public(one.public_key);
    REQUIRE(key.has_value());
    CHECK(bulwatt::enum_text(key->kind) == one.name);
    CHECK(verify(*key, bytes_of(kText), {}, one.signature));
    CHECK(verify(*key, bytes_of(kText), kContext, one.signature_with_context));
    CHECK_FALSE(verify(*key, bytes_of(kText), kContext, one.signature));
    CHECK_FALSE(verify(*key, bytes_of(kText), {}, one.signature_with_context));
    CHECK_FALSE(verify(*key, bytes_of("the quick brown fox jumps over the lazy dog."), {}, one.signature));
    CHECK(*write_public(*key) == one.public_key);
  }
}

TEST_CASE("the private keys that Bouncy Castle wrote are read, have its public halves, and sign what it would accept") {
  for (const auto& one : vectors()) {
    CAPTURE(one.name);
    const auto pair = read_private(one.private_key);
    REQUIRE(pair.has_value());
    CHECK(*write_public(*pair) == one.public_key);
    const auto made = sign(*pair, bytes_of(kText), kContext);
    REQUIRE(made.has_value());
    CHECK(verify(*read_public(one.public_key), bytes_of(kText), kContext, *made));
  }
}

TEST_CASE("both halves must hold: one bit of either, a half of another pair, a half left out") {
  for (const auto kind : kKinds) {
    CAPTURE(bulwatt::enum_text(kind));
    const auto pair = generate(kind);
    REQUIRE(pair.has_value());
    const auto made = sign(*pair, bytes_of(kText));
    REQUIRE(made.has_value());
    REQUIRE(verify(*pair, bytes_of(kText), {}, *made));
    for (const auto at : {std::size_t{5}, made->size() - 5}) {
      auto changed = *made;
      changed[at] ^= std::byte{4};
      CHECK_FALSE(verify(*pair, bytes_of(kText), {}, changed));
    }
    const auto other = generate(kind);
    const auto theirs = sign(*other, bytes_of(kText));
    REQUIRE(theirs.has_value());
    const auto half = made->size() - 40;
    Bytes mixed(made->begin(), made->begin() + static_cast<std::ptrdiff_t>(half));
    CHECK_FALSE(verify(*pair, bytes_of(kText), {}, mixed));
    mixed = *made;
    std::copy_n(theirs->begin(), 2420, mixed.begin());
    CHECK_FALSE(verify(*pair, bytes_of(kText), {}, mixed));
    CHECK_FALSE(verify(*pair, bytes_of(kText), {}, {}));
  }
}

TEST_CASE("neither half is good alone: it is over the pair's own message") {
  const auto pair = generate(Kind::mldsa44_ed25519);
  const auto made = sign(*pair, bytes_of(kText));
  REQUIRE(made.has_value());
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  REQUIRE(EVP_DigestVerifyInit_ex(context, nullptr, nullptr, nullptr, nullptr, pair->classical.get(), nullptr) == 1);
  CHECK(EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(made->data()) + 2420, 64,
                         reinterpret_cast<const unsigned char*>(kText.data()), kText.size()) != 1);
  EVP_MD_CTX_free(context);
  // The same keys under another name: the ML-DSA key of one kind with the classical key of another.
  auto renamed = generate(Kind::mldsa65_p256);
  const auto signature = sign(*renamed, bytes_of(kText));
  renamed->kind = Kind::mldsa65_ed25519;
  CHECK_FALSE(verify(*renamed, bytes_of(kText), {}, *signature));
}

TEST_CASE("what is no key, is cut, has more behind it or a context that is too long is refused") {
  const auto one = vectors().front();
  for (std::size_t size = 0; size < one.public_key.size(); size += 97)
    CHECK_FALSE(read_public(std::span{one.public_key}.first(size)).has_value());
  auto longer = one.public_key;
  longer.push_back(std::byte{0});
  CHECK(read_public(longer).error() == Fault::malformed);
  CHECK(read_private(std::span{one.private_key}.first(40)).error() == Fault::malformed);
  CHECK(read_private(one.public_key).error() == Fault::malformed);
  const auto pair = generate(Kind::mldsa44_ed25519);
  CHECK(sign(*pair, bytes_of(kText), std::string(256, 'c')).error() == Fault::context_too_long);
  CHECK(sign(*pair, bytes_of(kText), std::string(255, 'c')).has_value());
  CHECK(sign(*read_public(one.public_key), bytes_of(kText)).error() == Fault::no_private_half);
}
