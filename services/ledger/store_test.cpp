#include "services/ledger/store.hpp"

#include <doctest/doctest.h>
#include <map>
#include <string>

#include "libs/base/line.hpp"
#include "services/ledger/ledger_for_tests.hpp"
#include "services/ledger/service.hpp"

using namespace bulwatt;
using namespace bulwatt::ledger;
using journal::MemoryStorage;

TEST_CASE("every record is found again, in order, with who said it and when") {
  Medium medium;
  {
    auto store = medium.store();
    REQUIRE(store.open(true, kStamp));
    for (std::size_t i = 0; i < 10; ++i) record(store, i);
    CHECK(store.head().records == 11);
  }
  const auto records = tail(medium.files(), 100);
  REQUIRE(records.size() == 11);
  CHECK(records[0].event == "LedgerStarted");
  CHECK(records[0].actor == "ledger");
  for (std::size_t i = 1; i < records.size(); ++i) {
    CHECK(records[i].sequence == i + 1);
    CHECK(records[i].actor == "session");
    CHECK(records[i].event.view() == Line<50>{"Event", i - 1}.view());
    CHECK(records[i].time.unix_ms == kStamp.time.unix_ms);
    CHECK(records[i].boot == 1);
  }
  CHECK(tail(medium.files(), 3).size() == 3);
  CHECK(tail(medium.files(), 3).back().sequence == 11);
}

TEST_CASE("the head is the root of a Merkle tree whose leaves are the records' exact bytes") {
  Medium medium;
  auto store = medium.store();
  REQUIRE(store.open(true, kStamp));
  for (std::size_t i = 0; i < 5; ++i) record(store, i);
  merkle::Frontier tree;
  const auto result = verify(medium.files(), {}, [&](const Seen& seen) {
    tree.append(merkle::leaf_hash(seen.entry));
    return true;
  });
  CHECK(tree.root() == store.head().hash);
  CHECK(result.root == tree.root());
  CHECK(result.log == 1);
}

TEST_CASE("a restart goes on with the chain and counts starts of the station, not of the process") {
  Medium medium;
  for (const bool first : {true, false, false, true}) {
    auto store = medium.store();
    REQUIRE(store.open(first, kStamp));
    record(store, 1);
  }
  const auto result = verify(medium.files());
  CHECK_FALSE(result.problem);
  CHECK(result.records == 8);
  CHECK(tail(medium.files(), 1)[0].boot == 2);
}

TEST_CASE("records flow over into the next segment and a full store says so and loses nothing") {
  Medium medium;
  std::size_t written = 0;
  ReadHead::Head head{};
  {
    auto store = medium.store();
    REQUIRE(store.open(true, kStamp));
    for (;; ++written) {
      store.add("session", entry(written, 400), kStamp);
      const auto done = store.flush();
      if (done) continue;
      CHECK(done.error() == Error::full);
      break;
    }
    CHECK(store.head().records == written + 2);  // LedgerStarted, MemoryExhaustion
    head = store.head();
  }
  CHECK(written > 400);
  const auto result = verify(medium.files());
  CHECK_FALSE(result.problem);
  CHECK(result.records == written + 2);
  CHECK(result.root == head.hash);
  CHECK(result.segments == 4);
  auto again = medium.store();
  REQUIRE(again.open(true, kStamp));  // even without room to say that it started
  CHECK(again.head().records >= written + 1);
}

TEST_CASE("a medium without room refuses, and goes on when there is room again") {
  Medium medium;
  auto store = medium.store();
  REQUIRE(store.open(true, kStamp));
  record(store, 0);
  medium.storage.refuse_room(40);
  store.add("ocpp", entry(1), kStamp);
  const auto refused = store.flush();
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == Error::full);
  CHECK(store.head().records == 2);
  medium.storage.fail_syncs(1);
  store.add("ocpp", entry(2), kStamp);
  const auto failed = store.flush();
  REQUIRE_FALSE(failed);
  CHECK(failed.error() == Error::storage);
  record(store, 3);
  const auto result = verify(medium.files());
  CHECK_FALSE(result.problem);
  CHECK(result.records == 3);
  CHECK(tail(medium.files(), 1)[0].event == "Event3");
}

TEST_CASE("one flush answers every caller") {
  Medium medium;
  auto store = medium.store();
  REQUIRE(store.open(true, kStamp));
  Service service{store};
  const auto before = medium.storage.operations();
  constexpr std::size_t kBatch = 12;
  for (std::uint8_t i = 0; i < kBatch; ++i)
    REQUIRE(service.append("vault", entry(i, 400), ipc::Ticket{i, 1, 0, i}, kStamp));
  CHECK(service.head().records == 1);
  std::vector<std::uint64_t> answers;
  const auto take = [&](const ipc::Ticket& ticket, const Service::Answer& answer) {
    REQUIRE(answer);
    CHECK(answer->sequence == ticket.call + 2);
    answers.push_back(answer->sequence);
  };
  service.commit(take);
  service.commit(take);
  CHECK(answers.size() == kBatch);
  CHECK(medium.storage.operations() - before == 2);  // one write, one sync
  CHECK(service.head().records == kBatch + 1);
}

