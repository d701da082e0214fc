#include "services/ocpp/log_text.hpp"

namespace bulwatt::ocpp {
namespace {

/// Whatever a text came from, it stays on its line.
void add_line(std::string& out, std::string_view text) {
  if (out.size() + text.size() + 1 > kMostLogBytes) return;
  for (const char c : text) out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  out.push_back('\n');
}

}  // namespace

//= OCPP-2.0.1 N01.FR.03
std::string security_log(const Store& store, const Period& period) {
  std::string out;
  for (const auto& line : store.security_log()) {
    if (!period.has(line.time)) continue;
    add_line(out, Line<320>{time_text(line.time).view(), ' ', line.type.view(), ' ', line.info.view()}.view());
  }
  return out;
}

/// Tokens and passwords are no part of it: who may read it is not who may know them.
//= OCPP-2.0.1 A01.FR.12
//= OCPP-2.0.1 N01.FR.04
std::string diagnostics_log(const Base& base, const Period& period) {
  std::string out;
  const auto live = base.live();
  const auto& hardware = base.config.hardware;
  add_line(out, Line<200>{"made ", time_text(live.time).view()}.view());
  add_line(out, Line<200>{"station ", hardware.vendor.view(), ", ", hardware.model.view(), ", ",
                          hardware.firmware_version.view()}
                    .view());
  add_line(out, Line<200>{"clock offset ", base.store.facts().clock_offset_ms, " ms"}.view());
  add_line(out, Line<200>{"transaction events waiting ", base.store.events().size(), ", security events ",
                          base.store.security().size(), ", events of monitors ", base.store.notices().size()}
                    .view());
  const auto spots = base.model.spots();
  for (std::size_t i = 0; i < spots.size(); ++i) {
    if (spots[i].row->mutability == v201::MutabilityEnum::write_only) continue;
    const auto value = base.model.value(static_cast<std::uint16_t>(i), live);
    add_line(out, Line<400>{key_of(spots[i]).view(), " = ", value.view()}.view());
  }
  out += security_log(base.store, period);
  return out;
}

}  // namespace bulwatt::ocpp
