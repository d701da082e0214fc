#include "libs/os/launch.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace bulwatt;
using namespace std::chrono_literals;

namespace {

/// A complete plan for `program`, with a view of its own and a control conduit whose far end we hold.
struct Rig {
  std::string folder = [] {
    char name[] = "/tmp/bulwatt-launch-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    ::chmod(name, 0755);
    return std::string{name};
  }();
  int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  std::array<os::Handle, 2> control = *os::make_conduit();
  std::vector<os::Handle> descriptors{null, null, null, control[1]};
  std::vector<os::Bind> binds;
  os::Plan plan;

  explicit Rig(const char* program) {
    plan.name = "subject";
    plan.program = ::open(program, O_PATH | O_CLOEXEC);
    plan.mode = ::geteuid() == 0 ? os::Mode::root : os::Mode::rootless;
    plan.user = 61999;
    plan.mount_point = folder.c_str();
    plan.memory_kib = 65536;
    plan.open_files = 16;
    plan.descriptors = descriptors;
  }
  ~Rig() {
    ::close(plan.program);
    ::close(null);
    for (const auto end : control) os::close(end);
    std::filesystem::remove(folder);
  }
  os::Ending wait(os::Process& process) const {
    os::Waiter waiter;
    REQUIRE(waiter.add(process.watch, 7));
    std::array<std::uint64_t, 4> tags{};
    REQUIRE(waiter.wait(tags, os::now() + 10s).size() == 1);
    waiter.remove(process.watch);
    const auto ending = os::reap(process);
    REQUIRE(ending.has_value());
    return *ending;
  }
};

}  // namespace

TEST_CASE("a program that cannot be executed is reported by its step") {
  Rig rig{"/etc/hostname"};
  auto started = os::launch(rig.plan);
  REQUIRE(started.has_value());
  CHECK_FALSE(rig.wait(started->process).by_signal);
  const auto report = os::read_report(started->report);
  REQUIRE(report.has_value());
  CHECK(report->failed == os::Step::execute);
  CHECK((report->error == EACCES || report->error == ENOEXEC));
  CHECK(started->report == os::kNoHandle);
}

TEST_CASE("a required layer that cannot be had stops the launch at its step") {
  Rig rig{"/etc/hostname"};
  rig.binds.push_back({.from = "/nowhere/at/all", .to = "thing"});
  rig.plan.binds = rig.binds;
  rig.plan.required = bit(sandbox::Layer::mount_view);
  auto started = os::launch(rig.plan);
  REQUIRE(started.has_value());
  rig.wait(started->process);
  const auto report = os::read_report(started->report);
  REQUIRE(report.has_value());
  CHECK(report->failed == os::Step::view);
  CHECK(report->error == ENOENT);
  CHECK((report->layers & bit(sandbox::Layer::mount_view)) == 0);
}

TEST_CASE("a missing layer that is not required is missing in the report") {
  Rig rig{"/etc/hostname"};
  auto started = os::launch(rig.plan);  // no filter in the plan
  REQUIRE(started.has_value());
  rig.wait(started->process);
  const auto report = os::read_report(started->report);
  REQUIRE(report.has_value());
  CHECK((report->layers & bit(sandbox::Layer::filter_launch)) == 0);
  CHECK((report->layers & bit(sandbox::Layer::mount_view)) != 0);
  CHECK((report->layers & bit(sandbox::Layer::own_user)) != 0);
  CHECK((report->layers & bit(sandbox::Layer::no_capabilities)) != 0);
}

TEST_CASE("a service does not start when the far end of its control conduit is gone") {
  Rig rig{"/etc/hostname"};
  os::close(rig.control[0]);
  auto started = os::launch(rig.plan);
  REQUIRE(started.has_value());
  rig.wait(started->process);
  const auto report = os::read_report(started->report);
  REQUIRE(report.has_value());
  CHECK(report->failed == os::Step::parent_gone);
  rig.control[0] = ::dup(rig.null);
}

TEST_CASE("a dynamic program runs in a view that holds nothing but its loader and libraries") {
  constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";
  constexpr const char* kLibrary = "/lib/x86_64-linux-gnu/libc.so.6";
  if (::access(kLoader, R_OK) != 0 || ::access(kLibrary, R_OK) != 0 || ::access("/bin/true", X_OK) != 0) {
    MESSAGE("skipped: this machine keeps its loader elsewhere");
    return;
  }
  for (const bool with_library : {true, false}) {
    CAPTURE(with_library);
    Rig rig{"/bin/true"};
    constexpr os::Folder kFolders[] = {{"lib"}};
    constexpr os::Link kLinks[] = {{"lib64", "lib"}};
    rig.binds.push_back({.from = kLoader, .to = "lib/ld-linux-x86-64.so.2", .program = true});
    if (with_library) rig.binds.push_back({.from = kLibrary, .to = "lib/libc.so.6", .program = true});
    rig.plan.folders = kFolders;
    rig.plan.links = kLinks;
    rig.plan.binds = rig.binds;
    rig.plan.required =
        sandbox::bits(sandbox::Layer::mount_view, sandbox::Layer::own_user, sandbox::Layer::no_capabilities);
    auto started = os::launch(rig.plan);
    REQUIRE(started.has_value());
    const auto ending = rig.wait(started->process);
    CHECK_FALSE(ending.by_signal);
    CHECK((ending.code == 0) == with_library);
    CHECK(os::read_report(started->report)->failed == os::Step::done);
  }
}

TEST_CASE("every step has a text") {
  for (int i = 0; i <= static_cast<int>(os::Step::done); ++i)
    CHECK_FALSE(os::step_text(static_cast<os::Step>(i)).empty());
}
