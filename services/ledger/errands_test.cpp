// What a witness and a mirror sign for, what may be dropped then, and every attack that only they can see.
#include "services/ledger/errands.hpp"

#include "services/ledger/witness_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ledger;

namespace {

struct Station {
  Signer signer{};
  Medium medium{};
  Backend backend{signer};
  Stamp stamp = kStamp;

  void more(Store& store, std::size_t count, std::size_t salt = 0) {
    for (std::size_t i = 0; i < count; ++i) {
      stamp.monotonic_us += 1'000'000;
      stamp.time.unix_ms += 1'000;
      record(store, i + salt, 300, stamp);
    }
  }
  /// A station that records, signs, and has it witnessed.
  void live(Medium& on, std::size_t count, std::size_t salt = 0, const Config& config = {64, 16}) {
    auto store = on.store(config);
    REQUIRE(store.open(true, stamp));
    Errands errands{store, on.files(), backend.others()};
    more(store, count, salt);
    signer.seal_and_sign(store);
    backend.carry(errands, stamp);
    REQUIRE(store.flush());
  }
  std::vector<std::string> said(Medium& on) const {
    std::vector<std::string> out;
    verify(on.files(), {}, [&](const Seen& seen) {
      if (seen.record.actor == own::kActor) out.emplace_back(seen.record.event.view());
      return true;
    });
    return out;
  }
  bool says(Medium& on, std::string_view event) const { return std::ranges::count(said(on), event) == 1; }
};

}  // namespace

TEST_CASE("a signed head is witnessed, then its records are mirrored, and both receipts stand beside the checkpoint") {
  Station s;
  auto store = s.medium.store({64, 16});
  REQUIRE(store.open(true, kStamp));
  Errands errands{store, s.medium.files(), s.backend.others()};
  CHECK(errands.fetch().error() == Error::not_ready);  // nothing is signed
  s.more(store, 200);
  const auto head = s.signer.seal_and_sign(store);
  CHECK(s.backend.carry(errands) > 3);  // the records do not fit one errand
  CHECK(store.receipted(Receipt::witness) == head.size);
  CHECK(store.receipted(Receipt::mirror) == head.size);
  CHECK(signatures_of(s.medium.files().witnessed) == 4);  // of the station two, of the witness two
  CHECK(signatures_of(s.medium.files().mirrored) == 6);
  CHECK(s.backend.cosigner->states().at("bulwatt.invalid/station/1").mirrored == head.size);
  s.more(store, 40);
  s.signer.seal_and_sign(store);
  CHECK(s.backend.carry(errands) >= 2);
  CHECK(store.receipted(Receipt::mirror) == store.checkpoint().size);
  CHECK(s.backend.keeper.offences.empty());
  CHECK_FALSE(verify(s.medium.files()).problem);
}

TEST_CASE("receipts outlive a restart; a mirror or a station that forgot how far it was goes on from there") {
  Station s;
  s.live(s.medium, 100);
  {
    auto store = s.medium.store({64, 16});
    REQUIRE(store.open(true, s.stamp));
    CHECK(store.receipted(Receipt::mirror) > 100);
  }
  for (const std::uint32_t place : {0U, 1U}) {
    s.medium.storage.bytes(5 * SharedFiles::kEach + place).clear();
    s.medium.storage.bytes(6 * SharedFiles::kEach + place).clear();
  }
  s.live(s.medium, 50);
  CHECK(s.backend.keeper.offences.empty());
  CHECK(signatures_of(s.medium.files().mirrored) == 6);
}

TEST_CASE("an answer that was made up on the way changes nothing and counts as a refusal once") {
  Station s;
  auto store = s.medium.store({64, 16});
  REQUIRE(store.open(true, kStamp));
  Errands errands{store, s.medium.files(), s.backend.others()};
  s.more(store, 10);
  s.signer.seal_and_sign(store);
  const auto errand = errands.fetch();
  REQUIRE(errand);
  const Backend other{s.signer};  // somebody with keys of his own
  auto forged = Backend{s.signer}.answer(*errand);
  CHECK(forged.status == 200);
  CHECK(errands.submit({errand->number + 1, 200, "", {}}, kStamp).error() == Error::refused);  // of another errand
  CHECK(errands.submit(forged, kStamp).error() == Error::refused);                             // none is out any more
  const auto again = errands.fetch();
  REQUIRE(again);
  forged.number = again->number;
  CHECK_FALSE(errands.submit(forged, kStamp)->more);
  CHECK(store.receipted(Receipt::witness) == 0);
  REQUIRE(store.flush());
  CHECK(s.says(s.medium, own::kWitnessRefuses));
  CHECK(errands.fetch().error() == Error::not_ready);  // not about the same head again
  s.more(store, 1);
  s.signer.seal_and_sign(store);
  s.backend.carry(errands);
  REQUIRE(store.flush());
  CHECK(s.says(s.medium, own::kReceiptsAgain));
  CHECK(store.receipted(Receipt::witness) > 10);
}

