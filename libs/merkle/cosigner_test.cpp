#include "libs/merkle/cosigner.hpp"

#include <doctest/doctest.h>

#include "libs/merkle/cosigner_for_tests.hpp"
#include "libs/merkle/naive_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::merkle;

namespace {

constexpr std::uint64_t kNow = 1'767'225'600;

/// A station's log, which may tell several stories.
struct Log {
  explicit Log(std::string_view named = "example.invalid/station/1")
      : origin(named),
        classical(*SoftwareKey::make(KeyType::ed25519, named)),
        quantum_safe(*SoftwareKey::make(KeyType::ml_dsa_44_cosignature, named)) {}
  /// The log that its station began when this one ended: the same keys under another name.
  Log next(std::string_view named) const {
    return {named, *SoftwareKey::from_pem(KeyType::ed25519, named, classical.private_pem()),
            *SoftwareKey::from_pem(KeyType::ml_dsa_44_cosignature, named, quantum_safe.private_pem())};
  }
  Log(std::string_view named, SoftwareKey&& one, SoftwareKey&& other)
      : origin(named), classical(std::move(one)), quantum_safe(std::move(other)) {}
  std::string origin;
  SoftwareKey classical;
  SoftwareKey quantum_safe;
  std::vector<std::string> entries{};

  void grow(std::size_t to, std::string_view story = "") {
    for (auto i = entries.size(); i < to; ++i) entries.push_back("entry " + std::to_string(i) + std::string{story});
  }
  Leaves leaves(std::size_t size) const {
    Leaves out;
    for (std::size_t i = 0; i < size; ++i) out.push_back(leaf_hash(std::as_bytes(std::span{entries[i]})));
    return out;
  }
  Checkpoint checkpoint() const {
    return {std::string_view{origin}, entries.size(), naive_root(leaves(entries.size()))};
  }
  std::string note() const {
    const auto now = checkpoint();
    return write_checkpoint(now) + "\n" + classical.line(now) + quantum_safe.line(now, kNow);
  }
  std::string add_checkpoint(std::size_t old) const {
    const auto all = leaves(entries.size());
    LeafSource source{all};
    AddCheckpoint request;
    request.old_size = old;
    request.hashes = *prove_consistency(source, old, entries.size());
    const auto text = note();
    request.note = text;
    return write_add_checkpoint(request);
  }
  std::string add_entries(std::size_t from, std::size_t to) const {
    std::string bundle;
    for (auto i = from; i < to; ++i) append_entry(bundle, std::as_bytes(std::span{entries[i]}));
    return write_add_entries({origin, from, bundle});
  }
  std::vector<VerifierKey> keys() const { return {classical.verifier(), quantum_safe.verifier()}; }
};

struct Rig {
  MemoryKeeper keeper{};
  Cosigner cosigner{cosigner_keys(), keeper};
  explicit Rig(const Log& log) { keeper.keys[log.origin] = log.keys(); }
  int tell(const Log& log, std::size_t old) {
    return cosigner.post("add-checkpoint", log.add_checkpoint(old), kNow).status;
  }
  Cosigner::Answer give(const Log& log, std::size_t from, std::size_t to) {
    return cosigner.post("add-entries", log.add_entries(from, to), kNow);
  }
};

}  // namespace

TEST_CASE("a log that grows is signed for by both keys of the witness, and then by both of the mirror") {
  Log log;
  Rig r{log};
  std::size_t before = 0;
  for (const std::size_t size : {3UL, 8UL, 300UL}) {
    log.grow(size);
    const auto body = log.add_checkpoint(before);
    const auto answer = r.cosigner.post("add-checkpoint", body, kNow);
    CHECK(answer.status == 200);
    const auto whole_note = std::string{parse_add_checkpoint(body)->note} + answer.body;
    CHECK(parse_note(whole_note)->signatures.size == 4);
    CHECK((r.keeper.kept[log.origin].checkpoint == whole_note));
    if (size == 300) CHECK(r.give(log, before, 100).status == 202);
    const auto receipt = r.give(log, size == 300 ? 100 : before, size);
    CHECK(receipt.status == 200);
    const auto whole = parse_note(r.keeper.kept[log.origin].receipt);
    REQUIRE(whole);
    CHECK(whole->signatures.size == 6);
    before = size;
  }
  const auto states = r.cosigner.states();
  CHECK(states.at(log.origin).witnessed == 300);
  CHECK(states.at(log.origin).mirrored == 300);
  CHECK(states.at(log.origin).offences == 0);
}

TEST_CASE("every refusal of C2SP tlog-witness has its status: 400, 403, 404, 409 with the size, 422") {
  Log log;
  Rig r{log};
  log.grow(5);
  CHECK(r.cosigner.post("add-checkpoint", "good morning", kNow).status == 400);
  CHECK(r.cosigner.post("elsewhere", log.add_checkpoint(0), kNow).status == 404);
  Log stranger{"example.invalid/other/1"};
  stranger.grow(2);
  CHECK(r.tell(stranger, 0) == 404);
  Log thief{log.origin};  // other keys, the same name
  thief.grow(2);
  CHECK(r.tell(thief, 0) == 403);
  auto half = log.add_checkpoint(0);
  half.resize(half.rfind("\xe2\x80\x94"));  // one of the two signatures is gone
  CHECK(r.cosigner.post("add-checkpoint", half, kNow).status == 403);
  CHECK(r.tell(log, 0) == 200);
  log.grow(9);
  const auto conflict = r.cosigner.post("add-checkpoint", log.add_checkpoint(3), kNow);
  CHECK(conflict.status == 409);
  CHECK(conflict.type == kSizeType);
  CHECK(conflict.body == "5\n");
  CHECK(r.keeper.offences.empty());  // a log that forgot how far it was is no offence
  auto broken = log.add_checkpoint(5);
  broken[6] = broken[6] == 'A' ? 'B' : 'A';  // first hash of the proof
  CHECK(r.cosigner.post("add-checkpoint", broken, kNow).status == 422);
  CHECK(r.keeper.offences.back().offence == Offence::not_consistent);
  CHECK(r.tell(log, 5) == 200);
}

