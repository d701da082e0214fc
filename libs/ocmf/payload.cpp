#include "libs/ocmf/payload.hpp"

#include "libs/base/line.hpp"
#include "libs/fields/dump.hpp"
#include "libs/json/json.hpp"
#include "libs/json/scalars.hpp"

namespace bulwatt::ocmf {
namespace {

constexpr std::int64_t kMwhPerKwh = 1'000'000;
constexpr int kKwhPlaces = 6;
constexpr int kWhPlaces = 3;
constexpr std::string_view kBar = "\\u007c";
constexpr std::size_t kDateAndTime = 19;  // 2026-01-01T00:00:00

const json::Options kForeign{.unknown = json::UnknownMembers::ignore, .max_bytes = 4 * kMaxPayload};

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("-+.0123456789eE") == std::string_view::npos;
}

}  // namespace

std::expected<std::string_view, Error> write_payload(const Payload& payload, std::span<char> out) {
  std::array<char, kMaxPayload> plain;
  const auto text = json::encode(payload, plain);
  if (!text) return std::unexpected(Error::too_long);
  std::size_t size = 0;
  // Outside of texts JSON has no bar.
  for (const char c : *text) {
    const std::string_view piece = c == '|' ? kBar : std::string_view{&c, 1};
    if (size + piece.size() > std::min(out.size(), kMaxPayload)) return std::unexpected(Error::too_long);
    std::ranges::copy(piece, out.begin() + static_cast<std::ptrdiff_t>(size));
    size += piece.size();
  }
  return std::string_view{out.data(), size};
}

std::expected<void, Error> read_payload(Payload& payload, std::string_view text) {
  payload = {};
  if (!json::decode_into(payload, text, kForeign)) return std::unexpected(Error::bad_payload);
  for (const auto& reading : payload.readings) {
    if (reading.value && !is_number(reading.value->text.view())) return std::unexpected(Error::bad_payload);
  }
  return {};
}

Text<24> kwh(std::int64_t mwh) {
  const auto magnitude = mwh < 0 ? -static_cast<std::uint64_t>(mwh) : static_cast<std::uint64_t>(mwh);
  std::array<char, kKwhPlaces> places{};
  auto rest = magnitude % kMwhPerKwh;
  for (auto at = places.rbegin(); at != places.rend(); ++at, rest /= 10) *at = static_cast<char>('0' + rest % 10);
  return Line<24>{mwh < 0 ? "-" : "", magnitude / kMwhPerKwh, '.', std::string_view{places.data(), places.size()}}
      .view();
}

std::optional<std::int64_t> mwh_of(std::string_view value, std::string_view unit) {
  if ((unit != "kWh" && unit != "Wh") || !is_number(value)) return std::nullopt;
  const auto scaled = json::scaled(value, unit == "kWh" ? kKwhPlaces : kWhPlaces);
  if (!scaled || !scaled->exact) return std::nullopt;
  return scaled->value;
}

Text<40> time_text(Timestamp time, Clock clock) {
  std::array<char, 24> buffer{};
  const auto text = format_timestamp(time, buffer);
  return Line<40>{text.substr(0, kDateAndTime), ',', text.substr(kDateAndTime + 1, 3), "+0000 ", enum_text(clock)}
      .view();
}

std::optional<Timestamp> time_of(std::string_view text) {
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos || blank + 2 != text.size()) return std::nullopt;
  text = text.substr(0, blank);
  // Of ISO 8601 the form with a comma and a zone without a colon; ours has a point and a colon.
  if (text.size() != kDateAndTime + 9 || text[kDateAndTime] != ',') return std::nullopt;
  const Line<40> ours{text.substr(0, kDateAndTime), '.', text.substr(kDateAndTime + 1, 6), ':',
                      text.substr(kDateAndTime + 7)};
  return json::parse_timestamp(ours.view());
}

Text<24> page_text(std::uint64_t page) { return Line<24>{'T', page}.view(); }

std::optional<std::uint64_t> page_of(std::string_view text) {
  if (text.size() < 2 || text.front() != 'T' || (text[1] == '0' && text.size() > 2)) return std::nullopt;
  std::uint64_t page = 0;
  const auto end = std::from_chars(text.data() + 1, text.data() + text.size(), page);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) return std::nullopt;
  return page;
}

}  // namespace bulwatt::ocmf
