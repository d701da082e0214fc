// A whole connection of a car: bytes as frames, with the station changing in between. What may never happen: energy for who is not
// authorized, energy after the end, more output than the limit.
#include "libs/base/check.hpp"
#include "protocols/secc/connection.hpp"

using namespace bulwatt;
using namespace bulwatt::secc;

namespace {
void some(std::span<std::byte> out) { std::ranges::fill(out, std::byte{0x5a}); }

Connection& connection() {
  static Connection one{
      {.enabled = {.din70121 = true, .iso15118_2 = true}, .iso2 = {.random = some}, .din = {.random = some}}};
  return one;
}
void check(const Station& station) {
  const auto demand = connection().demand();
  if (demand.supply != Supply::off) {
    BULWATT_ASSERT(station.authorization == Authorization::granted && !station.fault && !connection().over());
    BULWATT_ASSERT(demand.target_ma >= 0 && demand.target_mv >= 0);
  }
  BULWATT_ASSERT(connection().output().size() <= kMaxOutput);
}
}  // namespace

// Input: a byte of the station's state, a length byte, that many bytes of one EXI payload; again and again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto in = std::as_bytes(std::span{data, size});
  Instant now = Instant{} + std::chrono::hours{1};
  connection().begin(std::nullopt, now);
  Station station{.evse_id = "DE*BUL*E1*1", .pilot = iec61851::Pilot::c2, .ac = AcOffer{.max_ma = 16'000, .phases = 3}};
  station.dc = DcOffer{.max_mv = 920'000, .min_mv = 200'000, .max_ma = 200'000, .max_mw = 60'000'000};
  while (in.size() >= 2) {
    const auto state = std::to_integer<unsigned>(in[0]);
    const auto length = std::min<std::size_t>(std::to_integer<std::size_t>(in[1]), in.size() - 2);
    station.authorization = static_cast<Authorization>(state % 3);
    station.isolation = static_cast<Isolation>(state / 4 % 4);
    station.pilot = (state & 0x10) != 0 ? iec61851::Pilot::b2 : iec61851::Pilot::c2;
    station.contactor_closed = (state & 0x20) != 0;
    station.fault = (state & 0xc0) == 0xc0;
    std::array<std::byte, v2gtp::kHeaderSize> header{};
    v2gtp::put_header({v2gtp::PayloadType::exi, static_cast<std::uint32_t>(length)}, header);
    connection().take(header, station, now);
    connection().take(in.subspan(2, length), station, now);
    check(station);
    now += std::chrono::milliseconds{state};
    connection().poll(station, now);
    check(station);
    if ((state & 1) != 0) connection().sent(connection().output().size());
    in = in.subspan(2 + length);
  }
  return 0;
}
