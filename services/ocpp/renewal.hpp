// A new certificate for the station: a fresh key pair in the vault, its request to the backend, again while no certificate
// comes, and by itself a month before the present one ends.
#pragma once
#include "services/ocpp/source.hpp"

namespace bulwatt::ocpp {

class Renewal final : public Source {
 public:
  static constexpr std::int64_t kBeforeEndMs = 30LL * 86'400 * 1000;
  static constexpr Duration kLookAtEnd = std::chrono::hours{1};   ///< how often the present certificate is looked at
  static constexpr Duration kPatience = std::chrono::minutes{1};  ///< with the vault, and between failed messages

  explicit Renewal(Base& base) : base_(base) {}

  /// The backend asks for it. False when the vault has no key of this station to renew.
  bool ask() { return begin(true); }
  /// The vault has something to say.
  void look() { look_ = true; }
  /// To be called whenever time has passed or something happened; `online` while the backend takes messages.
  void tick(bool online);
  /// The certificate came, and whatever became of it nothing is asked for any more.
  void over() { state_ = State::idle; }

  bool wants(Instant now, bool asked_only) const override;
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view payload) override;
  void failed(const CallFailure& why) override;
  void lost() override { later(); }
  Instant due() const override;

 private:
  /// making: the vault makes a key; requesting: and its request; ready: to be sent; waiting: for the certificate.
  enum class State : std::uint8_t { idle, making, requesting, ready, sent, waiting };
  bool begin(bool asked);
  void request();
  void fetch();
  void expired();
  void look_at_end();
  void later();
  void give_up(std::string_view why);

  Base& base_;
  State state_ = State::idle;
  bool asked_ = false;
  bool look_ = false;
  bool online_ = false;
  vault::KeyName slot_{};
  std::uint32_t ticket_ = 0;
  std::string request_{};
  std::int64_t round_ = 0;  ///< how often the wait has doubled
  Instant next_{};          ///< by state: patience with the vault, not to be sent before, end of the wait
  Instant next_look_{};
};

}  // namespace bulwatt::ocpp
