#include "libs/os/watchdog.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

using namespace bulwatt;
using namespace bulwatt::os;

namespace {

/// As the kernel behaves: armed by open; close after the letter V disarms, any other close does not.
struct FakeLine final : WatchdogLine {
  bool exists = true;
  bool is_watchdog = true;
  bool magic = true;
  int least = 1;
  bool armed = false;
  bool opened = false;
  char last = 0;
  int fed = 0;
  bool open(const char*) override {
    opened = armed = exists;
    return exists;
  }
  bool set_seconds(int& seconds) override {
    seconds = std::max(seconds, least);
    return true;
  }
  bool supports(bool& magic_close) override {
    magic_close = magic;
    return is_watchdog;
  }
  bool keep_alive() override {
    last = 0;
    ++fed;
    return opened;
  }
  bool write(char byte) override {
    last = byte;
    return true;
  }
  void close() override {
    if (opened && magic && last == 'V') armed = false;
    opened = false;
  }
};

/// Where the service manager listens.
struct Manager {
  int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  std::string name = "@bulwatt-notify-test-" + std::to_string(::getpid());
  Manager() {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::copy(name.begin() + 1, name.end(), at.sun_path + 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&at), size) == 0);
  }
  ~Manager() { ::close(socket); }
  std::string heard() const {
    std::array<char, 200> text{};
    const auto n = ::recv(socket, text.data(), text.size(), MSG_DONTWAIT);
    return n > 0 ? std::string{text.data(), static_cast<std::size_t>(n)} : "";
  }
};

}  // namespace

TEST_CASE("the machine's watchdog is armed, fed, and released by the magic close") {
  FakeLine line;
  MachineWatchdog dog{line};
  REQUIRE(dog.open("/dev/watchdog", 10));
  CHECK(dog.patience() == std::chrono::seconds{10});
  CHECK(dog.feed());
  CHECK(line.fed == 1);
  CHECK(line.armed);
  dog.release();
  CHECK_FALSE(line.armed);
  CHECK_FALSE(dog.feed());
}

TEST_CASE("whoever just ends leaves the watchdog armed") {
  FakeLine line;
  {
    MachineWatchdog dog{line};
    REQUIRE(dog.open("/dev/watchdog", 10));
    dog.feed();
  }
  line.close();  // as the kernel does for a dead process
  CHECK(line.armed);
}

TEST_CASE("each way in which a watchdog cannot be used has its error, and none is left armed by it") {
  struct Case {
    WatchdogError error;
    void (*spoil)(FakeLine&);
  };
  const Case cases[] = {
      {WatchdogError::cannot_open, [](FakeLine& l) { l.exists = false; }},
      {WatchdogError::not_a_watchdog, [](FakeLine& l) { l.is_watchdog = false; }},
      {WatchdogError::patience, [](FakeLine& l) { l.least = 60; }},
  };
  for (const auto& c : cases) {
    FakeLine line;
    c.spoil(line);
    MachineWatchdog dog{line};
    const auto opened = dog.open("/dev/watchdog", 10);
    REQUIRE_FALSE(opened);
    CHECK(opened.error() == c.error);
    CHECK_FALSE(line.armed);
    CHECK_FALSE(line.opened);
  }
  FakeLine line;
  line.magic = false;  // here nothing can disarm it, which is why it is refused
  MachineWatchdog dog{line};
  CHECK(dog.open("/dev/watchdog", 10).error() == WatchdogError::no_magic_close);
}

TEST_CASE("a coarser watchdog is taken as it is") {
  FakeLine line;
  line.least = 16;
  MachineWatchdog dog{line};
  REQUIRE(dog.open("/dev/watchdog", 10));
  CHECK(dog.patience() == std::chrono::seconds{16});
}

TEST_CASE("what is no watchdog is found out by asking the kernel") {
  LinuxWatchdogLine line;
  MachineWatchdog dog{line};
  CHECK(dog.open("/dev/null", 10).error() == WatchdogError::not_a_watchdog);
  CHECK(dog.open("/dev/no-such-watchdog", 10).error() == WatchdogError::cannot_open);
}

TEST_CASE("the service manager hears what it is told") {
  const Manager manager;
  ServiceManager service;
  service.open(manager.name.c_str(), "10000000", std::to_string(::getpid()).c_str());
  REQUIRE(service.there());
  CHECK(service.patience() == std::chrono::seconds{10});
  CHECK(service.say("READY=1\nSTATUS=up"));
  CHECK(manager.heard() == "READY=1\nSTATUS=up");
  CHECK(service.feed());
  CHECK(manager.heard() == "WATCHDOG=1");
}

TEST_CASE("without a service manager, or with beats meant for another process, nothing is fed") {
  ServiceManager none;
  none.open(nullptr, "10000000", nullptr);
  CHECK_FALSE(none.there());
  CHECK_FALSE(none.feed());
  const Manager manager;
  ServiceManager other;
  other.open(manager.name.c_str(), "10000000", "1");
  CHECK(other.there());
  CHECK_FALSE(other.wants_beats());
  ServiceManager garbage;
  garbage.open(manager.name.c_str(), "10s", nullptr);
  CHECK_FALSE(garbage.wants_beats());
  ServiceManager nonsense;
  nonsense.open("relative/path", nullptr, nullptr);
  CHECK_FALSE(nonsense.there());
}
