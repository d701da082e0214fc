// What others are told of this log, and what they sign for: its heads to a witness, then its records to a mirror. Somebody else carries
// request and answer (interfaces/ledger.hpp, FetchErrand); every signature is checked here, so the carrier can only fail.
#pragma once
#include "libs/merkle/mirror.hpp"
#include "services/ledger/reader.hpp"
#include "services/ledger/store.hpp"

namespace bulwatt::ledger {

/// Keys by which the others sign, one a line, as the owner put them there. Nobody is asked for whom there are none.
struct Others {
  std::vector<merkle::VerifierKey> witness{};
  std::vector<merkle::VerifierKey> mirror{};
};
/// Nothing when a line is no key.
std::optional<std::vector<merkle::VerifierKey>> read_keys(std::string_view lines);

class Errands {
 public:
  Errands(Store& store, const Files& files, Others others)
      : store_(store),
        files_(files),
        others_(std::move(others)),
        witness_(others_.witness, store.receipted(Receipt::witness)),
        mirror_next_(store.receipted(Receipt::mirror)) {}

  /// Whether somebody is asked for such receipts.
  bool asks(Receipt kind) const {
    return !others_.witness.empty() && (kind == Receipt::witness || !others_.mirror.empty());
  }
  /// What is to be carried now; Error::not_ready when nothing is.
  std::expected<FetchErrand::Errand, Error> fetch();
  /// What came back. A refusal is recorded once; the record waits for the next commit or seal.
  std::expected<SubmitErrand::Taken, Error> submit(const SubmitErrand& answer, const Stamp& stamp);

 private:
  enum class Way : std::uint8_t { none, witness, mirror };
  std::expected<FetchErrand::Errand, Error> for_witness();
  std::expected<FetchErrand::Errand, Error> for_mirror();
  std::expected<FetchErrand::Errand, Error> errand(Way way, std::string_view path, const std::string& body);
  SubmitErrand::Taken from_witness(const SubmitErrand& answer, const Stamp& stamp);
  SubmitErrand::Taken from_mirror(const SubmitErrand& answer, const Stamp& stamp);
  void trouble(std::string_view event, Severity severity, std::string_view detail, const Stamp& stamp);
  void good(const Stamp& stamp);

  Store& store_;
  Files files_;
  Others others_;
  merkle::WitnessClient witness_;
  std::uint64_t mirror_next_;
  std::uint32_t number_ = 0;
  Way way_ = Way::none;           ///< of the errand that is out
  CheckpointFile::Kept told_{};   ///< what the witness was told, or the mirror is given the records of
  std::uint64_t refused_at_ = 0;  ///< records of the head that was refused: it is not asked again about the same
  std::uint64_t mirror_refused_at_ = 0;
  Text<50> trouble_{};  ///< event of it, recorded last
};

/// Records from `from` on as the entries of a bundle, not beyond `until` and no more bytes than `most`; empty when the first of them is
/// not there (any more).
std::string bundle_of(const Files& files, std::uint32_t log, std::uint64_t from, std::uint64_t until, std::size_t most);

}  // namespace bulwatt::ledger
