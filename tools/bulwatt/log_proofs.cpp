// bulwatt log verify, prove, check, consistency and the export of tiles.
#include <filesystem>
#include <iostream>
#include <sstream>

#include "libs/base/hex.hpp"
#include "libs/fields/dump.hpp"
#include "libs/http/encoding.hpp"
#include "libs/merkle/proof.hpp"
#include "services/ledger/prover.hpp"
#include "tools/bulwatt/log_witness.hpp"

namespace bulwatt::cli {
namespace {

using ledger::Finding;

/// A checkpoint from a file; its signatures are held against those keys that have signed it.
merkle::Checkpoint checkpoint_from(const std::string& file, const std::vector<merkle::VerifierKey>& keys) {
  const auto text = read_file(file);
  const auto note = merkle::parse_note(text);
  const auto checkpoint = note ? merkle::parse_checkpoint(note->text) : std::nullopt;
  if (!checkpoint) throw Failure(file + " is no signed checkpoint");
  std::size_t good = 0;
  for (const auto& key : keys) {
    const auto verdict = merkle::check_signature(*note, key).verdict;
    if (verdict == merkle::Verdict::bad) throw Failure("a signature of " + file + " does not hold; it proves nothing");
    good += verdict == merkle::Verdict::good ? 1 : 0;
  }
  if (!keys.empty() && good == 0) throw Failure("none of the keys has signed " + file + "; it proves nothing");
  return *checkpoint;
}

struct Keys {
  std::vector<merkle::VerifierKey> keys{};
  bool given = false;
};
/// Those the caller names, else those the folder itself states.
Keys keys_for(const ledger::Files& files, const std::string& file) {
  if (!file.empty()) return {parse_keys(read_file(file), file), true};
  return {
      parse_keys(ledger::CheckpointFile{files.checkpoints}.read_keys().value_or(std::string{}), "the folder's keys"),
      false};
}

void print_signatures(const ledger::Verified& result, const Keys& keys) {
  if (!result.checkpoint) {
    std::cout << "signed   never: there is no checkpoint; give the vault keys of purpose `checkpoint` for `ledger`\n";
    return;
  }
  std::cout << "signed   up to record " << result.checkpoint->size << " of " << result.checkpoint->origin.view() << ", "
            << result.keys_good << " signatures hold";
  if (result.signed_at != 0) {
    std::array<char, 24> time{};
    std::cout << ", at " << format_timestamp({static_cast<std::int64_t>(result.signed_at) * 1000}, time);
  }
  std::cout << (keys.given ? "\n"
                           : "\n         by keys that the folder itself states; name trusted ones with --keys\n");
}

void print_seals(const ledger::Verified& result, bool with_key) {
  std::cout << "sealed   up to record " << result.sealed << ", " << result.seals << " seals";
  if (!with_key) std::cout << ", not checked: that takes the owner's --escrow-key";
  else if (result.seals_checked == result.seals) std::cout << ", every one made by the key of its time";
  else
    std::cout << ", " << result.seals_checked << " of them checked: the others' first key was not given to this owner";
  std::cout << "\n";
}

/// "3-rolled_back", as the witness names what it kept.
std::string_view explain_refusal(std::string_view named) {
  const auto is = [&](std::string_view offence) { return named.ends_with("-" + std::string{offence}); };
  if (is("rolled_back")) return ": the station showed fewer records than it had before: an older picture of its medium";
  if (is("forked")) return ": the station showed as many records as before, and others";
  if (is("not_consistent")) return ": the station showed more records, which do not go on from those before";
  if (is("superseded")) return ": the station showed a log that had ended: an older picture of its medium";
  if (is("other_entries")) return ": the station handed over other records than it had signed";
  return "";
}

void print_witness(const WitnessView& view, const MirrorComparison& mirror) {
  std::cout << "witness  has signed up to record " << view.checkpoint.size << " of " << view.checkpoint.origin.view()
            << ", " << view.good << " signatures hold";
  if (view.seconds != 0) {
    std::array<char, 24> time{};
    std::cout << ", at " << format_timestamp({static_cast<std::int64_t>(view.seconds) * 1000}, time);
  }
  std::cout << (view.by_stated_keys ? "\n         by keys that its folder itself states; name trusted ones with "
                                      "--witness-keys\n"
                                    : "\n");
  if (view.mirrored != 0)
    std::cout << "mirror   holds records up to " << view.mirrored << " of log " << view.mirrored_log << ", "
              << mirror.compared() << " of them compared\n";
  for (const auto& one : view.refused) std::cout << "refused  by the witness: " << one << explain_refusal(one) << "\n";
}

std::string_view explain(ledger::NoProof why) {
  switch (why) {
    case ledger::NoProof::no_log: return "there is no log in this folder";
    case ledger::NoProof::no_checkpoint:
      return "there is no signed checkpoint, so there is nothing a proof could lead to";
    case ledger::NoProof::not_signed: return "the signed checkpoint ends before this record";
    case ledger::NoProof::no_record: return "there is no such record (any more)";
    case ledger::NoProof::broken: break;
  }
  return "no proof leads from this record to the signed checkpoint; see `bulwatt log verify`";
}

}  // namespace

std::string explain(Finding finding) {
  switch (finding) {
    case Finding::head_unreadable:
      return "the beginning of a segment cannot be read: it was overwritten, exchanged with another or emptied";
    case Finding::head_mismatch:
      return "a segment does not continue the one before it: one was removed, exchanged or cut";
    case Finding::changed_bytes: return "stored bytes were changed";
    case Finding::chain_broken:
      return "a record of the first format was changed, inserted or removed: the hash chain does not fit";
    case Finding::sequence_gap:
      return "records were removed, inserted, exchanged or repeated: their numbers have no order";
    case Finding::unreadable: return "the medium cannot be read, or what stands there is no record";
    case Finding::seal_broken:
      return "a seal was made over other records than these: a record was changed and its checksum mended";
    case Finding::seal_forged:
      return "a seal was not made by the key of its time: this part was written later, by somebody who had the station";
    case Finding::truncated:
      return "records that had been sealed or signed are missing at the end: the log was cut off";
    case Finding::root_mismatch: return "the stored signed checkpoint is of other records than these";
    case Finding::rolled_back:
      return "the checkpoint you kept knows more records: this is an older picture of the medium, or its end was cut "
             "off";
    case Finding::forked:
      return "the checkpoint you kept is of other records: the station has told two different stories";
    case Finding::bad_signature: return "a signature of the stored checkpoint does not hold";
    case Finding::unsigned_log: return "a key you named has not signed the stored checkpoint";
    case Finding::tiles_changed: return "the stored tree hashes are not those of the records";
    case Finding::removed: return "the oldest segments are gone and no record says that they were dropped";
    case Finding::key_lost:
      return "the sealing key was gone or older than the log, so the station ended that log: its state was exchanged";
    case Finding::clock_back: return "the time of records runs backwards and no record says that the clock was set";
    case Finding::checkpoint_damaged:
      return "the places of the signed checkpoint hold something else, in a way that no power cut leaves behind";
    case Finding::counter_ahead:
      return "the TPM's counter had gone on without this log when the station started: this is an older picture of the "
             "medium";
    case Finding::counter_behind:
      return "the TPM's counter was behind this log: an older state of the TPM was put back, or it is another TPM";
  }
  return "unknown";
}

namespace {

void print_problem(const ledger::Problem& problem) {
  std::cout << "TAMPERED: " << enum_text(problem.finding) << ": segment " << problem.segment << " (log " << problem.log
            << "), after record " << problem.after << ": " << cli::explain(problem.finding) << "\n";
}

void print_receipts(const ledger::Files& files) {
  for (const auto& [storage, said] :
       {std::pair{&files.witnessed, "witnessed"}, std::pair{&files.mirrored, "mirrored "}}) {
    const auto found = ledger::CheckpointFile{*storage}.read(0);
    if (found && found->kept)
      std::cout << said << " up to record " << found->kept->checkpoint.size << ", says the receipt in this folder\n";
  }
}

/// Everything about one ledger in the order people ask.
void print_verified(const ledger::Verified& result, const Keys& keys, bool with_escrow) {
  std::cout << "records  " << result.records << " in log " << result.log << ", " << result.all_records << " read from "
            << result.segments << " segments\n";
  if (result.before != 0)
    std::cout << "pruned   records before " << result.before + 1 << " were dropped, under a signed checkpoint\n";
  std::cout << "head     " << hex(result.root) << "\n";
  for (const auto& link : result.links)
    std::cout << "linked   to log " << link.log << " of " << link.records
              << " records, because: " << enum_text(link.reason) << "\n";
  if (result.log != 0) print_seals(result, with_escrow);
  if (result.log != 0) print_signatures(result, keys);
  if (result.torn)
    std::cout << "the last write was not finished (a power cut); it was never acknowledged and counts for nothing\n";
  if (result.torn_checkpoint)
    std::cout << "the last write of a signed checkpoint was not finished (a power cut); the one before it counts\n";
}

}  // namespace

int log_verify(const std::string& folder, Arguments arguments) {
  ledger::FolderFiles files{folder};
  const auto keys = keys_for(files.files(), option(arguments, "--keys"));
  const auto kept = option(arguments, "--checkpoint");
  const auto witnessed = option(arguments, "--witness");
  const auto witness_keys = option(arguments, "--witness-keys");
  const auto escrow = option(arguments, "--escrow-key");
  expect_no_more(arguments);
  ledger::Trust trust{};
  const auto note = ledger::CheckpointFile{files.files().checkpoints}.read(0);
  const std::string origin{note && note->kept ? note->kept->checkpoint.origin.view() : std::string_view{}};
  // Keys have the name of their log; those of an earlier log say nothing of this one.
  for (const auto& key : keys.keys)
    if (keys.given || (!origin.empty() && key.name.view() == origin)) trust.keys.push_back(key);
  if (!kept.empty()) trust.kept = checkpoint_from(kept, keys.given ? keys.keys : std::vector<merkle::VerifierKey>{});
  if (witnessed.empty() && !witness_keys.empty()) throw UsageError("--witness-keys goes with --witness");
  if (!kept.empty() && !witnessed.empty()) throw UsageError("name one checkpoint: --checkpoint or --witness");
  WitnessView view;
  if (!witnessed.empty()) {
    view = read_witness(witnessed, witness_keys, origin.substr(0, origin.rfind('/')));
    trust.kept = view.checkpoint;
  }
  if (!escrow.empty()) trust.escrow_private_key = read_file(escrow);
  MirrorComparison mirror{view};
  const auto compare = [&](const ledger::Seen& seen) { return mirror.take(seen), true; };
  const auto result = ledger::verify(files.files(), trust, view.mirrored != 0 ? ledger::Each{compare} : ledger::Each{});
  print_verified(result, keys, !escrow.empty());
  print_receipts(files.files());
  if (!witnessed.empty()) print_witness(view, mirror);
  if (trust.kept && !result.problem)
    std::cout << "kept     this log goes on from the checkpoint of " << trust.kept->size << " records\n";
  if (result.problem) print_problem(*result.problem);
  if (mirror.different() != 0)
    std::cout
        << "TAMPERED: forked: record " << mirror.different()
        << " is not the one that the mirror holds under the station's own signature: one of the two was told later\n";
  if (result.problem || mirror.different() != 0) return kFailed;
  std::cout << "the ledger is whole\n";
  return kGood;
}

int log_prove(const std::string& folder, Arguments arguments) {
  const auto out = option(arguments, "--out");
  if (arguments.size() != 1) throw UsageError("say which record: its number");
  ledger::FolderFiles files{folder};
  const auto text = ledger::prove(files.files(), std::stoull(arguments[0]));
  if (!text) throw Failure(std::string{explain(text.error())});
  if (out.empty()) std::cout << *text;
  else write_file(out, *text);
  return kGood;
}

int log_check(const std::string& proof_file, Arguments arguments) {
  const auto keys_file = option(arguments, "--keys");
  expect_no_more(arguments);
  const auto text = read_file(proof_file);
  const auto proof = merkle::parse_proof(text);
  const auto note = proof ? merkle::parse_note(proof->checkpoint) : std::unexpected(merkle::NoteError::no_signatures);
  const auto checkpoint = note ? merkle::parse_checkpoint(note->text) : std::nullopt;
  if (!checkpoint) throw Failure(proof_file + " is no proof with its signed checkpoint");
  std::array<std::byte, ledger::kMaxRecord> room;
  const auto entry = http::base64_decode(proof->extra, room);
  const auto record = entry ? wire::decode<ledger::Record>(*entry) : std::unexpected(wire::Error::truncated);
  if (!record) throw Failure(proof_file + " does not carry the record it is about");
  if (!merkle::verify_inclusion(merkle::leaf_hash(*entry), proof->index, checkpoint->size, proof->hashes.view(),
                                checkpoint->root)) {
    std::cout << "NOT PROVED: the record is not in the tree of this checkpoint\n";
    return kFailed;
  }
  std::size_t good = 0;
  if (!keys_file.empty()) {
    for (const auto& key : parse_keys(read_file(keys_file), keys_file)) {
      const auto verdict = merkle::check_signature(*note, key).verdict;
      if (verdict == merkle::Verdict::good) ++good;
      else
        throw Failure(std::string{verdict == merkle::Verdict::bad ? "a signature does not hold"
                                                                  : "a key you named has not signed"} +
                      ": " + std::string{key.name.view()});
    }
  }
  std::array<char, 1024> line;
  std::cout << dump(*record, line) << "\nrecord " << proof->index + 1 << " is in " << checkpoint->origin.view()
            << " of " << checkpoint->size << " records, ";
  if (keys_file.empty()) std::cout << "whose signatures were not checked: name trusted keys with --keys\n";
  else std::cout << good << " signatures hold\n";
  return kGood;
}

int log_consistency(const std::string& folder, Arguments arguments) {
  const auto keys_file = option(arguments, "--keys");
  if (arguments.empty() || arguments.size() > 2) throw UsageError("say one or two files with signed checkpoints");
  ledger::FolderFiles files{folder};
  const auto keys =
      keys_file.empty() ? std::vector<merkle::VerifierKey>{} : parse_keys(read_file(keys_file), keys_file);
  auto view = ledger::open_view(files.files());
  if (!view) throw Failure("there is no log in " + folder);
  const auto older = checkpoint_from(arguments[0], keys);
  const merkle::Checkpoint present{older.origin, view->tree.size(), view->tree.root()};
  const auto newer = arguments.size() == 2 ? checkpoint_from(arguments[1], keys) : present;
  if (!(older.origin == newer.origin)) throw Failure("the two checkpoints are of different logs");
  if (older.size > newer.size) throw Failure("the first checkpoint has more records than the second; exchange them");
  const auto proof =
      newer.size <= present.size ? merkle::prove_consistency(view->nodes, older.size, newer.size) : std::nullopt;
  if (!proof) throw Failure("this folder has too few records to compare them");
  if (!merkle::verify_consistency(older.size, older.root, newer.size, newer.root, proof->view())) {
    std::cout << "NOT CONSISTENT: " << explain(Finding::forked) << "\n";
    return kFailed;
  }
  for (const auto& hash : *proof) std::cout << merkle::write_hash(hash) << "\n";
  std::cout << "consistent: the log of " << newer.size << " records begins with the log of " << older.size << "\n";
  return kGood;
}

/// A folder that any web server can offer as a C2SP log: checkpoint, hash tiles, entry bundles.
int log_export_tiles(const std::string& folder, const std::string& out) {
  ledger::FolderFiles files{folder};
  auto view = ledger::open_view(files.files());
  const auto note = view ? ledger::CheckpointFile{files.files().checkpoints}.read(view->log)
                         : std::unexpected(journal::Error::storage);
  if (!note || !note->kept) throw Failure("there is no signed checkpoint to export");
  const auto size = note->kept->checkpoint.size;
  std::string bundle;
  std::uint64_t count = 0;
  const auto put_bundle = [&] {
    const auto width = static_cast<std::uint16_t>((count - 1) % merkle::kTileWidth + 1);
    write_file(out + "/" + merkle::tile_path({true, 0, (count - 1) / merkle::kTileWidth, width}), bundle);
    bundle.clear();
  };
  const auto result = ledger::verify(files.files(), {}, [&](const ledger::Seen& seen) {
    if (seen.log != view->log || seen.record.sequence > size) return true;
    if (count == 0 && seen.record.sequence != 1)
      throw Failure("the beginning of the log was pruned; its entries cannot be exported as bundles");
    merkle::append_entry(bundle, seen.entry);
    ++count;
    if (count % merkle::kTileWidth == 0 || count == size) put_bundle();
    return true;
  });
  if (result.problem) throw Failure("the ledger does not verify; see `bulwatt log verify`");
  for (std::uint8_t level = 0; merkle::hashes_at(level, size) > 0; ++level) {
    const auto hashes = merkle::hashes_at(level, size);
    for (std::uint64_t first = 0; first < hashes; first += merkle::kTileWidth) {
      const auto width = std::min<std::uint64_t>(merkle::kTileWidth, hashes - first);
      std::string tile;
      for (std::uint64_t i = first; i < first + width; ++i) {
        const auto hash = view->nodes.node(merkle::kTileHeight * level, i);
        if (!hash) throw Failure("a stored tree hash cannot be read");
        tile.append(reinterpret_cast<const char*>(hash->data()), hash->size());
      }
      write_file(
          out + "/" + merkle::tile_path({false, level, first / merkle::kTileWidth, static_cast<std::uint16_t>(width)}),
          tile);
    }
  }
  write_file(out + "/checkpoint", note->kept->note);
  std::cout << out << ": " << size << " entries under the signed checkpoint\n";
  return kGood;
}

}  // namespace bulwatt::cli
