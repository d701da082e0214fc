// Small sources: heartbeat, connector status, meter values outside of transactions, security events.
#pragma once
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

/// Tells the connector's status when it differs from what the backend last heard.
class StatusReporter final : public Source {
 public:
  explicit StatusReporter(Base& base) : base_(base) {}
  void ask() { asked_ = true; }
  /// The backend is to hear it again even if nothing changed.
  void repeat() { told_.reset(); }
  bool wants(Instant now, bool asked_only) const override;
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view) override { told_ = sending_; }
  void failed(const CallFailure& why) override;
  Instant due() const override { return retry_; }

 private:
  Base& base_;
  std::optional<session::ConnectorStatus> told_{};
  session::ConnectorStatus sending_{};
  Instant retry_{};
  bool asked_ = false;
};

/// Clock-aligned meter values, counted from midnight UTC, and those asked for.
class MeterReporter final : public Source {
 public:
  explicit MeterReporter(Base& base) : base_(base) {}
  void ask() { asked_ = true; }
  /// The interval or the clock has changed.
  void plan();
  /// Time has passed; `online` when what is due may be sent.
  void tick(Instant now, bool online);
  bool wants(Instant, bool asked_only) const override { return asked_ || (ready_ && !asked_only); }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view) override {}
  void failed(const CallFailure&) override {}
  /// When tick() has something to do.
  Instant due() const override { return next_; }

 private:
  Base& base_;
  Instant next_ = kNever;
  Timestamp boundary_{};  ///< that `next_` is
  Timestamp reached_{};
  bool ready_ = false;
  bool asked_ = false;
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
