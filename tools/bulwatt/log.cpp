// bulwatt log: the ledger of a station, read from its folder; works on a copy on another computer too.
#include "tools/bulwatt/log.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "interfaces/ledger_catalogue.hpp"
#include "libs/base/hex.hpp"
#include "libs/fields/dump.hpp"
#include "libs/json/json.hpp"

namespace bulwatt::cli {
namespace {

using ledger::Record;

std::string time_text(Timestamp time) {
  std::array<char, 24> text{};
  return std::string{format_timestamp(time, text)};
}

void print(const Record& record) {
  std::printf("%6llu  %s  %-8s %-8s %-14s %s  %s\n", static_cast<unsigned long long>(record.sequence),
              time_text(record.time).c_str(), std::string{record.actor.view()}.c_str(),
              std::string{enum_text(record.severity)}.c_str(), std::string{enum_text(record.subject)}.c_str(),
              std::string{record.event.view()}.c_str(), std::string{record.detail.view()}.c_str());
}

/// What a record must be; empty: anything. Times are compared as RFC 3339 text, which sorts as time does.
struct Wanted {
  std::string event, actor, subject, severity, since, until, text;
  explicit Wanted(Arguments& arguments)
      : event(option(arguments, "--event")),
        actor(option(arguments, "--actor")),
        subject(option(arguments, "--subject")),
        severity(option(arguments, "--severity")),
        since(option(arguments, "--since")),
        until(option(arguments, "--until")),
        text(option(arguments, "--text")) {
    if (!severity.empty() && !enum_from_text<ledger::Severity>(severity))
      throw UsageError("--severity is one of info, notice, warning, critical");
    if (!subject.empty() && !enum_from_text<ledger::Subject>(subject))
      throw UsageError("there is no subject " + subject);
  }
  bool matches(const Record& record) const {
    const auto is = [](const std::string& wanted, std::string_view found) { return wanted.empty() || wanted == found; };
    const auto time = time_text(record.time);
    return is(event, record.event.view()) && is(actor, record.actor.view()) && is(subject, enum_text(record.subject)) &&
           (severity.empty() || record.severity >= *enum_from_text<ledger::Severity>(severity)) &&
           (since.empty() || time >= since) && (until.empty() || time <= until) &&
           (text.empty() || record.detail.view().find(text) != std::string_view::npos);
  }
};

int search(const ledger::Files& files, Arguments arguments) {
  const Wanted wanted{arguments};
  expect_no_more(arguments);
  std::size_t found = 0;
  ledger::verify(files, {}, [&](const ledger::Seen& seen) {
    if (wanted.matches(seen.record)) print(seen.record), ++found;
    return true;
  });
  return found > 0 ? kGood : kFailed;
}

/// One JSON object a line, with the log's number and the entry's leaf hash.
int export_json(const ledger::Files& files, const Arguments& arguments) {
  expect_no_more(arguments);
  ledger::verify(files, {}, [&](const ledger::Seen& seen) {
    std::array<char, 4096> line;
    const auto text = json::encode(seen.record, line);
    if (!text) throw Failure("record " + std::to_string(seen.record.sequence) + " cannot be written as JSON");
    const auto leaf = seen.entry.empty() ? std::string{} : hex(merkle::leaf_hash(seen.entry));
    std::cout << R"({"log":)" << seen.log << R"(,"leaf":")" << leaf << R"(","record":)" << *text << "}\n";
    return true;
  });
  return kGood;
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in) throw Failure("the file " + path + " cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const std::string& path, std::string_view text) {
  std::filesystem::create_directories(std::filesystem::absolute(path).parent_path());
  std::ofstream out{path, std::ios::binary};
  out << text;
  if (!out.flush()) throw Failure("the file " + path + " cannot be written");
}

namespace {

/// docs/ledger.md.
int print_catalogue(const Arguments& arguments) {
  expect_no_more(arguments);
  std::cout << "<!-- Made from interfaces/ledger_catalogue.hpp. Change that file, then run: bulwatt log catalogue > "
               "docs/ledger.md -->\n"
               "# What the ledger records\n\n"
               "Every record says when, in which start of the station, who (by the conduit it came from), how severe, "
               "and in its detail "
               "what is told here.\n"
               "A record that is not on this page is not made. Names in bold are security events of OCPP.\n\n"
               "| service | record | about | tells |\n|---|---|---|---|\n";
  for (const auto& one : ledger::kCatalogue) {
    const auto* bold = one.in_ocpp ? "**" : "";
    std::cout << "| `" << one.actor << "` | " << bold << one.event << bold << " | " << enum_text(one.subject) << " | "
              << one.tells << " |\n";
  }
  return kGood;
}

}  // namespace

int run_log(const Arguments& given) {
  auto arguments = given;
  if (arguments.size() == 1 && arguments[0] == "catalogue") return print_catalogue({});
  if (arguments.size() < 2)
    throw UsageError(
        "say catalogue, or tail, search, export, verify, prove, check, consistency or escrow-key, and the ledger's "
        "folder");
  const auto verb = arguments[0];
  const auto folder = arguments[1];
  arguments.erase(arguments.begin(), arguments.begin() + 2);
  if (verb == "check") return log_check(folder, arguments);
  if (!std::filesystem::is_directory(folder))
    throw Failure("there is no folder " + folder + "; the ledger lies in <state_folder>/ledger");
  ledger::FolderFiles files{folder};
  if (verb == "verify") return log_verify(folder, arguments);
  if (verb == "prove") return log_prove(folder, arguments);
  if (verb == "consistency") return log_consistency(folder, arguments);
  if (verb == "search") return search(files.files(), arguments);
  if (verb == "export") {
    const auto tiles = option(arguments, "--tiles");
    return tiles.empty() ? export_json(files.files(), arguments) : log_export_tiles(folder, tiles);
  }
  if (verb == "escrow-key") {
    const auto out = option(arguments, "--out", "ledger-escrow-private.pem");
    expect_no_more(arguments);
    const auto pair = ledger::make_escrow_pair();
    if (!pair) throw Failure("a key could not be made");
    write_file(out, pair->private_key);
    std::filesystem::permissions(out, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    write_file(folder + "/escrow.pem", pair->public_key);
    std::cout << "Keep " << out
              << " away from the station: with it, and only with it, `log verify --escrow-key` checks the seals of "
                 "logs begun from now on.\n";
    return kGood;
  }
  if (verb != "tail") throw UsageError("there is no `log " + verb + "`");
  const auto lines = option(arguments, "--lines", "20");
  expect_no_more(arguments);
  for (const auto& record : ledger::tail(files.files(), static_cast<std::size_t>(std::stoul(lines)))) print(record);
  return kGood;
}

}  // namespace bulwatt::cli
