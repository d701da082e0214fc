// Prices that depend on the hour, the day, the season, how long a session lasts and how much it has drawn. Integers only.
#pragma once
#include <optional>

#include "libs/tariff/failure.hpp"
#include "libs/tariff/tariff.hpp"
#include "libs/tariff/zone.hpp"

namespace bulwatt::tariff {

inline constexpr std::size_t kMaxElements = 8;
inline constexpr std::uint16_t kMinutesOfDay = 24 * 60;

/// When prices hold. All of it has to be true at once; what is left out is always true. Hours and days are local ones.
struct When {
  std::uint16_t from_minute{};  ///< of the day. The same as until_minute: all day; later than it: over midnight
  std::uint16_t until_minute{};
  std::uint8_t days = 0x7F;    ///< bit 0: Monday
  std::uint16_t from_date{};   ///< month * 100 + day, inclusive. 0: all year; later than until_date: over new year
  std::uint16_t until_date{};  ///< exclusive
  std::int64_t least_mwh{};    ///< drawn so far, inclusive
  std::optional<std::int64_t> most_mwh{};  ///< exclusive
  std::uint32_t least_s{};                 ///< of the session so far, inclusive
  std::optional<std::uint32_t> most_s{};   ///< exclusive
  static constexpr auto fields() {
    using W = When;
    return list(
        field<&W::from_minute>("from_minute", {.max = kMinutesOfDay - 1, .doc = "minute of the local day"}),
        field<&W::until_minute>("until_minute", {.max = kMinutesOfDay - 1, .doc = "until then; the same: all day"}),
        field<&W::days>(
            "days", {.min = 1, .max = 0x7F, .doc = "days of the week, a sum: 1 Monday, 2 Tuesday, 4, 8, 16, 32, 64"}),
        field<&W::from_date>("from_date",
                             {.max = 1231, .doc = "first day of the season, month * 100 + day; 0: all year"}),
        field<&W::until_date>("until_date", {.max = 1231, .doc = "the day after its last"}),
        field<&W::least_mwh>("least_energy",
                             {.min = 0, .max = kMaxEnergyMwh, .unit = "mWh", .doc = "from this energy on"}),
        field<&W::most_mwh>("most_energy", {.min = 0, .max = kMaxEnergyMwh, .unit = "mWh", .doc = "below this energy"}),
        field<&W::least_s>("least_time",
                           {.max = kMaxDurationMs / 1000, .unit = "s", .doc = "from this time of the session on"}),
        field<&W::most_s>("most_time",
                          {.max = kMaxDurationMs / 1000, .unit = "s", .doc = "before this time of the session"}));
  }
};

/// Prices in millionths of the currency, without tax. Of each kind the first one whose condition holds rules; none: it is free.
struct Element {
  When when{};
  std::optional<std::int64_t> per_kwh{};
  std::optional<std::int64_t> per_minute{};       ///< while energy may flow
  std::optional<std::int64_t> per_idle_minute{};  ///< while the car only stands there
  std::optional<std::int64_t> per_session{};
  std::uint32_t step_wh{};  ///< energy at this price is counted in whole steps, begun ones too; 0: exactly
  std::uint32_t step_s{};   ///< both kinds of time, likewise
  static constexpr auto fields() {
    using E = Element;
    return list(
        field<&E::when>("when", {.doc = "when these prices hold"}),
        field<&E::per_kwh>("per_kwh",
                           {.min = 0, .max = kMaxPrice, .unit = "millionths", .doc = "of one kilowatt hour"}),
        field<&E::per_minute>("per_minute",
                              {.min = 0, .max = kMaxPrice, .unit = "millionths", .doc = "of one minute of charging"}),
        field<&E::per_idle_minute>("per_idle_minute",
                                   {.min = 0, .max = kMaxPrice, .unit = "millionths", .doc = "of one minute after it"}),
        field<&E::per_session>("per_session", {.min = 0, .max = kMaxPrice, .unit = "millionths", .doc = "of starting"}),
        field<&E::step_wh>("step_energy", {.max = 1'000'000, .unit = "Wh", .doc = "energy is billed in steps of this"}),
        field<&E::step_s>("step_time", {.max = 86'400, .unit = "s", .doc = "time is billed in steps of this"}));
  }
};

/// A tax on the net sum and on the taxes of all lower stacks.
struct Tax {
  std::uint32_t rate{};  ///< hundredths of a percent
  std::uint8_t stack{};
  static constexpr auto fields() {
    return list(
        field<&Tax::rate>("rate", {.max = 10'000, .unit = "0.01 %", .doc = "hundredths of a percent"}),
        field<&Tax::stack>("stack", {.max = kMaxTaxes - 1, .doc = "0: on the net sum; higher: on lower taxes, too"}));
  }
};

struct Schedule {
  Text<3> currency = "EUR";
  Text<48> zone = "UTC0";
  List<Element, kMaxElements> elements{};
  std::optional<std::int64_t> least{};  ///< of the net sum
  std::optional<std::int64_t> most{};
  List<Tax, kMaxTaxes> taxes{};
  static constexpr auto fields() {
    using S = Schedule;
    return list(
        field<&S::currency>("currency", {.at_least = 3, .doc = "three letters (ISO 4217)"}),
        field<&S::zone>("zone", {.at_least = 4,
                                 .doc = "local clock that hours, days and seasons go by, as POSIX writes it: "
                                        "CET-1CEST,M3.5.0,M10.5.0/3 is Central Europe"}),
        field<&S::elements>("element", {.doc = "prices, the first that fits rules"}),
        field<&S::least>(
            "least",
            {.min = 0, .max = kMaxPrice, .unit = "millionths", .doc = "a session costs at least this, without tax"}),
        field<&S::most>("most", {.min = 0, .max = kMaxPrice, .unit = "millionths", .doc = "and at most this"}),
        field<&S::taxes>("tax", {.doc = "taxes on everything"}));
  }
};

/// The same prices at all times.
Schedule schedule_of(const Tariff& tariff);
/// What is wrong with it, one sentence that says what to do; empty: nothing.
Text<160> problem(const Schedule& schedule);
/// In words: "0.49 EUR/kWh + 0.35 EUR + 19 % tax", energy, time, start, as the law wants them ordered. Empty: it is free.
Text<250> text(const Schedule& schedule);
/// Whether hours, days or seasons matter to it.
bool looks_at_clock(const Schedule& schedule);

/// Whether the element holds at this moment of a session.
bool holds(const When& when, std::int64_t local_ms, std::int64_t session_ms, std::int64_t drawn_mwh);
/// The next moment after `local_ms` at which a clock or a calendar may change what holds. INT64_MAX: none looks at them.
std::int64_t next_clock_edge(const Schedule& schedule, std::int64_t local_ms);

}  // namespace bulwatt::tariff
