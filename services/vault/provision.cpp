#include "services/vault/provision.hpp"

#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>

#include "services/vault/devices.hpp"
#include "services/vault/store.hpp"

namespace bulwatt::vault {
namespace {

constexpr int kUsage = 64;

int complain(const std::string& sentence, int code) {
  std::fprintf(stderr, "bulwatt-vault: %s\n", sentence.c_str());
  return code;
}

struct Options {
  std::string folder;
  std::string key;
  std::string purpose = "tls_client";
  std::string algorithm = "ecdsa_p256";
  std::string common_name;
  std::string organization;
  std::string backend = "software";
  std::string tpm;
  std::string accept_restored = "no";
  std::string* find(std::string_view name) {
    if (name == "--folder") return &folder;
    if (name == "--key") return &key;
    if (name == "--purpose") return &purpose;
    if (name == "--algorithm") return &algorithm;
    if (name == "--common-name") return &common_name;
    if (name == "--backend") return &backend;
    if (name == "--tpm") return &tpm;
    if (name == "--accept-restored") return &accept_restored;
    return name == "--organization" ? &organization : nullptr;
  }
};

}  // namespace

int provision_command(int count, char** arguments) {
  Options options;
  for (int i = 0; i < count; i += 2) {
    auto* value = options.find(arguments[i]);
    if (value == nullptr) return complain(std::string{"unknown option "} + arguments[i], kUsage);
    if (i + 1 == count) return complain(std::string{arguments[i]} + " needs a value", kUsage);
    *value = arguments[i + 1];
  }
  const auto purpose = enum_from_text<Purpose>(options.purpose);
  const auto algorithm = enum_from_text<Algorithm>(options.algorithm);
  if (!purpose) return complain("unknown purpose " + options.purpose, kUsage);
  if (!algorithm) return complain("unknown algorithm " + options.algorithm, kUsage);
  const auto usable = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (options.folder.empty() || options.common_name.empty() || options.key.empty() || options.key.size() > KeyName::kCapacity ||
      !std::ranges::all_of(options.key, usable)) {
    return complain("--folder, --common-name and --key (at most 32 of a-z, 0-9 and -) are needed", kUsage);
  }
  const auto kind = enum_from_text<keys::Kind>(options.backend);
  if (!kind) return complain("unknown backend " + options.backend, kUsage);
  ::signal(SIGPIPE, SIG_IGN);  // a device that hangs up is an answer
  Ring ring{options.folder, *kind};
  Devices devices{options.folder, ring};
  if (!options.tpm.empty()) {
    devices.attach_tpm(open_device(options.tpm.c_str()), true);
    devices.stir();
  }
  const auto request = provision(options.folder, ring, {KeyName{options.key}, *purpose, *algorithm}, options.common_name, options.organization,
                                 devices.has_tpm() ? &devices : nullptr, options.accept_restored == "yes");
  if (!request) return complain(request.error(), 1);
  std::fputs(request->c_str(), stdout);
  return 0;
}

}  // namespace bulwatt::vault
