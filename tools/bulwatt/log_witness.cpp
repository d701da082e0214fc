#include "tools/bulwatt/log_witness.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "libs/merkle/tile.hpp"

namespace bulwatt::cli {
namespace {

namespace fs = std::filesystem;

std::string_view station_of(std::string_view origin) { return origin.substr(0, origin.rfind('/')); }

/// Every key must have signed: half of two signatures is what somebody has who broke one algorithm.
void check(const std::string& text, const std::string& where, const std::vector<merkle::VerifierKey>& keys,
           WitnessView& out) {
  const auto note = merkle::parse_note(text);
  const auto checkpoint = note ? merkle::parse_checkpoint(note->text) : std::nullopt;
  if (!checkpoint) throw Failure(where + " is no signed checkpoint");
  if (keys.empty()) throw Failure("there is no key of the witness to check " + where + " by");
  for (const auto& key : keys) {
    const auto checked = merkle::check_signature(*note, key);
    if (checked.verdict == merkle::Verdict::bad)
      throw Failure("a signature of the witness in " + where + " does not hold; it proves nothing");
    if (checked.verdict == merkle::Verdict::absent)
      throw Failure("the key " + std::string{key.name.view()} + " has not signed " + where + "; it proves nothing");
    out.seconds = std::max(out.seconds, checked.seconds);
    ++out.good;
  }
  out.checkpoint = *checkpoint;
}

/// The newest log of the station that the witness knows.
fs::path place_in(const fs::path& folder, const std::string& station) {
  fs::path found;
  std::string origin;
  std::size_t stations = 0;
  if (fs::is_directory(folder / "state")) {
    for (const auto& place : fs::directory_iterator(folder / "state")) {
      if (!fs::exists(place.path() / "checkpoint")) continue;
      const auto name = read_file((place.path() / "origin").string());
      if (!station.empty() && station_of(name) != station) continue;
      if (station_of(name) != station_of(origin)) ++stations;
      if (origin.empty() || ledger::log_of(name) > ledger::log_of(origin)) {
        origin = name;
        found = place.path();
      }
    }
  }
  if (found.empty()) throw Failure("the witness in " + folder.string() + " has signed nothing of this station");
  if (stations > 1) throw Failure("the witness knows several stations, and this ledger does not say which it is");
  return found;
}

void read_mirror(const fs::path& place, const std::vector<merkle::VerifierKey>& keys, WitnessView& out) {
  if (!fs::exists(place / "receipt")) return;
  WitnessView receipt;
  check(read_file((place / "receipt").string()), (place / "receipt").string(), keys, receipt);
  out.mirrored_log = ledger::log_of(receipt.checkpoint.origin.view());
  out.mirrored = receipt.checkpoint.size;
  out.entries = read_file((place / "entries").string());
  merkle::Frontier tree;
  auto rest = std::as_bytes(std::span{out.entries});
  while (tree.size() < out.mirrored) {
    const auto entry = merkle::take_entry(rest);
    if (!entry) break;
    tree.append(merkle::leaf_hash(*entry));
  }
  if (tree.size() != out.mirrored || tree.root() != receipt.checkpoint.root)
    throw Failure("the mirror's own records are not those of its receipt: " + place.string() + " was changed");
}

}  // namespace

std::vector<merkle::VerifierKey> parse_keys(const std::string& text, const std::string& where) {
  std::vector<merkle::VerifierKey> keys;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto key = merkle::parse_key(line);
    if (!key) throw Failure("a line of " + where + " is no key (<name>+<id>+<base64>)");
    keys.push_back(*key);
  }
  return keys;
}

WitnessView read_witness(const std::string& path, const std::string& key_file, const std::string& station) {
  WitnessView out;
  const bool folder = fs::is_directory(path);
  if (!folder && key_file.empty()) throw UsageError("--witness FILE needs --witness-keys FILE");
  const auto keys_at = [&](const std::string& file) { return parse_keys(read_file(file), file); };
  if (!folder) {
    check(read_file(path), path, keys_at(key_file), out);
    return out;
  }
  out.by_stated_keys = key_file.empty();
  const auto place = place_in(path, station);
  check(read_file((place / "checkpoint").string()), (place / "checkpoint").string(),
        keys_at(out.by_stated_keys ? path + "/witness.keys" : key_file), out);
  read_mirror(place, keys_at(path + "/mirror.keys"), out);
  if (fs::is_directory(place / "evidence")) {
    for (const auto& file : fs::directory_iterator(place / "evidence"))
      if (file.path().extension() == ".request") out.refused.push_back(file.path().stem().string());
  }
  std::ranges::sort(out.refused);
  return out;
}

void MirrorComparison::take(const ledger::Seen& seen) {
  if (view_.mirrored_log == 0 || seen.log != view_.mirrored_log || different_ != 0) return;
  while (next_ <= view_.mirrored && next_ <= seen.record.sequence) {
    const auto entry = merkle::take_entry(rest_);
    if (!entry) return;
    if (next_++ != seen.record.sequence) continue;  // pruned here, or missing
    ++compared_;
    if (!std::ranges::equal(*entry, seen.entry)) different_ = seen.record.sequence;
  }
}

}  // namespace bulwatt::cli
