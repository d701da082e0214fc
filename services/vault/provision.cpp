#include "services/vault/provision.hpp"

#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>

#include "services/vault/devices.hpp"
#include "services/vault/self_test.hpp"

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
  std::string module;
  std::string token;
  std::string pin_file;
  std::string accept_restored = "no";
  std::string* find(std::string_view name) {
    if (name == "--folder") return &folder;
    if (name == "--key") return &key;
    if (name == "--purpose") return &purpose;
    if (name == "--algorithm") return &algorithm;
    if (name == "--common-name") return &common_name;
    if (name == "--backend") return &backend;
    if (name == "--tpm") return &tpm;
    if (name == "--module") return &module;
    if (name == "--token") return &token;
    if (name == "--pin-file") return &pin_file;
    if (name == "--accept-restored") return &accept_restored;
    return name == "--organization" ? &organization : nullptr;
  }
};

/// Fills `options`; 0, or the exit code after a complaint.
int read_options(int count, char** arguments, Options& options) {
  for (int i = 0; i < count; i += 2) {
    auto* value = options.find(arguments[i]);
    if (value == nullptr) return complain(std::string{"unknown option "} + arguments[i], kUsage);
    if (i + 1 == count) return complain(std::string{arguments[i]} + " needs a value", kUsage);
    *value = arguments[i + 1];
  }
  return 0;
}

/// Who the key is; nothing after a complaint.
std::optional<Identity> identity_of(const Options& options) {
  const auto purpose = enum_from_text<Purpose>(options.purpose);
  const auto algorithm = enum_from_text<Algorithm>(options.algorithm);
  const auto usable = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (!purpose) complain("unknown purpose " + options.purpose, kUsage);
  if (!algorithm) complain("unknown algorithm " + options.algorithm, kUsage);
  const bool named = !options.folder.empty() && !options.key.empty() && options.key.size() <= KeyName::kCapacity &&
                     std::ranges::all_of(options.key, usable);
  if (!named) complain("--folder and --key (at most 32 of a-z, 0-9 and -) are needed", kUsage);
  if (!purpose || !algorithm || !named) return std::nullopt;
  return Identity{KeyName{options.key}, *purpose, *algorithm};
}

void attach(Devices& devices, const Options& options, bool provisioning) {
  ::signal(SIGPIPE, SIG_IGN);  // a device that hangs up is an answer
  if (!options.tpm.empty()) {
    devices.attach_tpm(open_device(options.tpm.c_str()), provisioning);
    devices.stir();
  }
  if (!options.module.empty())
    devices.attach_token(
        {options.module, options.token, pin_from(options.pin_file), options.folder + "/token.pin-refused"});
}

}  // namespace

int provision_command(int count, char** arguments) {
  Options options;
  if (const int code = read_options(count, arguments, options); code != 0) return code;
  const auto who = identity_of(options);
  const auto kind = enum_from_text<keys::Kind>(options.backend);
  if (!kind) return complain("unknown backend " + options.backend, kUsage);
  if (!who) return kUsage;
  if (options.common_name.empty()) return complain("--common-name is needed", kUsage);
  Ring ring{options.folder, *kind};
  Devices devices{options.folder, ring};
  attach(devices, options, true);
  const auto request = provision(options.folder, ring, *who, options.common_name, options.organization,
                                 devices.has_tpm() ? &devices : nullptr, options.accept_restored == "yes");
  if (!request) return complain(request.error(), 1);
  std::fputs(request->c_str(), stdout);
  return 0;
}

int self_test_command(int count, char** arguments) {
  Options options;
  if (const int code = read_options(count, arguments, options); code != 0) return code;
  if (options.key.empty()) {
    bool passed = true;
    for (const auto& test : test_library()) {
      std::printf("%-24s %s\n", std::string{test.name.view()}.c_str(), test.passed ? "good" : "FAILED");
      passed = passed && test.passed;
    }
    return passed ? 0 : 1;
  }
  const auto who = identity_of(options);
  const auto kind = enum_from_text<keys::Kind>(options.backend);
  if (!who || !kind) return kUsage;
  Ring ring{options.folder, *kind};
  Devices devices{options.folder, ring};
  attach(devices, options, false);
  const auto tested = test_key(options.folder, ring, *who, devices.has_tpm() ? &devices : nullptr);
  std::printf("key %-20s %s\n", options.key.c_str(), tested ? "good" : tested.error().c_str());
  return tested ? 0 : 1;
}

}  // namespace bulwatt::vault
