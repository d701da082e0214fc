// The service's own disk: event queue, security events, variables and facts behind one journal. A change is made in memory
// at once and is durable after commit(); whoever must not go on before that looks at its result.
#pragma once
#include <deque>
#include <vector>

#include "libs/journal/journal.hpp"
#include "services/ocpp/durable.hpp"

namespace bulwatt::ocpp {

inline constexpr std::size_t kMaxSecurityEvents = 64;
inline constexpr std::size_t kMaxStoredVariables = 128;
inline constexpr std::size_t kMaxNotices = 64;
inline constexpr std::size_t kMaxSecurityLines = 200;

class Store {
 public:
  /// `queue_bytes`: room for events as they are on disk.
  Store(journal::Journal& journal, std::size_t queue_bytes) : journal_(journal), queue_bytes_(queue_bytes) {}
  static constexpr std::uint32_t journal_bytes(std::uint32_t queue_kib) { return (2 * queue_kib + 512) * 1024; }

  std::expected<journal::Recovery, journal::Error> open();
  /// False when the medium did not take it; everything stays in memory and the next commit tries to write it all.
  bool commit();
  bool unsaved() const { return unsaved_; }
  /// Something that was stored could not be read any more when the store was opened.
  bool damaged() const { return damaged_; }

  // events, oldest first
  const std::deque<session::TransactionEvent>& events() const { return events_; }
  /// False, and nothing changed, when there is no room even after thinning out.
  bool push(const session::TransactionEvent& event);
  void remove_event(std::uint64_t number);
  /// Marks all that wait as having waited offline.
  void mark_offline();
  std::uint64_t fetched() const { return facts_.fetched; }
  /// Events that were left out for want of room since the last call.
  std::uint32_t take_left_out() { return std::exchange(left_out_, 0); }
  /// The event in front is on its way: it is not left out.
  void hold_first(bool held) { first_held_ = held; }

  // security events, oldest first
  const std::deque<SecurityEvent>& security() const { return security_; }
  /// False when the queue is full.
  bool push_security(std::string_view type, Timestamp time, std::string_view info);
  void remove_security(std::uint64_t number);

  // variables
  const std::vector<StoredVariable>& variables() const { return variables_; }
  void set_variable(std::string_view key, std::string_view value);
  void forget_variable(std::string_view key);

  // network connection profiles
  const std::vector<StoredProfile>& profiles() const { return profiles_; }
  void set_profile(const StoredProfile& profile);
  const StoredNetwork& network() const { return network_; }
  template <class F>
  void change_network(F&& change) {
    change_record(network_, change);
  }

  // monitors
  const std::vector<StoredMonitor>& monitors() const { return monitors_; }
  void set_monitor(const StoredMonitor& monitor);
  void remove_monitor(std::int32_t id);
  const StoredMonitoring& monitoring() const { return monitoring_; }
  template <class F>
  void change_monitoring(F&& change) {
    change_record(monitoring_, change);
  }
  /// Events of monitors, oldest first.
  const std::deque<Notice>& notices() const { return notices_; }
  /// The oldest goes when there are too many.
  void push_notice(const Notice& notice);
  void remove_notice(std::int32_t number);

  // the security log, oldest first
  const std::deque<SecurityLine>& security_log() const { return security_log_; }
  void push_security_line(const SecurityLine& line);

  const StoredFacts& facts() const { return facts_; }
  template <class F>
  void change_facts(F&& change) {
    change_record(facts_, change);
  }
  const Credential& credential() const { return credential_; }
  void set_credential(const Credential& credential) {
    credential_ = credential;
    add(credential_);
  }

 private:
  bool apply(const journal::Entry& entry);
  bool apply_settings(const journal::Entry& entry);
  bool write_all(journal::Snapshot& out) const;
  bool compact();
  bool make_room(std::size_t bytes);
  bool thin_out(bool samples_only);
  template <class Record, class F>
  void change_record(Record& record, F&& change) {
    auto changed = record;
    change(changed);
    if (changed == record) return;
    record = changed;
    add(record);
  }
  template <class Record>
  void add(const Record& record) {
    if (unsaved_ || journal_.batch().add(record)) return;
    if (commit() && !journal_.batch().add(record)) unsaved_ = true;
  }

  journal::Journal& journal_;
  std::size_t queue_bytes_;
  std::deque<session::TransactionEvent> events_{};
  std::size_t events_bytes_ = 0;
  std::uint32_t left_out_ = 0;
  bool first_held_ = false;
  bool damaged_ = false;
  bool unsaved_ = false;  ///< the journal lacks something: write the whole state
  std::deque<SecurityEvent> security_{};
  std::vector<StoredVariable> variables_{};
  std::vector<StoredProfile> profiles_{};
  StoredNetwork network_{};
  std::vector<StoredMonitor> monitors_{};
  StoredMonitoring monitoring_{};
  std::deque<Notice> notices_{};
  std::deque<SecurityLine> security_log_{};
  StoredFacts facts_{};
  Credential credential_{};
};

}  // namespace bulwatt::ocpp
