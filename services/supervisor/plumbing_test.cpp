#include "services/supervisor/plumbing.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <vector>

using namespace bulwatt;
using namespace bulwatt::supervisor;

namespace {
// alpha serves beta and gamma.
constexpr std::array<sandbox::EndEntry, 2> kAlpha{{{0, false, 1}, {1, false, 1}}};
constexpr std::array<sandbox::EndEntry, 1> kBeta{{{0, true, 1}}};
constexpr std::array<sandbox::EndEntry, 1> kGamma{{{1, true, 1}}};
constexpr std::array<sandbox::ServiceEntry, 3> kServices = [] {
  std::array<sandbox::ServiceEntry, 3> s{};
  s[0].ends = kAlpha;
  s[1].ends = kBeta;
  s[2].ends = kGamma;
  return s;
}();
constexpr std::array<sandbox::ConduitEntry, 2> kConduits{{{1, 0, "i"}, {2, 0, "i"}}};
constexpr sandbox::SystemTable kTable{.services = kServices, .conduits = kConduits, .build = 1};

/// Stands for processes: keeps copies of what they were given.
struct World {
  Plumbing plumbing{kTable};
  std::array<bool, 3> running{};
  std::array<std::vector<int>, 3> has;
  struct Fresh {
    int conduit;
    std::uint32_t epoch;
  };
  void launch(Index service) {
    std::array<os::Handle, 4> out{};
    REQUIRE(plumbing.prepare(service, std::span{out}.first(kServices[service].ends.size()),
                             [&](Index i) { return running[i]; }));
    for (std::size_t i = 0; i < kServices[service].ends.size(); ++i) has[service].push_back(::dup(out[i]));
    plumbing.delivered(service);
    running[service] = true;
  }
  void die(Index service) {
    for (const int fd : has[service]) os::close(fd);
    has[service].clear();
    running[service] = false;
  }
  std::vector<Fresh> settle(Index service) {
    std::vector<Fresh> got;
    plumbing.settle(service, [&](std::uint8_t conduit, std::uint32_t epoch, os::Handle end) {
      os::close(has[service][conduit]);
      has[service][conduit] = ::dup(end);
      got.push_back({conduit, epoch});
    });
    return got;
  }
  bool connected(Index a, std::size_t ai, Index b, std::size_t bi) {
    const std::array<std::byte, 1> frame{std::byte{7}};
    std::array<std::byte, 8> into{};
    return os::send(has[a][ai], frame) == os::Sent::ok && os::receive(has[b][bi], into).arrival == os::Arrival::frame;
  }
  ~World() {
    for (Index i = 0; i < 3; ++i) die(i);
  }
};
}  // namespace

TEST_CASE("services launched one after the other are connected and nobody is owed anything") {
  World w;
  for (Index i = 0; i < 3; ++i) w.launch(i);
  CHECK(w.connected(0, 0, 1, 0));
  CHECK(w.connected(2, 0, 0, 1));
  for (Index i = 0; i < 3; ++i) CHECK(w.settle(i).empty());
}

TEST_CASE("a restarted server's clients get fresh ends with a new epoch") {
  World w;
  for (Index i = 0; i < 3; ++i) w.launch(i);
  w.die(0);
  w.launch(0);
  const auto beta = w.settle(1);
  const auto gamma = w.settle(2);
  REQUIRE(beta.size() == 1);
  REQUIRE(gamma.size() == 1);
  CHECK(beta[0].conduit == 0);
  CHECK(beta[0].epoch == 2);
  CHECK(w.connected(0, 0, 1, 0));
  CHECK(w.connected(0, 1, 2, 0));
  CHECK(w.settle(1).empty());
}

TEST_CASE("a restarted client renews only its own conduit") {
  World w;
  for (Index i = 0; i < 3; ++i) w.launch(i);
  w.die(2);
  w.launch(2);
  const auto alpha = w.settle(0);
  REQUIRE(alpha.size() == 1);
  CHECK(alpha[0].conduit == 1);
  CHECK(w.connected(2, 0, 0, 1));
  CHECK(w.connected(1, 0, 0, 0));
}

TEST_CASE("both ends dead: whoever comes first makes the pair, the other just takes its end") {
  World w;
  for (Index i = 0; i < 3; ++i) w.launch(i);
  w.die(0);
  w.die(1);
  w.launch(1);
  w.launch(0);
  CHECK(w.settle(1).empty());
  CHECK(w.connected(1, 0, 0, 0));
  CHECK(w.settle(2).size() == 1);
}

TEST_CASE("an end still owed when its peer dies again is replaced") {
  World w;
  for (Index i = 0; i < 3; ++i) w.launch(i);
  w.die(0);
  w.launch(0);
  w.die(0);
  w.launch(0);
  const auto beta = w.settle(1);
  REQUIRE(beta.size() == 1);
  CHECK(beta[0].epoch == 3);
  CHECK(w.connected(0, 0, 1, 0));
}

TEST_CASE("a survivor that dies while it is owed an end takes it at its launch") {
  World w;
  for (Index i = 0; i < 3; ++i) w.launch(i);
  w.die(0);
  w.launch(0);
  w.die(1);
  w.launch(1);
  CHECK(w.settle(1).empty());
  CHECK(w.connected(0, 0, 1, 0));
}
