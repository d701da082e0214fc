// The rota of one line with one or more meters on it: whose turn it is, what is asked next, how long is waited. Pure but for the
// transport: moments in, the moment of the next step out. A meter's turn is one reading; one that does not answer gives its
// turn away after one request and is asked less often, so that it never keeps the others from theirs.
#pragma once
#include "protocols/meters/models.hpp"
#include "protocols/meters/sunspec.hpp"
#include "services/meter/reader.hpp"
#include "services/meter/transport.hpp"

namespace bulwatt::meter {

inline constexpr Duration kLookEvery = std::chrono::milliseconds{5};  ///< while an answer is on its way
inline constexpr Duration kReconnect = std::chrono::seconds{1};       ///< a line that is gone is opened again
inline constexpr Duration kLongestPause = std::chrono::seconds{4};    ///< of a meter that does not answer
inline constexpr Duration kSerialEvery = std::chrono::minutes{1};     ///< the serial number is looked at again

/// A meter on its line.
class Point {
 public:
  Point(const Place& place, std::uint8_t evse, Duration stale);

  Reader reader;
  bool fresh = false;  ///< a new reading was made; whoever tells it clears this
  /// Whether anything is known of it yet, good or bad.
  bool asked() const { return asked_; }

 private:
  friend class Rota;
  enum class Step : std::uint8_t { search, serial, block };
  std::uint8_t unit_;
  bool searched_ = false;  ///< a SunSpec device: its map and serial number are found, and looked for again
  meters::SunspecSearch search_{};
  Step step_ = Step::search;
  std::size_t block_ = 0;
  /// When the first registers of this turn were asked for. An answer may lie unread for long: what it says is that old.
  Instant asked_at_{};
  Timestamp asked_civil_{};
  bool asked_ = false;
  Instant due_{};                       ///< of the next turn
  std::optional<Instant> serial_at_{};  ///< when it was last asked who it is
  int failures_ = 0;
};

class Rota {
 public:
  /// shared: more than one meter may be on it, and it stays open when one of them fails.
  Rota(Transport& transport, const Config& config, bool shared)
      : transport_(transport),
        poll_(std::chrono::milliseconds{config.poll_ms}),
        patience_(std::chrono::milliseconds{config.answer_ms}),
        stale_(std::chrono::milliseconds{config.stale_ms}),
        shared_(shared) {}

  /// False: there is no room for more.
  bool add(const Place& place, std::uint8_t evse);
  std::span<Point> points() { return std::span{points_}.first(count_); }

  /// Does what is due; returns when to call again.
  Instant step(Instant now, Timestamp civil);
  /// The line went away under an open transport.
  bool broken() const { return broken_; }

 private:
  enum class State : std::uint8_t { closed, opening, idle, asking };

  Instant closed(Instant now);
  Instant opening(Instant now);
  Instant idle(Instant now, Timestamp civil);
  Instant asking(Instant now);
  void begin_turn(Point& point, Instant now);
  /// The next request of the turn; false: the turn is over.
  bool ask(Instant now, Timestamp civil);
  void answered(std::expected<std::span<const std::uint16_t>, LinkError> words, Instant now);
  bool searched(std::expected<std::span<const std::uint16_t>, LinkError> words);
  void end_turn(Instant now);
  void fail_turn(Health health, Instant now);
  void lose(Health health, Instant now);

  Transport& transport_;
  Duration poll_;
  Duration patience_;
  Duration stale_;
  bool shared_;
  bool broken_ = false;
  std::array<Point, kMaxMeters> points_{Point{{}, 0, {}}, Point{{}, 0, {}}, Point{{}, 0, {}}, Point{{}, 0, {}}};
  std::size_t count_ = 0;
  State state_ = State::closed;
  Point* turn_ = nullptr;
  Instant retry_at_{};
  Instant quiet_until_{};
  Instant deadline_{};
};

}  // namespace bulwatt::meter
