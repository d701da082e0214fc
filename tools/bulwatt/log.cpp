// bulwatt log: the ledger of a station, read from its folder; works on a copy on another computer too.
#include <cstdio>
#include <filesystem>

#include "libs/fields/dump.hpp"
#include "libs/journal/linux/file_storage.hpp"
#include "services/ledger/reader.hpp"
#include "tools/bulwatt/command.hpp"

namespace bulwatt::cli {
namespace {

void print(const ledger::Record& record) {
  std::array<char, 24> time{};
  format_timestamp(record.time, time);
  std::printf("%6llu  %.24s  %-8s %-8s %-14s %s  %s\n", static_cast<unsigned long long>(record.sequence), time.data(), std::string{record.actor.view()}.c_str(),
              std::string{enum_text(record.severity)}.c_str(), std::string{enum_text(record.subject)}.c_str(), std::string{record.event.view()}.c_str(),
              std::string{record.detail.view()}.c_str());
}

std::string explain(ledger::Finding finding) {
  switch (finding) {
    case ledger::Finding::head_unreadable: return "the beginning of a segment cannot be read";
    case ledger::Finding::head_mismatch: return "a segment does not continue the one before it: a segment was removed, exchanged or cut";
    case ledger::Finding::changed_bytes: return "stored bytes were changed";
    case ledger::Finding::chain_broken: return "a record was changed, inserted or removed: the hash chain does not fit";
    case ledger::Finding::sequence_gap: return "records are missing";
    case ledger::Finding::unreadable: return "the medium cannot be read";
  }
  return "unknown";
}

int verify(journal::Storage& storage) {
  const auto result = ledger::verify(storage);
  std::string hash;
  for (const auto byte : result.hash) {
    std::array<char, 3> two{};
    std::snprintf(two.data(), two.size(), "%02x", std::to_integer<unsigned>(byte));
    hash += two.data();
  }
  std::printf("records  %llu in %u segments\nhead     %s\n", static_cast<unsigned long long>(result.records), result.segments, hash.c_str());
  if (result.torn) std::printf("the last write was not finished (a power cut); it was never acknowledged and counts for nothing\n");
  if (!result.problem) {
    std::printf("the ledger is whole\n");
    return kGood;
  }
  std::printf("TAMPERED: segment %u, after record %llu: %s\n", result.problem->segment, static_cast<unsigned long long>(result.problem->after),
              explain(result.problem->finding).c_str());
  return kFailed;
}

}  // namespace

int run_log(const Arguments& given) {
  auto arguments = given;
  const auto lines = option(arguments, "--lines", "20");
  if (arguments.size() != 2 || (arguments[0] != "tail" && arguments[0] != "verify")) throw UsageError("say tail or verify, and the ledger's folder");
  if (!std::filesystem::is_directory(arguments[1])) throw Failure("there is no folder " + arguments[1] + "; the ledger lies in <state_folder>/ledger");
  journal::FileStorage storage{arguments[1], "records"};
  if (arguments[0] == "verify") return verify(storage);
  for (const auto& record : ledger::tail(storage, static_cast<std::size_t>(std::stoul(lines)))) print(record);
  return kGood;
}

}  // namespace bulwatt::cli
