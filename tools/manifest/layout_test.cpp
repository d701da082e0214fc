#include "tools/manifest/layout.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include "tools/manifest/emit.hpp"
#include "tools/manifest/station_for_tests.hpp"

namespace bulwatt::manifest {
namespace {

std::string replaced(std::string text, std::string_view old, std::string_view fresh) {
  const auto at = text.find(old);
  REQUIRE(at != std::string::npos);
  return text.replace(at, old.size(), fresh);
}

TEST_CASE("services start after everything they call") {
  const auto manifest = station();
  const auto layout = lay_out(manifest, "1");
  for (const auto* conduit : layout.conduits) {
    if (conduit->has_calls()) CHECK(layout.index_of(conduit->server.text) < layout.index_of(conduit->client.text));
  }
}

TEST_CASE("both ends of a conduit are there, and the more urgent peer has the lower descriptor") {
  const auto manifest = station();
  const auto layout = lay_out(manifest, "1");
  std::size_t ends = 0;
  for (const auto& placed : layout.services) {
    ends += placed.ends.size();
    CHECK(std::ranges::is_sorted(placed.ends, std::greater{},
                                 [](const End& end) { return end.peer->schedule.priority; }));
    CHECK(placed.first_device_fd() == 4 + static_cast<int>(placed.ends.size()));
  }
  CHECK(ends == 2 * layout.conduits.size());
}

TEST_CASE("permits are bits of the message ids, narrowed by phase") {
  const auto manifest = station();
  const auto& conduit = manifest.conduits.front();
  REQUIRE(conduit.server.text == "power");
  const auto masks = masks_of(conduit);
  CHECK(masks.requests[static_cast<std::size_t>(control::Phase::charging)] == 0b1011110);
  CHECK(masks.requests[static_cast<std::size_t>(control::Phase::idle)] == 0b1011110);
  CHECK(masks.requests[static_cast<std::size_t>(control::Phase::boot)] == 0b01100);
  CHECK(masks.requests[static_cast<std::size_t>(control::Phase::updating)] == 0b1001100);
  CHECK(masks.pulses_to_client == 0b100000);
}

TEST_CASE("the build is the same for the same manifest and another one for any change but a comment's") {
  const auto text = station_text();
  const auto commented = station("# read me\n" + text);
  const auto manifest = station(text);
  const auto again = station(text);
  const auto changed = station(replaced(text, "per_s = 200", "per_s = 201"));
  CHECK(lay_out(manifest, "1").build == lay_out(again, "1").build);
  CHECK(lay_out(manifest, "1").build == lay_out(commented, "1").build);
  CHECK(lay_out(manifest, "1").build != lay_out(manifest, "2").build);
  CHECK(lay_out(manifest, "1").build != lay_out(changed, "1").build);
  const auto unlocked = station(replaced(text, "lock_memory = true", "lock_memory = false"));
  CHECK(lay_out(manifest, "1").build != lay_out(unlocked, "1").build);
  for (const char* version : {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}) {
    CHECK(lay_out(manifest, version).build <= std::uint64_t{INT64_MAX});
  }
  CHECK(emit_system_table(lay_out(manifest, "1")) == emit_system_table(lay_out(again, "1")));
}

TEST_CASE("a grant is named after the peer, and after the interface too where two conduits lead to one peer") {
  const auto text = station_text() + R"(
[[conduit]]
client = "meter"
server = "session"
interface = "session"
pulses_to_client = ["SnapshotChanged"]
deadline_ms = 100
rate = { per_s = 50, burst = 20 }
overflow = "drop"
)";
  const auto manifest = station(text);
  const auto layout = lay_out(manifest, "1");
  const auto& session = layout.services[layout.index_of("session")];
  std::vector<std::string> names;
  for (const auto& end : session.ends) names.push_back(end.grant_name);
  CHECK(names ==
        std::vector<std::string>{"power", "meter_meter", "meter_session", "ledger", "v2g", "ocpp", "hmi", "cards"});
  const auto grants = emit_grants(layout, session);
  CHECK(grants.find("struct meter_session {") != std::string::npos);
  CHECK(grants.find("struct meter {") == std::string::npos);
}

TEST_CASE("emit leaves files alone that would not change") {
  const auto folder = std::filesystem::temp_directory_path() / cat("bulwatt-manifest-", getpid());
  const auto manifest = station();
  const auto layout = lay_out(manifest, "1");
  emit_all(layout, folder);
  const auto table = folder / "system_table.hpp";
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours{1};
  std::filesystem::last_write_time(table, old);
  emit_all(layout, folder);
  CHECK(std::filesystem::last_write_time(table) == old);
  emit_all(lay_out(manifest, "2"), folder);
  CHECK(std::filesystem::last_write_time(table) > old);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace bulwatt::manifest
