#include "services/vault/profiles.hpp"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdlib>
#include <filesystem>

#include "libs/tls/openssl.hpp"
#include "services/vault/folder_for_tests.hpp"
#include "services/vault/trial.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;

namespace {

constexpr Instant kNow{std::chrono::hours{1}};
constexpr Duration kProbation = std::chrono::minutes{5};

struct Told final : TrustRecorder {
  std::vector<std::string> words;
  void trust_changed(std::string_view what, std::string_view detail, bool) override {
    words.push_back(std::string{what} + " " + std::string{detail});
  }
  bool says(std::string_view word) const { return !words.empty() && words.back().starts_with(word); }
};

std::string registry(std::uint32_t number, std::string_view group) {
  return R"({"number":)" + std::to_string(number) +
         R"(,"name":"n","links":[{"link":"csms","versions":[{"name":"TLSv1.3","state":"active"}],"groups":[{"name":")" +
         std::string{group} +
         R"(","state":"active"}],"signatures":[{"name":"mldsa65","state":"active"}],"suites":[{"name":"TLS_AES_256_GCM_SHA384","state":"active"}]}]})";
}

struct Rig {
  TemporaryFolder temporary;
  const std::string& folder = temporary.path;
  Told told;
  tls::KeyPtr authority{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
  std::optional<Profiles> profiles;
  Rig() {
    const tls::BioPtr out{BIO_new(BIO_s_mem())};
    PEM_write_bio_PUBKEY(out.get(), authority.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    put("profile-authority.pem", {data, static_cast<std::size_t>(size)});
    restart();
  }
  void restart(Instant now = kNow, bool needs_trial = false) {
    profiles.emplace(folder, told, kProbation, needs_trial);
    profiles->open(now);
  }
  void put(const std::string& name, std::string_view text) const {
    REQUIRE(write_file(folder + "/" + name, std::as_bytes(std::span{text})) == 0);
  }
  void hand_in(const std::string& text, bool forged = false) const {
    const auto content = std::string{tls::kProfileContext} + text + (forged ? "x" : "");
    std::array<unsigned char, 64> signature{};
    std::size_t size = signature.size();
    EVP_MD_CTX* made = EVP_MD_CTX_new();
    REQUIRE(EVP_DigestSignInit_ex(made, nullptr, nullptr, nullptr, nullptr, authority.get(), nullptr) == 1);
    REQUIRE(EVP_DigestSign(made, signature.data(), &size, reinterpret_cast<const unsigned char*>(content.data()),
                           content.size()) == 1);
    EVP_MD_CTX_free(made);
    std::array<unsigned char, 100> line{};
    const int length = EVP_EncodeBlock(line.data(), signature.data(), static_cast<int>(size));
    put("profile.new.json", text);
    put("profile.new.sig", {reinterpret_cast<char*>(line.data()), static_cast<std::size_t>(length)});
  }
  std::string group() const {
    const auto given = profiles->get({tls::LinkUse::csms});
    return given.profile ? std::string{given.profile->groups[0].name.view()} : std::string{};
  }
};

}  // namespace

TEST_CASE("without a profile there is none, and a link that it does not name has none") {
  Rig rig;
  CHECK_FALSE(rig.profiles->tend(kNow));
  CHECK(rig.profiles->get({tls::LinkUse::csms}).number == 0);
  rig.hand_in(registry(1, "X25519MLKEM768"));
  CHECK(rig.profiles->tend(kNow));
  CHECK(rig.profiles->get({tls::LinkUse::vehicle}).number == 1);
  CHECK_FALSE(rig.profiles->get({tls::LinkUse::vehicle}).profile.has_value());
}

TEST_CASE("a profile that works is kept, and an older or the same one does not come in again") {
  Rig rig;
  rig.hand_in(registry(3, "X25519MLKEM768"));
  REQUIRE(rig.profiles->tend(kNow));
  CHECK(rig.profiles->on_probation());
  rig.profiles->confirm(2);  // a connection that was under way
  CHECK(rig.profiles->on_probation());
  rig.profiles->confirm(3);
  CHECK(rig.told.says("ProfileProven number=3"));
  rig.restart();
  CHECK_FALSE(rig.profiles->on_probation());
  CHECK(rig.group() == "X25519MLKEM768");
  CHECK_FALSE(rig.profiles->tend(kNow + kProbation));
  for (const std::uint32_t number : {2U, 3U}) {
    rig.hand_in(registry(number, "SecP384r1MLKEM1024"));
    CHECK_FALSE(rig.profiles->tend(kNow));
    CHECK(rig.told.says("ProfileRefused not_newer"));
    CHECK_FALSE(file_exists(rig.folder + "/profile.new.json"));
  }
  CHECK(rig.group() == "X25519MLKEM768");
}

TEST_CASE("a profile under which nothing connects goes by itself, back to what was before") {
  Rig rig;
  rig.hand_in(registry(1, "X25519MLKEM768"));
  REQUIRE(rig.profiles->tend(kNow));
  rig.profiles->confirm(1);
  rig.hand_in(registry(2, "SecP384r1MLKEM1024"));
  REQUIRE(rig.profiles->tend(kNow));
  CHECK(rig.group() == "SecP384r1MLKEM1024");
  CHECK_FALSE(rig.profiles->tend(kNow + kProbation - std::chrono::seconds{1}));
  rig.restart(kNow + kProbation);  // a restart begins the time anew, and forgets nothing
  CHECK_FALSE(rig.profiles->tend(kNow + kProbation));
  CHECK(rig.profiles->tend(kNow + 2 * kProbation));
  CHECK(rig.group() == "X25519MLKEM768");
  CHECK(rig.told.says("ProfileFellBack number=2 to=1"));
  rig.hand_in(registry(2, "SecP384r1MLKEM1024"));
  CHECK_FALSE(rig.profiles->tend(kNow));
  rig.restart();
  CHECK(rig.group() == "X25519MLKEM768");
  CHECK_FALSE(rig.profiles->on_probation());
}

TEST_CASE("the first profile falls back to none, and a second one on probation to what was proven") {
  Rig rig;
  rig.hand_in(registry(1, "SecP384r1MLKEM1024"));
  REQUIRE(rig.profiles->tend(kNow));
  rig.hand_in(registry(2, "X25519MLKEM768"));
  REQUIRE(rig.profiles->tend(kNow));
  CHECK(rig.group() == "X25519MLKEM768");
  CHECK(rig.profiles->tend(kNow + kProbation));
  CHECK(rig.group().empty());
  CHECK(rig.profiles->number() == 0);
  CHECK_FALSE(file_exists(rig.folder + "/profile.json"));
}

TEST_CASE("what nobody signed, or nobody may sign, changes nothing") {
  Rig rig;
  rig.hand_in(registry(1, "X25519MLKEM768"), true);
  CHECK_FALSE(rig.profiles->tend(kNow));
  CHECK(rig.told.says("ProfileRefused bad_signature"));
  remove_file(rig.folder + "/profile-authority.pem");
  rig.hand_in(registry(1, "X25519MLKEM768"));
  CHECK_FALSE(rig.profiles->tend(kNow));
  CHECK(rig.told.says("ProfileRefused bad_authority"));
}

TEST_CASE("a profile in use that was changed is not used, and said") {
  Rig rig;
  rig.hand_in(registry(1, "X25519MLKEM768"));
  REQUIRE(rig.profiles->tend(kNow));
  rig.put("profile.json", registry(1, "SecP384r1MLKEM1024"));
  rig.restart();
  CHECK(rig.group().empty());
  CHECK(rig.told.says("ProfileUnusable bad_signature"));
}

TEST_CASE("what a trial found is told once, and where a trial is needed nothing else comes in") {
  Rig rig;
  rig.restart(kNow, true);
  const auto text = registry(1, "X25519MLKEM768");
  rig.hand_in(text);
  CHECK_FALSE(rig.profiles->tend(kNow));
  CHECK(rig.told.says("ProfileRefused it passed no trial"));
  const auto bring = [&](bool passed, std::string_view of) {
    const TrialResult result{1, digest_of(std::as_bytes(std::span{of})), passed, "localhost X25519MLKEM768",
                             passed ? "" : "handshake: nobody"};
    const auto bytes = trial_text(result);
    rig.put("profile.trial.json", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    CHECK_FALSE(rig.profiles->tend(kNow));
    CHECK_FALSE(file_exists(rig.folder + "/profile.trial.json"));
  };
  bring(false, text);
  CHECK(rig.told.says("ProfileTrialFailed number=1 failed=handshake: nobody"));
  bring(true, "another one");
  CHECK(rig.told.says("ProfileTrialPassed number=1 endpoint=localhost"));
  rig.hand_in(text);
  CHECK_FALSE(rig.profiles->tend(kNow));
  bring(true, text);
  rig.hand_in(text);
  CHECK(rig.profiles->tend(kNow));
  CHECK(rig.group() == "X25519MLKEM768");
  CHECK(rig.told.words.size() == 6);
}
