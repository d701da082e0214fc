#include "services/supervisor/assurance.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

using namespace bulwatt;
using namespace bulwatt::supervisor;
using sandbox::Layer;

namespace {
sandbox::ServiceEntry anyone() {
  sandbox::ServiceEntry entry{};
  entry.memory_kib = 1;
  return entry;
}
}  // namespace

TEST_CASE("this test is not a service, and every layer that can be seen says so") {
  const auto entry = anyone();
  const Places places;
  const auto denied = [&](Layer layer) {
    return look_at(::getpid(), {bit(layer), entry, places, os::Mode::root}).denial;
  };
  CHECK(denied(Layer::mount_view).layers != 0);  // which of its sentences comes first depends on the machine
  CHECK(denied(Layer::own_processes).sentence == "it shares our process numbers");
  CHECK(denied(Layer::own_names).sentence == "it shares our System V objects");
  CHECK(denied(Layer::no_network).sentence == "it shares our network");
  CHECK(denied(Layer::no_new_privileges).sentence == "no_new_privs is not set");
  CHECK(denied(Layer::filter_steady).layers != 0);
  CHECK(denied(Layer::limits).sentence == "a limit is higher than granted");
  if (::geteuid() != 0) CHECK(denied(Layer::not_dumpable).sentence == "its memory can be dumped");
  CHECK(denied(Layer::realtime).sentence == "it has no real-time priority");
}

TEST_CASE("a descriptor that is not of its kind is seen where descriptors can be listed") {
  const auto entry = anyone();
  const Places places;
  const int folder = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const auto seen = look_at(::getpid(), {0, entry, places, os::Mode::root});
  CHECK(seen.everything);
  CHECK((seen.denial.layers & bit(Layer::descriptors_checked)) != 0);
  ::close(folder);
}

namespace {
/// A child with the fixed descriptors of a service and its event loop at number 4. Ends with the object.
class Lookalike {
 public:
  Lookalike() {
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair_.data()) == 0);
    pid_ = ::fork();
    if (pid_ == 0) be_one();
    char ready = 0;
    REQUIRE(::read(pair_[0], &ready, 1) == 1);
  }
  ~Lookalike() {
    ::close(pair_[0]);
    ::close(pair_[1]);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Lookalike(const Lookalike&) = delete;
  Lookalike& operator=(const Lookalike&) = delete;
  int pid() const { return pid_; }

 private:
  [[noreturn]] void be_one() const {
    constexpr int kAside = 100;
    const int control = ::fcntl(pair_[1], F_DUPFD, kAside);
    std::array<int, 2> log{};
    const int null = ::open("/dev/null", O_RDWR);
    const bool made = ::pipe(log.data()) == 0 && ::fcntl(log[1], F_DUPFD, kAside + 1) == kAside + 1;
    if (control != kAside || !made) ::_exit(1);
    ::dup2(null, 0);
    ::dup2(null, 1);
    ::dup2(kAside + 1, 2);
    ::dup2(kAside, 3);
    ::syscall(SYS_close_range, 4U, ~0U, 0U);
    const bool ready = ::epoll_create1(0) == 4 && ::write(3, "r", 1) == 1;
    while (ready) ::pause();
    ::_exit(1);
  }
  std::array<int, 2> pair_{};
  int pid_ = 0;
};
}  // namespace

TEST_CASE("the number of an absent optional device may be used otherwise, that of a needed one may not") {
  sandbox::DeviceEntry device{.name = "reader", .optional = true};
  auto entry = anyone();
  entry.devices = {&device, 1};
  const Places places;
  const Lookalike service;
  const auto denied = [&] {
    const auto seen = look_at(service.pid(), {0, entry, places, os::Mode::root});
    return (seen.denial.layers & bit(Layer::descriptors_checked)) != 0;
  };
  CHECK_FALSE(denied());
  device.optional = false;
  CHECK(denied());
}

TEST_CASE("the number of a listener may not be used otherwise") {
  constexpr std::string_view ports[1]{"page"};
  auto entry = anyone();
  entry.tcp_listen = ports;
  const Places places;
  const Lookalike service;
  const auto seen = look_at(service.pid(), {0, entry, places, os::Mode::root});
  CHECK((seen.denial.layers & bit(Layer::descriptors_checked)) != 0);  // number 4 is the listener itself
}

TEST_CASE("a process that is gone is neither confirmed nor accused") {
  const auto entry = anyone();
  const Places places;
  const auto seen = look_at(0x7fff'fff0, {~0U, entry, places, os::Mode::root});
  CHECK(seen.denial.layers == 0);
  CHECK_FALSE(seen.everything);
}
