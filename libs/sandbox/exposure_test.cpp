#include "libs/sandbox/exposure.hpp"

#include <doctest/doctest.h>

using namespace bulwatt::sandbox;

namespace {
ServiceEntry plain() {
  ServiceEntry entry{};
  entry.steady_calls = 40;
  return entry;
}
constexpr Layers kEverything = (Layers{1} << kLayerCount) - 1;
}  // namespace

TEST_CASE("a service that touches nothing and runs in every layer is closed") {
  CHECK(exposure(plain(), kEverything) == 0);
}

TEST_CASE("each thing an entry grants raises the number") {
  const auto more = [](auto change) {
    auto entry = plain();
    change(entry);
    return exposure(entry, kEverything);
  };
  static constexpr DeviceEntry kLine[] = {{.name = "line", .rights = Rights::read_write}};
  static constexpr FileEntry kState[] = {{.name = "state", .rights = Rights::read_write}};
  static constexpr std::string_view kLibrary[] = {"libc.so.6"};
  static constexpr EndEntry kServer[] = {{0, false, 0}};
  static constexpr EndEntry kClient[] = {{0, true, 0}};
  CHECK(more([](auto& e) { e.network = Network::client; }) == 12);
  CHECK(more([](auto& e) { e.network = Network::loopback; }) == 6);
  CHECK(more([](auto& e) { e.network = Network::link; }) == 10);
  CHECK(more([](auto& e) { e.udp_dns = true; }) == 4);
  CHECK(more([](auto& e) { e.devices = kLine; }) == 4);
  CHECK(more([](auto& e) { e.files = kState; }) == 3);
  CHECK(more([](auto& e) { e.libraries = kLibrary; }) == 4);
  CHECK(more([](auto& e) { e.ends = kServer; }) == 1);
  CHECK(more([](auto& e) { e.ends = kClient; }) == 0);
  CHECK(more([](auto& e) { e.may_restart_station = true; }) == 2);
  CHECK(more([](auto& e) { e.steady_calls = 72; }) == 4);
}

TEST_CASE("each missing layer raises the number by its weight, and never beyond 100") {
  for (std::size_t i = 0; i < kLayerCount; ++i) {
    const auto layer = Layers{1} << i;
    auto entry = plain();
    entry.policy = Policy::fifo;
    entry.lock_memory = true;
    CAPTURE(std::string{kLayerFacts[i].name});
    CHECK(exposure(entry, kEverything & ~layer) - exposure(entry, kEverything) == kLayerWeights[i]);
    CHECK(kLayerWeights[i] > 0);
  }
  CHECK(exposure(plain(), 0) == 100);
}

TEST_CASE("a layer that a service cannot have costs it nothing") {
  auto entry = plain();
  entry.network = Network::client;
  CHECK(exposure(entry, kEverything & ~bit(Layer::no_network)) == exposure(entry, kEverything));
}
