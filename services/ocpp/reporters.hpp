// Small sources: heartbeat, connector status, meter values outside of transactions, security events.
#pragma once
#include "protocols/ocpp/v201/metering.hpp"
#include "services/ocpp/readings.hpp"
#include "services/ocpp/source.hpp"

namespace bulwatt::ocpp {

class Heartbeat final : public Source {
 public:
  explicit Heartbeat(Base& base) : base_(base) {}
  void ask() { asked_ = true; }
  bool wants(Instant now, bool asked_only) const override { return asked_ || (!asked_only && now >= due()); }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view payload) override;
  void failed(const CallFailure&) override {}
  Instant due() const override;

 private:
  Base& base_;
  Instant last_{};
  bool asked_ = false;
};

/// Tells the status of each connector when it differs from what the backend last heard.
class StatusReporter final : public Source {
 public:
  explicit StatusReporter(Base& base);
  /// Out of turn. EVSE 0: all; connector 0: all of the EVSE. False when session has not told of them.
  bool ask(std::uint8_t evse, std::uint8_t connector);
  /// The backend is to hear everything again even if nothing changed.
  void repeat();
  bool wants(Instant now, bool asked_only) const override { return next(now, asked_only) != nullptr; }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view) override;
  void failed(const CallFailure& why) override;
  Instant due() const override { return std::max(retry_, looked_until_); }

 private:
  struct Place {
    std::uint8_t evse{};
    std::uint8_t connector{};
    std::optional<session::ConnectorStatus> told{};
    bool asked = false;
  };
  std::optional<session::ConnectorStatus> status(const Place& place) const;
  const Place* next(Instant now, bool asked_only) const;
  bool starting(const Place& place) const;

  Base& base_;
  Instant looked_until_;  ///< until then nothing is told of an EVSE that is not ready for its first driver
  List<Place, power::kMaxEvses * power::kMaxConnectors> places_{};
  std::size_t sending_ = 0;  ///< index of the place that is being told
  session::ConnectorStatus sent_{};
  Instant retry_{};
};

/// Firmware comes by other ways than OCPP: asked for its state, the station has nothing under way.
class FirmwareReporter final : public Source {
 public:
  void ask() { asked_ = true; }
  bool wants(Instant, bool) const override { return asked_; }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view) override {}
  void failed(const CallFailure&) override {}

 private:
  bool asked_ = false;
};

/// Clock-aligned meter values, counted from midnight UTC, and those asked for.
class MeterReporter final : public Source {
 public:
  explicit MeterReporter(Base& base) : base_(base) {}
  /// Out of turn. EVSE 0: all.
  void ask(std::uint8_t evse);
  /// The interval or the clock has changed.
  void plan();
  /// Time has passed; `online` when what is due may be sent.
  void tick(Instant now, bool online);
  bool wants(Instant, bool asked_only) const override { return asked_ != 0 || (ready_ != 0 && !asked_only); }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view) override {}
  void failed(const CallFailure&) override {}
  /// When tick() has something to do.
  Instant due() const override { return next_; }

 private:
  std::unique_ptr<v201::MeterValuesRequest> read(std::uint8_t evse, bool asked);

  Base& base_;
  Instant next_ = kNever;
  Timestamp boundary_{};  ///< that `next_` is
  Timestamp reached_{};
  std::uint32_t ready_ = 0;  ///< bit per EVSE whose values are due
  std::uint32_t asked_ = 0;  ///< bit per EVSE
};

/// Critical security events, kept on disk until the backend has them.
class SecurityReporter final : public Source {
 public:
  explicit SecurityReporter(Base& base) : base_(base) {}
  bool wants(Instant now, bool asked_only) const override {
    return !asked_only && !base_.store.security().empty() && now >= retry_;
  }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view) override { delivered(); }
  void failed(const CallFailure& why) override;
  Instant due() const override { return base_.store.security().empty() ? kNever : retry_; }

 private:
  void delivered();
  Base& base_;
  std::uint64_t number_ = 0;
  std::uint32_t refusals_ = 0;
  Instant retry_{};
};

}  // namespace bulwatt::ocpp
