// A launch that believes to have applied a layer and has not: the supervisor sees it from outside before the service is
// believed. Production does not run it; the developer profile says once what is missing.
#include <doctest/doctest.h>

#include "tests/supervision/station.hpp"

using namespace bulwatt;
using namespace bulwatt::probe;
using sandbox::Layer;
using supervisor::Cause;
using supervisor::State;

namespace {

struct Lie {
  const char* without;
  Layer layer;
  const char* sentence;
  bool root_only = false;
};
constexpr Lie kLies[] = {
    {"mount_view", Layer::mount_view, "it may do more with a file or folder than granted"},
    {"network_namespace", Layer::no_network, "it shares our network"},
    {"process_namespace", Layer::own_processes, "it shares our process numbers"},
    {"name_namespaces", Layer::own_names, "it shares our System V objects"},
    {"capability_drop", Layer::no_capabilities, "capabilities are left"},
    {"limits", Layer::limits, "a limit is higher than granted"},
    {"launch_filter", Layer::filter_launch, "fewer call filters than claimed"},
    {"own_user", Layer::own_user, "it runs as another user than its own", true},
};

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

template <class F>
void for_each_lie(F&& scenario) {
  for (const bool root : {true, false}) {
    if (root && !can_be_root()) continue;
    if (!root && !why_not_rootless().empty()) continue;
    for (const auto& lie : kLies) {
      if (lie.root_only && !root) continue;
      CAPTURE(root);
      CAPTURE(std::string{lie.without});
      scenario(lie, root);
    }
  }
}

}  // namespace

TEST_CASE("in production a service that the kernel does not confirm is not run") {
  for_each_lie([](const Lie& lie, bool root) {
    Station s{{.root = root, .production = true, .without = lie.without}};
    s.start();
    REQUIRE_MESSAGE(s.wait([](const auto& now) { return Station::of(now, "anchor").state == State::refused; }),
                    s.log());
    CHECK(s.of("anchor").last_cause == Cause::layer_missing);
    CHECK(s.of("anchor").ready_us == 0);
    const auto log = s.log();
    CHECK_MESSAGE(log.find(std::string{"anchor, seen from outside: "} + lie.sentence) != std::string::npos, log);
    CHECK_MESSAGE(log.find("anchor lacks the required layer ") != std::string::npos, log);
  });
}

TEST_CASE("in development it runs, and what is missing is said once with what it costs") {
  for_each_lie([](const Lie& lie, bool root) {
    Station s{{.root = root, .production = false, .without = lie.without}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    CHECK((s.of("anchor").missing & bit(lie.layer)) != 0);
    CHECK((s.of("anchor").missing & bit(Layer::seen_from_outside)) != 0);
    CHECK(s.of("anchor").exposure > 0);
    const auto& facts = sandbox::kLayerFacts[static_cast<std::size_t>(lie.layer)];
    const auto warning = "WARNING: anchor runs without " + std::string{facts.name} + ": " + std::string{facts.cost};
    REQUIRE_MESSAGE(s.wait_log(warning), s.log());
    CHECK(times(s.log(), warning) == 1);
    CHECK(times(s.log(), std::string{"anchor, seen from outside: "} + lie.sentence) == 1);
  });
}

TEST_CASE("what each service lacks, or that it lacks nothing, is on record from its first READY") {
  for (const bool root : {true, false}) {
    if (root ? !can_be_root() : !why_not_rootless().empty()) continue;
    CAPTURE(root);
    Station s{{.root = root}};
    s.start();
    REQUIRE_MESSAGE(s.wait_up(), s.log());
    for (const std::string name : {"anchor", "store", "brain", "edge"})
      CHECK_MESSAGE(s.wait_log(" assurance " + name + " layers_missing"), s.log());
  }
}
