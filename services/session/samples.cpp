// Samples of a running transaction: by interval, by the clock, for its last event; and its register on disk.
#include "services/session/events.hpp"

namespace bulwatt::session {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

/// The next multiple of the interval counted from midnight UTC, after `now`.
std::int64_t next_aligned(Timestamp now, std::uint32_t interval_s) {
  const auto interval = std::int64_t{interval_s} * 1000;
  const auto midnight = now.unix_ms - now.unix_ms % kDayMs;
  const auto next = midnight + ((now.unix_ms - midnight) / interval + 1) * interval;
  return std::min(next, midnight + kDayMs);
}

/// With a backend gone for long the samples thin out, so that room for the rest of the story is left.
//= OCPP-2.0.1 J02.FR.12
bool crowded(const At& c) { return c.archive.outbox.size() > Outbox::kCapacity * 3 / 4; }

/// Moves `next` on by the interval, never into the past; true when it was due.
bool due(const At& c, Instant& next, std::uint32_t interval_s) {
  if (interval_s == 0) return false;
  const bool is = c.now() >= next;
  if (is) next += seconds(interval_s);
  if (is && next <= c.now()) next = c.now() + seconds(interval_s);
  c.wake(next);
  return is;
}

//= OCPP-2.0.1 J01.FR.22
void take_aligned(const At& c) {
  const auto interval_s = c.state.settings.aligned_interval_s;
  if (interval_s == 0) return;
  const auto time = c.moment.time;
  auto& next = c.evse.next_aligned_ms;
  const bool clock_set = next - time.unix_ms > kDayMs;
  if (time.unix_ms >= next && !crowded(c) && !c.evse.meter_lost) {
    const bool fresh = time.unix_ms - next < 1000;  // after a jump of the clock there is no boundary to speak of
    if (fresh && c.archive.outbox.room() > Outbox::kKept && c.evse.meter_known) {
      auto event = next_event(c, EventType::updated, Trigger::meter_value_clock);
      auto sample = sample_of(c.evse.meter, SampleContext::sample_clock);
      event.time = sample.time = Timestamp{next};
      static_cast<void>(event.samples.push_back(sample));
      publish(c, event);
    }
  }
  if (clock_set || time.unix_ms >= next) next = next_aligned(time, interval_s);
  c.wake(c.now() + std::chrono::milliseconds{next - time.unix_ms});
}

/// When they are too many every other one goes, not the first and not the last.
//= OCPP-2.0.1 E06.FR.13
//= OCPP-2.0.1 J02.FR.20
void keep_for_the_end(const At& c) {
  auto& samples = c.transaction()->samples;
  if (samples.full()) {
    for (std::size_t i = 0; i < samples.size; ++i) samples.erase(i);
  }
  static_cast<void>(samples.push_back(sample_of(c.evse.meter, SampleContext::sample_periodic)));
  c.changed();
}

}  // namespace

void schedule_samples(const At& c) {
  const auto& settings = c.state.settings;
  c.evse.next_sample = c.now() + seconds(settings.sample_interval_s);
  c.evse.next_ended_sample = c.now() + seconds(settings.ended_interval_s);
  c.evse.next_aligned_ms =
      settings.aligned_interval_s == 0 ? 0 : next_aligned(c.moment.time, settings.aligned_interval_s);
}

//= OCPP-2.0.1 J02.FR.11
//= OCPP-2.0.1 J02.FR.10
//= OCPP-2.0.1 J02.FR.22
void take_samples(const At& c) {
  auto& e = c.evse;
  if (!c.transaction() || c.transaction()->ending || e.recovering) return;
  const auto& settings = c.state.settings;
  if (due(c, e.next_sample, settings.sample_interval_s) && !crowded(c) && !e.meter_lost)
    update_transaction(c, Trigger::meter_value_periodic, SampleContext::sample_periodic);
  if (due(c, e.next_ended_sample, settings.ended_interval_s) && e.meter_known && !e.meter_lost) keep_for_the_end(c);
  take_aligned(c);
  if (c.now() >= e.next_register) {
    c.transaction()->seen = c.moment.time;
    e.next_register = c.now() + seconds(c.config.register_interval_s);
    c.changed();
  }
  c.wake(e.next_register);
}

//= OCPP-2.0.1 E06.FR.11
void add_ended_samples(const At& c, TransactionEvent& event) {
  const auto& transaction = *c.transaction();
  if (transaction.begin) static_cast<void>(event.samples.push_back(*transaction.begin));
  for (const auto& sample : transaction.samples) static_cast<void>(event.samples.push_back(sample));
  if (c.evse.meter_known)
    static_cast<void>(event.samples.push_back(sample_of(c.evse.meter, SampleContext::transaction_end)));
}

}  // namespace bulwatt::session
