// How exposed each service may be with every layer in place. A limit is raised by a commit that says why.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "libs/sandbox/exposure.hpp"
#include "system_table.hpp"

using namespace bulwatt;

namespace {
struct Limit {
  std::string_view service;
  unsigned most;
};
constexpr Limit kLimits[] = {
    {"power", 20},                   // the lines to up to four safety controllers, one per EVSE
    {"ledger", 12},  {"vault", 18},  // loads the TPM's library where one is configured; ocpp and v2g ask it
    {"session", 14}, {"meter", 26}, {"hmi", 16},
    {"cards", 12},   {"ocpp", 36},  {"v2g", 12},  // cars, and whoever else is on their link
};
constexpr sandbox::Layers kEverything = ~sandbox::Layers{0};
}  // namespace

TEST_CASE("every service has a limit of exposure and is below it") {
  for (const auto& service : kSystem.services) {
    CAPTURE(std::string{service.name});
    const auto limit = std::ranges::find(kLimits, service.name, &Limit::service);
    REQUIRE(limit != std::end(kLimits));
    CHECK(sandbox::exposure(service, kEverything) <= limit->most);
    MESSAGE(service.name, ": ", unsigned{sandbox::exposure(service, kEverything)}, " of ", limit->most);
  }
}

TEST_CASE("what faces the internet is more exposed than what it must not reach") {
  const auto of = [](std::string_view name) {
    return sandbox::exposure(*std::ranges::find(kSystem.services, name, &sandbox::ServiceEntry::name), kEverything);
  };
  for (const auto* inner : {"power", "vault", "ledger", "session"}) CHECK(of(inner) < of("ocpp"));
}
