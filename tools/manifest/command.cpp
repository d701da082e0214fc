#include "tools/manifest/command.hpp"

#include <fstream>
#include <iostream>
#include <stdexcept>

#include "tools/manifest/emit.hpp"
#include "tools/manifest/views.hpp"

namespace bulwatt::manifest {
namespace {

constexpr std::string_view kHelp = R"(Usage: bulwatt-manifest VERB FILE [options]

Reads the authority graph of a station (system/bulwatt.toml): who exists, what each service may touch,
and who may say what to whom.

  check FILE                check form and sense; every fault is one line with what to do about it
  show FILE [SERVICE]       say in plain words what services may do
  graph FILE [--mermaid]    draw zones, services and conduits, for Graphviz or for Mermaid
  table FILE                the page docs/zones-and-conduits.md (Markdown)
  secpol FILE               the same authority as a QNX security policy (never run on QNX)
  probe FILE                what sandbox-probe must find, service by operation (JSON)
  emit FILE --out FOLDER    the C++ headers that supervisor and services are built with

  --help                    this text

Exit code: 0 good, 1 the manifest is refused, 2 wrong command line or unreadable file.
)";

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct CommandLine {
  std::string_view verb;
  std::string file;
  std::string_view service;
  std::string out;
  bool mermaid = false;
};

CommandLine parse(const std::vector<std::string_view>& arguments) {
  CommandLine line;
  line.verb = arguments.front();
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const auto argument = arguments[i];
    if (argument == "--out") {
      if (++i == arguments.size()) throw UsageError("--out needs a folder.");
      line.out = arguments[i];
    } else if (argument == "--mermaid" && line.verb == "graph") {
      line.mermaid = true;
    } else if (argument.starts_with("-")) {
      throw UsageError(cat("there is no option ", argument, "."));
    } else if (line.file.empty()) {
      line.file = argument;
    } else if (line.service.empty() && line.verb == "show") {
      line.service = argument;
    } else {
      throw UsageError(cat("one word too many: ", argument, "."));
    }
  }
  if (line.file.empty())
    throw UsageError(cat(line.verb, " needs the manifest's file, for example system/bulwatt.toml."));
  return line;
}

std::string read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  if (!in) throw UsageError(cat("cannot read ", path, "."));
  return out.str();
}

std::string show(const Layout& layout, std::string_view service) {
  if (service.empty()) return show_all(layout);
  std::vector<std::string_view> known;
  for (const auto& placed : layout.services) {
    if (placed.service->name == service) return show_service(layout, placed);
    known.push_back(placed.service->name);
  }
  throw UsageError(cat("there is no service \"", service, "\"", suggestion(service, known)));
}

std::string do_check(const CommandLine& line, const Layout& layout) {
  return cat(line.file, ": good; ", layout.services.size(), " services, ", layout.conduits.size(), " conduits.\n");
}
std::string do_emit(const CommandLine& line, const Layout& layout) {
  if (line.out.empty()) throw UsageError("emit needs --out FOLDER.");
  emit_all(layout, line.out);
  return "";
}

struct Verb {
  std::string_view name;
  std::string (*run)(const CommandLine&, const Layout&);
};
constexpr Verb kVerbs[] = {
    {"check", do_check},
    {"show", [](const CommandLine& line, const Layout& layout) { return show(layout, line.service); }},
    {"graph", [](const CommandLine& line,
                 const Layout& layout) { return line.mermaid ? graph_mermaid(layout) : graph_dot(layout); }},
    {"table", [](const CommandLine&, const Layout& layout) { return zones_and_conduits(layout); }},
    {"secpol", [](const CommandLine&, const Layout& layout) { return qnx_policy(layout); }},
    {"probe", [](const CommandLine&, const Layout& layout) { return probe_matrix(layout); }},
    {"emit", do_emit},
};

const Verb& find_verb(std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& verb : kVerbs) {
    if (verb.name == name) return verb;
    known.push_back(verb.name);
  }
  throw UsageError(cat("there is no verb \"", name, "\"", suggestion(name, known)));
}

bool asks_for_help(const std::vector<std::string_view>& arguments) {
  const auto is_help = [](std::string_view word) { return word == "--help" || word == "-h"; };
  return arguments.front() == "help" || std::ranges::any_of(arguments, is_help);
}

int run(const std::vector<std::string_view>& arguments) {
  const auto& verb = find_verb(arguments.front());
  const auto line = parse(arguments);
  const auto manifest = read(line.file, read_file(line.file));
  if (!manifest) {
    std::cerr << manifest.error();
    return kExitRefused;
  }
  std::cout << verb.run(line, lay_out(*manifest, BULWATT_VERSION)) << std::flush;
  return std::cout.good() ? kExitGood : kExitUsage;
}

}  // namespace

int run_command(const std::vector<std::string_view>& arguments) {
  if (arguments.empty() || asks_for_help(arguments)) {
    std::cout << kHelp;
    return arguments.empty() ? kExitUsage : kExitGood;
  }
  try {
    return run(arguments);
  } catch (const UsageError& error) {
    std::cerr << "bulwatt-manifest: " << error.what() << " See bulwatt-manifest --help.\n";
  } catch (const std::exception& error) {
    std::cerr << "bulwatt-manifest: " << error.what() << "\n";
  }
  return kExitUsage;
}

}  // namespace bulwatt::manifest
