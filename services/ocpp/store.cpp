#include "services/ocpp/store.hpp"

namespace bulwatt::ocpp {
namespace {

using session::EventType;
using session::Trigger;

template <Described T>
std::size_t size_on_disk(const T& record) {
  BULWATT_UNINITIALIZED wire::Buffer<T> bytes;
  return journal::kEntryHeader + wire::encode(record, bytes);
}

template <class Record, class F>
bool replay(const journal::Entry& entry, F&& use) {
  if (entry.version != Record::kVersion) return false;
  const auto record = wire::decode<Record>(entry.bytes);
  if (record) use(*record);
  return record.has_value();
}

/// An event whose loss nobody would miss: in the middle of a transaction and only a sample.
bool is_sample(const session::TransactionEvent& event) {
  return event.type == EventType::updated &&
         (event.trigger == Trigger::meter_value_periodic || event.trigger == Trigger::meter_value_clock);
}
bool is_limit(const session::TransactionEvent& event) {
  return event.trigger == Trigger::energy_limit_reached || event.trigger == Trigger::time_limit_reached;
}

template <class T>
void push_bounded(std::deque<T>& to, const T& record, std::size_t most) {
  if (to.size() >= most) to.pop_front();
  to.push_back(record);
}

void keep(std::vector<StoredProfile>& in, const StoredProfile& profile) {
  const auto found = std::ranges::find(in, profile.slot, &StoredProfile::slot);
  if (found != in.end()) *found = profile;
  else if (in.size() < kSlots) in.push_back(profile);
}
void keep(std::vector<StoredMonitor>& in, const StoredMonitor& monitor) {
  const auto found = std::ranges::find(in, monitor.id, &StoredMonitor::id);
  if (found != in.end()) *found = monitor;
  else if (in.size() < kMaxMonitors) in.push_back(monitor);
}

}  // namespace

std::expected<journal::Recovery, journal::Error> Store::open() {
  auto recovery = journal_.open([this](const journal::Entry& entry) { return apply(entry); });
  if (!recovery) return recovery;
  if (recovery->damaged) unsaved_ = damaged_ = true;
  // What waits on disk has waited without a connection.
  mark_offline();
  if (!commit()) return std::unexpected(journal::Error::storage);
  return recovery;
}

bool Store::apply(const journal::Entry& entry) {
  switch (entry.kind) {
    case StoredEvent::kRecord:
      return replay<StoredEvent>(entry, [&](const StoredEvent& r) {
        events_.push_back(r.event);
        events_bytes_ += size_on_disk(r);
        facts_.fetched = std::max(facts_.fetched, r.event.number);
      });
    case RemovedEvent::kRecord:
      return replay<RemovedEvent>(entry, [&](const RemovedEvent& r) {
        const auto found = std::ranges::find(events_, r.number, &session::TransactionEvent::number);
        if (found == events_.end()) return;
        events_bytes_ -= size_on_disk(StoredEvent{*found});
        events_.erase(found);
      });
    case StoredFacts::kRecord:
      return replay<StoredFacts>(entry, [&](const StoredFacts& r) {
        const auto fetched = std::max(facts_.fetched, r.fetched);
        facts_ = r;
        facts_.fetched = fetched;
      });
    case StoredVariable::kRecord:
      return replay<StoredVariable>(entry, [&](const StoredVariable& r) {
        const auto found = std::ranges::find(variables_, r.key, &StoredVariable::key);
        if (found != variables_.end()) *found = r;
        else if (variables_.size() < kMaxStoredVariables) variables_.push_back(r);
      });
    case SecurityEvent::kRecord:
      return replay<SecurityEvent>(entry, [&](const SecurityEvent& r) {
        security_.push_back(r);
        facts_.last_security = std::max(facts_.last_security, r.number);
      });
    case RemovedSecurityEvent::kRecord:
      return replay<RemovedSecurityEvent>(entry, [&](const RemovedSecurityEvent& r) {
        std::erase_if(security_, [&](const SecurityEvent& e) { return e.number == r.number; });
      });
    case Credential::kRecord: return replay<Credential>(entry, [&](const Credential& r) { credential_ = r; });
    default: return apply_settings(entry);
  }
}

bool Store::apply_settings(const journal::Entry& entry) {
  switch (entry.kind) {
    case StoredProfile::kRecord:
      return replay<StoredProfile>(entry, [&](const StoredProfile& r) { keep(profiles_, r); });
    case StoredNetwork::kRecord: return replay<StoredNetwork>(entry, [&](const StoredNetwork& r) { network_ = r; });
    case StoredMonitor::kRecord:
      return replay<StoredMonitor>(entry, [&](const StoredMonitor& r) { keep(monitors_, r); });
    case RemovedMonitor::kRecord:
      return replay<RemovedMonitor>(entry, [&](const RemovedMonitor& r) {
        std::erase_if(monitors_, [&](const StoredMonitor& m) { return m.id == r.id; });
      });
    case StoredMonitoring::kRecord:
      return replay<StoredMonitoring>(entry, [&](const StoredMonitoring& r) { monitoring_ = r; });
    case Notice::kRecord:
      return replay<Notice>(entry, [&](const Notice& r) { push_bounded(notices_, r, kMaxNotices); });
    case RemovedNotice::kRecord:
      return replay<RemovedNotice>(entry, [&](const RemovedNotice& r) {
        std::erase_if(notices_, [&](const Notice& n) { return n.number == r.number; });
      });
    case SecurityLine::kRecord:
      return replay<SecurityLine>(entry,
                                  [&](const SecurityLine& r) { push_bounded(security_log_, r, kMaxSecurityLines); });
    case RemovedVariable::kRecord:
      return replay<RemovedVariable>(entry, [&](const RemovedVariable& r) {
        std::erase_if(variables_, [&](const StoredVariable& v) { return v.key == r.key; });
      });
    default: return false;
  }
}

bool Store::write_all(journal::Snapshot& out) const {
  bool good = out.add(facts_) && out.add(credential_);
  good = good && out.add(network_) && out.add(monitoring_);
  for (const auto& variable : variables_) good = good && out.add(variable);
  for (const auto& profile : profiles_) good = good && out.add(profile);
  for (const auto& monitor : monitors_) good = good && out.add(monitor);
  for (const auto& notice : notices_) good = good && out.add(notice);
  for (const auto& line : security_log_) good = good && out.add(line);
  for (const auto& event : security_) good = good && out.add(event);
  for (const auto& event : events_) good = good && out.add(StoredEvent{event});
  return good;
}

bool Store::compact() {
  unsaved_ = !journal_.compact([this](journal::Snapshot& out) { return write_all(out); }).has_value();
  return !unsaved_;
}

bool Store::commit() {
  if (unsaved_) return compact();
  if (!journal_.batch().empty() && !journal_.commit()) return compact();
  // A compaction that fails here loses nothing: what was committed stands.
  if (journal_.wants_compaction()) static_cast<void>(compact());
  return true;
}

bool Store::push(const session::TransactionEvent& event) {
  const StoredEvent record{event};
  const auto bytes = size_on_disk(record);
  if (!make_room(bytes)) return false;
  events_.push_back(event);
  events_bytes_ += bytes;
  facts_.fetched = std::max(facts_.fetched, event.number);
  add(record);
  return true;
}

void Store::remove_event(std::uint64_t number) {
  const auto found = std::ranges::find(events_, number, &session::TransactionEvent::number);
  if (found == events_.end()) return;
  events_bytes_ -= size_on_disk(StoredEvent{*found});
  events_.erase(found);
  add(RemovedEvent{number});
}

void Store::mark_offline() {
  for (auto& event : events_) event.offline = true;
}

bool Store::make_room(std::size_t bytes) {
  while (events_bytes_ + bytes > queue_bytes_) {
    if (!thin_out(true) && !thin_out(false)) return false;
  }
  return true;
}

/// Every second one goes, the first of them too; the first and the last of a transaction stay, and so do limits.
//= OCPP-2.0.1 E04.FR.07
//= OCPP-2.0.1 E04.FR.08
//= OCPP-2.0.1 J02.FR.12
//= OCPP-2.0.1 J02.FR.13
//= OCPP-2.0.1 E11.FR.04
//= OCPP-2.0.1 E11.FR.05
//= OCPP-2.0.1 E12.FR.04
//= OCPP-2.0.1 E12.FR.05
bool Store::thin_out(bool samples_only) {
  std::vector<std::uint64_t> leaving;
  std::size_t count = 0;
  for (std::size_t i = first_held_ ? 1 : 0; i < events_.size(); ++i) {
    const auto& event = events_[i];
    const bool may_go = samples_only ? is_sample(event) : event.type == EventType::updated && !is_limit(event);
    if (may_go && count++ % 2 == 0) leaving.push_back(event.number);
  }
  for (const auto number : leaving) remove_event(number);
  left_out_ += static_cast<std::uint32_t>(leaving.size());
  return !leaving.empty();
}

bool Store::push_security(std::string_view type, Timestamp time, std::string_view info) {
  if (security_.size() >= kMaxSecurityEvents) return false;
  security_.push_back({++facts_.last_security, type, time, info});
  add(security_.back());
  return true;
}

void Store::remove_security(std::uint64_t number) {
  if (std::erase_if(security_, [&](const SecurityEvent& e) { return e.number == number; }) == 0) return;
  add(RemovedSecurityEvent{number});
}

void Store::set_variable(std::string_view key, std::string_view value) {
  const StoredVariable record{key, value};
  const auto found = std::ranges::find(variables_, record.key, &StoredVariable::key);
  if (found != variables_.end()) *found = record;
  else if (variables_.size() < kMaxStoredVariables) variables_.push_back(record);
  add(record);
}

void Store::forget_variable(std::string_view key) {
  if (std::erase_if(variables_, [&](const StoredVariable& v) { return v.key.view() == key; }) == 0) return;
  add(RemovedVariable{key});
}

void Store::set_profile(const StoredProfile& profile) {
  keep(profiles_, profile);
  add(profile);
}

void Store::set_monitor(const StoredMonitor& monitor) {
  keep(monitors_, monitor);
  add(monitor);
}

void Store::remove_monitor(std::int32_t id) {
  if (std::erase_if(monitors_, [&](const StoredMonitor& m) { return m.id == id; }) == 0) return;
  add(RemovedMonitor{id});
}

void Store::push_notice(const Notice& notice) {
  push_bounded(notices_, notice, kMaxNotices);
  add(notice);
}

void Store::remove_notice(std::int32_t number) {
  if (std::erase_if(notices_, [&](const Notice& n) { return n.number == number; }) == 0) return;
  add(RemovedNotice{number});
}

void Store::push_security_line(const SecurityLine& line) {
  push_bounded(security_log_, line, kMaxSecurityLines);
  add(line);
}

}  // namespace bulwatt::ocpp
