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

/// The boundary of the clock that has just been reached; moves `next` on. After a jump of the clock there is none to speak of.
std::optional<Timestamp> reached(const At& c, std::int64_t& next, std::uint32_t interval_s) {
  if (interval_s == 0) return std::nullopt;
  const auto time = c.moment.time.unix_ms;
  const auto boundary = next;
  const bool clock_set = boundary - time > kDayMs;
  if (clock_set || time >= boundary) next = next_aligned(c.moment.time, interval_s);
  c.wake(c.now() + std::chrono::milliseconds{next - time});
  if (time < boundary || time - boundary >= 1000) return std::nullopt;
  return Timestamp{boundary};
}

Sample aligned_sample(const At& c, Timestamp boundary) {
  auto sample = sample_of(c.evse.meter, SampleContext::sample_clock);
  sample.time = boundary;
  return sample;
}

//= OCPP-2.0.1 J01.FR.22
void take_aligned(const At& c) {
  const auto boundary = reached(c, c.evse.next_aligned_ms, c.state.settings.aligned_interval_s);
  if (!boundary || crowded(c) || !c.evse.meter_known || c.evse.meter_lost) return;
  if (c.archive.outbox.room() <= Outbox::kKept) return;
  auto event = next_event(c, EventType::updated, Trigger::meter_value_clock);
  event.time = *boundary;
  static_cast<void>(event.samples.push_back(aligned_sample(c, *boundary)));
  publish(c, event);
}

/// Of the kind that has more of them the first, third, fifth … go; never the first and the last of the transaction.
//= OCPP-2.0.1 E06.FR.13
//= OCPP-2.0.1 J02.FR.20
//= OCPP-2.0.1 E06.FR.12
//= OCPP-2.0.1 E07.FR.09
//= OCPP-2.0.1 E07.FR.10
//= OCPP-2.0.1 E08.FR.10
//= OCPP-2.0.1 E08.FR.11
//= OCPP-2.0.1 E09.FR.06
//= OCPP-2.0.1 E09.FR.07
//= OCPP-2.0.1 E10.FR.05
//= OCPP-2.0.1 E10.FR.06
//= OCPP-2.0.1 E12.FR.08
//= OCPP-2.0.1 E12.FR.09
//= OCPP-2.0.1 F03.FR.05
//= OCPP-2.0.1 F03.FR.06
void thin_out(List<Sample, kEventSamples - 2>& samples) {
  const auto clock = std::ranges::count(samples.view(), SampleContext::sample_clock, &Sample::context);
  const auto kind = 2 * clock > samples.size ? SampleContext::sample_clock : SampleContext::sample_periodic;
  bool goes = true;
  for (std::size_t i = 0; i < samples.size;) {
    const bool of_kind = samples[i].context == kind;
    const bool drop = of_kind && goes;
    if (of_kind) goes = !goes;
    if (drop) samples.erase(i);
    else ++i;
  }
}

void keep_for_the_end(const At& c, const Sample& sample) {
  auto& samples = c.transaction()->samples;
  if (samples.full()) thin_out(samples);
  static_cast<void>(samples.push_back(sample));
  c.changed();
}

void take_ended_samples(const At& c) {
  auto& e = c.evse;
  const auto& settings = c.state.settings;
  const auto boundary = reached(c, e.next_aligned_ended_ms, settings.aligned_ended_interval_s);
  const bool periodic = due(c, e.next_ended_sample, settings.ended_interval_s);
  if (!e.meter_known || e.meter_lost) return;
  if (boundary) keep_for_the_end(c, aligned_sample(c, *boundary));
  if (periodic) keep_for_the_end(c, sample_of(e.meter, SampleContext::sample_periodic));
}

}  // namespace

void schedule_samples(const At& c) {
  const auto& settings = c.state.settings;
  c.evse.next_sample = c.now() + seconds(settings.sample_interval_s);
  c.evse.next_ended_sample = c.now() + seconds(settings.ended_interval_s);
  const auto first = [&](std::uint32_t interval_s) {
    return interval_s == 0 ? 0 : next_aligned(c.moment.time, interval_s);
  };
  c.evse.next_aligned_ms = first(settings.aligned_interval_s);
  c.evse.next_aligned_ended_ms = first(settings.aligned_ended_interval_s);
}

//= OCPP-2.0.1 J02.FR.11
//= OCPP-2.0.1 J02.FR.10
//= OCPP-2.0.1 J02.FR.22
//= OCPP-2.0.1 E02.FR.10
//= OCPP-2.0.1 E03.FR.08
//= OCPP-2.0.1 E04.FR.06
//= OCPP-2.0.1 E11.FR.03
//= OCPP-2.0.1 E12.FR.03
//= OCPP-2.0.1 F01.FR.15
//= OCPP-2.0.1 F02.FR.03
void take_samples(const At& c) {
  auto& e = c.evse;
  if (!c.transaction() || c.transaction()->ending || e.recovering) return;
  const auto& settings = c.state.settings;
  if (due(c, e.next_sample, settings.sample_interval_s) && !crowded(c) && !e.meter_lost)
    update_transaction(c, Trigger::meter_value_periodic, SampleContext::sample_periodic);
  take_ended_samples(c);
  take_aligned(c);
  if (c.now() >= e.next_register) {
    c.transaction()->seen = c.moment.time;
    e.next_register = c.now() + seconds(c.config.register_interval_s);
    c.changed();
  }
  c.wake(e.next_register);
}

//= OCPP-2.0.1 E06.FR.11
//= OCPP-2.0.1 E07.FR.08
//= OCPP-2.0.1 E08.FR.09
//= OCPP-2.0.1 E09.FR.05
//= OCPP-2.0.1 E10.FR.04
//= OCPP-2.0.1 E12.FR.07
//= OCPP-2.0.1 F03.FR.04
void add_ended_samples(const At& c, TransactionEvent& event) {
  const auto& transaction = *c.transaction();
  if (transaction.begin) static_cast<void>(event.samples.push_back(*transaction.begin));
  for (const auto& sample : transaction.samples) static_cast<void>(event.samples.push_back(sample));
  if (c.evse.meter_known)
    static_cast<void>(event.samples.push_back(sample_of(c.evse.meter, SampleContext::transaction_end)));
}

}  // namespace bulwatt::session
