#include "tools/manifest/command.hpp"

#include <fstream>
#include <iostream>
#include <stdexcept>

#include "tools/manifest/emit.hpp"

namespace bulwatt::manifest {
namespace {

constexpr std::string_view kHelp = R"(Usage: bulwatt-manifest VERB FILE [options]

Reads the authority graph of a station (system/bulwatt.toml): who exists, what each service may touch,
and who may say what to whom.

  check FILE                check form and sense; says nothing but one line when all is well
  emit FILE --out FOLDER    write the C++ headers that supervisor and services are built with

  --help                    this text

Exit code: 0 good, 1 the manifest is refused, 2 wrong command line or unreadable file.
)";

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct CommandLine {
  std::string_view verb;
  std::string file;
  std::vector<std::string_view> more;
  std::string out;
};

CommandLine parse(const std::vector<std::string_view>& arguments) {
  CommandLine line;
  line.verb = arguments.front();
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const auto argument = arguments[i];
    if (argument == "--out") {
      if (++i == arguments.size()) throw UsageError("--out needs a folder");
      line.out = arguments[i];
    } else if (argument.starts_with("-")) {
      throw UsageError(cat("there is no option ", argument));
    } else if (line.file.empty()) {
      line.file = argument;
    } else {
      line.more.push_back(argument);
    }
  }
  if (line.file.empty())
    throw UsageError(cat(line.verb, " needs the manifest's file, for example system/bulwatt.toml"));
  return line;
}

std::string read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  if (!in) throw UsageError(cat("cannot read ", path));
  return out.str();
}

int run(const CommandLine& line) {
  const auto result = read(line.file, read_file(line.file));
  if (!result) {
    std::cerr << result.error();
    return kExitRefused;
  }
  const auto& manifest = *result;
  const auto layout = lay_out(manifest, BULWATT_VERSION);
  if (line.verb == "check") {
    std::cout << line.file << ": good; " << manifest.zones.size() << " zones, " << manifest.services.size()
              << " services, " << manifest.conduits.size() << " conduits.\n";
  } else if (line.verb == "emit") {
    if (line.out.empty()) throw UsageError("emit needs --out FOLDER");
    emit_all(layout, line.out);
  } else {
    throw UsageError(cat("there is no verb ", line.verb));
  }
  return kExitGood;
}

}  // namespace

int run_command(const std::vector<std::string_view>& arguments) {
  if (arguments.empty() || arguments.front() == "--help" || arguments.front() == "-h" || arguments.front() == "help") {
    std::cout << kHelp;
    return arguments.empty() ? kExitUsage : kExitGood;
  }
  try {
    return run(parse(arguments));
  } catch (const UsageError& error) {
    std::cerr << "bulwatt-manifest: " << error.what() << "; see bulwatt-manifest --help.\n";
  } catch (const std::exception& error) {
    std::cerr << "bulwatt-manifest: " << error.what() << "\n";
  }
  return kExitUsage;
}

}  // namespace bulwatt::manifest
