// Stands for `hmi`, the least trusted service, after somebody took it over: it locks down as hmi does, says READY and then, in
// its first life, sends what hmi was never granted.
#include <poll.h>
#include <unistd.h>

#include "interfaces/control.hpp"
#include "interfaces/ledger.hpp"
#include "libs/os/conduit.hpp"
#include "libs/sandbox/self.hpp"
#include "libs/wire/wire.hpp"
#include "system_table.hpp"
#include "tests/sandbox/taken_over.hpp"

using namespace bulwatt;
using takeover::Attack;

namespace {

constexpr int kControl = 3;
constexpr int kFirstConduit = 4;

const sandbox::ServiceEntry* self = nullptr;

void report(const control::FromService& body) {
  wire::Buffer<control::Report> frame{};
  os::send(kControl, std::span{frame}.first(wire::encode(control::Report{body}, frame)));
}

/// Empty: no Start.
std::optional<control::Start> await_start() {
  static wire::Buffer<control::Order> frame{};
  if (!os::wait_readable(kControl, os::now() + std::chrono::seconds{10})) return {};
  const auto got = os::receive(kControl, frame);
  const auto order = wire::decode<control::Order>(std::span<const std::byte>{frame}.first(got.size));
  if (!order || !std::holds_alternative<control::Start>(order->body)) return {};
  return std::get<control::Start>(order->body);
}

int ledger_conduit() {
  for (std::size_t i = 0; i < self->ends.size(); ++i) {
    if (kSystem.conduits[self->ends[i].conduit].interface == "ledger") return kFirstConduit + static_cast<int>(i);
  }
  return -1;
}

void send_frame(int conduit, ipc::Header header, std::size_t rest) {
  std::array<std::byte, 64> frame{};
  wire::encode(header, std::span{frame}.first(ipc::kHeaderSize));
  os::send(conduit, std::span<const std::byte>{frame}.first(ipc::kHeaderSize + rest));
}

void attack(Attack what) {
  const auto request = ipc::Kind::request;
  const int ledger = ledger_conduit();
  switch (what) {
    case Attack::none: return;
    case Attack::ungranted_call:
      send_frame(ledger, {2, request, 0, 1}, 0);
      return;  // ReadHead exists and is not granted
    case Attack::unknown_message: send_frame(ledger, {200, request, 0, 1}, 0); return;
    case Attack::reply_unasked: send_frame(ledger, {1, ipc::Kind::reply, 0, 1}, 8); return;
    case Attack::malformed_call: send_frame(ledger, {1, request, 0, 1}, 3); return;
    case Attack::hidden_conduit: {
      const std::byte one{1};
      bool any = false;
      const auto granted =
          kFirstConduit + static_cast<int>(self->ends.size() + self->devices.size() + self->tcp_listen.size());
      for (int fd = granted; fd < 64; ++fd) any = any || os::send(fd, {&one, 1}) == os::Sent::ok;
      constexpr std::string_view kNone = "no hidden conduit\n";
      constexpr std::string_view kSome = "A HIDDEN CONDUIT\n";
      const auto said = any ? kSome : kNone;
      [[maybe_unused]] const auto n = ::write(2, said.data(), said.size());
      return;
    }
  }
}

void live() {
  for (std::uint64_t turn = 1;; ++turn) {
    report(control::Beat{turn});
    pollfd control{kControl, POLLIN, 0};
    ::poll(&control, 1, 100);
    if (control.revents == 0) continue;
    static wire::Buffer<control::Order> frame{};
    const auto got = os::receive_with_handle(kControl, frame);
    if (got.handle != os::kNoHandle) os::close(got.handle);
    if (got.arrival != os::Arrival::frame) return;
    const auto order = wire::decode<control::Order>(std::span<const std::byte>{frame}.first(got.size));
    if (!order || std::holds_alternative<control::Stop>(order->body)) return;
  }
}

}  // namespace

int main() {
  for (const auto& service : kSystem.services) {
    if (service.name == "hmi") self = &service;
  }
  const auto start = await_start();
  if (!start || self == nullptr) return 2;
  const auto config = wire::decode<takeover::Config>(start->config.view());
  const auto found = sandbox::check_start(sandbox::descriptors_of(*self));
  if (!config || !found) return sandbox::kExitNotSafe;
  const auto layers = sandbox::lock_down({.filter = self->filter_steady, .found = *found});
  if (!layers) return sandbox::kExitNotSafe;
  control::Ready ready{kSystem.build, {}, *layers};
  for (const auto& end : self->ends) {
    if (!ready.interfaces.push_back(end.interface_hash)) return 2;
  }
  report(ready);
  if (start->restarts == 0) attack(config->attack);
  live();
  return 0;
}
