// The payload of an OCMF record: who measured what, when, for whom. Members are named as people say them; the format's own
// names of two letters stand in the field lists.
#pragma once
#include <expected>
#include <span>

#include "libs/fields/fields.hpp"
#include "libs/json/raw.hpp"

namespace bulwatt::ocmf {

inline constexpr std::size_t kMaxPayload = 1280;
inline constexpr std::size_t kMaxReadings = 4;

/// not_ocmf: not three sections behind one another. bad_payload, bad_signature: a section is not what the format says.
/// too_long: more than there is room for.
enum class Error : std::uint8_t { not_ocmf, bad_payload, bad_signature, too_long };
constexpr auto enum_names(Error) { return names("not_ocmf", "bad_payload", "bad_signature", "too_long"); }

/// TX: why a register was read.
enum class Reason : std::uint8_t {
  begin,
  charging,
  exception,
  end,
  ended_locally,
  ended_remotely,
  aborted,
  power_failure,
  suspended,
  tariff_changed,
};
constexpr auto enum_names(Reason) { return names("B", "C", "X", "E", "L", "R", "A", "P", "S", "T"); }
constexpr bool ends(Reason reason) {
  return reason == Reason::end || reason == Reason::ended_locally || reason == Reason::ended_remotely ||
         reason == Reason::aborted || reason == Reason::power_failure;
}

/// How well the clock is known: unknown, informative, synchronized, relative.
enum class Clock : std::uint8_t { unknown, informative, synchronized, relative };
constexpr auto enum_names(Clock) { return names("U", "I", "S", "R"); }

struct Reading {
  Text<40> time{};  ///< 2026-01-01T00:00:00,000+0000 and how well it is known
  std::optional<Reason> reason{};
  std::optional<json::Raw<24>> value{};   ///< a number; its decimal places are the meter's
  std::optional<Text<24>> register_id{};  ///< OBIS code
  std::optional<Text<8>> unit{};
  std::optional<Text<2>> current{};  ///< AC or DC
  std::optional<Text<4>> errors{};   ///< E: energy, t: time; empty: none
  Text<1> status{};                  ///< G: good
  static constexpr auto fields() {
    using R = Reading;
    return list(field<&R::time>("TM"), field<&R::reason>("TX"), field<&R::value>("RV"), field<&R::register_id>("RI"),
                field<&R::unit>("RU"), field<&R::current>("RT"), field<&R::errors>("EF"), field<&R::status>("ST"));
  }
};

struct Payload {
  std::optional<Text<8>> format{};
  std::optional<Text<40>> gateway{};
  std::optional<Text<40>> gateway_serial{};
  std::optional<Text<24>> gateway_version{};
  Text<24> page{};  ///< T or F and a number that has no gap
  std::optional<Text<40>> meter_vendor{};
  std::optional<Text<40>> meter_model{};
  std::optional<Text<40>> meter_serial{};
  std::optional<Text<40>> meter_firmware{};
  std::optional<bool> identified{};
  std::optional<Text<12>> identification_level{};
  std::optional<List<Text<16>, 4>> identification_flags{};
  std::optional<Text<16>> identification_type{};
  std::optional<Text<64>> identification{};
  std::optional<Text<250>> tariff{};
  std::optional<Text<25>> controller{};
  std::optional<Text<16>> place_type{};
  std::optional<Text<64>> place{};
  std::optional<Text<64>> twin_key{};  ///< SHA-256 of the public key that signs the twin, hexadecimal
  std::optional<Text<36>> transaction{};
  List<Reading, kMaxReadings> readings{};
  static constexpr auto fields() {
    using P = Payload;
    return list(field<&P::format>("FV"), field<&P::gateway>("GI"), field<&P::gateway_serial>("GS"),
                field<&P::gateway_version>("GV"), field<&P::page>("PG", {.at_least = 2}), field<&P::meter_vendor>("MV"),
                field<&P::meter_model>("MM"), field<&P::meter_serial>("MS"), field<&P::meter_firmware>("MF"),
                field<&P::identified>("IS"), field<&P::identification_level>("IL"),
                field<&P::identification_flags>("IF"), field<&P::identification_type>("IT"),
                field<&P::identification>("ID"), field<&P::tariff>("TT"), field<&P::controller>("CF"),
                field<&P::place_type>("CT"), field<&P::place>("CI"), field<&P::twin_key>("XK"),
                field<&P::transaction>("XT"), field<&P::readings>("RD", {.at_least = 1}));
  }
};

/// The bytes to be signed. A bar never stands in them: it separates the sections of a record.
std::expected<std::string_view, Error> write_payload(const Payload& payload, std::span<char> out);
std::expected<void, Error> read_payload(Payload& payload, std::string_view text);

/// "1234.567890": kilowatt hours, exactly.
Text<24> kwh(std::int64_t mwh);
/// Back, for kWh and Wh; nothing when it is no such number or finer than a milliwatt hour.
std::optional<std::int64_t> mwh_of(std::string_view value, std::string_view unit);
/// "2026-01-01T00:00:00,000+0000 S".
Text<40> time_text(Timestamp time, Clock clock);
/// The moment without the clock's quality; nothing when it is none.
std::optional<Timestamp> time_of(std::string_view text);
/// "T17"; and back, nothing for another context than transactions.
Text<24> page_text(std::uint64_t page);
std::optional<std::uint64_t> page_of(std::string_view text);

}  // namespace bulwatt::ocmf
