#include "tools/manifest/filter.hpp"
#include "tools/manifest/views.hpp"

namespace bulwatt::manifest {
namespace {

// "  word       text"
std::string row(std::string_view word, std::string_view text) {
  constexpr std::size_t kColumn = 12;
  return cat("  ", word, std::string(word.size() < kColumn ? kColumn - word.size() : 1, ' '), text, "\n");
}

std::string scheduling(const Service& service) {
  return cat(service.schedule.policy.text == "fifo" ? "real-time" : "ordinary", " scheduling, priority ",
             service.schedule.priority, service.schedule.lock_memory ? ", memory locked" : "");
}

std::string peers(const Placed& placed, bool as_client) {
  std::vector<std::string_view> names;
  for (const auto& end : placed.ends) {
    if (end.is_client == as_client && end.conduit->has_calls()) names.push_back(end.peer->name);
  }
  return names.empty() ? "nobody" : enumerated(names);
}

std::string overflow_words(const Conduit& conduit) {
  if (conduit.overflow.text == "fail") return "more is refused";
  return conduit.overflow.text == "drop" ? "more is dropped" : "more is a violation";
}

// What flows towards the server, with its limits and phases.
std::string requests(const Conduit& conduit) {
  std::ostringstream out;
  if (!conduit.calls.empty()) out << row("", cat("  calls ", enumerated(conduit.calls)));
  if (!conduit.pulses_to_server.empty()) out << row("", cat("  pulses ", enumerated(conduit.pulses_to_server)));
  for (const auto& rule : conduit.phases) {
    const auto messages = rule.messages.empty() ? std::string{"nothing"} : enumerated(rule.messages);
    out << row("", cat("  in phase ", rule.phase.text, " only ", messages));
  }
  return out.str();
}

std::string conduits(const Placed& placed, bool as_client) {
  std::ostringstream out;
  for (const auto& end : placed.ends) {
    if (end.is_client != as_client) continue;
    const auto& c = *end.conduit;
    out << row(as_client ? "asks" : "serves",
               cat(end.peer->name, ": interface ", c.interface.text, ", answer within ", c.deadline_ms, " ms, ",
                   c.per_s, " a second and ", c.burst, " at once, ", overflow_words(c)));
    out << requests(c);
    if (!c.pulses_to_client.empty()) {
      out << row("", cat(as_client ? "  is told " : "  tells it ", enumerated(c.pulses_to_client)));
    }
  }
  return out.str();
}

std::string network(const Network& net) {
  if (net.mode.text == "client") {
    return cat("TCP to the port ", enumerated(net.tcp_connect), net.udp_dns ? "; name servers over UDP" : "");
  }
  if (net.mode.text == "link") return cat("SDP, TCP and TLS from cars on the interface ", enumerated(net.links));
  return net.mode.text == "loopback" ? cat("TCP from this machine, on the port ", enumerated(net.tcp_listen)) : "none";
}

std::string belongings(const Service& service) {
  std::ostringstream out;
  for (const auto& device : service.devices) {
    out << row("device",
               cat(device.name.text, ", ", device.kind.text, ", ",
                   device.rights.text == "rw" ? "read and write" : "read", device.optional ? ", if there is one" : ""));
  }
  for (const auto& file : service.files) {
    out << row("file", cat(file.name.text == "state" ? "its own folder" : "the list of name servers", ", ",
                           file.rights.text == "rw" ? "read and write" : "read"));
  }
  out << row("network", network(service.network));
  if (!service.libraries.empty()) out << row("libraries", enumerated(service.libraries));
  if (!service.may.empty()) out << row("may", enumerated(service.may));
  return out.str();
}

std::string kernel(const Service& service) {
  std::set<std::string_view> calls;
  std::ostringstream out;
  for (const auto* set : steady_sets(service)) {
    for (const auto& rule : set->rules) calls.insert(rule.name);
    out << row("", cat("  ", set->name, ": ", set->purpose));
  }
  return row("kernel", cat(calls.size(), " system calls once it runs; any other ends it")) + out.str();
}

std::string survival(const Service& service) {
  const auto& restart = service.restart;
  std::ostringstream waits;
  for (const auto ms : restart.backoff_ms) waits << (waits.tellp() == 0 ? "" : ", ") << ms;
  const auto ladder = restart.escalate.text == "safe_state" ? "the station goes to its safe state"
                      : restart.escalate.text == "zone"     ? "its whole zone is restarted"
                                                            : "it stays down";
  std::ostringstream group;
  for (const auto& word : restart.with) group << (group.tellp() == 0 ? " with " : ", ") << word.text;
  return row("limits", cat(service.limits.memory_kib, " KiB memory, ", service.limits.open_files, " descriptors, ",
                           service.limits.file_kib == 0 ? "writes no file"
                                                        : cat("files up to ", service.limits.file_kib, " KiB"))) +
         row("watchdog", cat("beats every ", service.watchdog.interval_ms, " ms, is taken for dead after ",
                             service.watchdog.patience_ms(), " ms")) +
         row("restart", cat(restart.restart_class.text, group.str(), ", after ", waits.str(), " ms; more than ",
                            restart.intensity, " times in ", restart.window_s, " s: ", ladder)) +
         (service.capsule_bytes == 0
              ? ""
              : row("parks", cat("up to ", service.capsule_bytes, " bytes of volatile state at the supervisor")));
}

}  // namespace

std::string enumerated(const std::vector<Word>& words) {
  std::vector<std::string_view> texts;
  for (const auto& word : words) texts.push_back(word.text);
  return enumerated(texts);
}

std::string show_service(const Layout&, const Placed& placed) {
  const auto& service = *placed.service;
  return cat("service ", service.name, ": ", service.purpose, "\n",
             row("zone", cat(placed.zone->name, " (security-level target ", placed.zone->sl_target,
                             "): ", placed.zone->purpose)),
             row("process", cat("bulwatt-", service.name, ", ", scheduling(service))), belongings(service),
             conduits(placed, true), conduits(placed, false), kernel(service), survival(service));
}

std::string show_all(const Layout& layout) {
  std::ostringstream out;
  for (const auto& placed : layout.services) {
    const auto& service = *placed.service;
    out << "service " << service.name << ": " << service.purpose << "\n"
        << row("zone", cat(placed.zone->name, " (security-level target ", placed.zone->sl_target, ")"))
        << row("process", scheduling(service)) << row("calls", peers(placed, true))
        << row("called by", peers(placed, false)) << belongings(service) << "\n";
  }
  out << "More about one service: bulwatt-manifest show FILE SERVICE\n";
  return out.str();
}

}  // namespace bulwatt::manifest
