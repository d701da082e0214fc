#include "mcu/board/edges.hpp"

#include <charconv>

namespace bulwatt::board {
namespace {
constexpr std::uint32_t kOhmB = 2'740, kOhmC = 882, kOhmCable = 220;
constexpr std::int64_t kMs = 1'000'000;
constexpr int kLiveCycles = 3;               ///< live for so long before it is left again
constexpr std::int64_t kSpreadNs = 5 * kMs;  ///< an edge comes at any moment within this after that
constexpr std::int64_t kMissedNs = 2'000 * kMs;
constexpr std::int64_t kBackNs = 4 * kMs;  ///< in B before C is asked again
constexpr std::int64_t kNagNs = 800 * kMs;
/// One in so many edges is an unplugging: it ends the transaction, and the next needs an authorization.
constexpr std::uint32_t kUnplugEvery = 50;

std::int32_t line_of(Edges::Way way) { return way == Edges::Way::f ? iec61851::kLevelF : 0; }
}  // namespace

bool Edges::take(const std::string& line) {
  if (line == "hold") {
    phase_ = Phase::hold;
    live_cycles_ = 0;
    return true;
  }
  constexpr std::string_view kWord = "edges ";
  if (!line.starts_with(kWord)) return false;
  const char* end = line.data() + line.size();
  std::uint32_t number = 0;
  const auto read = std::from_chars(line.data() + kWord.size(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || number == 0) return false;
  left_ = number;
  phase_ = Phase::ask;
  live_cycles_ = 0;
  return true;
}

void Edges::before(Board& board, std::int64_t now_ns) {
  if (phase_ == Phase::armed && now_ns >= at_ns_) phase_ = Phase::left;
  auto& vehicle = board.vehicle;
  vehicle = {.resistance_ohm = kOhmC, .diode = true, .pp_ohm = kOhmCable};
  if (phase_ == Phase::rest || phase_ == Phase::back || phase_ == Phase::stopping) vehicle.resistance_ohm = kOhmB;
  if (phase_ != Phase::left) return;
  if (way_ == Way::b) vehicle.resistance_ohm = kOhmB;
  if (way_ == Way::a) vehicle.resistance_ohm = std::nullopt;
  if (way_ == Way::e || way_ == Way::f) vehicle.foreign_mv = line_of(way_);
}

void Edges::after(const Board& board, std::int64_t now_ns) {
  const bool commanded = board.outputs().contactor;
  switch (phase_) {
    case Phase::rest: break;
    case Phase::ask:
      live_cycles_ = commanded && board.view().energized ? live_cycles_ + 1 : 0;
      if (live_cycles_ >= kLiveCycles) return arm(now_ns);
      return nag(now_ns);
    case Phase::armed:
      if (!commanded) phase_ = Phase::ask;  // Something else opened it first.
      break;
    case Phase::left:
      if (!commanded) return opened(now_ns);
      if (now_ns - at_ns_ > kMissedNs) {
        say_("missed " + std::string(1, "BAEF"[std::to_underlying(way_)]));
        return next(now_ns);
      }
      break;
    case Phase::back:
      if (now_ns - at_ns_ >= kBackNs) ask(now_ns);
      break;
    case Phase::hold:
    case Phase::held:
    case Phase::stopping: return hold(board, now_ns);
  }
}

void Edges::ask(std::int64_t now_ns) {
  phase_ = Phase::ask;
  nag_ns_ = now_ns;
  live_cycles_ = 0;
}

void Edges::arm(std::int64_t now_ns) {
  constexpr std::array kOthers{Way::b, Way::e, Way::f};
  way_ = ++count_ % kUnplugEvery == 0 ? Way::a : kOthers[count_ % kOthers.size()];
  at_ns_ = now_ns + std::uniform_int_distribution<std::int64_t>{0, kSpreadNs}(random_);
  phase_ = Phase::armed;
}

void Edges::opened(std::int64_t now_ns) {
  say_("edge " + std::string(1, "BAEF"[std::to_underlying(way_)]) + " " + std::to_string(now_ns - at_ns_));
  next(now_ns);
}

void Edges::next(std::int64_t now_ns) {
  at_ns_ = now_ns;
  nag_ns_ = now_ns;
  phase_ = --left_ == 0 ? Phase::rest : Phase::back;
  if (left_ == 0) say_("done");
}

void Edges::nag(std::int64_t now_ns) {
  if (nag_ns_ == 0) nag_ns_ = now_ns;
  if (now_ns - nag_ns_ < kNagNs) return;
  nag_ns_ = now_ns;
  say_("idle");
}

void Edges::hold(const Board& board, std::int64_t now_ns) {
  const bool commanded = board.outputs().contactor;
  const bool signal = iec61851::read_duty(board.outputs().duty_permille).meaning != iec61851::DutyMeaning::not_allowed;
  if (phase_ == Phase::hold) {
    if (!commanded) return nag(now_ns);
    phase_ = Phase::held;
    say_("live");
  } else if (phase_ == Phase::held && !signal) {
    phase_ = Phase::stopping;
    say_("withdrawn " + std::to_string(now_ns));
  } else if (phase_ == Phase::stopping && !commanded) {
    phase_ = Phase::hold;
    nag_ns_ = now_ns;
    say_("opened " + std::to_string(now_ns));
  }
}

}  // namespace bulwatt::board
