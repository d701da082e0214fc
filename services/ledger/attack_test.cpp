// Somebody with the medium in his hands: each thing he may do is found and has a name of its own.
#include "services/ledger/ledger_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ledger;

namespace {

/// A station's ledger: two and a half segments, sealed and signed in between; and what its backend keeps.
struct Station {
  Signer signer{};
  EscrowPair escrow = *make_escrow_pair();
  Medium medium{escrow.public_key};
  merkle::Checkpoint early{};
  merkle::Checkpoint kept{};
  Stamp stamp = kStamp;
  Medium older{};  ///< the medium as it was at `early`

  Station() {
    auto store = medium.store({64, 16});
    REQUIRE(store.open(true, kStamp));
    more(store, 150);
    early = signer.seal_and_sign(store);
    older = medium;
    more(store, 150);
    kept = signer.seal_and_sign(store);
    more(store, 20);
    REQUIRE(store.seal());
  }
  void more(Store& store, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      stamp.monotonic_us += 1'000'000;
      stamp.time.unix_ms += 1'000;
      record(store, i, 400, stamp);
    }
  }
  void replace_note(std::string_view note) {
    CheckpointFile file{medium.files().checkpoints};  // checksum included, as somebody with the tools would
    REQUIRE(file.write(note));
    REQUIRE(file.write(note));
  }
  Trust trust() const { return {signer.keys(), kept, escrow.private_key, "bulwatt.invalid/station"}; }
  std::optional<Finding> finding(const Trust& trust) {
    const auto result = verify(medium.files(), trust);
    return result.problem ? std::optional{result.problem->finding} : std::nullopt;
  }
  std::optional<Finding> finding() { return finding(trust()); }
  /// The station starts on what is there; returns why it began a new log.
  std::optional<Reason> start() {
    auto store = medium.store({64, 16});
    const auto opened = store.open(true, stamp);
    REQUIRE(opened);
    record(store, 1000, 20, stamp);
    return opened->linked ? std::optional{opened->linked->reason} : std::nullopt;
  }
};

/// Frames of a segment: where each begins and ends.
std::vector<std::pair<std::size_t, std::size_t>> frames(std::span<const std::byte> bytes) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  std::size_t at = 0;
  while (const auto frame = journal::read_frame(bytes.subspan(at))) {
    out.emplace_back(at, at + frame->size);
    at += frame->size;
  }
  return out;
}

/// Rewrites a segment with these frames, with right numbers and checksums, as somebody with the tools would.
void rewrite(std::vector<std::byte>& bytes, const std::vector<std::vector<std::byte>>& list, std::uint32_t segment) {
  std::vector<std::byte> out;
  std::uint64_t number = 0;
  for (auto frame : list) {
    const auto body = std::to_integer<std::size_t>(frame[0]) | std::to_integer<std::size_t>(frame[1]) << 8;
    journal::finish_frame(frame, body, ++number, segment + 1, journal::Role::append);
    out.insert(out.end(), frame.begin(), frame.end());
  }
  const auto size = std::max(bytes.size(), out.size() + 64);
  bytes.assign(size, std::byte{});
  std::ranges::copy(out, bytes.begin());
}
std::vector<std::vector<std::byte>> split(const std::vector<std::byte>& bytes) {
  std::vector<std::vector<std::byte>> out;
  for (const auto& [from, to] : frames(bytes))
    out.emplace_back(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                     bytes.begin() + static_cast<std::ptrdiff_t>(to));
  return out;
}

}  // namespace

