// What must happen when a service tries every operation of tools/sandbox_probe/operations.hpp: derived from its entry and
// the filters made of it, never written by hand.
#include "tools/sandbox_probe/operations.hpp"

#include <cstring>
#include <stdexcept>

#include "tools/manifest/emit.hpp"
#include "tools/manifest/filter.hpp"
#include "tools/manifest/views.hpp"

namespace bulwatt::manifest {
namespace {

using probe::Needs;
using probe::Operation;
using probe::Outcome;
using probe::Stage;
using probe::Target;

bool has_file(const Service& service, std::string_view name) {
  return std::ranges::any_of(service.files, [&](const File& file) { return file.name.text == name; });
}

bool granted(const Service& service, Needs needs, Stage stage) {
  switch (needs) {
    case Needs::nothing: return true;
    case Needs::impossible: return false;
    case Needs::state: return has_file(service, "state");
    case Needs::resolver: return has_file(service, "resolver");
    case Needs::writing: return service.writes_files();
    case Needs::tcp: return service.network.mode.text == "client";
    case Needs::dns: return service.network.udp_dns;
    case Needs::listening: return service.network.mode.text == "loopback" || service.network.mode.text == "link";
    case Needs::serial:
      return std::ranges::any_of(service.devices, [](const Device& device) { return device.kind.text == "serial"; });
    case Needs::daemon: return has_file(service, "pcscd");
    case Needs::lock_memory: return service.schedule.lock_memory && stage != Stage::steady;
    case Needs::startup: return stage != Stage::steady;
    case Needs::loader: return stage == Stage::launch && !service.libraries.empty();
  }
  return false;
}

bool in_view(const Service& service, Target target) {
  switch (target) {
    case Target::none: return true;
    case Target::state: return has_file(service, "state");
    case Target::resolver: return has_file(service, "resolver");
    case Target::daemon: return has_file(service, "pcscd");
  }
  return false;
}

bool call_passes(const std::vector<const sandbox::SyscallSet*>& sets, const Operation& operation) {
  if (operation.syscall.empty()) return true;
  const auto holds = [&](const sandbox::ArgumentIs& when) {
    return (operation.args[when.index] & when.mask) == when.value;
  };
  for (const auto* set : sets) {
    for (const auto& rule : set->rules) {
      if (rule.name == operation.syscall && std::ranges::all_of(rule.when, holds)) return true;
    }
  }
  return false;
}

bool passes(const std::vector<const sandbox::SyscallSet*>& sets, const Operation& operation) {
  if (!operation.after.empty() && !passes(sets, *probe::find_operation(operation.after))) return false;
  return call_passes(sets, operation);
}

/// The filter has let it pass (or there is none) and nothing grants it.
Outcome refusal(const Service& service, const Operation& operation) {
  return in_view(service, operation.target) ? operation.refusal : Outcome{ENOENT};
}

Outcome without_filter(const Service& service, const Operation& operation) {
  const auto alone = service.network.mode.text == "none" || service.network.mode.text == "link"
                         ? operation.unfiltered.isolated
                         : operation.unfiltered.networked;
  if (alone != probe::kNotSaid) return alone;
  const auto error = refusal(service, operation);
  return error != probe::kAllowed ? error : probe::kNotSaid;
}

Outcome expected(const Service& service, const Operation& operation, Stage stage) {
  const bool yes = granted(service, operation.needs, stage);
  if (stage == Stage::unfiltered) return yes ? probe::kAllowed : without_filter(service, operation);
  if (!passes(stage == Stage::launch ? launch_sets(service) : steady_sets(service), operation))
    return stage == Stage::launch ? Outcome{ENOSYS} : probe::kKilled;
  if (yes) return probe::kAllowed;
  const auto error = refusal(service, operation);
  if (error != probe::kAllowed) return error;
  throw std::runtime_error(cat("the filter of ", service.name, " passes the operation ", operation.name,
                               ", which nothing grants and no other layer is known to refuse"));
}

probe::Expected expected_everywhere(const Service& service, const Operation& operation) {
  return {{expected(service, operation, Stage::launch), expected(service, operation, Stage::steady),
           expected(service, operation, Stage::unfiltered)}};
}

std::string quoted(std::string_view text) { return cat("\"", text, "\""); }

std::string row(const Service& service, const Operation& operation) {
  const auto all = expected_everywhere(service, operation);
  std::string out = cat("{\"operation\": ", quoted(operation.name));
  for (std::size_t i = 0; i < probe::kStages; ++i)
    out += cat(", ", quoted(probe::kStageNames[i]), ": ", quoted(outcome_text(all.at[i])));
  return out + "}";
}

template <class Items, class Print>
std::string joined(const Items& items, std::string_view indent, Print print) {
  std::string out;
  for (const auto& item : items) out += cat(out.empty() ? "\n" : ",\n", indent, print(item));
  return out;
}

}  // namespace

std::string outcome_text(Outcome outcome) {
  if (outcome == probe::kAllowed) return "allowed";
  if (outcome == probe::kKilled) return "killed";
  if (outcome == probe::kNotSaid) return "-";
  if (outcome == probe::kAnyError) return "refused";
  if (outcome == probe::kNothing) return "nothing";
  return strerrorname_np(outcome);
}

std::string probe_matrix(const Layout& layout) {
  const auto describe = [](const Operation& o) {
    return cat("{\"name\": ", quoted(o.name), ", \"tries\": ", quoted(o.words), ", \"call\": ", quoted(o.syscall), "}");
  };
  const auto service = [](const Placed& placed) {
    const auto rows = joined(probe::kOperations, "      ", [&](const Operation& o) { return row(*placed.service, o); });
    return cat("{\"service\": ", quoted(placed.service->name), ", \"expect\": [", rows, "]}");
  };
  return cat("{\n  \"build\": ", quoted(hexadecimal(layout.build)),
             ",\n  \"outcomes\": {\"allowed\": \"it works\", \"killed\": \"the process is ended\", \"nothing\": "
             "\"it looks and finds nothing\", \"-\": \"not tried\", \"E…\": \"it fails with this error\"},\n",
             "  \"operations\": [", joined(probe::kOperations, "    ", describe), "],\n  \"services\": [",
             joined(layout.services, "    ", service), "]\n}\n");
}

std::string emit_probe_expectations(const Layout& layout) {
  const auto service = [](const Placed& placed) {
    const auto rows = joined(probe::kOperations, "     ", [&](const Operation& o) {
      const auto all = expected_everywhere(*placed.service, o);
      return cat("Expected{{", all.at[0], ", ", all.at[1], ", ", all.at[2], "}}");
    });
    return cat("{.service = ", quoted(placed.service->name), ", .rows = {{", rows, "}}}");
  };
  return cat("// Made by bulwatt-manifest from system/bulwatt.toml; change that file, not this one.\n",
             "#pragma once\n#include \"tools/sandbox_probe/operations.hpp\"\n\nnamespace bulwatt::probe {\n\n",
             "inline constexpr std::array<ExpectedService, ", layout.services.size(), "> kExpectations{{",
             joined(layout.services, "    ", service), "}};\n\n}  // namespace bulwatt::probe\n");
}

}  // namespace bulwatt::manifest