TEST_CASE("attack: an older picture of the whole disk is seen by the witness, and the station says so itself") {
  Station s;
  s.live(s.medium, 100);
  const Medium older = s.medium;
  s.live(s.medium, 100);
  Medium put_back = older;
  s.live(put_back, 5, 7);
  CHECK(s.backend.offence() == merkle::Offence::rolled_back);
  CHECK(s.says(put_back, own::kWitnessAhead));
  s.live(put_back, 200, 7);  // it grows past what the witness knows
  CHECK(s.backend.offence() == merkle::Offence::not_consistent);
  CHECK(s.says(put_back, own::kWitnessRefuses));
  s.live(s.medium, 5);
  CHECK(s.backend.keeper.offences.size() == 2);  // the true one is still signed
}

TEST_CASE("attack: a fork with as many records is seen by the witness") {
  Station s;
  s.live(s.medium, 50);
  const Medium twin = s.medium;
  auto first = s.medium.store({64, 16});
  REQUIRE(first.open(true, s.stamp));
  Medium copy = twin;
  auto second = copy.store({64, 16});
  REQUIRE(second.open(true, s.stamp));
  Errands one{first, s.medium.files(), s.backend.others()};
  Errands other{second, copy.files(), s.backend.others()};
  s.more(first, 30);
  s.signer.seal_and_sign(first);
  s.backend.carry(one);
  s.more(second, 30, 1000);
  s.signer.seal_and_sign(second);
  s.backend.carry(other);
  CHECK(s.backend.offence() == merkle::Offence::forked);
  REQUIRE(second.flush());
  CHECK(s.says(copy, own::kWitnessRefuses));
}

TEST_CASE(
    "attack: truncate and resume with the key put back is refused by the receipts on disk, and without them by the "
    "witness") {
  for (const bool receipts_too : {false, true}) {
    CAPTURE(receipts_too);
    Station s;
    s.live(s.medium, 100);
    const Medium older = s.medium;
    s.live(s.medium, 100);
    Medium cut = s.medium;  // records, hashes, key and checkpoint of the day before
    for (std::uint32_t kind = 0; kind < (receipts_too ? 7U : 5U); ++kind)
      for (std::uint32_t file = 0; file < 8; ++file)
        cut.storage.bytes(kind * SharedFiles::kEach + file) =
            Medium{older}.storage.bytes(kind * SharedFiles::kEach + file);
    auto store = cut.store({64, 16});
    const auto opened = store.open(true, s.stamp);
    REQUIRE(opened);
    CHECK(opened->alarm() == !receipts_too);
    if (!receipts_too) CHECK(opened->linked->reason == Reason::truncated);
    if (!receipts_too) continue;
    Errands errands{store, cut.files(), s.backend.others()};
    s.more(store, 10, 3);
    s.signer.seal_and_sign(store);
    s.backend.carry(errands);
    CHECK(s.backend.offence() == merkle::Offence::rolled_back);
  }
}

namespace {

const Config kTight{.segment_kib = 64, .segments = 3, .keep_days = 1, .receipt = Receipt::mirror};

/// Fills three files with records that are days apart; true when the last one is being filled and nothing may go.
bool fill(Station& s, Store& store) {
  for (int i = 0; i < 2000 && !store.low(); ++i) {
    s.stamp.monotonic_us += 3'600'000'000ULL;
    s.stamp.time.unix_ms += 3'600'000;
    record(store, static_cast<std::size_t>(i), 300, s.stamp);
  }
  return store.low();
}

}  // namespace

