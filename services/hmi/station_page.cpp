#include "services/hmi/station_page.hpp"

#include "libs/json/json.hpp"
#include "services/hmi/assets.hpp"

namespace bulwatt::hmi {

void StationPage::set_snapshot(std::uint8_t evse, const std::optional<session::Snapshot>& snapshot) {
  if (known(evse)) snapshots_[evse - 1U] = snapshot;
}

void StationPage::refresh(Timestamp now) {
  view_ = {};
  view_.station = config_.station;
  view_.now = now;
  for (std::uint8_t evse = 1; evse <= evses(); ++evse) {
    auto view = view_of(evse, snapshots_[evse - 1U], config_, now);
    name_connectors(view, topology_.evses[evse - 1U]);
    view_.up = view_.up || view.up;
    view_.online = view_.online || view.online;
    histories_[evse - 1U].add({now.unix_ms / 1000, view.power_w, view.energy_wh});
    (void)view_.evses.push_back(view);
  }
  view_.findings = findings_of(std::span{snapshots_}.first(evses()));
}

Parked StationPage::park() const {
  Parked parked{};
  for (std::uint8_t evse = 1; evse <= evses(); ++evse) (void)parked.plots.push_back(hmi::park(histories_[evse - 1U]));
  return parked;
}

void StationPage::restore(const Parked& parked, Timestamp now) {
  for (std::size_t i = 0; i < parked.plots.size; ++i) histories_[i] = hmi::restore(parked.plots[i], now.unix_ms / 1000);
}

std::span<const Asset> StationPage::assets() const {
  static const std::array kAssets{
      Asset{"/", "text/html; charset=utf-8", page()},
      Asset{"/installer", "text/html; charset=utf-8", installer_page()},
      Asset{"/style.css", "text/css; charset=utf-8", style()},
      Asset{"/main.js", "text/javascript; charset=utf-8", script()},
      Asset{"/installer.js", "text/javascript; charset=utf-8", installer_script()},
  };
  return kAssets;
}

std::string_view StationPage::station() { return json::encode(view_, station_text_).value_or("{}"); }

std::optional<std::string_view> StationPage::state(std::uint8_t evse) {
  if (!known(evse) || evse > view_.evses.size) return std::nullopt;
  const auto text = json::encode(view_.evses[evse - 1U], state_text_);
  return text ? std::optional{*text} : std::nullopt;
}

std::optional<std::string_view> StationPage::history(std::uint8_t evse) {
  if (!known(evse)) return std::nullopt;
  const auto text = json::encode(histories_[evse - 1U], history_text_);
  return text ? std::optional{*text} : std::nullopt;
}

std::optional<std::string_view> StationPage::receipt(std::uint8_t evse) {
  if (!known(evse) || receipts_ == nullptr || !take_receipt(receipt_, *receipts_, evse, view_.now)) return std::nullopt;
  const auto text = json::encode(receipt_, receipt_text_);
  return text ? std::optional{*text} : std::nullopt;
}

std::optional<std::string_view> StationPage::meter_key() {
  const auto keys = receipts_ == nullptr ? std::nullopt : receipts_->keys();
  if (!keys || !show_keys(key_, *keys)) return std::nullopt;
  const auto text = json::encode(key_, key_text_);
  return text ? std::optional{*text} : std::nullopt;
}

}  // namespace bulwatt::hmi
