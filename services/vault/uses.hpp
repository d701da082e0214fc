// How often a key is used: the rate a user is held to, and what of it the ledger is told. Pure.
//
// The first use of a key by a user, granted or refused, is recorded before the signature leaves. What follows within a minute
// is counted and recorded as one line when the minute is over, or earlier after kUncounted more. So a connection that comes
// and goes every second costs two records a minute, and a crash loses at most kUncounted uses that nobody has seen yet.
#pragma once
#include "interfaces/vault.hpp"
#include "libs/os/clock.hpp"

namespace bulwatt::vault {

/// A bucket of `burst` tokens that fills by `per_minute`.
class Rate {
 public:
  Rate(std::uint16_t per_minute, std::uint16_t burst)
      : per_minute_(per_minute), capacity_(std::int64_t{burst} * kToken), level_(capacity_) {}
  bool take(Instant now);

 private:
  static constexpr std::int64_t kToken = 60'000'000;  // one microsecond of one token a minute is 1
  std::int64_t per_minute_;
  std::int64_t capacity_;
  std::int64_t level_;
  Instant last_{};
};

/// refused: other content than the purpose. not_yours: another service's key. too_often: beyond the rate. failed: the backend.
enum class Outcome : std::uint8_t { granted, refused, not_yours, unknown_key, too_often, failed };
constexpr auto enum_names(Outcome) {
  return names("granted", "refused", "not_yours", "unknown_key", "too_often", "failed");
}

struct Use {
  KeyName key{};
  Text<16> user{};
  Outcome outcome{};
  friend bool operator==(const Use&, const Use&) = default;
};

/// Told of what belongs into the ledger; `count` uses of that kind since the last telling.
struct UseTeller {
  virtual void key_used(const Use& use, std::uint32_t count) = 0;

 protected:
  ~UseTeller() = default;
};

class UseLog {
 public:
  static constexpr Duration kWindow = std::chrono::minutes{1};
  static constexpr std::uint32_t kUncounted = 64;

  explicit UseLog(UseTeller& recorder) : recorder_(recorder) {}
  void note(const Use& use, Instant now);
  /// Records what is counted in windows that are over.
  void settle(Instant now);
  /// Records everything that is counted.
  void close();

 private:
  struct Window {
    Use use{};
    Instant since{};
    std::uint32_t count = 0;
  };
  void tell(Window& window);
  UseTeller& recorder_;
  List<Window, 16> windows_{};
};

}  // namespace bulwatt::vault
