// The way to session: takes its events onto the own disk, fetches its questions, and keeps it informed. Session may die at
// any moment; whatever could not be said is said again.
#pragma once
#include "services/ocpp/authorizer.hpp"
#include "services/ocpp/reservation_reporter.hpp"
#include "services/ocpp/transaction_sender.hpp"

namespace bulwatt::ocpp {

class SessionSide {
 public:
  static constexpr std::size_t kEventsPerTurn = 16;
  static constexpr Duration kRetry = std::chrono::seconds{1};
  static constexpr Duration kFullRetry = std::chrono::seconds{10};
  static constexpr Duration kLookAgain = std::chrono::seconds{30};  ///< should a pulse ever be lost

  SessionSide(Base& base, Authorizer& authorizer, TransactionSender& sender, ReservationReporter& reservations)
      : base_(base), authorizer_(authorizer), sender_(sender), reservations_(reservations) {}

  void work_available() { look_ = true; }
  void snapshot_changed() { stale_ = true; }
  void settings_changed() { configured_ = false; }
  /// Whether the backend answers.
  void set_online(bool online);
  /// Session was restarted: it knows nothing of what it was told.
  void restarted();
  /// Does all that is to be done; what fails is tried again at due().
  void settle();
  Instant due() const { return retry_; }

 private:
  template <class Result>
  bool reached(const Result& result);
  bool refresh();
  void show_meter_key();
  bool tell();
  bool fetch();
  void keep_time_order(session::TransactionEvent& event);
  Base& base_;
  Authorizer& authorizer_;
  TransactionSender& sender_;
  ReservationReporter& reservations_;
  bool look_ = true;
  bool stale_ = true;
  bool configured_ = false;
  bool online_ = false;
  bool accepted_ = false;  ///< by the backend, since this process started
  std::optional<bool> told_online_{};
  bool acknowledged_ = false;  ///< of what was stored before the last start
  session::TransactionId last_transaction_{};
  Timestamp last_time_{};
  Instant retry_ = kNever;
  Instant quiet_until_{};  ///< session did not answer: every caller would wait for its deadline again
  Instant next_look_{};
};

}  // namespace bulwatt::ocpp
