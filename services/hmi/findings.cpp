#include "services/hmi/findings.hpp"

#include <algorithm>
#include <cstdio>

namespace bulwatt::hmi {
namespace {

constexpr std::uint32_t kManyRecords = 20;        ///< waiting for a backend that answers
constexpr std::uint32_t kWeakCurrentMa = 10'000;  ///< less makes a charge so slow that people ask why
constexpr std::int32_t kLeastIdleMv = 11'000;     ///< IEC 61851-1: state A is 12 V within 1 V

struct Collector {
  std::array<Findings, 3> by_weight{};

  void add(const Finding& finding) { (void)by_weight[static_cast<std::size_t>(finding.weight)].push_back(finding); }
  Findings sorted() const {
    Findings all{};
    for (const auto weight : {Weight::stop, Weight::warning, Weight::hint}) {
      for (const auto& finding : by_weight[static_cast<std::size_t>(weight)]) (void)all.push_back(finding);
    }
    return all;
  }
};

template <class... Value>
Text<64> written(const char* format, Value... value) {
  std::array<char, 64> text{};
  const int n = std::snprintf(text.data(), text.size(), format, value...);
  return Text<64>{std::string_view{text.data(), static_cast<std::size_t>(std::clamp(n, 0, 63))}};
}

bool stops(power::Fault fault) { return fault != power::Fault::cable_invalid; }

void faults(Collector& out, std::uint8_t evse, std::uint8_t connector, const power::Status& power) {
  constexpr auto kFaults = enum_names(power::Fault{});
  for (std::size_t i = 0; i < kFaults.size(); ++i) {
    if (((power.faults >> i) & 1U) == 0) continue;
    const auto fault = static_cast<power::Fault>(i);
    Finding finding{evse, connector, stops(fault) ? Weight::stop : Weight::warning, kFaults[i], {}};
    if (fault == power::Fault::over_temperature) finding.detail = written("%d °C", power.temperature_dc / 10);
    if (fault == power::Fault::pilot_invalid || fault == power::Fault::diode_missing) {
      finding.detail = written("%.1f V / %.1f V", power.pilot_high_mv / 1000.0, power.pilot_low_mv / 1000.0);
    }
    out.add(finding);
  }
}

void outlet(Collector& out, std::uint8_t evse, const session::ConnectorView& view) {
  const auto& power = view.power;
  const auto add = [&](Weight weight, std::string_view code, const Text<64>& detail = {}) {
    out.add({evse, view.connector, weight, code, detail});
  };
  if (!power.controller_alive) return add(Weight::stop, "controller_silent");
  faults(out, evse, view.connector, power);
  if (power.pilot == power::Pilot::e)
    add(Weight::stop, "pilot_shorted", written("%.1f V", power.pilot_high_mv / 1000.0));
  if (power.pilot == power::Pilot::a && power.faults == 0 && power.pilot_high_mv != 0 &&
      power.pilot_high_mv < kLeastIdleMv) {
    add(Weight::warning, "pilot_low", written("%.1f V", power.pilot_high_mv / 1000.0));
  }
  if (view.cable && power.cable_limit_ma == 0) add(Weight::warning, "cable_not_coded");
  //= OCPP-2.0.1 G05.FR.04
  if (power.lock_fault) add(Weight::warning, "lock_stuck");
  if (power.tamper) add(Weight::warning, "tamper");
}

void limits(Collector& out, const session::Snapshot& s) {
  for (const auto& limit : s.limits) {
    const auto detail = Text<64>{limit.reason.view()};
    if (limit.source == session::LimitSource::temperature) out.add({s.evse, 0, Weight::warning, "derated", detail});
    if (limit.source == session::LimitSource::fault && limit.reason == "meter_silent")
      out.add({s.evse, 0, Weight::stop, "meter_silent", {}});
    const bool asked =
        limit.source == session::LimitSource::installation || limit.source == session::LimitSource::backend;
    if (!asked || limit.limit_ma >= kWeakCurrentMa) continue;
    const auto amperes = written("%.1f A: %s", limit.limit_ma / 1000.0, std::string{limit.reason.view()}.c_str());
    constexpr std::uint32_t kLeastOfferMa = 6000;
    out.add({s.evse, 0, limit.limit_ma < kLeastOfferMa ? Weight::warning : Weight::hint,
             limit.limit_ma < kLeastOfferMa ? "no_current" : "weak_current", amperes});
  }
}

void one_evse(Collector& out, const session::Snapshot& s) {
  for (const auto& connector : s.connectors) outlet(out, s.evse, connector);
  limits(out, s);
  if (!s.operative) out.add({s.evse, 0, Weight::hint, "out_of_service", {}});
  if (s.notice == "The station cannot record a session now.") out.add({s.evse, 0, Weight::stop, "cannot_record", {}});
}

}  // namespace

Findings findings_of(std::span<const std::optional<session::Snapshot>> snapshots) {
  Collector out{};
  const auto known = std::ranges::find_if(snapshots, [](const auto& s) { return s.has_value(); });
  if (known == snapshots.end()) {
    out.add({0, 0, Weight::stop, "session_silent", {}});
    return out.sorted();
  }
  const auto& any = **known;
  if (!any.backend_online) out.add({0, 0, Weight::warning, "backend_offline", written("%u", any.pending_events)});
  else if (any.pending_events > kManyRecords)
    out.add({0, 0, Weight::hint, "records_waiting", written("%u", any.pending_events)});
  for (const auto& snapshot : snapshots) {
    if (snapshot) one_evse(out, *snapshot);
  }
  return out.sorted();
}

}  // namespace bulwatt::hmi
