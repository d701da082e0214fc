#include <doctest/doctest.h>

#include <thread>

#include "libs/ipc/endpoint.hpp"
#include "libs/ipc/tickets.hpp"

using namespace bulwatt;
using namespace std::chrono_literals;

namespace {
enum class Error : std::uint8_t { odd };
constexpr auto enum_names(Error) { return names("odd"); }
struct Half {
  struct Result {
    std::uint32_t value{};
    static constexpr auto fields() { return list(field<&Result::value>("value")); }
  };
  using Reply = Result;
  std::uint32_t value{};
  static constexpr auto fields() { return list(field<&Half::value>("value")); }
};
struct Forbidden {
  using Reply = ipc::Done;
  static constexpr auto fields() { return list(); }
};
struct Changed {
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&Changed::evse>("evse")); }
};
using Maths = ipc::Interface<"maths", Error, ipc::Call<1, "Half", Half>, ipc::Call<2, "Forbidden", Forbidden>,
                             ipc::Pulse<3, "Changed", Changed>>;

constexpr ipc::ConduitFacts facts(ipc::Role role) {
  return {.client = "c",
          .server = "s",
          .role = role,
          .index = 0,
          .requests = {0, 2, 2, 2},
          .pulses_to_client = 8,
          .deadline_ms = 2000,
          .per_s = 1000,
          .burst = 100,
          .overflow = ipc::Overflow::fail};
}
struct ClientGrant {
  using Interface = Maths;
  static constexpr auto kFacts = facts(ipc::Role::client);
};
struct ServerGrant {
  using Interface = Maths;
  static constexpr auto kFacts = facts(ipc::Role::server);
};
struct Impl {
  int calls = 0;
  int pulses = 0;
  std::expected<Half::Result, Error> on(const Half& h) {
    ++calls;
    if (h.value % 2 != 0) return std::unexpected(Error::odd);
    return Half::Result{h.value / 2};
  }
  void on(const Changed&) { ++pulses; }
};

struct Pair {
  std::array<os::Handle, 2> ends = *os::make_conduit();
  ipc::Link client{ClientGrant::kFacts, ends[0]};
  ipc::Link server{ServerGrant::kFacts, ends[1]};
  Impl impl;
  ~Pair() {
    os::close(ends[0]);
    os::close(ends[1]);
  }
  /// Serves until `calls` requests were handled, on a thread of the test's own.
  std::thread serve(int frames, control::Phase phase = control::Phase::idle) {
    return std::thread{[this, frames, phase] {
      for (int i = 0; i < frames && os::wait_readable(server.handle(), os::now() + 5s); ++i) {
        ipc::Server<ServerGrant>::serve_one(server, impl, phase);
      }
    }};
  }
  ipc::Outcome inject(const ipc::Header& header, std::span<const std::byte> rest = {}) {
    std::vector<std::byte> frame(ipc::kHeaderSize);
    wire::encode(header, frame);
    frame.insert(frame.end(), rest.begin(), rest.end());
    os::send(ends[0], frame);
    return ipc::Server<ServerGrant>::serve_one(server, impl, control::Phase::idle);
  }
};
constexpr std::array<std::byte, 4> kFour{std::byte{4}};
}  // namespace

TEST_CASE("a call brings back its reply or the service's own error") {
  Pair p;
  auto server = p.serve(2);
  ipc::Client<ClientGrant> client{p.client};
  CHECK(client.call(Half{8})->value == 4);
  const auto odd = client.call(Half{7});
  server.join();
  REQUIRE_FALSE(odd.has_value());
  CHECK(odd.error().failure == ipc::Failure::none);
  CHECK(odd.error().text() == "odd");
}

TEST_CASE("a call in a phase that does not permit it is refused and the conduit lives on") {
  Pair p;
  auto server = p.serve(1, control::Phase::boot);
  CHECK(ipc::Client<ClientGrant>{p.client}.call(Half{8}).error().failure == ipc::Failure::refused_phase);
  server.join();
  CHECK(p.impl.calls == 0);
}

