// bulwatt pki: test certificates made, read, rehearsed and signed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "tools/bulwatt/command.hpp"
#include "tools/pki/rehearse.hpp"
#include "tools/pki/tree.hpp"

namespace bulwatt::cli {
namespace {

namespace fs = std::filesystem;
constexpr int kStationDays = 730;

int make(Arguments arguments) {
  pki::Plan plan;
  plan.algorithm = option(arguments, "--algorithm", plan.algorithm);
  plan.station = option(arguments, "--station", plan.station);
  plan.host = option(arguments, "--host", plan.host);
  plan.faults = flag(arguments, "--faults");
  if (arguments.size() != 1) throw UsageError("say in which folder");
  const auto& names = pki::algorithm_names();
  if (plan.algorithm != pki::kMixed && std::ranges::find(names, plan.algorithm) == names.end()) {
    std::string known;
    for (const auto& name : names) known += name + ", ";
    throw UsageError("--algorithm is one of " + known + pki::kMixed);
  }
  int made = 0;
  pki::make_tree(arguments[0], plan, [&](const std::string& line) {
    std::printf("%s\n", line.c_str());
    ++made;
  });
  if (plan.faults) {
    for (const auto& fault : pki::faults()) std::printf("faults/%s: %s\n", fault.name, fault.what);
  }
  std::printf("%d certificates made, %zu were there\n", made, pki::roles().size() - static_cast<std::size_t>(made));
  return kGood;
}

int inspect(const Arguments& files) {
  if (files.empty()) throw UsageError("say which files");
  bool good = true;
  for (const auto& file : files) {
    const auto chain = pki::read_certificates(file);
    std::printf("%s: %zu certificate%s\n", file.c_str(), chain.size(), chain.size() == 1 ? "" : "s");
    for (const auto& certificate : chain)
      std::printf("%s", pki::describe(pki::facts_of(certificate.get()), std::time(nullptr)).c_str());
    if (const auto gap = pki::first_gap(chain)) {
      std::printf("BROKEN: certificate %zu was not issued by the one after it\n", *gap + 1);
      good = false;
    } else if (chain.size() > 1) {
      std::printf("each was issued by the one after it\n");
    }
  }
  return good ? kGood : kFailed;
}

int rehearse(Arguments arguments) {
  const auto days = option(arguments, "--days", "36500");
  if (arguments.size() != 1) throw UsageError("say which folder");
  const auto now = std::int64_t{std::time(nullptr)};
  char* end = nullptr;
  const auto most = std::strtol(days.c_str(), &end, 10);
  if (end == days.c_str() || *end != '\0' || most < 0) throw UsageError("--days is a number of days");
  const auto result = pki::rehearse(arguments[0], now);
  for (const auto& warning : result.warnings)
    std::printf("NOW         %s: %s\n", warning.file.c_str(), warning.sentence.c_str());
  std::size_t later = 0;
  for (const auto& event : result.events) {
    if (event.when > now + most * 86400) {
      ++later;
      continue;
    }
    std::printf("%s  %s ends (%s)\n", pki::day_text(event.when).c_str(), event.file.c_str(), event.subject.c_str());
    for (std::size_t i = 1; i < event.broken.size(); ++i)
      std::printf("            from then on %s does not verify\n", event.broken[i].c_str());
  }
  std::printf("%zu certificates; %zu end after these days\n", result.certificates, later);
  return result.warnings.empty() ? kGood : kFailed;
}

int enrol(Arguments arguments) {
  const auto folder = fs::path{option(arguments, "--pki")};
  const auto request = option(arguments, "--request");
  const auto out = option(arguments, "--out");
  const auto issuer = option(arguments, "--issuer", "csms/sub");
  expect_no_more(arguments);
  if (folder.empty() || request.empty() || out.empty()) throw UsageError("--pki, --request and --out are needed");
  const auto holder = pki::holder_of(folder, issuer);
  const auto made = pki::sign_request(pki::read_file(request), holder, kStationDays);
  pki::write_file(fs::absolute(out), pki::pem_of(made.get()) + pki::chain_from(folder, issuer), false);
  std::printf("%s", pki::describe(pki::facts_of(made.get()), std::time(nullptr)).c_str());
  std::printf("%s holds it with its issuers; the station gets it as its certificate chain\n", out.c_str());
  return kGood;
}

}  // namespace

int run_pki(const Arguments& given) {
  if (given.empty()) throw UsageError("say make, inspect, rehearse or enrol");
  Arguments rest{given.begin() + 1, given.end()};
  if (given[0] == "make") return make(rest);
  if (given[0] == "inspect") return inspect(rest);
  if (given[0] == "rehearse") return rehearse(rest);
  if (given[0] == "enrol") return enrol(rest);
  throw UsageError("'" + given[0] + "' is not one of make, inspect, rehearse, enrol");
}

}  // namespace bulwatt::cli
