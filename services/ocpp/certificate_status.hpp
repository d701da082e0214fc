// What the issuers of the station's V2G certificates say of their revocation, fetched by the backend and kept by the vault.
#pragma once
#include "services/ocpp/source.hpp"

namespace bulwatt::ocpp {

class CertificateStatus final : public Source {
 public:
  static constexpr Duration kLook = std::chrono::hours{1};  ///< how often the vault is asked what is stale
  static constexpr std::uint8_t kMostInVain = 8;            ///< in one round; the others come in the next one

  explicit CertificateStatus(Base& base) : base_(base) {}

  /// To be called whenever time has passed or something happened; `online` while the backend takes messages.
  void tick(bool online);
  /// Other certificates are there: the vault is asked at once.
  void look() { next_look_ = {}; }

  bool wants(Instant, bool asked_only) const override { return !asked_only && wanted_.has_value(); }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view payload) override;
  void failed(const CallFailure& why) override;
  void lost() override { wanted_.reset(); }
  Instant due() const override { return online_ && !wanted_ ? next_look_ : kNever; }

 private:
  void ask_vault();
  void in_vain(std::string_view why);

  Base& base_;
  bool online_ = false;
  std::optional<vault::NextStatus::Wanted> wanted_{};
  std::uint8_t in_vain_ = 0;  ///< of this round
  Instant next_look_{};
};

}  // namespace bulwatt::ocpp
