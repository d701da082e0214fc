#include "libs/merkle/tree.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "libs/base/hex.hpp"
#include "libs/merkle/many.hpp"
#include "libs/merkle/naive_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::merkle;

namespace {

std::vector<std::byte> unhex(std::string_view text) {
  std::vector<std::byte> out;
  for (std::size_t i = 0; i < text.size(); i += 2)
    out.push_back(static_cast<std::byte>(std::stoi(std::string{text.substr(i, 2)}, nullptr, 16)));
  return out;
}

Leaves random_leaves(std::size_t count, std::uint32_t seed = 1) {
  std::mt19937 random{seed};
  Leaves out(count);
  for (auto& leaf : out)
    for (auto& byte : leaf) byte = static_cast<std::byte>(random());
  return out;
}

// Inputs and roots that every implementation of Certificate Transparency is tested with.
constexpr std::array<std::string_view, 8> kInputs{
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
constexpr std::array<std::string_view, 8> kRoots{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                                 "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                                 "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                                 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                                 "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                                 "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                                 "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                                 "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

}  // namespace

TEST_CASE("the tree without leaves and the first eight trees have the roots known from Certificate Transparency") {
  Frontier tree;
  CHECK(hex(tree.root()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < kInputs.size(); ++i) {
    tree.append(leaf_hash(unhex(kInputs[i])));
    CHECK(hex(tree.root()) == kRoots[i]);
    CHECK(tree.size() == i + 1);
  }
}

TEST_CASE("the root kept while the tree grows is the root of the definition, at every size") {
  const auto leaves = random_leaves(300);
  Frontier tree;
  for (std::size_t n = 0; n < leaves.size(); ++n) {
    REQUIRE(tree.root() == naive_root(part(leaves, 0, n)));
    const auto again = Frontier::from(n, tree.nodes());
    REQUIRE(again);
    REQUIRE(again->root() == tree.root());
    tree.append(leaves[n]);
  }
}

TEST_CASE("a frontier with too few, too many nodes or beyond the greatest size is refused") {
  Frontier tree;
  for (const auto& leaf : random_leaves(7)) tree.append(leaf);
  auto nodes = tree.nodes();
  CHECK(nodes.size == 3);
  CHECK_FALSE(Frontier::from(8, nodes));
  CHECK_FALSE(Frontier::from(5, nodes));
  CHECK_FALSE(Frontier::from(kMaxSize, nodes));
  CHECK(Frontier::from(11, nodes));  // 1011 has three nodes too
}

TEST_CASE("inclusion proofs are those of the definition and hold, and hold for nothing else") {
  const auto leaves = random_leaves(70);
  LeafSource source{leaves};
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const auto root = naive_root(part(leaves, 0, size));
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = prove_inclusion(source, index, size);
      REQUIRE(proof);
      REQUIRE(std::ranges::equal(proof->view(), naive_path(index, part(leaves, 0, size))));
      REQUIRE(verify_inclusion(leaves[index], index, size, proof->view(), root));
      const auto other = (index + 1) % size;
      if (size > 1) {
        REQUIRE_FALSE(verify_inclusion(leaves[other], index, size, proof->view(), root));
        REQUIRE_FALSE(verify_inclusion(leaves[index], other, size, proof->view(), root));
        REQUIRE_FALSE(verify_inclusion(leaves[index], index, size, proof->view().first(proof->size - 1U), root));
      }
      auto longer = *proof;
      REQUIRE(longer.push_back(root));
      REQUIRE_FALSE(verify_inclusion(leaves[index], index, size, longer.view(), root));
    }
    CHECK_FALSE(prove_inclusion(source, size, size));
    CHECK_FALSE(verify_inclusion(leaves[0], size, size, {}, root));
  }
}

TEST_CASE("consistency proofs are those of the definition and hold, and hold for no other tree") {
  const auto leaves = random_leaves(70);
  auto forked = leaves;
  forked[10] = leaves[11];
  LeafSource source{leaves};
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const auto root = naive_root(part(leaves, 0, size));
    for (std::size_t old = 0; old <= size; ++old) {
      const auto proof = prove_consistency(source, old, size);
      REQUIRE(proof);
      const auto expected = old == 0 ? std::vector<Hash>{} : naive_subproof(old, part(leaves, 0, size), true);
      REQUIRE(std::ranges::equal(proof->view(), expected));
      const auto old_root = naive_root(part(leaves, 0, old));
      REQUIRE(verify_consistency(old, old_root, size, root, proof->view()));
      if (old > 10) REQUIRE_FALSE(verify_consistency(old, naive_root(part(forked, 0, old)), size, root, proof->view()));
      if (proof->size > 0) {
        auto changed = *proof;
        changed[changed.size - 1U][5] ^= std::byte{1};
        REQUIRE_FALSE(verify_consistency(old, old_root, size, root, changed.view()));
        REQUIRE_FALSE(verify_consistency(old, old_root, size, root, proof->view().first(proof->size - 1U)));
        auto longer = *proof;
        REQUIRE(longer.push_back(root));
        REQUIRE_FALSE(verify_consistency(old, old_root, size, root, longer.view()));
      }
    }
    CHECK_FALSE(prove_consistency(source, size + 1, size));
    CHECK_FALSE(verify_consistency(size + 1, root, size, root, {}));
  }
}

