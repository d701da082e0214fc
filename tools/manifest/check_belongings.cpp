#include "libs/sandbox/syscall_sets.hpp"
#include "tools/manifest/check.hpp"

namespace bulwatt::manifest {
namespace {

constexpr int kOwnDescriptors = 4;   // standard input and output, log, control
constexpr int kLoopDescriptors = 6;  // epoll, timer, and room for one conduit that is being replaced

std::vector<std::string_view> known_sets() {
  std::vector<std::string_view> known;
  for (const auto& set : sandbox::syscall_sets()) {
    if (set.in_manifest) known.push_back(set.name);
  }
  return known;
}

void check_sets(const Service& service, Findings& findings) {
  const auto known = known_sets();
  for (const auto& word : service.syscalls) {
    if (std::ranges::find(known, word.text) == known.end()) {
      findings.add(word.line, "service ", service.name, " names the unknown system call set \"", word.text, "\"",
                   suggestion(word.text, known));
    }
  }
  if (!service.uses("base")) {
    findings.add(service.line, "service ", service.name,
                 " lacks the system call set \"base\", without which no service runs.");
  }
}

// A set without the thing it is for, or the thing without its set; a mistyped set has its own sentence.
void check_set_for(const Service& service, std::string_view set, bool has_thing, std::string_view thing,
                   Findings& findings) {
  const auto known = known_sets();
  const auto is_mistyped = [&](const Word& word) {
    return std::ranges::find(known, word.text) == known.end() && nearest(word.text, known) == set;
  };
  if (std::ranges::any_of(service.syscalls, is_mistyped)) return;
  if (service.uses(set) && !has_thing) {
    findings.add(service.line, "service ", service.name, " has the system call set \"", set, "\" but no ", thing,
                 "; remove the set or add one.");
  } else if (!service.uses(set) && has_thing) {
    findings.add(service.line, "service ", service.name, " has a ", thing, " but not the system call set \"", set,
                 "\"; add it to syscalls.");
  }
}

bool good_identifier(std::string_view name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.front() >= 'a' && name.front() <= 'z' && std::ranges::all_of(name, good);
}

void check_rights(const Service& service, std::string_view what, const Word& rights, Findings& findings) {
  if (!rights_of(rights.text)) {
    findings.add(rights.line, what, " of service ", service.name, " has the unknown rights \"", rights.text, "\"",
                 suggestion(rights.text, {"r", "rw"}));
  }
}

void check_devices(const Manifest& manifest, const Service& service, Findings& findings) {
  bool serial = false;
  for (const auto& device : service.devices) {
    serial = serial || device.kind.text == "serial";
    if (!good_identifier(device.name.text)) {
      findings.add(device.name.line, "device name \"", device.name.text, "\" of service ", service.name,
                   " must be of a-z, 0-9 and _ and begin with a letter.");
    }
    if (device.kind.text != "serial" && device.kind.text != "tpm") {
      findings.add(device.kind.line, "device ", device.name.text, " of service ", service.name,
                   " has the unknown kind \"", device.kind.text, "\"", suggestion(device.kind.text, {"serial", "tpm"}));
      serial = true;  // one sentence is enough
    }
    check_rights(service, cat("device ", device.name.text), device.rights, findings);
    for (const auto& other : manifest.services) {
      const auto same = [&](const Device& d) { return d.name.text == device.name.text && &d != &device; };
      if (std::ranges::any_of(other.devices, same) && (other.line < service.line || &other == &service)) {
        findings.add(device.name.line, "device ", device.name.text, " belongs to service ", other.name,
                     " already; a device has one owner, others ask it.");
      }
    }
  }
  check_set_for(service, "serial", serial, "serial device", findings);
}

constexpr std::string_view kFiles[] = {"state", "resolver", "pcscd", "tpm_stack", "token_module"};
/// Shared objects that are loaded only where the station's configuration asks for them.
bool is_code(std::string_view file) { return file == "tpm_stack" || file == "token_module"; }

void check_files(const Service& service, Findings& findings) {
  for (const auto& file : service.files) {
    if (std::ranges::find(kFiles, file.name.text) == std::end(kFiles)) {
      findings.add(file.name.line, "service ", service.name, " names the unknown file \"", file.name.text, "\"",
                   suggestion(file.name.text, {std::begin(kFiles), std::end(kFiles)}));
    }
    if (is_code(file.name.text) && (file.rights.text == "rw" || service.libraries.empty())) {
      findings.add(file.name.line, "service ", service.name, " may have the file ", file.name.text,
                   " only with rights \"r\" and as a program with libraries.");
    }
    if (file.name.text == "pcscd" && file.rights.text == "rw") {
      findings.add(file.name.line, "service ", service.name,
                   " may have the file pcscd only with rights \"r\"; connecting to the socket in it needs no more.");
    }
    check_rights(service, cat("file ", file.name.text), file.rights, findings);
    if (file.name.text == "resolver" && (file.rights.text == "rw" || !service.network.udp_dns)) {
      findings.add(file.name.line, "service ", service.name,
                   " may have the file resolver only with rights \"r\" and network.udp_dns = true.");
    }
  }
  const auto is_daemon = [](const File& file) { return file.name.text == "pcscd"; };
  check_set_for(service, "local_client", std::ranges::any_of(service.files, is_daemon), "file of a local daemon",
                findings);
  check_set_for(service, "files", !std::ranges::all_of(service.files, is_daemon), "file", findings);
  if (service.writes_files() != (service.limits.file_kib > 0)) {
    findings.add(service.limits.line, "service ", service.name,
                 service.writes_files()
                     ? " writes files but its limit file_kib is 0; give the greatest size of one file."
                     : " writes no file but its limit file_kib is not 0; set it to 0.");
  }
}

void check_network(const Service& service, Findings& findings) {
  const auto& net = service.network;
  const auto mode = network_of(net.mode.text);
  if (!mode) {
    findings.add(net.mode.line, "service ", service.name, " has the unknown network mode \"", net.mode.text, "\"",
                 suggestion(net.mode.text, {"none", "loopback", "client", "link"}));
    return;
  }
  const bool client = *mode == sandbox::Network::client;
  const bool loopback = *mode == sandbox::Network::loopback;
  check_set_for(service, "net_client", client, "network of mode \"client\"", findings);
  const bool link = *mode == sandbox::Network::link;
  check_set_for(service, "net_server", loopback || link, "network of mode \"loopback\" or \"link\"", findings);
  const auto needs = [&](bool has, bool allowed, std::string_view key, std::string_view needed) {
    if (has && !allowed) {
      findings.add(net.line, "service ", service.name, " has ", key, " but network mode \"", net.mode.text,
                   "\"; it needs mode \"", needed, "\".");
    } else if (!has && allowed && key != "udp_dns") {
      findings.add(net.line, "service ", service.name, " has network mode \"", net.mode.text, "\" but no ", key,
                   "; name its ports there.");
    }
  };
  needs(!net.tcp_connect.empty(), client, "tcp_connect", "client");
  needs(!net.tcp_listen.empty(), loopback, "tcp_listen", "loopback");
  needs(!net.links.empty(), link, "links", "link");
  needs(net.udp_dns, client, "udp_dns", "client");
  for (const auto* ports : {&net.tcp_connect, &net.tcp_listen, &net.links}) {
    for (const auto& port : *ports) {
      if (!good_identifier(port.text)) {
        findings.add(
            port.line, "port name \"", port.text, "\" of service ", service.name,
            " must be of a-z, 0-9 and _ and begin with a letter; the station's configuration gives the number.");
      }
    }
  }
}

void check_libraries(const Service& service, Findings& findings) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == '+';
  };
  auto all = service.libraries;
  all.insert(all.end(), service.libraries_if_there.begin(), service.libraries_if_there.end());
  for (const auto& library : all) {
    const auto& name = library.text;
    if (!std::ranges::all_of(name, good) || !name.contains(".so") || name.starts_with('.')) {
      findings.add(library.line, "library \"", name, "\" of service ", service.name,
                   " must be a plain file name such as \"libc.so.6\", without a folder.");
    }
  }
}

void check_limits(const Service& service, std::size_t conduits, Findings& findings) {
  const auto sockets = 2 * service.network.tcp_listen.size() + sandbox::kSocketsPerLink * service.network.links.size();
  const auto held = kOwnDescriptors + static_cast<int>(conduits + service.devices.size() + sockets);
  if (service.limits.open_files < held + kLoopDescriptors) {
    findings.add(service.limits.line, "service ", service.name, " starts with ", held, " descriptors and needs ",
                 kLoopDescriptors, " more, but its limit open_files is ", service.limits.open_files, "; raise it.");
  }
}

}  // namespace

void check_belongings(const Manifest& manifest, Findings& findings) {
  for (const auto& service : manifest.services) {
    check_sets(service, findings);
    check_devices(manifest, service, findings);
    check_files(service, findings);
    check_network(service, findings);
    check_libraries(service, findings);
    const auto touches = [&](const Conduit& c) {
      return c.client.text == service.name || c.server.text == service.name;
    };
    check_limits(service, static_cast<std::size_t>(std::ranges::count_if(manifest.conduits, touches)), findings);
  }
}

}  // namespace bulwatt::manifest
