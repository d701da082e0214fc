// The side that witnesses and mirrors logs (C2SP tlog-witness, and mirror.hpp): which logs it knows, what it signed last of each, what it
// signs now, and what it found. Without network and without files: Keeper is the disk. What is answered with a signature was kept first.
#pragma once
#include <map>
#include <memory>

#include "libs/merkle/mirror.hpp"

namespace bulwatt::merkle {

/// What a cosigner found out about a log. The same about the same head is named once.
enum class Offence : std::uint8_t {
  rolled_back,     ///< it shows less than was signed before: an older picture of it
  forked,          ///< as many entries, and others
  not_consistent,  ///< more entries, and no proof leads to them: another story, or a broken proof
  superseded,      ///< a successor of this log was seen already: an older picture of the station
  other_entries,   ///< what is handed over as its entries is not what was signed
};
constexpr auto enum_names(Offence) {
  return names("rolled_back", "forked", "not_consistent", "superseded", "other_entries");
}

struct Evidence {
  std::string_view origin{};
  Offence offence{};
  std::string_view request{};  ///< body, with the log's own signatures in it
  std::string_view known{};    ///< the note that was cosigned last
};

/// False: it is not on disk, and nothing is signed.
class Keeper {
 public:
  /// Keys of the log of this origin, as its owner gave them; empty: it is not known.
  virtual std::vector<VerifierKey> keys_of(std::string_view origin) = 0;
  virtual bool keep_checkpoint(std::string_view origin, std::string_view note) = 0;
  /// Behind those that are there.
  virtual bool keep_entries(std::string_view origin, std::string_view bundle) = 0;
  /// All but the first `count` entries are to go.
  virtual bool drop_entries(std::string_view origin, std::uint64_t count) = 0;
  virtual bool keep_receipt(std::string_view origin, std::string_view note) = 0;
  virtual void found(const Evidence& evidence) = 0;

 protected:
  ~Keeper() = default;
};

/// What was kept of a log, at the start.
struct Kept {
  std::string checkpoint{};  ///< the cosigned note; empty: none
  std::string receipt{};     ///< the note with the mirror's signatures
  std::string entries{};     ///< as a bundle
};

/// The log that a log takes the place of when its station had to begin anew: "station/1" of "station/2". Nothing when it is the first, or
/// the origin has no number.
std::optional<std::string> predecessor_of(std::string_view origin);

class Cosigner {
 public:
  /// Keys by which it signs, of the types a cosignature may have.
  struct Keys {
    std::vector<SoftwareKey> witness{};
    std::vector<SoftwareKey> mirror{};  ///< empty: it keeps no entries
  };
  struct Answer {
    int status = 404;
    std::string_view type = "text/plain";
    std::string body{};
  };
  Cosigner(Keys keys, Keeper& keeper) : keys_(std::move(keys)), keeper_(keeper) {}

  /// False when what was kept contradicts itself; the log is then not signed for.
  bool restore(std::string_view origin, const Kept& kept);
  /// `path`: the last part of the address.
  Answer post(std::string_view path, std::string_view body, std::uint64_t seconds);

  struct State {
    std::uint64_t witnessed = 0;
    std::uint64_t mirrored = 0;
    std::uint64_t offences = 0;
    bool damaged = false;
  };
  std::map<std::string, State, std::less<>> states() const;

 private:
  struct Log {
    std::vector<VerifierKey> keys{};
    std::optional<Checkpoint> latest{};
    std::string note{};  ///< the log's own part of the latest one and the witness's lines
    MirrorTree mirror{};
    std::uint64_t offences = 0;
    std::string last_offence{};  ///< which, and about what
    bool damaged = false;
  };
  Log* log_of(std::string_view origin);
  bool superseded(std::string_view origin) const;
  Answer add_checkpoint(std::string_view body, std::uint64_t seconds);
  Answer add_entries(std::string_view body, std::uint64_t seconds);
  Answer sign(const std::string& origin, Log& log, std::string_view body, const Judgement& judged,
              std::uint64_t seconds);
  void blame(std::string_view origin, Log& log, Offence offence, const std::string& about, std::string_view request);
  static std::string lines_of(const std::vector<SoftwareKey>& keys, const Checkpoint& checkpoint,
                              std::uint64_t seconds);

  Keys keys_;
  Keeper& keeper_;
  std::map<std::string, Log, std::less<>> logs_{};
};

}  // namespace bulwatt::merkle
