// bulwatt-meterread: reads energy meters with the station's own reader and prints what it makes of them, one JSON line a
// reading or change of health. For whoever wires a meter: is it the right model, unit, speed? And for tests.
#include <fcntl.h>
#include <poll.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "libs/json/json.hpp"
#include "services/meter/modbus_link.hpp"
#include "services/meter/rota.hpp"

using namespace bulwatt;

namespace {

constexpr int kExitUsage = 2;
constexpr const char* kUsage =
    "Usage: bulwatt-meterread tcp ADDRESS PORT UNIT:MODEL\n"
    "       bulwatt-meterread rtu DEVICE BAUD UNIT:MODEL [UNIT:MODEL ...]   (at most four, 8N1)\n"
    "Options after these: --seconds N (10), --poll-ms N (500). Models: sdm630, em340, sunspec.\n"
    "Ends with 0 if every meter was read well at the end.\n";

struct Usage {
  std::string sentence;
};

template <class T>
T number(std::string_view text, std::string_view what) {
  T value{};
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size())
    throw Usage{std::string{what} + " is a number, not '" + std::string{text} + "'"};
  return value;
}

/// What was read of one meter.
struct Row {
  std::uint8_t unit{};
  meter::Health health{};
  std::optional<meter::Reading> reading{};
  static constexpr auto fields() {
    return list(field<&Row::unit>("unit"), field<&Row::health>("health"), field<&Row::reading>("reading"));
  }
};

struct Wanted {
  meter::Config config{};
  std::vector<meter::Place> places;
  std::string device;
  int seconds = 10;
};

meter::Place place_of(std::string_view text) {
  const auto colon = text.find(':');
  const auto model =
      colon == std::string_view::npos ? std::nullopt : enum_from_text<meters::Model>(text.substr(colon + 1));
  if (!model) throw Usage{"'" + std::string{text} + "' is not UNIT:MODEL"};
  meter::Place place{};
  place.unit = number<std::uint8_t>(text.substr(0, colon), "UNIT");
  place.model = *model;
  return place;
}

Wanted parse(const std::vector<std::string_view>& words) {
  if (words.size() < 4 || (words[0] != "tcp" && words[0] != "rtu")) throw Usage{"say tcp or rtu, and where"};
  Wanted wanted;
  const bool tcp = words[0] == "tcp";
  if (tcp) {
    wanted.config.address = words[1];
    wanted.config.port = number<std::uint16_t>(words[2], "PORT");
    if (!meter::TcpLink::is_address(words[1])) throw Usage{"ADDRESS is no IPv4 address"};
  } else {
    wanted.device = words[1];
    wanted.config.bus.baud = number<std::uint32_t>(words[2], "BAUD");
    if (!meter::SerialLink::is_baud(wanted.config.bus.baud)) throw Usage{"BAUD is none of the usual rates"};
  }
  std::size_t i = 3;
  for (; i < words.size() && !words[i].starts_with("--"); ++i) wanted.places.push_back(place_of(words[i]));
  if (wanted.places.empty() || wanted.places.size() > (tcp ? 1 : meter::kMaxMeters))
    throw Usage{"too few or too many meters"};
  for (; i < words.size(); i += 2) {
    if (i + 1 == words.size()) throw Usage{std::string{words[i]} + " needs a value"};
    if (words[i] == "--seconds") wanted.seconds = number<int>(words[i + 1], "--seconds");
    else if (words[i] == "--poll-ms") wanted.config.poll_ms = number<std::uint16_t>(words[i + 1], "--poll-ms");
    else throw Usage{"there is no option " + std::string{words[i]}};
  }
  return wanted;
}

void print(const meter::Point& point, std::uint8_t unit) {
  Row row{unit, point.reader.health(), std::nullopt};
  if (const auto reading = point.reader.latest(os::now())) row.reading = *reading;
  std::array<char, 4096> buffer{};
  const auto text = json::encode(row, buffer);
  if (text) std::printf("%.*s\n", static_cast<int>(text->size()), text->data());
  std::fflush(stdout);
}

int read(const Wanted& wanted) {
  std::optional<meter::TcpLink> tcp;
  std::optional<meter::SerialLink> serial;
  meter::Transport* transport = nullptr;
  if (wanted.device.empty()) {
    transport = &tcp.emplace(wanted.config.address.view(), wanted.config.port);
  } else {
    const int fd = ::open(wanted.device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) throw Usage{"cannot open " + wanted.device};
    transport = &serial.emplace(fd, wanted.config.bus);
  }
  meter::Rota rota{*transport, wanted.config, serial.has_value()};
  for (std::size_t i = 0; i < wanted.places.size(); ++i)
    (void)rota.add(wanted.places[i], static_cast<std::uint8_t>(i + 1));
  std::vector<std::optional<meter::Health>> told(wanted.places.size());
  const Instant end = os::now() + std::chrono::seconds{wanted.seconds};
  for (Instant now = os::now(); now < end; now = os::now()) {
    const Instant next = std::min(rota.step(now, os::civil_now()), end);
    for (std::size_t i = 0; i < told.size(); ++i) {
      auto& point = rota.points()[i];
      const bool fresh = std::exchange(point.fresh, false);
      if (!point.asked() || (!fresh && told[i] == point.reader.health())) continue;
      told[i] = point.reader.health();
      print(point, wanted.places[i].unit);
    }
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - os::now()).count();
    if (wait > 0) ::poll(nullptr, 0, static_cast<int>(wait));
  }
  return std::ranges::all_of(told, [](const auto& health) { return health == meter::Health::good; }) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return read(parse({argv + 1, argv + argc}));
  } catch (const Usage& usage) {
    std::fprintf(stderr, "bulwatt-meterread: %s\n%s", usage.sentence.c_str(), kUsage);
    return kExitUsage;
  }
}
