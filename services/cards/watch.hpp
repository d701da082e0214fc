// Watches card readers: asks a card that is new for its number, once, and survives whatever can go away. Pure: time is handed in,
// the smart card daemon is behind Daemon.
#pragma once
#include "libs/os/clock.hpp"
#include "services/cards/config.hpp"
#include "services/cards/uid.hpp"

namespace bulwatt::cards {

inline constexpr std::size_t kMostReaders = 4;  ///< watched; what a machine has beyond that is not
using ReaderName = Text<127>;
using CardAnswer = List<std::uint8_t, kLongestAnswer>;

enum class Trouble : std::uint8_t {
  no_daemon,    ///< it does not run, or has ended
  not_allowed,  ///< it does not let us
  reader_gone,  ///< unplugged meanwhile
  card_gone,    ///< taken away in mid-command
  card_silent,  ///< lies there and does not answer
  failed,       ///< anything else it may say
};
constexpr auto enum_names(Trouble) {
  return names("no_daemon", "not_allowed", "reader_gone", "card_gone", "card_silent", "failed");
}

struct ReaderView {
  ReaderName name{};
  bool card = false;
  std::uint32_t changes = 0;  ///< counts cards that came and went, as far as the daemon tells
};
using Readers = List<ReaderView, kMostReaders>;

/// The smart card daemon. Every call returns soon; what is said of handles from before no_daemon is over.
class Daemon {
 public:
  virtual std::expected<void, Trouble> open() = 0;
  virtual void close() = 0;
  virtual std::expected<Readers, Trouble> look() = 0;
  /// One command to the card that lies on the reader.
  virtual std::expected<CardAnswer, Trouble> ask(const ReaderName& reader, std::span<const std::uint8_t> command) = 0;

 protected:
  ~Daemon() = default;
};

/// What the watcher has to tell.
class Listener {
 public:
  virtual void shown(const session::IdToken& token) = 0;
  virtual void log(std::string_view line) = 0;

 protected:
  ~Listener() = default;
};

class Watch {
 public:
  static constexpr Duration kLook = std::chrono::milliseconds{200};
  static constexpr Duration kLookIdle = std::chrono::seconds{1};    ///< while no reader is there
  static constexpr Duration kFirstRetry = std::chrono::seconds{1};  ///< of the daemon; doubles
  static constexpr Duration kLastRetry = std::chrono::seconds{60};
  static constexpr Duration kSameCard = std::chrono::milliseconds{1500};  ///< a card that is back so soon never left
  static constexpr Duration kSettle =
      std::chrono::seconds{3};      ///< a reader that has just come up tells its card as late as this
  static constexpr int kTries = 3;  ///< of one card

  /// `restarted`: an earlier process was watching a moment ago, so a card that lies there already was shown to it.
  Watch(const Config& config, Daemon& daemon, Listener& listener, bool restarted)
      : config_(config), daemon_(daemon), listener_(listener), shown_before_(restarted) {}

  /// Does what is due. When to be called again.
  Instant tick(Instant now);

 private:
  struct Place {
    ReaderName name{};
    bool seen = false;  ///< in the present look
    bool card = false;
    bool done = false;  ///< this card was read, or given up
    std::uint32_t changes = 0;
    int tries = 0;
    Instant next_try{};
    std::optional<session::IdToken> last{};
    Instant left{};        ///< when the last card went away
    bool stayed = false;   ///< it lay there when the daemon was lost
    bool emptied = false;  ///< a card was seen to leave
  };
  Instant open(Instant now);
  Instant lost(Trouble why, Instant now);
  void match(const Readers& readers, Instant now);
  Place* place_for(const ReaderName& name);
  void update(Place& place, const ReaderView& view, Instant now);
  void read(Place& place, Instant now);
  void take(Place& place, std::span<const std::uint8_t> answer, Instant now);
  void failed(Place& place, Trouble why, Instant now);
  void say_once(std::string_view line);
  Place* find(const ReaderName& name);

  const Config& config_;
  Daemon& daemon_;
  Listener& listener_;
  bool open_ = false;
  Duration retry_ = kFirstRetry;
  Instant next_open_{};
  bool had_reader_ = false;
  bool has_reader_ = false;
  Instant settled_{};  ///< what is not there by then is away
  bool shown_before_;
  Text<120> said_{};  ///< the last sentence about the whole: not repeated
  List<Place, kMostReaders> places_{};
};

}  // namespace bulwatt::cards
