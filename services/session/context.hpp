// One step of the core: what it sees (time, configuration), what it changes (state) and what it asks of the shell (actions).
#pragma once
#include <charconv>

#include "interfaces/control.hpp"
#include "interfaces/ledger.hpp"
#include "services/session/station.hpp"

namespace bulwatt::session {

struct Moment {
  Instant now{};
  Timestamp time{};
};

inline constexpr std::size_t kNotesPerStep = 16;

struct Actions {
  bool write_ongoing = false;  ///< durable before anything else happens
  bool write_settings = false;
  List<CachedToken, 2> cached{};
  bool permit_changed = false;  ///< tell power now, do not wait for the next renewal
  bool reset_faults = false;
  bool work_available = false;
  bool restart_station = false;
  std::optional<control::Phase> phase{};
  List<ledger::Append, kNotesPerStep> notes{};
  Instant wake = kNever;  ///< call tick() then at the latest
};

struct Context {
  const Config& config;
  Station& state;
  const Moment& moment;
  Actions& actions;

  Instant now() const { return moment.now; }
  void wake(Instant when) const { actions.wake = std::min(actions.wake, when); }
};

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

/// A sentence for the driver, shown for a while.
inline void tell(const Context& c, std::string_view message, Duration how_long = std::chrono::seconds{10}) {
  c.state.message = message;
  c.state.message_until = c.now() + how_long;
}

}  // namespace bulwatt::session
