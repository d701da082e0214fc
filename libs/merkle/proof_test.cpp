#include "libs/merkle/proof.hpp"

#include <doctest/doctest.h>

using namespace bulwatt::merkle;

TEST_CASE("a carried proof is what C2SP tlog-proof shows, and is read back as written") {
  CarriedProof proof{73'894, {}, "example.com/log\n1\nx\n\nsignature\n"};
  CHECK(proof.hashes.push_back(Hash{std::byte{1}}));
  CHECK(proof.hashes.push_back(Hash{std::byte{2}}));
  const auto text = write_proof(proof);
  CHECK(text ==
        "c2sp.org/tlog-proof@v1\nindex 73894\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nexample.com/log\n1\nx\n\nsignature\n");
  const auto read = parse_proof(text);
  REQUIRE(read);
  CHECK(read->index == proof.index);
  CHECK(read->hashes == proof.hashes);
  CHECK(read->checkpoint == proof.checkpoint);
  auto extra = text;
  extra.insert(extra.find("index"), "extra Zm9v\n");
  CHECK(parse_proof(extra)->index == proof.index);
  CHECK(parse_proof(extra)->extra == "Zm9v");
  proof.extra = "Zm9v";
  CHECK(write_proof(proof) == extra);
  const auto alone = parse_proof("c2sp.org/tlog-proof@v1\nindex 0\n\nnote");
  REQUIRE(alone);
  CHECK(alone->hashes.empty());
}

TEST_CASE("what is no carried proof is refused") {
  std::string too_many = "c2sp.org/tlog-proof@v1\nindex 0\n";
  for (std::size_t i = 0; i <= Proof::kCapacity; ++i) too_many += "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
  for (const std::string& bad :
       {std::string{}, std::string{"c2sp.org/tlog-proof@v2\nindex 0\n\n"},
        std::string{"c2sp.org/tlog-proof@v1\nindex 00\n\n"}, std::string{"c2sp.org/tlog-proof@v1\nindex -1\n\n"},
        std::string{"c2sp.org/tlog-proof@v1\nindex 0\n"}, std::string{"c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n"},
        std::string{"c2sp.org/tlog-proof@v1\n\n"}, too_many + "\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_proof(bad));
  }
}
