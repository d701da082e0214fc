// One step of the core: what it sees (time, configuration), what it changes (state) and what it asks of the shell (actions).
#pragma once
#include <charconv>

#include "interfaces/control.hpp"
#include "interfaces/ledger.hpp"
#include "services/session/archive.hpp"
#include "services/session/station.hpp"

namespace bulwatt::session {

struct Moment {
  Instant now{};
  Timestamp time{};
};

struct Outlet {
  std::uint8_t evse{};
  std::uint8_t connector{};
  friend bool operator==(const Outlet&, const Outlet&) = default;
};
struct LockWish {
  Outlet outlet{};
  bool locked{};
};

inline constexpr std::size_t kNotesPerStep = 48;

struct Actions {
  bool write_station = false;    ///< durable before anything else happens
  std::uint8_t write_evses = 0;  ///< bit per EVSE, from 0
  std::uint8_t write_bills = 0;
  bool write_reservations = false;
  bool write_settings = false;
  bool forget_cache = false;
  List<CachedToken, 2> cached{};
  std::uint8_t permits_changed = 0;  ///< bit per EVSE: tell power now, do not wait for the next renewal
  List<Outlet, power::kMaxOutlets> reset_faults{};
  List<LockWish, power::kMaxOutlets> locks{};
  bool work_available = false;
  bool restart_station = false;
  std::optional<control::Phase> phase{};
  List<meter::AskRecord, power::kMaxEvses> records{};  ///< to be asked for
  List<ledger::Append, kNotesPerStep> notes{};
  Instant wake = kNever;  ///< call tick() then at the latest

  /// As new, but without touching the room of the lists.
  void reset() {
    write_station = write_reservations = write_settings = forget_cache = work_available = restart_station = false;
    write_evses = write_bills = permits_changed = 0;
    cached.clear(), reset_faults.clear(), locks.clear(), notes.clear(), records.clear();
    phase.reset();
    wake = kNever;
  }
};

struct At;
struct Context {
  const Config& config;
  Station& state;
  Archive& archive;
  const Moment& moment;
  Actions& actions;

  Instant now() const { return moment.now; }
  void wake(Instant when) const { actions.wake = std::min(actions.wake, when); }
  std::size_t evses() const { return state.evses.size; }
  At at(std::size_t index) const;
};

/// The same at one EVSE.
struct At : Context {
  Evse& evse;
  const EvseConfig& place;
  std::uint8_t number;  ///< from 1

  void changed() const { actions.write_evses = static_cast<std::uint8_t>(actions.write_evses | (1U << (number - 1U))); }
  void billed() const { actions.write_bills = static_cast<std::uint8_t>(actions.write_bills | (1U << (number - 1U))); }
  std::optional<Transaction>& transaction() const { return evse.kept.transaction; }
  std::optional<Grant>& grant() const { return evse.kept.grant; }
  /// The connector in use, else the first.
  Connector& connector() const { return evse.connectors[evse.active == 0 ? 0U : evse.active - 1U]; }
  bool plugged() const { return evse.active != 0 && connector().plugged; }
};

inline At Context::at(std::size_t index) const {
  return {*this, state.evses[index], config.evses[index], static_cast<std::uint8_t>(index + 1)};
}
template <class F>
void for_each_evse(const Context& c, F&& f) {
  for (std::size_t i = 0; i < c.evses(); ++i) f(c.at(i));
}

inline Duration seconds(std::uint32_t s) { return std::chrono::seconds{s}; }

namespace detail {
template <std::size_t N>
void put(Text<N>& text, std::string_view more) {
  const auto n = std::min(more.size(), N - text.size);
  std::copy_n(more.begin(), n, text.data.begin() + text.size);
  text.size = static_cast<std::uint16_t>(text.size + n);
}
template <std::size_t N, std::size_t M>
void put(Text<N>& text, const Text<M>& more) {
  put(text, std::string_view{more.data.data(), std::min<std::size_t>(more.size, M)});
}
template <std::size_t N, std::integral I>
void put(Text<N>& text, I value) {
  std::array<char, 21> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  put(text, std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())});
}
}  // namespace detail

/// Text from pieces; what does not fit is cut.
template <std::size_t N, class... Piece>
Text<N> text_of(const Piece&... piece) {
  Text<N> text{};
  (detail::put(text, piece), ...);
  return text;
}

/// One record for the ledger. More than kNotesPerStep in one step cannot happen but for a bug, and then the first ones count.
template <class... Piece>
void note(const Context& c, ledger::Subject subject, ledger::Severity severity, std::string_view event,
          const Piece&... detail) {
  static_cast<void>(c.actions.notes.push_back({subject, severity, event, text_of<ledger::kMaxDetail>(detail...)}));
}
template <class... Piece>
void note(const At& c, ledger::Subject subject, ledger::Severity severity, std::string_view event,
          const Piece&... detail) {
  note(static_cast<const Context&>(c), subject, severity, event, "evse=", c.number, " ", detail...);
}

/// A sentence for the driver, shown for a while.
inline void tell(const At& c, std::string_view message, Duration how_long = std::chrono::seconds{10}) {
  c.evse.message = message;
  c.evse.message_until = c.now() + how_long;
}

}  // namespace bulwatt::session
