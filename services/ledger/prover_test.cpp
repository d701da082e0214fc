#include "services/ledger/prover.hpp"

#include "libs/http/encoding.hpp"
#include "libs/merkle/proof.hpp"
#include "services/ledger/ledger_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::ledger;

namespace {

constexpr std::size_t kRecords = 900;
const Config kSegments{64, 64};

struct Log {
  Medium medium{};
  Signer signer{};
  Store store = medium.store(kSegments);
  Log() {
    REQUIRE(store.open(true, kStamp));
    for (std::size_t i = 0; i < kRecords; ++i) record(store, i, 300);
  }
};

bool holds(const std::string& text, std::uint64_t sequence) {
  const auto proof = merkle::parse_proof(text);
  REQUIRE(proof);
  const auto note = merkle::parse_note(proof->checkpoint);
  REQUIRE(note);
  const auto checkpoint = merkle::parse_checkpoint(note->text);
  REQUIRE(checkpoint);
  std::array<std::byte, kMaxRecord> room{};
  const auto entry = http::base64_decode(proof->extra, room);
  REQUIRE(entry);
  const auto record = wire::decode<Record>(*entry);
  REQUIRE(record);
  return record->sequence == sequence && proof->index == sequence - 1 &&
         merkle::verify_inclusion(merkle::leaf_hash(*entry), proof->index, checkpoint->size, proof->hashes.view(),
                                  checkpoint->root);
}

}  // namespace

TEST_CASE("records of every segment are proved to the signed checkpoint, in a text that an interface can carry") {
  Log log;
  const auto size = log.signer.seal_and_sign(log.store).size;
  REQUIRE(size > kRecords);
  for (std::uint64_t sequence = 1; sequence <= size; sequence += 37) {
    const auto text = prove(log.medium.files(), sequence);
    REQUIRE(text);
    CHECK(holds(*text, sequence));
    CHECK(text->size() <= kMaxProof);
  }
  CHECK(prove(log.medium.files(), size));
}

TEST_CASE("why there is no proof is said") {
  Medium nothing;
  CHECK(prove(nothing.files(), 1).error() == NoProof::no_log);
  Log log;
  CHECK(prove(log.medium.files(), 1).error() == NoProof::no_checkpoint);
  const auto size = log.signer.seal_and_sign(log.store).size;
  record(log.store, 1);
  CHECK(prove(log.medium.files(), 0).error() == NoProof::not_signed);
  CHECK(prove(log.medium.files(), size + 1).error() == NoProof::not_signed);
  REQUIRE(prove(log.medium.files(), 2));
  log.medium.leaves(0)[0] ^= std::byte{1};
  CHECK(prove(log.medium.files(), 2).error() == NoProof::broken);
  log.medium.leaves(0)[0] ^= std::byte{1};
  log.medium.segment(0).clear();
  CHECK(prove(log.medium.files(), 1).error() == NoProof::no_record);
}
