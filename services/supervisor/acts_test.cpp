#include "services/supervisor/acts.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace bulwatt;
using namespace bulwatt::supervisor;

namespace {
control::Act act(control::ActKind kind, std::int64_t amount = 0) { return {0, Timestamp{5}, kind, "x", {}, amount}; }
struct Keeper {
  Acts acts;
  std::vector<std::uint32_t> got;
  void settle() {
    acts.settle([&](const control::Act& one) { got.push_back(one.number); });
  }
};
using control::ActKind;
}  // namespace

TEST_CASE("acts are numbered, sent once and forgotten when they are kept") {
  Keeper k;
  k.acts.push(act(ActKind::step));
  k.acts.push(act(ActKind::recovered));
  k.settle();
  k.settle();
  CHECK(k.got == std::vector<std::uint32_t>{1, 2});
  CHECK(k.acts.waiting() == 2);
  k.acts.kept(1);
  CHECK(k.acts.waiting() == 1);
  k.acts.push(act(ActKind::step));
  k.settle();
  CHECK(k.got == std::vector<std::uint32_t>{1, 2, 3});
}

TEST_CASE("a new keeper gets again what was not confirmed") {
  Keeper k;
  for (int i = 0; i < 3; ++i) k.acts.push(act(ActKind::step));
  k.settle();
  k.acts.kept(1);
  k.acts.keeper_is_new();
  k.got.clear();
  k.settle();
  CHECK(k.got == std::vector<std::uint32_t>{2, 3});
}

TEST_CASE("without room deaths give way to the ladder, and how many were lost is told once there is room") {
  Keeper k;
  for (std::size_t i = 0; i < Acts::kCapacity; ++i) k.acts.push(act(ActKind::service_ended));
  k.acts.push(act(ActKind::service_ended));
  k.acts.push(act(ActKind::step));
  CHECK(k.acts.lost() == 2);
  CHECK(k.acts.waiting() == Acts::kCapacity);
  k.settle();
  CHECK(k.got.front() == 2);  // the oldest death gave way
  k.acts.kept(k.got.back());
  std::vector<control::Act> rest;
  k.acts.settle([&](const control::Act& one) { rest.push_back(one); });
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].kind == ActKind::acts_lost);
  CHECK(rest[0].amount == 2);
}

TEST_CASE("a full queue of ladder steps loses the newest and counts it") {
  Keeper k;
  for (std::size_t i = 0; i <= Acts::kCapacity; ++i) k.acts.push(act(ActKind::step));
  CHECK(k.acts.lost() == 1);
  k.settle();
  CHECK(k.got.front() == 1);
}
