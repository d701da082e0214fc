#include "libs/merkle/witness.hpp"

#include <doctest/doctest.h>

#include <string>

#include "libs/merkle/naive_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::merkle;

namespace {

using Outcome = WitnessClient::Outcome;
constexpr std::string_view kOrigin = "bulwatt.invalid/station/1";

Leaves leaves_of(std::size_t count, std::size_t changed = SIZE_MAX) {
  Leaves out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = std::to_string(i == changed ? i + 1'000'000 : i);
    out.push_back(leaf_hash(std::as_bytes(std::span{value})));
  }
  return out;
}

/// A log and the one who witnesses it, as a shell keeps them.
struct Rig {
  SoftwareKey log = *SoftwareKey::make(KeyType::ed25519, kOrigin);
  SoftwareKey cosigner = *SoftwareKey::make(KeyType::ml_dsa_44_cosignature, "witness.invalid/w1");
  std::vector<VerifierKey> log_keys{log.verifier()};
  std::vector<VerifierKey> witness_keys{cosigner.verifier()};
  std::optional<Checkpoint> latest{};
  Witnessed found{};

  std::string note(const Leaves& leaves) const {
    const Checkpoint checkpoint{kOrigin, leaves.size(), naive_root(leaves)};
    return write_checkpoint(checkpoint) + "\n" + log.line(checkpoint);
  }
  /// What the witness says to a request.
  Outcome ask(WitnessClient& client, const std::string& note, const Leaves& leaves) {
    LeafSource source{leaves};
    const auto body = client.request(note, source);
    REQUIRE(body);
    const auto judged = judge(*body, log_keys, latest);
    found = judged.found;
    if (judged.found == Witnessed::good) {
      latest = judged.checkpoint;
      return client.take(200, "", cosigner.line(judged.checkpoint, 1'767'225'600));
    }
    const auto status = status_of(judged.found);
    return client.take(status, status == 409 ? kSizeType : "text/plain",
                       std::to_string(latest ? latest->size : 0) + "\n");
  }
  Outcome tell(WitnessClient& client, const Leaves& leaves) {
    const auto text = note(leaves);
    auto outcome = ask(client, text, leaves);
    if (outcome == Outcome::again) outcome = ask(client, text, leaves);
    if (outcome == Outcome::cosigned) {
      const auto whole = text + client.lines();
      const auto cosigned = parse_note(whole);
      CHECK(cosigned);
      CHECK(check_signature(*cosigned, cosigner.verifier()).verdict == Verdict::good);
      CHECK(check_signature(*cosigned, log.verifier()).verdict == Verdict::good);
    }
    return outcome;
  }
};

}  // namespace

TEST_CASE("a log that grows is cosigned at every size, by proofs from what was cosigned before") {
  Rig r;
  WitnessClient client{r.witness_keys};
  for (const std::size_t size : {1UL, 2UL, 3UL, 7UL, 8UL, 9UL, 64UL, 100UL, 100UL, 257UL}) {
    CAPTURE(size);
    CHECK(r.tell(client, leaves_of(size)) == Outcome::cosigned);
    CHECK(client.size() == size);
  }
}

TEST_CASE("a log that has forgotten how far it was is told, and goes on from there") {
  Rig r;
  WitnessClient before{r.witness_keys};
  CHECK(r.tell(before, leaves_of(50)) == Outcome::cosigned);
  WitnessClient after{r.witness_keys};
  const auto leaves = leaves_of(60);
  const auto note = r.note(leaves);
  CHECK(r.ask(after, note, leaves) == Outcome::again);
  CHECK(r.found == Witnessed::other_size);
  CHECK(r.ask(after, note, leaves) == Outcome::cosigned);
}

TEST_CASE("an older picture of the log is found by both sides") {
  Rig r;
  WitnessClient client{r.witness_keys};
  CHECK(r.tell(client, leaves_of(50)) == Outcome::cosigned);
  WitnessClient older{r.witness_keys};
  CHECK(r.tell(older, leaves_of(40)) == Outcome::ahead);
  CHECK(r.found == Witnessed::older);
  CHECK(r.latest->size == 50);
}

TEST_CASE("a fork is found: as many entries and others, or more that do not continue what was cosigned") {
  Rig r;
  WitnessClient client{r.witness_keys};
  CHECK(r.tell(client, leaves_of(50)) == Outcome::cosigned);
  WitnessClient fork = client;
  CHECK(r.tell(fork, leaves_of(50, 20)) == Outcome::refused);
  CHECK(r.found == Witnessed::forked);
  CHECK(r.tell(fork, leaves_of(80, 20)) == Outcome::refused);
  CHECK(r.found == Witnessed::not_consistent);
  CHECK(r.latest->root == naive_root(leaves_of(50)));
  CHECK(r.tell(client, leaves_of(80)) == Outcome::cosigned);
}

TEST_CASE("what no key of the log has signed is not looked at further, and a spoilt signature spoils all") {
  Rig r;
  const auto leaves = leaves_of(5);
  const auto stranger = *SoftwareKey::make(KeyType::ed25519, kOrigin);
  const Checkpoint checkpoint{kOrigin, 5, naive_root(leaves)};
  const auto body = [&](const std::string& lines) { return "old 0\n\n" + write_checkpoint(checkpoint) + "\n" + lines; };
  CHECK(judge(body(r.log.line(checkpoint)), r.log_keys, {}).found == Witnessed::good);
  CHECK(judge(body(stranger.line(checkpoint) + r.log.line(checkpoint)), r.log_keys, {}).found == Witnessed::good);
  CHECK(judge(body(stranger.line(checkpoint)), r.log_keys, {}).found == Witnessed::not_signed);
  auto other = checkpoint;
  other.size = 6;
  CHECK(judge(body(r.log.line(other)), r.log_keys, {}).found == Witnessed::not_signed);
  CHECK(origin_in(body(r.log.line(checkpoint)))->view() == kOrigin);
  CHECK(status_of(Witnessed::not_signed) == 403);
}

TEST_CASE("a request has one spelling") {
  Rig r;
  const auto note = r.note(leaves_of(3));
  AddCheckpoint request;
  request.old_size = 2;
  request.note = note;
  CHECK(request.hashes.push_back(leaf_hash({})));
  const auto text = write_add_checkpoint(request);
  const auto back = parse_add_checkpoint(text);
  REQUIRE(back);
  CHECK(write_add_checkpoint(*back) == text);
  for (const std::string_view bad :
       {"", "old", "old 2", "old 02\n\n", "old -1\n\n", "old 2 \n\n", "new 2\n\n", "old 2\nAAAA\n\n", "old 2\n"})
    CHECK_FALSE(parse_add_checkpoint(bad));
  std::string many = "old 2\n";
  for (int i = 0; i < 64; ++i) many += write_hash(leaf_hash({})) + "\n";
  CHECK_FALSE(parse_add_checkpoint(many + "\n" + note));
  CHECK(judge("old 9\n\n" + note, r.log_keys, {}).found == Witnessed::malformed);
  CHECK(judge("old 0\n\nno note", r.log_keys, {}).found == Witnessed::malformed);
}

TEST_CASE("answers that make no sense are not believed") {
  Rig r;
  const auto leaves = leaves_of(10);
  const auto note = r.note(leaves);
  LeafSource source{leaves};
  const Checkpoint checkpoint{kOrigin, 10, naive_root(leaves)};
  const auto stranger = *SoftwareKey::make(KeyType::ml_dsa_44_cosignature, "witness.invalid/w1");
  const auto answer = [&](int status, std::string_view type, const std::string& body, std::uint64_t size = 0) {
    WitnessClient client{r.witness_keys, size};
    REQUIRE(client.request(note, source));
    return client.take(status, type, body);
  };
  CHECK(answer(200, "", r.cosigner.line(checkpoint, 5)) == Outcome::cosigned);
  CHECK(answer(200, "", stranger.line(checkpoint, 5) + r.cosigner.line(checkpoint, 5)) == Outcome::cosigned);
  CHECK(answer(200, "", stranger.line(checkpoint, 5)) == Outcome::unusable);
  CHECK(answer(200, "", "") == Outcome::unusable);
  auto other = checkpoint;
  other.root[0] ^= std::byte{1};
  CHECK(answer(200, "", r.cosigner.line(other, 5)) == Outcome::unusable);
  CHECK(answer(409, kSizeType, "4\n") == Outcome::again);
  CHECK(answer(409, kSizeType, "4") == Outcome::unusable);
  CHECK(answer(409, kSizeType, "4\n", 6) == Outcome::unusable);
  CHECK(answer(409, kSizeType, "11\n") == Outcome::ahead);
  CHECK(answer(404, "", "") == Outcome::refused);
  CHECK(answer(500, "", "") == Outcome::unusable);
}
