#include "services/ocpp/base.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr std::int64_t kToleranceMs = 2000;        // the way of the message, and backends that tell whole seconds
constexpr Timestamp kEarliest{1'577'836'800'000};  // 2020-01-01
constexpr Timestamp kLatest{4'102'444'800'000};    // 2100-01-01

}  // namespace

//= OCPP-2.0.1 B01.FR.06
//= OCPP-2.0.1 G02.FR.06
void follow_clock(const Base& base, Timestamp backend) {
  if (backend < kEarliest || backend > kLatest) {
    base.note(ledger::Subject::clock, ledger::Severity::warning, "TimeRefused",
              Line<60>{"backend_ms=", backend.unix_ms}.view());
    return;
  }
  const auto before = base.stamp();
  const auto change = backend.unix_ms - before.unix_ms;
  if (change >= -kToleranceMs && change <= kToleranceMs) return;
  base.store.change_facts([&](StoredFacts& f) { f.clock_offset_ms += change; });
  const auto text = Line<80>{"from=", time_text(before).view(), " change_ms=", change};
  base.note(ledger::Subject::clock, ledger::Severity::notice, "ClockFollowed", text.view());
  if (std::abs(change) / 1000 > base.model.number(Var::clock_threshold))
    base.security("SettingSystemTime", text.view());
}

}  // namespace bulwatt::ocpp