TEST_CASE("attack: older picture, fork, other story are refused, named once and kept with the log's own signatures") {
  Log log;
  Rig r{log};
  log.grow(50);
  CHECK(r.tell(log, 0) == 200);
  auto older = log.entries;
  older.resize(40);
  std::swap(log.entries, older);
  CHECK(r.tell(log, 0) == 409);
  CHECK(r.tell(log, 0) == 409);
  REQUIRE(r.keeper.offences.size() == 1);
  CHECK(r.keeper.offences[0].offence == Offence::rolled_back);
  CHECK(origin_in(r.keeper.offences[0].request)->view() == log.origin);
  CHECK(parse_note(parse_add_checkpoint(r.keeper.offences[0].request)->note)->signatures.size == 2);
  log.grow(50, " told otherwise");
  CHECK(r.tell(log, 50) == 409);
  CHECK(r.keeper.offences.back().offence == Offence::forked);
  log.grow(60, " told otherwise");
  CHECK(r.tell(log, 50) == 422);
  CHECK(r.keeper.offences.back().offence == Offence::not_consistent);
  std::swap(log.entries, older);
  log.grow(70);
  CHECK(r.tell(log, 50) == 200);  // the true story is still signed
  CHECK(r.cosigner.states().at(log.origin).offences == 3);
}

TEST_CASE("attack: entries that are not those of the signed head get no receipt") {
  Log log;
  Rig r{log};
  log.grow(20);
  CHECK(r.tell(log, 0) == 200);
  const auto truth = log.entries;
  log.entries[7] = "nothing happened";
  CHECK(r.give(log, 0, 15).status == 202);
  CHECK(r.give(log, 15, 20).status == 422);
  CHECK(r.keeper.offences.back().offence == Offence::other_entries);
  CHECK(r.keeper.kept[log.origin].entries.empty());
  log.entries = truth;
  CHECK(r.give(log, 15, 20).body == "0\n");
  CHECK(r.give(log, 0, 20).status == 200);
  CHECK(r.give(log, 0, 20).status == 409);
}

TEST_CASE("a log that takes the place of one that ended has its keys, and the one that ended is not signed any more") {
  Log log;
  Rig r{log};
  log.grow(10);
  CHECK(r.tell(log, 0) == 200);
  Log next{"example.invalid/station/2"};
  next.grow(4);
  CHECK(r.tell(next, 0) == 403);  // other keys
  log.grow(12);
  CHECK(r.tell(log, 10) == 200);
  auto successor = log.next("example.invalid/station/3");
  successor.grow(4);
  CHECK(r.tell(successor, 0) == 200);
  log.grow(14);
  CHECK(r.tell(log, 12) == 409);
  CHECK(r.keeper.offences.back().offence == Offence::superseded);
  successor.grow(5);
  CHECK(r.tell(successor, 4) == 200);
  CHECK(predecessor_of("example.invalid/station/2") == "example.invalid/station/1");
  CHECK_FALSE(predecessor_of("example.invalid/station/1"));
  CHECK_FALSE(predecessor_of("example.invalid/station/02"));
  CHECK_FALSE(predecessor_of("station"));
}

TEST_CASE("nothing is signed that could not be kept") {
  Log log;
  Rig r{log};
  log.grow(5);
  r.keeper.full = true;
  CHECK(r.tell(log, 0) == 500);
  r.keeper.full = false;
  CHECK(r.tell(log, 0) == 200);
  r.keeper.full = true;
  CHECK(r.give(log, 0, 5).status == 500);
  r.keeper.full = false;
  CHECK(r.give(log, 0, 5).status == 200);
}

TEST_CASE(
    "a cosigner that starts again knows what it signed and holds; one whose files contradict each other signs "
    "nothing") {
  Log log;
  Rig r{log};
  log.grow(30);
  CHECK(r.tell(log, 0) == 200);
  CHECK(r.give(log, 0, 30).status == 200);
  log.grow(40);
  CHECK(r.tell(log, 30) == 200);
  CHECK(r.give(log, 30, 35).status == 202);  // under no receipt yet, so forgotten
  auto kept = r.keeper.kept[log.origin];
  Rig again{log};
  CHECK(again.cosigner.restore(log.origin, kept));
  CHECK(again.tell(log, 40) == 200);
  CHECK(again.give(log, 35, 40).body == "30\n");
  CHECK(again.give(log, 30, 40).status == 200);
  kept.entries[5] ^= 1;
  Rig damaged{log};
  CHECK_FALSE(damaged.cosigner.restore(log.origin, kept));
  CHECK(damaged.tell(log, 40) == 500);
  CHECK(damaged.give(log, 30, 40).status == 500);
}