TEST_CASE("an untouched ledger verifies against its keys, a kept checkpoint and every seal") {
  Station s;
  const auto result = verify(s.medium.files(), s.trust());
  CHECK_FALSE(result.problem);
  CHECK(result.keys_good == 2);
  CHECK(result.seals >= 4);
  CHECK(result.seals_checked == result.seals);
  CHECK(result.signed_at == 1'767'225'600);
  CHECK_FALSE(s.start());
  CHECK_FALSE(s.finding());
}

TEST_CASE(
    "flip: a changed bit in any frame is found, the start takes it as tampering, keeps the evidence and links a new "
    "log") {
  const Station original;
  std::size_t alarms = 0;
  for (const std::uint32_t segment : {0U, 1U, 2U}) {
    auto copy = original.medium;
    const auto all = frames(copy.segment(segment));
    for (std::size_t i = 0; i < all.size(); i += 5) {
      Medium medium = original.medium;
      auto& bytes = medium.segment(segment);
      bytes[all[i].first + journal::kHeaderSize + 3] ^= std::byte{0x10};
      const auto evidence = bytes;
      const auto result = verify(medium.files());
      REQUIRE(result.problem);
      if (segment != 2) continue;  // a start reads the newest segment only; verify reads all
      auto store = medium.store({64, 16});
      const auto opened = store.open(true, original.stamp);
      REQUIRE(opened);
      REQUIRE(opened->alarm());
      ++alarms;
      REQUIRE(store.log() == 2);
      record(store, 77, 20, original.stamp);
      REQUIRE(medium.segment(segment) == evidence);
      REQUIRE(verify(medium.files()).problem);  // it stays visible
      REQUIRE(tail(medium.files(), 2)[0].event == "LedgerDamaged");
      REQUIRE(tail(medium.files(), 1)[0].event == "Event77");
    }
  }
  CHECK(alarms > 3);
}

TEST_CASE("flip with a mended checksum: the seal is of another tree") {
  Station s;
  auto list = split(s.medium.segment(1));
  list[3][list[3].size() - 60] ^= std::byte{1};
  rewrite(s.medium.segment(1), list, 1);
  CHECK(s.finding({}) == Finding::seal_broken);
}

TEST_CASE("delete, insert, swap, duplicate, with mended numbers and checksums: the records' own numbers give it away") {
  for (int attack = 0; attack < 4; ++attack) {
    CAPTURE(attack);
    Station s;
    auto list = split(s.medium.segment(1));
    if (attack == 0) list.erase(list.begin() + 5);
    if (attack == 1) list.insert(list.begin() + 5, split(s.medium.segment(0))[9]);
    if (attack == 2) std::swap(list[5], list[6]);
    if (attack == 3) list.insert(list.begin() + 5, list[5]);
    rewrite(s.medium.segment(1), list, 1);
    CHECK(s.finding({}) == Finding::sequence_gap);
  }
}

TEST_CASE("whole segments exchanged, emptied, beheaded or gone are found") {
  const Station original;
  const auto of = [&](auto&& change) {
    Medium medium = original.medium;
    change(medium);
    const auto result = verify(medium.files());
    REQUIRE(result.problem);
    return result.problem->finding;
  };
  CHECK(of([](Medium& m) { std::swap(m.segment(0), m.segment(1)); }) == Finding::head_unreadable);
  CHECK(of([](Medium& m) { std::ranges::fill(m.segment(1), std::byte{}); }) == Finding::head_unreadable);
  CHECK(of([](Medium& m) { std::fill_n(m.segment(2).begin(), 16, std::byte{}); }) == Finding::head_unreadable);
  CHECK(of([](Medium& m) { REQUIRE(m.storage.remove(0)); }) == Finding::removed);
}

TEST_CASE("a ledger that is sealed while somebody reads it is no ledger that was cut off") {
  Station s;
  Medium running = s.older;
  bool sealed = false;
  const auto result = verify(running.files(), {}, [&](const Seen&) {
    if (!std::exchange(sealed, true))
      for (const auto place : {0U, 1U}) running.seals(place) = s.medium.seals(place);
    return true;
  });
  CHECK(sealed);
  CHECK_FALSE(result.problem);
  CHECK(verify(running.files()).problem->finding == Finding::truncated);  // those records are not there
}

TEST_CASE("truncate and resume: the key knows how far it has sealed, so a shorter log is not continued") {
  const Station original;
  Medium whole = original.medium;
  const auto all = frames(whole.segment(2));
  for (std::size_t keep = 1; keep < all.size(); ++keep) {
    Station s;
    auto& bytes = s.medium.segment(2);
    const auto ends = frames(bytes);
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(ends[keep - 1].second), bytes.end(), std::byte{});
    const auto before = verify(s.medium.files());
    REQUIRE(before.problem);
    REQUIRE(before.problem->finding == Finding::truncated);
    REQUIRE(s.start() == Reason::truncated);
    REQUIRE(s.finding({}) == Finding::truncated);  // stays visible behind the new log
    if (keep > 2) keep += 5;
  }
}

