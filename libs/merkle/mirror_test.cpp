#include "libs/merkle/mirror.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::merkle;
using Outcome = MirrorAnswer::Outcome;

namespace {

constexpr std::string_view kOrigin = "example.invalid/station/1";

std::string bundle_of(std::size_t from, std::size_t to, std::string_view salt = "") {
  std::string out;
  for (std::size_t i = from; i < to; ++i) {
    const auto entry = "entry " + std::to_string(i) + std::string{salt};
    append_entry(out, std::as_bytes(std::span{entry}));
  }
  return out;
}
Checkpoint checkpoint_of(std::size_t size) {
  Frontier tree;
  const auto bundle = bundle_of(0, size);
  auto rest = std::as_bytes(std::span{bundle});
  while (const auto entry = take_entry(rest)) tree.append(leaf_hash(*entry));
  return {kOrigin, size, tree.root()};
}
Mirrored give(MirrorTree& tree, std::size_t from, std::size_t to, std::size_t witnessed, std::string_view salt = "") {
  const auto bundle = bundle_of(from, to, salt);
  return tree.take({kOrigin, from, bundle}, checkpoint_of(witnessed));
}

}  // namespace

TEST_CASE("a mirror that has every entry of what was witnessed says so, whatever the pieces they came in") {
  MirrorTree tree;
  CHECK(give(tree, 0, 3, 10) == Mirrored::wants_more);
  CHECK(give(tree, 3, 9, 10) == Mirrored::wants_more);
  CHECK(tree.receipted().size() == 0);
  CHECK(give(tree, 9, 10, 10) == Mirrored::complete);
  CHECK(tree.receipted().size() == 10);
  CHECK(give(tree, 10, 300, 300) == Mirrored::complete);
  CHECK(tree.receipted().root() == checkpoint_of(300).root);
}

TEST_CASE("entries from elsewhere, beyond what was witnessed, or others than the witnessed ones are not taken") {
  MirrorTree tree;
  CHECK(give(tree, 0, 5, 5) == Mirrored::complete);
  CHECK(give(tree, 6, 8, 10) == Mirrored::other_index);
  CHECK(give(tree, 0, 5, 10) == Mirrored::other_index);
  CHECK(give(tree, 5, 12, 10) == Mirrored::beyond);
  CHECK(tree.held().size() == 5);
  CHECK(give(tree, 5, 8, 10, "!") == Mirrored::wants_more);
  CHECK(give(tree, 8, 10, 10) == Mirrored::other_entries);
  CHECK(tree.held().size() == 5);  // from the receipt on, again
  CHECK(give(tree, 5, 10, 10) == Mirrored::complete);
  CHECK(status_of(Mirrored::other_entries) == 422);
  CHECK(status_of(Mirrored::beyond) == 422);
  CHECK(status_of(Mirrored::other_index) == 409);
}

TEST_CASE("what a mirror kept is only taken up when it is what its receipt says") {
  const auto bundle = bundle_of(0, 7);
  for (const std::size_t size : {7UL, 6UL}) {
    MirrorTree tree;
    auto rest = std::as_bytes(std::span{bundle});
    while (const auto entry = take_entry(rest)) tree.restore(*entry);
    CHECK(tree.restored(checkpoint_of(size)) == (size == 7));
  }
}

TEST_CASE("a request with entries has one spelling") {
  const auto text = write_add_entries({kOrigin, 12, bundle_of(12, 14)});
  const auto back = parse_add_entries(text);
  REQUIRE(back);
  CHECK(back->from == 12);
  CHECK(write_add_entries(*back) == text);
  const auto good = bundle_of(0, 1);
  for (const std::string_view head : {"", "log a", "log a\n", "log a\nfrom 1", "log a\nfrom 01\n\n", "log \nfrom 1\n\n",
                                      "log a\nfrom -1\n\n", "from 1\nlog a\n\n", "log a\nfrom 1\n"})
    CHECK_FALSE(parse_add_entries(std::string{head} + (head.ends_with("\n\n") ? good : std::string{})));
  CHECK_FALSE(parse_add_entries("log a\nfrom 1\n\n"));
  CHECK_FALSE(parse_add_entries(text.substr(0, text.size() - 1)));
  CHECK_FALSE(parse_add_entries(std::string(kMaxAddEntries + 1, 'x')));
}

TEST_CASE("a receipt counts when every key of the mirror has signed, and no other way") {
  const auto classical = *SoftwareKey::make(KeyType::ed25519_cosignature, "mirror.invalid/m");
  const auto quantum_safe = *SoftwareKey::make(KeyType::ml_dsa_44_cosignature, "mirror.invalid/m");
  const auto stranger = *SoftwareKey::make(KeyType::ml_dsa_44_cosignature, "mirror.invalid/m");
  const std::vector<VerifierKey> keys{classical.verifier(), quantum_safe.verifier()};
  const auto now = checkpoint_of(4);
  const auto both = classical.line(now, 9) + quantum_safe.line(now, 9);
  const auto answer = [&](int status, std::string_view type, const std::string& body) {
    return read_mirror_answer(status, type, body, now, keys);
  };
  CHECK(answer(200, "", both).outcome == Outcome::complete);
  CHECK(answer(200, "", both).lines == both);
  CHECK(answer(200, "", stranger.line(now, 9) + both).lines == both);
  CHECK(answer(200, "", quantum_safe.line(now, 9)).outcome == Outcome::unusable);
  CHECK(answer(200, "", classical.line(now, 9)).outcome == Outcome::unusable);
  CHECK(answer(200, "", classical.line(now, 9) + stranger.line(now, 9)).outcome == Outcome::unusable);
  CHECK(answer(200, "", classical.line(checkpoint_of(3), 9) + quantum_safe.line(now, 9)).outcome == Outcome::unusable);
  CHECK(answer(202, kSizeType, "2\n").next == 2);
  CHECK(answer(409, kSizeType, "0\n").outcome == Outcome::more);
  CHECK(answer(409, kSizeType, "4\n").outcome == Outcome::unusable);
  CHECK(answer(409, "text/plain", "2\n").outcome == Outcome::unusable);
  CHECK(answer(422, "", "").outcome == Outcome::refused);
  CHECK(answer(500, "", "").outcome == Outcome::unusable);
  CHECK_FALSE(cosigned_by_all(both, now, {}));
}