TEST_CASE("the root of a beginning of the tree comes from the same nodes, and a source that lacks one gives no proof") {
  const auto leaves = random_leaves(50);
  LeafSource source{leaves};
  for (std::size_t size = 0; size <= leaves.size(); ++size)
    CHECK(root_of(source, size) == naive_root(part(leaves, 0, size)));
  LeafSource less{part(leaves, 0, 40)};
  CHECK_FALSE(root_of(less, 41));
  CHECK_FALSE(prove_inclusion(less, 3, 41));
  CHECK_FALSE(prove_consistency(less, 3, 41));
}

TEST_CASE("many entries at once have the hashes that each has by itself, at every length and number") {
  std::mt19937 random{7};
  std::vector<std::byte> bytes(4096);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  std::vector<std::span<const std::byte>> entries;
  // Every length of the last block, a few longer ones, and lanes that end at different times.
  for (std::size_t size = 0; size < 300; ++size) entries.push_back(std::span{bytes}.subspan(random() % 64, size));
  for (int i = 0; i < 40; ++i) entries.push_back(std::span{bytes}.subspan(random() % 64, random() % 4000));
  for (const std::size_t count : {0UL, 1UL, 5UL, 6UL, 15UL, 16UL, 17UL, 33UL, entries.size()}) {
    std::vector<Hash> hashes(count);
    const auto last = std::span{entries}.last(count);
    leaf_hashes(last, hashes);
    std::size_t same = 0;
    for (std::size_t i = 0; i < count; ++i) same += hashes[i] == leaf_hash(last[i]) ? 1 : 0;
    CHECK(same == count);
  }
}

TEST_CASE("a tree that many leaves were added to at once is the tree they were added to one by one") {
  const auto leaves = random_leaves(1500);
  std::mt19937 random{3};
  for (int round = 0; round < 60; ++round) {
    Frontier one;
    Frontier many;
    for (std::size_t at = 0; at < leaves.size();) {
      const auto count = std::min<std::size_t>(random() % (round % 2 == 0 ? 20 : 700), leaves.size() - at);
      const auto some = std::span{leaves}.subspan(at, count);
      for (const auto& leaf : some) one.append(leaf);
      many.append(some);
      at += count;
      REQUIRE(many.size() == one.size());
      REQUIRE(many.root() == one.root());
      REQUIRE(many.nodes().view().size() == one.nodes().view().size());
      REQUIRE(std::ranges::equal(many.nodes(), one.nodes()));
    }
  }
}
