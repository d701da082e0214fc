// The texts behind the page, made of session's snapshots. Pure: snapshots in, JSON out.
#pragma once
#include "services/hmi/key_code.hpp"
#include "services/hmi/page_server.hpp"
#include "services/hmi/parked.hpp"
#include "services/hmi/receipt.hpp"
#include "services/hmi/view.hpp"

namespace bulwatt::hmi {

inline constexpr std::size_t kStateText = 12 * 1024;
inline constexpr std::size_t kStationText = 64 * 1024;
inline constexpr std::size_t kReceiptText = 48 * 1024;
inline constexpr std::size_t kKeyText = 12 * 1024;
inline constexpr std::size_t kHistoryText = 64 * 1024;

class StationPage final : public Resources {
 public:
  explicit StationPage(const Config& config) : config_(config) { topology_.evses.size = 1; }
  /// Without it there are no receipts.
  void set_receipts(ReceiptSource& source) { receipts_ = &source; }

  /// What session says of the station; until then one EVSE is assumed.
  void set_topology(const session::GetTopology::Topology& topology) { topology_ = topology; }
  std::uint8_t evses() const { return static_cast<std::uint8_t>(topology_.evses.size); }
  /// The latest of one EVSE; absent: session does not answer.
  void set_snapshot(std::uint8_t evse, const std::optional<session::Snapshot>& snapshot);
  /// Makes the views anew and adds a point to each plot.
  void refresh(Timestamp now);

  /// The plots, for a capsule; and back, before the first refresh.
  Parked park() const;
  void restore(const Parked& parked, Timestamp now);

  std::span<const Asset> assets() const override;
  std::string_view station() override;
  std::optional<std::string_view> state(std::uint8_t evse) override;
  std::optional<std::string_view> history(std::uint8_t evse) override;
  std::optional<std::string_view> receipt(std::uint8_t evse) override;
  std::optional<std::string_view> meter_key() override;
  std::uint16_t port() const override { return config_.port; }

 private:
  bool known(std::uint8_t evse) const { return evse >= 1 && evse <= evses(); }

  Config config_;
  session::GetTopology::Topology topology_{};
  std::array<std::optional<session::Snapshot>, power::kMaxEvses> snapshots_{};
  std::array<History, power::kMaxEvses> histories_{};
  StationView view_{};
  ReceiptSource* receipts_ = nullptr;
  ReceiptView receipt_{};
  KeyView key_{};
  std::array<char, kKeyText> key_text_{};
  std::array<char, kReceiptText> receipt_text_{};
  std::array<char, kStationText> station_text_{};
  std::array<char, kStateText> state_text_{};
  std::array<char, kHistoryText> history_text_{};
};

}  // namespace bulwatt::hmi