TEST_CASE("a pulse that arrives during a call is kept for the loop and equal ones coalesce") {
  Pair p;
  ipc::Server<ServerGrant> server_end{p.server};
  for (int i = 0; i < 3; ++i) CHECK(server_end.pulse(Changed{1}));
  auto server = p.serve(1);
  CHECK(ipc::Client<ClientGrant>{p.client}.call(Half{2})->value == 1);
  server.join();
  CHECK(p.client.has_held());
  CHECK(ipc::Client<ClientGrant>::take_pulse(p.client, p.impl).what == ipc::Outcome::What::handled);
  CHECK(p.impl.pulses == 1);
  CHECK_FALSE(p.client.has_held());
}

TEST_CASE("a late reply to an abandoned call does not answer the next one") {
  Pair p;
  std::array<std::byte, 12> late{};
  wire::encode(ipc::Header{1, ipc::Kind::reply, 0, 77}, std::span{late}.first(8));
  os::send(p.ends[1], late);
  auto server = p.serve(1);
  CHECK(ipc::Client<ClientGrant>{p.client}.call(Half{20})->value == 10);
  server.join();
}

TEST_CASE("a dead peer fails the call at once") {
  Pair p;
  os::sever(p.ends[1]);
  const auto before = os::now();
  CHECK(ipc::Client<ClientGrant>{p.client}.call(Half{2}).error().failure == ipc::Failure::peer_gone);
  CHECK(os::now() - before < 1s);
}

TEST_CASE("every broken frame is a violation with its reason and is never handled") {
  struct Case {
    ipc::Header header;
    std::span<const std::byte> rest;
    control::Reason reason;
  };
  const auto three = std::span{kFour}.first(3);
  for (const auto& c : {Case{{9, ipc::Kind::request, 0, 1}, {}, control::Reason::not_granted},
                        Case{{2, ipc::Kind::request, 0, 1}, {}, control::Reason::not_granted},
                        Case{{200, ipc::Kind::request, 0, 1}, {}, control::Reason::not_granted},
                        Case{{1, ipc::Kind::reply, 0, 1}, kFour, control::Reason::wrong_kind},
                        Case{{1, ipc::Kind::pulse, 0, 1}, kFour, control::Reason::wrong_kind},
                        Case{{1, ipc::Kind::request, 0, 1}, three, control::Reason::malformed}}) {
    Pair p;
    const auto outcome = p.inject(c.header, c.rest);
    CHECK(outcome.what == ipc::Outcome::What::violation);
    CHECK(outcome.reason == c.reason);
    CHECK(p.impl.calls == 0);
  }
}

TEST_CASE("an oversized frame is a violation") {
  Pair p;
  std::array<std::byte, 4000> big{};
  os::send(p.ends[0], big);
  CHECK(ipc::Server<ServerGrant>::serve_one(p.server, p.impl, control::Phase::idle).reason ==
        control::Reason::truncated);
}

TEST_CASE("requests beyond the rate are refused and the tokens come back with time") {
  ipc::RateLimit limit{10, 2};
  Instant now{1h};
  CHECK(limit.take(now));
  CHECK(limit.take(now));
  CHECK_FALSE(limit.take(now));
  CHECK(limit.take(now + 100ms));
  CHECK_FALSE(limit.take(now + 101ms));
}

TEST_CASE("a ticket is fetched once, by its own conduit, and places come free") {
  ipc::TicketTable<int, 2> table;
  const Instant now{1h};
  const auto a = table.submit(1, now);
  const auto b = table.submit(2, now);
  REQUIRE((a && b));
  CHECK_FALSE(table.submit(1, now).has_value());
  std::optional<int> out;
  CHECK(table.fetch(1, *a, out) == decltype(table)::State::pending);
  CHECK(table.finish(*a, 5, now) == std::uint8_t{1});
  CHECK(table.fetch(2, *a, out) == decltype(table)::State::unknown);
  CHECK(table.fetch(1, *a, out) == decltype(table)::State::done);
  CHECK(out == 5);
  CHECK(table.fetch(1, *a, out) == decltype(table)::State::unknown);
  CHECK(table.finish(*b, 6, now).has_value());
  CHECK(table.submit(1, now + 11s).has_value());
  CHECK(table.submit(1, now + 11s).has_value());  // b's unfetched result is older than the table keeps
}
