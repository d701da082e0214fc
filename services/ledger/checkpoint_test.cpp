#include "services/ledger/ledger_for_tests.hpp"
#include "services/ledger/service.hpp"

using namespace bulwatt;
using namespace bulwatt::ledger;

namespace {

std::vector<std::byte> info_of(const merkle::SoftwareKey& key) {
  // SubjectPublicKeyInfo: the fixed beginning of each algorithm, then the raw key.
  const bool classical = key.verifier().type == merkle::KeyType::ed25519;
  constexpr std::array<unsigned char, 12> kEd25519{0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0};
  constexpr std::array<unsigned char, 22> kMlDsa{0x30, 0x82, 5, 0x32, 0x30, 0xb,  6, 9,    0x60, 0x86, 0x48,
                                                 1,    0x65, 3, 4,    3,    0x11, 3, 0x82, 5,    0x21, 0};
  std::vector<std::byte> out;
  const auto add = [&](const auto& bytes) {
    for (const auto b : bytes) out.push_back(static_cast<std::byte>(b));
  };
  if (classical) add(kEd25519);
  else add(kMlDsa);
  add(key.verifier().public_key.view());
  return out;
}

/// What the vault does with what it fetched.
SubmitCheckpoint sign(const Signer& signer, const FetchCheckpoint::ToSign& due) {
  const auto with = [](const merkle::SoftwareKey& key, std::span<const std::byte> content) {
    return SubmitCheckpoint::Signed{Octets<1400>{info_of(key)}, Octets<2420>{key.sign(content)}};
  };
  return {due.records, due.seconds, with(signer.ed25519, due.text.view()), with(signer.ml_dsa, due.cosigned.view())};
}

struct Rig {
  Medium medium{};
  Store store = medium.store();
  Signer signer{};
  Rig() { REQUIRE(store.open(true, kStamp)); }
};

}  // namespace

TEST_CASE("what is sealed is fetched, signed by both keys, checked, kept, and verifies with nothing else known") {
  Rig r;
  Service service{r.store};
  const auto due = service.seal();
  REQUIRE(due);
  CHECK(due->records == 1);
  const auto fetched = service.fetch(kStamp);
  REQUIRE(fetched);
  CHECK(fetched->seconds == 1'767'225'600);
  const auto done = service.submit(sign(r.signer, *fetched), kStamp);
  REQUIRE(done);
  CHECK(done->records == 1);
  CHECK(r.store.signed_records() == 1);
  CHECK(service.fetch(kStamp).error() == Error::not_ready);
  const auto result = verify(r.medium.files(), {r.signer.keys()});
  CHECK_FALSE(result.problem);
  CHECK(result.keys_good == 2);
  REQUIRE(r.store.flush());
  const auto last = tail(r.medium.files(), 1)[0];
  CHECK(last.event == "CheckpointKey");
  // "name+id,name+id" and not the keys themselves, whose base64 may hold plus signs too.
  CHECK(last.detail.view().starts_with("keys=bulwatt.invalid/station/1+"));
  CHECK(last.detail.size ==
        std::string_view{"keys=bulwatt.invalid/station/1+12345678,bulwatt.invalid/station/1+12345678"}.size());
  CHECK(r.store.kept_keys() ==
        merkle::write_key(r.signer.ed25519.verifier()) + "\n" + merkle::write_key(r.signer.ml_dsa.verifier()) + "\n");
}

TEST_CASE("the same keys are recorded once, so that signing does not make work for signing") {
  Rig r;
  {
    Service service{r.store};
    REQUIRE(service.seal());
    REQUIRE(service.submit(sign(r.signer, *service.fetch(kStamp)), kStamp));
    REQUIRE(service.seal());
    REQUIRE(service.submit(sign(r.signer, *service.fetch(kStamp)), kStamp));
    CHECK_FALSE(service.seal());
    CHECK(r.store.head().records == 2);
  }
  Service again{r.store};
  record(r.store, 1);
  REQUIRE(again.seal());
  REQUIRE(again.submit(sign(r.signer, *again.fetch(kStamp)), kStamp));
  CHECK_FALSE(again.seal());
}

TEST_CASE("signatures that do not hold, of another tree, or that nobody asked for are refused and not kept") {
  Rig r;
  Service service{r.store};
  CHECK(service.submit({}, kStamp).error() == Error::refused);
  REQUIRE(service.seal());
  const auto due = *service.fetch(kStamp);
  auto wrong = sign(r.signer, due);
  wrong.ed25519.signature.data[3] ^= std::byte{1};
  CHECK(service.submit(wrong, kStamp).error() == Error::refused);
  wrong = sign(r.signer, due);
  wrong.seconds += 1;
  CHECK(service.submit(wrong, kStamp).error() == Error::refused);
  wrong = sign(r.signer, due);
  wrong.ml_dsa_44.public_key = wrong.ed25519.public_key;
  CHECK(service.submit(wrong, kStamp).error() == Error::refused);
  wrong = sign(r.signer, due);
  wrong.records += 1;
  CHECK(service.submit(wrong, kStamp).error() == Error::refused);
  CHECK(service.submit({due.records, due.seconds, {}, {}}, kStamp).error() == Error::refused);
  CHECK(r.store.signed_records() == 0);
  auto half = sign(r.signer, due);
  half.ml_dsa_44 = {};
  CHECK(service.submit(half, kStamp));
}

TEST_CASE("a critical record is not to wait for the next regular seal") {
  Rig r;
  Service service{r.store};
  auto request = entry(1);
  REQUIRE(service.append("session", request, {}, kStamp));
  CHECK_FALSE(service.urgent());
  request.severity = Severity::critical;
  REQUIRE(service.append("session", request, {}, kStamp));
  CHECK(service.urgent());
  REQUIRE(service.seal());
  CHECK_FALSE(service.urgent());
}

TEST_CASE("the first key of a log is what its owner finds with his private key, and nobody else finds it") {
  const auto pair = make_escrow_pair();
  const auto other = make_escrow_pair();
  REQUIRE(pair);
  REQUIRE(other);
  EscrowedKeys keys{pair->public_key};
  CHECK(keys.escrows());
  const auto first = keys.fresh();
  REQUIRE(first);
  CHECK(open_escrow(pair->private_key, first->escrow.view()) == first->key);
  CHECK(open_escrow(other->private_key, first->escrow.view()) != first->key);
  CHECK_FALSE(open_escrow("no key", first->escrow.view()));
  CHECK_FALSE(EscrowedKeys{"no key"}.escrows());
  CHECK(EscrowedKeys{{}}.fresh()->escrow.empty());
  CHECK(next_key(first->key) != first->key);
}