TEST_CASE("truncate and resume by one who makes his own seals: without the erased key they are forged") {
  Station s;
  // Cut to the older picture, key included as it is now, then seal again with the key there is.
  const auto state = *SealFile{s.medium.files().seals}.read();
  s.medium.storage = s.older.storage;
  auto forged = *SealFile{s.medium.files().seals}.read();
  forged->key = state->key;
  REQUIRE(SealFile{s.medium.files().seals}.write(*forged));
  auto store = s.medium.store({64, 16});
  REQUIRE(store.open(true, s.stamp));
  s.more(store, 30);
  REQUIRE(store.seal());
  CHECK(s.finding({.escrow_private_key = s.escrow.private_key}) == Finding::seal_forged);
  CHECK_FALSE(s.finding({}));  // nobody else can tell
}

TEST_CASE("an older picture of the whole medium is found by a checkpoint that was kept, and by nothing else") {
  Station s;
  s.medium.storage = s.older.storage;
  CHECK_FALSE(s.finding({s.signer.keys(), {}, s.escrow.private_key}));
  CHECK(s.finding() == Finding::rolled_back);
  CHECK_FALSE(s.start());
}

TEST_CASE("fork: the same station gone two ways is found by a checkpoint of the other way") {
  Station s;
  s.medium.storage = s.older.storage;
  auto store = s.medium.store({64, 16});
  REQUIRE(store.open(true, s.stamp));
  s.more(store, 400);
  s.signer.seal_and_sign(store);
  CHECK(s.finding() == Finding::forked);
  CHECK_FALSE(s.finding({s.signer.keys(), s.early, s.escrow.private_key}));
}

TEST_CASE("an older or missing sealing key ends the log") {
  Station gone;
  for (const std::uint32_t place : {0U, 1U}) std::ranges::fill(gone.medium.seals(place), std::byte{});
  CHECK(gone.start() == Reason::key_lost);
  CHECK(gone.finding({}) == Finding::key_lost);
  Station older;
  for (const std::uint32_t place : {0U, 1U}) older.medium.seals(place) = older.older.seals(place);
  CHECK(older.finding({}) == Finding::key_lost);
  CHECK(older.start() == Reason::key_lost);
}

TEST_CASE("all segments gone while the key is there is a truncation, not a new station") {
  Station s;
  for (const std::uint32_t segment : {0U, 1U, 2U, 3U}) REQUIRE(s.medium.storage.remove(segment));
  CHECK(s.start() == Reason::truncated);
  CHECK(s.finding({}) == Finding::truncated);
}

TEST_CASE("changed tree hashes are found by both, and those of every level by verify") {
  Station old;
  old.medium.leaves(0)[100 * sizeof(Hash)] ^= std::byte{1};
  CHECK(old.finding({}) == Finding::tiles_changed);
  CHECK_FALSE(old.start());  // a start looks at what it goes on from
  Station newest;
  newest.medium.leaves(0)[260 * sizeof(Hash)] ^= std::byte{1};
  CHECK(newest.finding({}) == Finding::tiles_changed);
  CHECK(newest.start() == Reason::tiles_changed);
  Station upper;
  upper.medium.nodes(0)[5] ^= std::byte{1};
  CHECK(upper.finding({}) == Finding::tiles_changed);
  CHECK(upper.start() == Reason::tiles_changed);
  CHECK(upper.finding({}) == Finding::tiles_changed);
}

TEST_CASE("a checkpoint of other records, of more records, of other keys or without the second signature is refused") {
  Station other;
  auto changed = other.kept;
  changed.root[0] ^= std::byte{1};
  other.replace_note(other.signer.sign(changed));
  CHECK(other.finding({}) == Finding::root_mismatch);
  Station more;
  changed = more.kept;
  changed.size += 100;
  more.replace_note(more.signer.sign(changed));
  CHECK(more.finding({}) == Finding::truncated);
  CHECK(more.start() == Reason::truncated);
  Station strange;
  const Signer stranger;
  CHECK(strange.finding({stranger.keys()}) == Finding::unsigned_log);
  const auto forged = strange.signer.ed25519.verifier();
  const auto text = merkle::write_checkpoint(strange.kept);
  const auto note = text + "\n" + merkle::note_line(forged, stranger.ed25519.sign(std::as_bytes(std::span{text})));
  strange.replace_note(note);
  CHECK(strange.finding({{forged}}) == Finding::bad_signature);
  Station half;
  const auto single = merkle::write_checkpoint(half.kept) + "\n" + half.signer.ed25519.line(half.kept);
  half.replace_note(single);
  CHECK(half.finding() == Finding::unsigned_log);
}

