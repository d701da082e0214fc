#include "libs/tariff/account.hpp"

#include "libs/tariff/coin.hpp"

namespace bulwatt::tariff {
namespace {

using Wide = unsigned __int128;

/// The stretch between two samples, on which energy flows evenly.
class Stretch {
 public:
  Stretch(const Account& account, const Schedule& schedule, const Sample& sample)
      : account_(account), schedule_(schedule), end_{sample.unix_ms, sample.register_mwh} {}

  Point begin() const { return {account_.last_ms, account_.last_mwh}; }
  Point end() const { return end_; }
  std::int64_t local(const Point& at) const { return at.ms + std::int64_t{account_.offset_min} * 60'000; }

  /// Where the price may change next, or the end.
  Point next_edge(const Point& from) const {
    auto next = end_;
    const auto clock = next_clock_edge(schedule_, local(from));
    if (clock != INT64_MAX) next = std::min(next, at_time(from.ms + (clock - local(from))));
    for (const auto& element : schedule_.elements) {
      const auto& when = element.when;
      consider_time(next, from, when.least_s);
      if (when.most_s) consider_time(next, from, *when.most_s);
      consider_energy(next, from, when.least_mwh);
      if (when.most_mwh) consider_energy(next, from, *when.most_mwh);
    }
    return next;
  }

 private:
  Point at_time(std::int64_t ms) const {
    if (ms >= end_.ms) return end_;
    const auto part = static_cast<Wide>(ms - begin().ms) * static_cast<Wide>(end_.mwh - begin().mwh);
    return {ms, begin().mwh + static_cast<std::int64_t>(part / static_cast<Wide>(end_.ms - begin().ms))};
  }
  void consider_time(Point& next, const Point& from, std::uint32_t seconds) const {
    const auto ms = account_.begin_ms + std::int64_t{seconds} * 1000;
    if (ms > from.ms && ms < next.ms) next = at_time(ms);
  }
  void consider_energy(Point& next, const Point& from, std::int64_t drawn) const {
    const auto mwh = account_.begin_mwh + drawn;
    if (mwh <= from.mwh || mwh >= end_.mwh) return;
    const auto part = static_cast<Wide>(mwh - begin().mwh) * static_cast<Wide>(end_.ms - begin().ms);
    const auto after = static_cast<std::int64_t>(part / static_cast<Wide>(end_.mwh - begin().mwh));
    next = std::min(next, Point{begin().ms + after, mwh});
  }

  const Account& account_;
  const Schedule& schedule_;
  Point end_;
};

using Price = std::optional<std::int64_t> Element::*;

/// The element whose price of this kind rules.
std::optional<std::uint8_t> ruling(const Account& account, const Schedule& schedule, Price price, std::int64_t local_ms,
                                   const Point& at) {
  for (std::uint8_t i = 0; i < schedule.elements.size; ++i) {
    const auto& element = schedule.elements[i];
    if ((element.*price).has_value() &&
        holds(element.when, local_ms, at.ms - account.begin_ms, at.mwh - account.begin_mwh))
      return i;
  }
  return std::nullopt;
}

std::optional<Failure> fault_of(const Account& account, const Sample& sample) {
  if (sample.unix_ms < account.last_ms || sample.register_mwh < account.last_mwh) return Failure::backwards;
  const bool too_much =
      sample.unix_ms - account.begin_ms > kMaxDurationMs || sample.register_mwh - account.begin_mwh > kMaxEnergyMwh;
  return too_much ? std::optional{Failure::too_much} : std::nullopt;
}

void begin(Account& account, const Schedule& schedule, const Sample& sample) {
  account.begun = true;
  account.begin_ms = account.last_ms = sample.unix_ms;
  account.begin_mwh = account.last_mwh = sample.register_mwh;
  account.offset_min = sample.offset_min;
  const auto local = sample.unix_ms + std::int64_t{sample.offset_min} * 60'000;
  account.start_by = ruling(account, schedule, &Element::per_session, local, {sample.unix_ms, sample.register_mwh});
}

/// What was used on the way to the next edge.
struct Part {
  std::optional<std::uint8_t> energy_by{};
  std::optional<std::uint8_t> time_by{};
  bool charging{};
  Account::Used used{};
};

void book(Account& account, std::int64_t begin_ms, const Part& part) {
  const auto to = [&](Account::Used& sum) {
    if (part.energy_by) sum.energy_mwh += part.used.energy_mwh;
    if (part.time_by) sum.time_ms += part.used.time_ms, sum.idle_ms += part.used.idle_ms;
  };
  if (part.energy_by) account.used[*part.energy_by].energy_mwh += part.used.energy_mwh;
  if (part.time_by) {
    account.used[*part.time_by].time_ms += part.used.time_ms;
    account.used[*part.time_by].idle_ms += part.used.idle_ms;
  }
  auto& periods = account.periods;
  auto* last = periods.empty() ? nullptr : &periods.data[periods.size - 1U];
  const bool same = last != nullptr && last->energy_by == part.energy_by && last->time_by == part.time_by &&
                    (last->charging == part.charging || !part.time_by);
  if (!same && periods.full()) last->mixed = true;
  if (same || periods.full()) return to(last->used);
  Account::Period next{begin_ms, part.energy_by, part.time_by, part.charging, false, {}};
  to(next.used);
  static_cast<void>(periods.push_back(next));
}

/// Uses the stretch up at the prices that rule on it. False: a price changed while nobody looked.
bool use(Account& account, const Schedule& schedule, const Sample& sample) {
  const Stretch stretch{account, schedule, sample};
  const bool far_apart = sample.unix_ms - account.last_ms > kLongestGapMs && sample.register_mwh > account.last_mwh;
  for (auto at = stretch.begin(); at != stretch.end();) {
    const auto next = stretch.next_edge(at);
    if (far_apart && next != stretch.end()) return false;
    const auto rules = [&](Price price) { return ruling(account, schedule, price, stretch.local(at), at); };
    Part part{};
    part.energy_by = rules(&Element::per_kwh);
    part.charging = sample.charging;
    if (!sample.off) part.time_by = rules(sample.charging ? &Element::per_minute : &Element::per_idle_minute);
    part.used.energy_mwh = next.mwh - at.mwh;
    (sample.charging ? part.used.time_ms : part.used.idle_ms) = next.ms - at.ms;
    book(account, at.ms, part);
    at = next;
  }
  return true;
}

}  // namespace

void add(Account& account, const Schedule& schedule, const Sample& sample) {
  if (account.failure) return;
  if (!account.begun) return begin(account, schedule, sample);
  account.failure = fault_of(account, sample);
  if (account.failure) return;
  if (!use(account, schedule, sample)) {
    account.failure = Failure::gap;
    return;
  }
  account.last_ms = sample.unix_ms;
  account.last_mwh = sample.register_mwh;
  account.offset_min = sample.offset_min;
}

bool edge_between(const Account& account, const Schedule& schedule, const Point& from, const Point& to) {
  if (to.ms < from.ms || to.mwh < from.mwh) return false;
  auto there = account;
  there.last_ms = from.ms;
  there.last_mwh = from.mwh;
  const Stretch stretch{there, schedule, {.unix_ms = to.ms, .register_mwh = to.mwh}};
  return stretch.next_edge(stretch.begin()) != stretch.end();
}

std::optional<std::uint8_t> energy_element(const Account& account, const Schedule& schedule) {
  if (!account.begun) return std::nullopt;
  const auto local = account.last_ms + std::int64_t{account.offset_min} * 60'000;
  return ruling(account, schedule, &Element::per_kwh, local, {account.last_ms, account.last_mwh});
}

namespace {

/// Begun steps are whole ones.
Wide in_steps(std::int64_t used, std::int64_t step) {
  const auto all = static_cast<Wide>(used);
  if (step == 0) return all;
  const auto one = static_cast<Wide>(step);
  return (all + one - 1) / one * one;
}

Wide price_of(const std::optional<std::int64_t>& price) {
  return static_cast<Wide>(std::clamp<std::int64_t>(price.value_or(0), 0, kMaxPrice));
}

}  // namespace

std::expected<Cost, Failure> cost(const Account& account, const Schedule& schedule) {
  if (account.failure) return std::unexpected(*account.failure);
  if (!account.begun) return std::unexpected(Failure::nothing);
  std::uint64_t coin = 1'000'000;
  for (int i = decimal_places(schedule.currency.view()); i > 0; --i) coin /= 10;
  const auto coins = [&](Wide amount, Wide parts) {
    const auto whole = parts * coin;
    return static_cast<std::int64_t>((amount + whole / 2) / whole * coin);
  };
  Wide energy = 0, time = 0, idle = 0;
  for (std::size_t i = 0; i < schedule.elements.size; ++i) {
    const auto& element = schedule.elements[i];
    const auto& used = account.used[i];
    energy += price_of(element.per_kwh) * in_steps(used.energy_mwh, std::int64_t{element.step_wh} * 1000);
    time += price_of(element.per_minute) * in_steps(used.time_ms, std::int64_t{element.step_s} * 1000);
    idle += price_of(element.per_idle_minute) * in_steps(used.idle_ms, std::int64_t{element.step_s} * 1000);
  }
  Cost out{};
  out.energy = coins(energy, 1'000'000);
  out.time = coins(time, 60'000);
  out.idle = coins(idle, 60'000);
  if (account.start_by) out.start = coins(price_of(schedule.elements[*account.start_by].per_session), 1);
  const auto sum = out.energy + out.time + out.idle + out.start;
  auto net = sum;
  if (schedule.least) net = std::max(net, coins(price_of(schedule.least), 1));
  if (schedule.most) net = std::min(net, coins(price_of(schedule.most), 1));
  out.adjusted = net - sum;
  out.total = net;
  out.taxes.size = schedule.taxes.size;
  for (std::uint8_t stack = 0; stack < kMaxTaxes; ++stack) {
    auto base = net;
    for (std::size_t i = 0; i < out.taxes.size; ++i) base += schedule.taxes[i].stack < stack ? out.taxes[i] : 0;
    for (std::size_t i = 0; i < out.taxes.size; ++i) {
      if (schedule.taxes[i].stack != stack) continue;
      out.taxes[i] = coins(static_cast<Wide>(base) * std::min(schedule.taxes[i].rate, 10'000U), 10'000);
      out.total += out.taxes[i];
    }
  }
  return out;
}

}  // namespace bulwatt::tariff