namespace {

/// A life with everything that writes: records, seals, signed checkpoints, several segments.
void live(Medium& medium, const Signer& signer, std::map<std::uint64_t, std::string>& notes, std::uint64_t& answered) {
  auto store = medium.store();
  if (!store.open(true, kStamp)) return;
  for (std::size_t i = 0; i < 130; ++i) {
    store.add("session", entry(i, 400), kStamp);
    if (i % 3 == 0) store.add("vault", entry(i, 400), kStamp);
    if (!store.flush()) return;
    answered = store.head().records;
    if (i % 40 != 20) continue;
    const auto sealed = store.seal();
    if (!sealed) return;
    auto& note = notes[store.checkpoint().size];  // signing takes long
    if (note.empty()) note = signer.sign(store.checkpoint());
    if (!store.keep_checkpoint(note)) return;
  }
}

}  // namespace

TEST_CASE(
    "power may be cut at any operation: what was answered is there, the drop is recorded, nothing is taken for "
    "tampering") {
  const Signer signer;
  std::map<std::uint64_t, std::string> notes;
  Medium whole;
  std::uint64_t answered = 0;
  live(whole, signer, notes, answered);
  const auto operations = whole.storage.operations();
  const auto undisturbed = verify(whole.files(), {signer.keys()});
  CHECK_FALSE(undisturbed.problem);
  CHECK(undisturbed.segments >= 2);
  CHECK(undisturbed.seals >= 3);
  std::mt19937 random{99};
  std::size_t drops = 0;
  for (std::uint64_t at = 0; at < operations; ++at) {
    for (const auto cut :
         {MemoryStorage::Cut::nothing_kept, MemoryStorage::Cut::all_kept, MemoryStorage::Cut::any_sectors}) {
      CAPTURE(at);
      CAPTURE(static_cast<int>(cut));
      Medium medium;
      answered = 0;
      medium.storage.lose_power_at(at);
      live(medium, signer, notes, answered);
      medium.storage.restart(cut, random);
      const auto before = verify(medium.files());
      if (before.problem) CAPTURE(enum_text(before.problem->finding));
      REQUIRE_FALSE(before.problem);
      auto store = medium.store();
      const auto opened = store.open(true, kStamp);
      REQUIRE(opened);
      REQUIRE_FALSE(opened->linked);
      REQUIRE(store.head().records > answered);
      record(store, 500);
      REQUIRE(store.seal());
      const auto result = verify(medium.files());
      REQUIRE_FALSE(result.problem);
      REQUIRE_FALSE(result.torn);
      REQUIRE(result.records == store.head().records);
      REQUIRE(result.root == store.head().hash);
      REQUIRE(result.sealed == result.records);
      if (opened->torn) {
        ++drops;
        REQUIRE(tail(medium.files(), 2)[0].event == "TornTailDropped");
      }
    }
  }
  CHECK(drops > 0);
}

TEST_CASE("a seal that fails on the way is made up for by the next") {
  for (int failing = 1; failing < 8; ++failing) {
    Medium medium;
    auto store = medium.store();
    REQUIRE(store.open(true, kStamp));
    record(store, 0);
    medium.storage.fail_syncs(failing);
    for (int i = 0; i < failing && !store.seal(); ++i) continue;
    medium.storage.fail_syncs(0);
    record(store, 1);
    REQUIRE(store.seal());
    record(store, 2);
    REQUIRE(store.seal());
    CHECK(*store.seal() == false);
    const auto result = verify(medium.files());
    CHECK_FALSE(result.problem);
    CHECK(result.sealed == 4);
    auto again = medium.store();
    const auto opened = again.open(true, kStamp);
    REQUIRE(opened);
    CHECK_FALSE(opened->linked);
  }
}

TEST_CASE("while the last file is filled the ledger says so, and records that once") {
  Medium medium;
  auto store = medium.store({64, 2});
  REQUIRE(store.open(true, kStamp));
  CHECK_FALSE(store.low());
  std::size_t i = 0;
  for (; !store.low(); ++i) record(store, i, 400);
  CHECK(i > 100);
  CHECK(tail(medium.files(), 1)[0].event == "MemoryExhaustion");
  for (std::size_t k = 0; k < 100; ++k) record(store, i + k, 400);  // what runs can still be recorded
  std::size_t said = 0;
  verify(medium.files(), {}, [&](const Seen& seen) {
    said += seen.record.event == "MemoryExhaustion" ? 1 : 0;
    return true;
  });
  CHECK(said == 1);
}