namespace {

/// What the start said of the checkpoint, if anything.
std::string said_of_checkpoint(Medium& medium) {
  for (const auto& record : tail(medium.files(), 3))
    if (record.event == "TornCheckpointRepaired") return std::string{record.detail.view()};
  return {};
}

}  // namespace

TEST_CASE("a checkpoint whose write the power cut short is repaired from the one before, recorded, and no tampering") {
  for (const std::size_t cut_at :
       {std::size_t{1}, std::size_t{80}, std::size_t{700}, std::size_t{3000}, CheckpointFile::kPlace - 1}) {
    CAPTURE(cut_at);
    Station s;
    // The newest one stands in the second place; what was there before was another text.
    auto& place = s.medium.checkpoints(1);
    const auto whole = place;
    std::fill(place.begin() + static_cast<std::ptrdiff_t>(cut_at), place.end(), std::byte{});
    const auto before = verify(s.medium.files(), {s.signer.keys()});
    CHECK_FALSE(before.problem);
    CHECK(before.torn_checkpoint);
    CHECK(before.checkpoint->size == s.early.size);
    CHECK_FALSE(s.start());
    CHECK(said_of_checkpoint(s.medium) == "signed_records=" + std::to_string(s.early.size));
    const auto after = verify(s.medium.files(), {s.signer.keys()});
    CHECK_FALSE(after.problem);
    CHECK_FALSE(after.torn_checkpoint);
    CHECK(s.medium.checkpoints(1) == s.medium.checkpoints(0));
    CHECK_FALSE(s.start());
    CHECK(said_of_checkpoint(s.medium).empty());
  }
}

TEST_CASE("both places of the checkpoint changed, or one with something else in it, is tampering; the evidence stays") {
  for (const bool both : {true, false}) {
    CAPTURE(both);
    Station s;
    if (both) {
      for (const std::uint32_t place : {0U, 1U}) s.medium.checkpoints(place)[90] ^= std::byte{4};
    } else {
      REQUIRE(CheckpointFile{s.medium.files().checkpoints}.write("good morning"));
    }
    const auto evidence = s.medium.checkpoints(0);
    CHECK(s.finding({}) == Finding::checkpoint_damaged);
    CHECK(s.start() == Reason::checkpoint_damaged);
    CHECK(s.medium.checkpoints(3) == evidence);
    CHECK(s.finding({}) == Finding::checkpoint_damaged);
    CHECK_FALSE(s.start());
    CHECK(s.finding({}) == Finding::checkpoint_damaged);
  }
}

TEST_CASE("a clock set backwards behind the ledger's back is found") {
  Station s;
  auto list = split(s.medium.segment(2));
  // Time stands behind sequence, boot and the monotonic clock.
  auto& last = list[list.size() - 2];
  last[journal::kHeaderSize + journal::kEntryHeader + 8 + 4 + 8 + 4] ^= std::byte{0x10};
  rewrite(s.medium.segment(2), list, 2);
  CHECK(s.finding({}) == Finding::clock_back);
}

TEST_CASE("entries that are no records, and a medium that cannot be read, are said to be that") {
  Station s;
  auto list = split(s.medium.segment(1));
  list[4][journal::kHeaderSize] = std::byte{9};  // of no kind
  rewrite(s.medium.segment(1), list, 1);
  CHECK(s.finding({}) == Finding::unreadable);
  Station swapped;
  auto heads = split(swapped.medium.segment(1));
  heads[0][journal::kHeaderSize + journal::kEntryHeader + 4 + 4 + 4 + 4 + 8] ^= std::byte{1};  // records before
  rewrite(swapped.medium.segment(1), heads, 1);
  CHECK(swapped.finding({}) == Finding::head_mismatch);
}

TEST_CASE("no space: what was acknowledged stays, what was refused was never said, and the log verifies") {
  Station s;
  auto store = s.medium.store({64, 16});
  REQUIRE(store.open(true, s.stamp));
  const auto before = store.head();
  s.medium.storage.refuse_room(13, 3);
  for (int i = 0; i < 3; ++i) {
    store.add("session", entry(1), s.stamp);
    const auto refused = store.flush();
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Error::full);
  }
  CHECK(store.head().hash == before.hash);
  record(store, 2, 20, s.stamp);
  CHECK_FALSE(s.finding());
}
