#include "services/vault/keys/pkcs11.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "services/vault/files.hpp"
#include "services/vault/keys/verify_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;
using namespace bulwatt::vault::keys;

namespace {

constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";
constexpr std::string_view kText = "what is signed";
const auto kContent = std::as_bytes(std::span{kText});

Bytes pin(std::string_view text) {
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

/// A token of its own, made with the token's own tool. The module reads its configuration once per process, so all tests share it.
struct Token {
  std::filesystem::path folder;
  bool good = false;
  Token() {
    std::string pattern = (std::filesystem::temp_directory_path() / "token-test-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    std::filesystem::create_directory(folder / "tokens");
    std::ofstream{folder / "softhsm2.conf"} << "directories.tokendir = " << (folder / "tokens").string()
                                            << "\nobjectstore.backend = file\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", (folder / "softhsm2.conf").c_str(), 1);
    const pid_t child = ::fork();
    if (child == 0) {
      (void)!::freopen("/dev/null", "w", stdout);
      ::execlp("softhsm2-util", "softhsm2-util", "--init-token", "--free", "--label", "station", "--pin", "8765",
               "--so-pin", "12345678", static_cast<char*>(nullptr));
      ::_exit(127);
    }
    int status = 0;
    good = ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
           ::access(kModule, R_OK) == 0;
  }
  ~Token() { std::filesystem::remove_all(folder); }
  TokenConfig config(std::string_view text = "8765") const {
    return {kModule, "station", pin(text), (folder / "pin-refused").string()};
  }
};
const Token& token() {
  static const Token made;
  return made;
}

Work work_of(Padding padding) { return {Digest::sha256, padding, kContent}; }

}  // namespace

#define NEEDS_TOKEN()                                    \
  if (!token().good) {                                   \
    MESSAGE("softhsm2 is not installed; nothing shown"); \
    return;                                              \
  }

TEST_CASE("a token makes keys that are found again and whose signatures verify with the public half alone") {
  NEEDS_TOKEN();
  for (const auto algorithm :
       {Algorithm::ecdsa_p256, Algorithm::ecdsa_p384, Algorithm::ecdsa_p521, Algorithm::rsa_2048}) {
    CAPTURE(enum_text(algorithm));
    Bytes stored;
    PublicKey public_key;
    {
      auto opened = Pkcs11::open(token().config());
      REQUIRE(opened.has_value());
      REQUIRE((*opened)->can(algorithm));
      const auto made = (*opened)->generate(algorithm, Purpose::tls_client);
      REQUIRE(made.has_value());
      stored = *made;
      public_key = (*opened)->load(algorithm, stored)->public_key;
    }
    auto again = Pkcs11::open(token().config());
    REQUIRE(again.has_value());
    const auto loaded = (*again)->load(algorithm, stored);
    REQUIRE(loaded.has_value());
    CHECK(loaded->public_key == public_key);
    const bool rsa = algorithm == Algorithm::rsa_2048;
    for (const auto padding : {Padding::none, Padding::pkcs1, Padding::pss}) {
      const auto signature = (*again)->sign(loaded->handle, work_of(padding));
      CHECK(signature.has_value() == (rsa == (padding != Padding::none)));
      if (signature) CHECK(verifies(loaded->public_key, work_of(padding), *signature));
    }
    REQUIRE((*again)->begin(loaded->handle, work_of(rsa ? Padding::pss : Padding::none)).has_value());
    CHECK((*again)->begin(loaded->handle, work_of(Padding::none)).error() == Fault::busy);
    CHECK((*again)->step()->has_value());
    CHECK_FALSE((*again)->step().has_value());
  }
}

TEST_CASE("a key that is destroyed in the token is gone, and one of another algorithm is not taken for it") {
  NEEDS_TOKEN();
  auto opened = Pkcs11::open(token().config());
  REQUIRE(opened.has_value());
  const auto stored = (*opened)->generate(Algorithm::ecdsa_p256, Purpose::tls_client);
  REQUIRE(stored.has_value());
  CHECK_FALSE((*opened)->load(Algorithm::ecdsa_p384, *stored).has_value());
  CHECK_FALSE((*opened)->load(Algorithm::rsa_2048, *stored).has_value());
  CHECK((*opened)->load(Algorithm::ecdsa_p256, std::span{*stored}.first(4)).error() == Fault::damaged);
  REQUIRE((*opened)->destroy(*stored).has_value());
  CHECK((*opened)->load(Algorithm::ecdsa_p256, *stored).error() == Fault::damaged);
  CHECK((*opened)->generate(Algorithm::ml_dsa_65, Purpose::tls_client).error() == Fault::not_capable);
  CHECK((*opened)->generate(Algorithm::ecdsa_p256, Purpose::attestation).error() == Fault::not_capable);
}

TEST_CASE("a wrong PIN is tried once and never again, so that starting over and over locks no token") {
  NEEDS_TOKEN();
  const auto wrong = token().config("0000");
  CHECK(Pkcs11::open(wrong).error() == Fault::wrong_auth);
  REQUIRE(file_exists(wrong.refused_file));
  const auto kept = *read_file(wrong.refused_file);
  CHECK(std::ranges::search(kept, wrong.pin).empty());
  const auto before = std::filesystem::last_write_time(wrong.refused_file);
  for (int i = 0; i < 20; ++i) CHECK(Pkcs11::open(wrong).error() == Fault::wrong_auth);
  CHECK(std::filesystem::last_write_time(wrong.refused_file) == before);  // it was not asked again
  CHECK(Pkcs11::open(token().config()).has_value());
}

TEST_CASE("a module or token that is not there is said") {
  NEEDS_TOKEN();
  auto config = token().config();
  config.label = "elsewhere";
  CHECK(Pkcs11::open(config).error() == Fault::unreachable);
  config.module = "/nowhere/module.so";
  CHECK(Pkcs11::open(config).error() == Fault::library);
  config.module = "libc.so.6";  // a library, but no module
  CHECK(Pkcs11::open(config).error() == Fault::library);
}