TEST_CASE(
    "the oldest files go when all are used, their records old and signed for; the rest still verifies and proves") {
  const Signer signer;
  Medium medium;
  const Config config{.segment_kib = 64, .segments = 3, .keep_days = 1, .receipt = Receipt::none};
  auto store = medium.store(config);
  REQUIRE(store.open(true, kStamp));
  auto stamp = kStamp;
  std::size_t i = 0;
  const auto an_hour = [&] {
    stamp.monotonic_us += 3'600'000'000ULL;
    stamp.time.unix_ms += 3'600'000;
    for (int k = 0; k < 10; ++k) record(store, i++, 400, stamp);
  };
  for (int hour = 0; hour < 35; ++hour) an_hour();
  CHECK(store.low());  // nobody has signed anything
  signer.seal_and_sign(store);
  for (int hour = 0; hour < 240; ++hour) {
    an_hour();
    signer.seal_and_sign(store);
  }
  CHECK(store.head().records > 2000);
  const auto result = verify(medium.files(), {signer.keys()});
  CHECK_FALSE(result.problem);
  CHECK(result.before > 1000);
  CHECK(result.segments == 3);
  CHECK(result.records == store.head().records);
  auto view = open_view(medium.files());
  REQUIRE(view);
  const auto proof = merkle::prove_inclusion(view->nodes, result.before + 3, result.records);
  REQUIRE(proof);
  auto again = medium.store(config);
  const auto opened = again.open(true, stamp);
  REQUIRE(opened);
  CHECK_FALSE(opened->linked);
}

TEST_CASE("a clock that was set leaves a record, while it runs and while it was off") {
  Medium medium;
  auto store = medium.store();
  REQUIRE(store.open(true, kStamp));
  Stamp later = kStamp;
  later.monotonic_us += 60'000'000;
  later.time.unix_ms += 61'500;  // drift is no jump
  record(store, 1, 20, later);
  CHECK(store.head().records == 2);
  later.time.unix_ms += 3'600'000;
  record(store, 2, 20, later);
  later.time.unix_ms -= 7'200'000;
  record(store, 3, 20, later);
  const auto records = tail(medium.files(), 4);
  CHECK(records[0].event == "SettingSystemTime");
  CHECK(records[0].subject == Subject::clock);
  CHECK(records[0].detail.view().starts_with("by_ms=3600000 "));
  CHECK(records[2].detail.view().starts_with("by_ms=-7200000 "));
  later.time.unix_ms -= 3'600'000;
  store.add("session", entry(4), later);
  medium.storage.refuse_room(7);
  REQUIRE_FALSE(store.flush());
  record(store, 5, 20, later);  // the refused record said that the clock was set; so must this one
  CHECK(tail(medium.files(), 2)[0].event == "SettingSystemTime");
  auto again = medium.store();
  later.monotonic_us = 5;
  later.time.unix_ms -= 1;
  REQUIRE(again.open(true, later));
  CHECK(tail(medium.files(), 2)[0].event == "SettingSystemTime");
  CHECK(tail(medium.files(), 2)[1].event == "LedgerStarted");
  CHECK_FALSE(verify(medium.files()).problem);
}

TEST_CASE("a proof for every record, out of tiles and out of the newest segment, holds against the head") {
  Medium medium;
  auto store = medium.store({64, 32});
  REQUIRE(store.open(true, kStamp));
  for (std::size_t i = 0; i < 1200; ++i) {
    store.add("session", entry(i), kStamp);
    if (!store.fits()) REQUIRE(store.flush());
  }
  REQUIRE(store.flush());
  std::vector<Hash> leaves;
  verify(medium.files(), {}, [&](const Seen& seen) {
    leaves.push_back(merkle::leaf_hash(seen.entry));
    return true;
  });
  auto view = open_view(medium.files());
  REQUIRE(view);
  REQUIRE(view->tree.size() == leaves.size());
  CHECK(view->tree.root() == store.head().hash);
  for (std::size_t i = 0; i < leaves.size(); i += 7) {
    const auto proof = merkle::prove_inclusion(view->nodes, i, leaves.size());
    REQUIRE(proof);
    REQUIRE(merkle::verify_inclusion(leaves[i], i, leaves.size(), proof->view(), store.head().hash));
    const auto old_root = merkle::root_of(view->nodes, i);
    const auto consistency = merkle::prove_consistency(view->nodes, i, leaves.size());
    REQUIRE(consistency);
    REQUIRE(merkle::verify_consistency(i, *old_root, leaves.size(), store.head().hash, consistency->view()));
  }
}
