// A station and a clock for the tests of the state machines. Every response is encoded, so that none is invalid.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "protocols/din70121/codec.hpp"
#include "protocols/iso15118_2/codec.hpp"
#include "protocols/secc/din.hpp"
#include "protocols/secc/iso2.hpp"

namespace bulwatt::secc::testing {

using iec61851::Pilot;
using namespace std::chrono_literals;

inline void count_up(std::span<std::byte> out) {
  static std::uint8_t next = 1;
  std::ranges::fill(out, static_cast<std::byte>(next++ | 1));
}

inline Station ac_station() {
  return {.evse_id = "DE*BUL*E1234*1",
          .time = {1'800'000'000'000},
          .pilot = Pilot::b2,
          .ac = AcOffer{.nominal_mv = 230'000, .max_ma = 16'000, .phases = 3},
          .meter_id = "M1",
          .meter_wh = 1234};
}
inline Station dc_station() {
  Station station{.evse_id = "DE*BUL*E1234*1", .time = {1'800'000'000'000}, .pilot = Pilot::b2};
  station.dc = DcOffer{
      .max_mv = 920'000, .min_mv = 200'000, .max_ma = 200'000, .min_ma = 1'000, .max_mw = 60'000'000, .ripple_ma = 500};
  station.evse_id_din.size = 2;
  station.evse_id_din.data[0] = std::byte{0x49};
  return station;
}

/// One session; `Machine` is Iso2 or Din.
template <class Machine, class Message>
struct World {
  Station station;
  Instant now = Instant{} + 1h;
  Config config{.timers = iso15118::kIso2Timers, .random = count_up};
  std::optional<iso15118::Paused> paused{};
  std::unique_ptr<Machine> secc;
  std::unique_ptr<Message> request = std::make_unique<Message>();
  std::unique_ptr<Message> response = std::make_unique<Message>();
  iso15118::SessionId id = zero();

  explicit World(Station s) : station(std::move(s)) { connect(); }
  static iso15118::SessionId zero() {
    iso15118::SessionId id;
    id.size = 8;
    return id;
  }
  void connect() {
    secc = std::make_unique<Machine>(config, paused, now);
    id = zero();
  }
  template <class Req>
  Verdict send(const Req& req) {
    request->header = {};
    request->header.session_id = id;
    request->body.message.emplace(req);
    const auto verdict = secc->take(*request, station, now, *response);
    checked(verdict);
    return verdict;
  }
  Verdict poll() {
    const auto verdict = secc->poll(station, now, *response);
    checked(verdict);
    return verdict;
  }
  void checked(Verdict verdict) {
    if (verdict != Verdict::answer && verdict != Verdict::answer_and_close) return;
    static std::array<std::byte, 16'384> bytes;
    const auto size = encode(*response, bytes);
    REQUIRE(size.has_value());
    static auto again = std::make_unique<Message>();
    REQUIRE(decode(std::span{bytes}.first(*size), *again).has_value());
    if (secc->stage() != Stage::over) id = response->header.session_id;
    // Whatever happens: energy only for who is authorized, and never after the end.
    if (secc->demand().supply != Supply::off) {
      REQUIRE(station.authorization == Authorization::granted);
      REQUIRE(iso15118::may_energize(secc->stage()));
    }
    REQUIRE((verdict == Verdict::answer_and_close) == (secc->stage() == Stage::over));
  }
  template <class Res>
  const Res& got() const {
    REQUIRE(response->body.message.has_value());
    const auto* res = std::get_if<Res>(&*response->body.message);
    REQUIRE(res != nullptr);
    return *res;
  }
  /// What the last response says, as text.
  std::string_view code() const {
    return std::visit(
        [](const auto& res) -> std::string_view {
          if constexpr (requires { res.response_code; }) return enum_text(res.response_code);
          else return "no response";
        },
        *response->body.message);
  }
  Supply supply() const { return secc->demand().supply; }
};

}  // namespace bulwatt::secc::testing
