#include "libs/sandbox/landlock.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "libs/sandbox/layers.hpp"
#include "libs/sandbox/self.hpp"

using namespace bulwatt::sandbox;

TEST_CASE("each interface version denies what it can, and nothing it does not know") {
  struct Case {
    int version;
    landlock::Handled expected;
  };
  const Case cases[] = {
      {0, {0, 0, 0}},      {1, {0x1fff, 0, 0}}, {2, {0x3fff, 0, 0}}, {3, {0x7fff, 0, 0}}, {4, {0x7fff, 3, 0}},
      {5, {0xffff, 3, 0}}, {6, {0xffff, 3, 3}}, {7, {0xffff, 3, 3}}, {9, {0xffff, 3, 3}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.version);
    CHECK(landlock::handled(c.version) == c.expected);
  }
}

TEST_CASE("a file entry never carries a right that only folders have") {
  constexpr std::uint64_t kFileRights =
      landlock::kExecute | landlock::kWriteFile | landlock::kReadFile | landlock::kTruncate;
  for (const auto rights : {Rights::read, Rights::read_write}) {
    for (const bool program : {false, true}) {
      CHECK((landlock::entry_rights(rights, false, program, landlock::handled(7)) & ~kFileRights) == 0);
    }
  }
}

TEST_CASE("rights grow with what the entry needs and only with that") {
  const auto h = landlock::handled(7);
  CHECK(landlock::entry_rights(Rights::read, false, false, h) == landlock::kReadFile);
  CHECK(landlock::entry_rights(Rights::read, false, true, h) == (landlock::kReadFile | landlock::kExecute));
  CHECK((landlock::entry_rights(Rights::read_write, true, false, h) & landlock::kExecute) == 0);
  CHECK((landlock::entry_rights(Rights::read_write, true, false, h) & landlock::kMakeFile) != 0);
  CHECK((landlock::entry_rights(Rights::read_write, true, false, landlock::handled(1)) & landlock::kTruncate) == 0);
}

TEST_CASE("a rule set lets through exactly what a rule names") {
  if (landlock::version() < 1) {
    MESSAGE("skipped: this kernel has no Landlock");
    return;
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const auto h = landlock::handled(landlock::version());
    const int rules = landlock::create(h);
    const int etc = ::open("/etc", O_PATH | O_CLOEXEC);
    const bool made = landlock::allow_below(rules, etc, landlock::entry_rights(Rights::read, true, false, h)) &&
                      landlock::enter(rules);
    const bool inside = ::open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
    const bool outside = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES;
    const bool write = ::open("/etc/passwd", O_WRONLY | O_CLOEXEC) >= 0 || errno != EACCES;
    ::_exit(made && inside && !outside && !write ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("the descriptor table of a service follows its manifest entry") {
  constexpr EndEntry ends[2]{};
  constexpr DeviceEntry devices[2]{{.name = "a"}, {.name = "b", .optional = true}};
  constexpr std::string_view ports[1]{"p"};
  ServiceEntry service{};
  service.ends = ends;
  service.devices = devices;
  service.tcp_listen = ports;
  const auto d = descriptors_of(service);
  CHECK(d.must == 0b1'0111'1111);  // 0-3, two conduits, device a, listener
  CHECK(d.may == 0b10'1000'0000);  // device b, the listener's twin on IPv6
  CHECK(first_listener(service) == 8);
  CHECK(handed_descriptors(service) == 10);
}

TEST_CASE("an unexpected descriptor is found") {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (int fd = 3; fd < 64; ++fd) ::close(fd);
    const int extra = ::open("/dev/null", O_RDONLY);
    const auto checked = check_start({.must = 0b111, .may = 0});
    const bool named =
        !checked && checked.error().fault == SelfFault::descriptor_unexpected && checked.error().detail == extra;
    ::close(extra);
    const auto missing = check_start({.must = 0b1111, .may = 0});
    const bool absent =
        !missing && missing.error().fault == SelfFault::descriptor_missing && missing.error().detail == 3;
    ::_exit(named && absent ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("what does not apply to a service is never demanded of it") {
  ServiceEntry service{};
  service.network = Network::client;
  const auto needed = required(Profile::production, service, bit(Layer::realtime));
  CHECK((needed & bit(Layer::no_network)) == 0);
  CHECK((needed & bit(Layer::realtime)) == 0);
  CHECK((needed & bit(Layer::filter_steady)) != 0);
  CHECK(required(Profile::developer, service, 0) == kAlwaysRequired);
}

TEST_CASE("every layer has a name and a price") {
  for (const auto& facts : kLayerFacts) {
    CHECK_FALSE(facts.name.empty());
    CHECK_FALSE(facts.cost.empty());
  }
}