TEST_CASE(
    "nothing is dropped before the mirror has signed for it: nothing new is charged then, and no record is lost") {
  Station s;
  auto store = s.medium.store(kTight);
  REQUIRE(store.open(true, kStamp));
  Errands errands{store, s.medium.files(), s.backend.others()};
  REQUIRE(fill(s, store));
  s.signer.seal_and_sign(store);
  record(store, 1, 300, s.stamp);
  CHECK(store.low());  // the station's own signature is not enough
  CHECK(store.waits_for_receipt());
  const auto before = store.head().records;
  CHECK(verify(s.medium.files()).before == 0);
  const auto errand = errands.fetch();
  REQUIRE(errand);
  REQUIRE(errands.submit(s.backend.answer(*errand), s.stamp));
  record(store, 2, 300, s.stamp);
  CHECK(store.low());  // nor is the witness's
  s.backend.carry(errands, s.stamp);
  CHECK_FALSE(store.low());  // now the oldest file is gone, and charging may begin again
  record(store, 3, 300, s.stamp);
  const auto after = verify(s.medium.files());
  CHECK_FALSE(after.problem);
  CHECK(after.before > 0);
  CHECK(after.records > before);
  CHECK(store.receipted(Receipt::mirror) >= after.before);
  CHECK(s.says(s.medium, own::kPruned));
  // What was dropped lies with the mirror, entry for entry.
  const auto& kept = s.backend.keeper.kept.at("bulwatt.invalid/station/1").entries;
  auto rest = std::as_bytes(std::span{kept});
  std::uint64_t entries = 0;
  while (merkle::take_entry(rest)) ++entries;
  CHECK(entries == store.receipted(Receipt::mirror));
}

TEST_CASE(
    "with receipt = witness its signature is enough, with none the station's own, and young records always stay") {
  for (const auto wanted : {Receipt::witness, Receipt::none}) {
    Station s;
    auto config = kTight;
    config.receipt = wanted;
    auto store = s.medium.store(config);
    REQUIRE(store.open(true, kStamp));
    Errands errands{store, s.medium.files(), {s.backend.witness_keys, {}}};
    REQUIRE(fill(s, store));
    s.signer.seal_and_sign(store);
    if (wanted == Receipt::witness) {
      REQUIRE(store.seal());
      CHECK(store.low());
      s.backend.carry(errands, s.stamp);
    } else {
      record(store, 1, 300, s.stamp);
      REQUIRE(store.seal());
    }
    record(store, 2, 300, s.stamp);
    CHECK_FALSE(store.low());
  }
  Station s;
  auto config = kTight;
  config.keep_days = 3650;
  auto store = s.medium.store(config);
  REQUIRE(store.open(true, kStamp));
  Errands errands{store, s.medium.files(), s.backend.others()};
  REQUIRE(fill(s, store));
  s.signer.seal_and_sign(store);
  s.backend.carry(errands, s.stamp);
  CHECK(store.low());
  CHECK_FALSE(store.waits_for_receipt());
}

TEST_CASE("records of a log that ended in an alarm have no receipt, so they stay") {
  Station s;
  s.live(s.medium, 60, 0, kTight);
  s.medium.segment(0)[5000] ^= std::byte{1};
  auto store = s.medium.store(kTight);
  const auto opened = store.open(true, s.stamp);
  REQUIRE(opened);
  REQUIRE(opened->alarm());
  const Signer again{"bulwatt.invalid/station/2"};
  s.backend.keeper.keys["bulwatt.invalid/station/2"] = again.keys();
  Errands errands{store, s.medium.files(), s.backend.others()};
  REQUIRE(fill(s, store));
  again.seal_and_sign(store);
  s.backend.carry(errands, s.stamp);
  CHECK(store.receipted(Receipt::mirror) > 0);
  record(store, 1, 300, s.stamp);
  CHECK(store.low());
  CHECK(store.waits_for_receipt());
}

TEST_CASE("the owner's files of keys: comments and blanks between, and one bad line spoils them") {
  const Signer signer;
  const auto line = merkle::write_key(signer.ed25519.verifier());
  CHECK(read_keys("")->empty());
  CHECK(read_keys("# of the backend\n\n" + line + "\n" + line)->size() == 2);
  CHECK_FALSE(read_keys(line + "\nx\n"));
}
