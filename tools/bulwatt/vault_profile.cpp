#include "tools/bulwatt/vault_profile.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "libs/tls/profile.hpp"
#include "services/vault/status.hpp"
#include "services/vault/trial.hpp"
#include "tools/bulwatt/children.hpp"
#include "tools/pki/certificate.hpp"

namespace bulwatt::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHost = "trial.bulwatt.example";
constexpr long kTrialEnds = 3600;

fs::path folder_of(const station_file::File& file) {
  return fs::absolute(fs::path{file.station.state_folder.view()}) / "vault";
}

/// A profile with its signatures, as files.
struct HandedIn {
  std::string text;
  std::string signatures;
};
HandedIn read_handed_in(Arguments& arguments) {
  const auto profile = option(arguments, "--profile");
  const auto signatures = option(arguments, "--signatures");
  if (profile.empty() || signatures.empty()) throw UsageError("--profile and --signatures are needed");
  return {pki::read_file(profile), pki::read_file(signatures)};
}

/// Also as whom a trial's files are read: everything in the vault's folder is its owner's.
void give_to_owner(const fs::path& path, const fs::path& like) {
  struct stat owner{};
  if (::geteuid() != 0 || ::stat(like.c_str(), &owner) != 0) return;
  if (::lchown(path.c_str(), owner.st_uid, owner.st_gid) != 0) throw Failure("cannot give " + path.string() + " away");
}

void put(const fs::path& path, const std::string& text, const fs::path& like) {
  const auto beside = path.string() + ".part";
  pki::write_file(beside, text, true);
  give_to_owner(beside, like);
  fs::rename(beside, path);
}

int show(const fs::path& folder) {
  const auto status = vault::read_status(pki::read_file(folder / vault::kStatusFile));
  if (!status) throw Failure("there is no readable " + (folder / vault::kStatusFile).string());
  const auto& profile = status->profile;
  if (profile.number == 0) {
    std::puts("no crypto profile: the configuration's policy is all there is");
    return kGood;
  }
  std::printf(
      "number %u  '%s'  %s\n", profile.number, std::string{profile.name.view()}.c_str(),
      profile.on_probation ? "on probation: it falls back unless a connection is made" : "proven by a connection");
  return kGood;
}

tls::Registry checked(const station_file::File& file, const HandedIn& given) {
  const auto authority = pki::read_file(folder_of(file) / "profile-authority.pem");
  const auto registry = tls::read_registry(given.text, given.signatures, authority, 0);
  if (!registry) throw Failure("the profile is not good: " + std::string{enum_text(registry.error())});
  const auto* link = tls::profile_of(*registry, tls::LinkUse::csms);
  if (link == nullptr) throw Failure("the profile does not speak of the link to the backend (csms)");
  const auto narrowed = tls::narrow(file.ocpp.tls_policy, *link, tls::Trial::yes);
  if (!narrowed)
    throw Failure("the profile does not go with [ocpp] tls_policy: " + std::string{enum_text(narrowed.error())});
  return *registry;
}

int check(const station_file::File& file, const HandedIn& given) {
  const auto registry = checked(file, given);
  std::printf("number %u  '%s'  signed, well-formed, goes with tls_policy\n", registry.number,
              std::string{registry.name.view()}.c_str());
  return kGood;
}

int hand_in(const station_file::File& file, const HandedIn& given) {
  const auto registry = checked(file, given);
  const auto folder = folder_of(file);
  put(folder / "profile.new.json", given.text, folder);
  put(folder / "profile.new.sig", given.signatures, folder);
  std::printf("number %u is handed in; bulwatt vault profile status says what became of it\n", registry.number);
  return kGood;
}

/// A folder of its own, gone at the end.
struct Scratch {
  fs::path path;
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "bulwatt-trial-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw Failure("cannot make a folder for the trial");
    path = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
};

std::optional<pki::Algorithm> pki_algorithm(vault::Algorithm algorithm) {
  switch (algorithm) {
    case vault::Algorithm::ecdsa_p256: return pki::Algorithm::p256;
    case vault::Algorithm::ecdsa_p384: return pki::Algorithm::p384;
    case vault::Algorithm::ecdsa_p521: return pki::Algorithm::p521;
    case vault::Algorithm::ed25519: return pki::Algorithm::ed25519;
    case vault::Algorithm::rsa_3072: return pki::Algorithm::rsa3072;
    case vault::Algorithm::ml_dsa_44: return pki::Algorithm::mldsa44;
    case vault::Algorithm::ml_dsa_65: return pki::Algorithm::mldsa65;
    case vault::Algorithm::ml_dsa_87: return pki::Algorithm::mldsa87;
    default: return std::nullopt;
  }
}

/// Keys that nothing depends on: one of the trial's vault, made by it, and a server to talk to.
void make_keys(const fs::path& folder, const std::string& program, Children& children, vault::Algorithm algorithm) {
  const auto name = vault::trial_key(algorithm);
  const auto kind = pki_algorithm(algorithm);
  if (!kind || fs::exists(folder / (name + ".key"))) return;
  const auto request =
      children.run("provision", {program, "--provision", "--folder", folder.string(), "--key", name, "--algorithm",
                                 std::string{enum_text(algorithm)}, "--common-name", "trial"});
  pki::Holder root{nullptr, pki::new_key(*kind)};
  root.certificate = pki::make_certificate({.common_name = "trial root", .authority = true, .ends = kTrialEnds},
                                           root.key.get(), nullptr);
  const auto server_key = pki::new_key(*kind);
  const auto server = pki::make_certificate(
      {.common_name = kHost,
       .more = {{"extendedKeyUsage", "serverAuth"}, {"subjectAltName", std::string{"DNS:"} + kHost}},
       .ends = kTrialEnds},
      server_key.get(), &root);
  const auto client = pki::sign_request(request, root, 1);
  pki::write_file(folder / (name + ".pem"), pki::pem_of(client.get()), false);
  pki::write_file(folder / (name + "-root.pem"), pki::pem_of(root.certificate.get()), false);
  pki::write_file(folder / (name + "-server.pem"), pki::pem_of(server.get()), false);
  pki::write_file(folder / (name + "-server-key.pem"), pki::pem_of(server_key.get()), true);
}

/// A connected socket that the trial inherits; the trial itself may not connect to anybody.
int connect_to(const std::string& host, const std::string& port) {
  const addrinfo hints{.ai_flags = 0,
                       .ai_family = AF_UNSPEC,
                       .ai_socktype = SOCK_STREAM,
                       .ai_protocol = 0,
                       .ai_addrlen = 0,
                       .ai_addr = nullptr,
                       .ai_canonname = nullptr,
                       .ai_next = nullptr};
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) throw Failure("there is no host " + host);
  int socket = -1;
  for (const auto* one = found; one != nullptr && socket < 0; one = one->ai_next) {
    socket = ::socket(one->ai_family, one->ai_socktype, one->ai_protocol);
    if (socket >= 0 && ::connect(socket, one->ai_addr, one->ai_addrlen) != 0) {
      ::close(socket);
      socket = -1;
    }
  }
  ::freeaddrinfo(found);
  if (socket < 0) throw Failure("nobody answers at " + host + " port " + port);
  return socket;
}

int try_out(const station_file::File& file, const HandedIn& given, const std::string& endpoint,
            const std::string& trust) {
  const auto registry = checked(file, given);
  const auto station = station_file::station_of(file);
  if (!station) throw Failure("the configuration is not good; bulwatt config check says what is wrong");
  const auto program = (fs::path{(*station)->program_folder.view()} / "bulwatt-vault").string();
  const auto folder = folder_of(file);
  const Scratch scratch;
  Children children{scratch.path};
  pki::write_file(scratch.path / "profile.json", given.text, false);
  pki::write_file(scratch.path / "profile.sig", given.signatures, false);
  fs::copy_file(folder / "profile-authority.pem", scratch.path / "profile-authority.pem");
  for (const auto& signature : tls::profile_of(registry, tls::LinkUse::csms)->signatures) {
    if (const auto algorithm = vault::algorithm_of(signature.name.view()))
      make_keys(scratch.path, program, children, *algorithm);
  }
  Arguments words{program,    "--try-profile",
                  "--folder", scratch.path.string(),
                  "--policy", std::string{enum_text(file.ocpp.tls_policy)}};
  if (!endpoint.empty()) {
    const auto colon = endpoint.rfind(':');
    if (colon == std::string::npos) throw UsageError("--endpoint is HOST:PORT");
    const auto host = endpoint.substr(0, colon);
    fs::copy_file(trust.empty() ? folder / "trust-csms.pem" : fs::path{trust}, scratch.path / "endpoint-trust.pem");
    words.insert(words.end(),
                 {"--host", host, "--endpoint", std::to_string(connect_to(host, endpoint.substr(colon + 1)))});
  }
  for (const auto& entry : fs::directory_iterator{scratch.path}) give_to_owner(entry.path(), folder);
  give_to_owner(scratch.path, folder);
  const int code = run_to_end(words);
  const auto result = scratch.path / "result.json";
  if (!fs::exists(result)) throw Failure("the trial ended without a result, exit code " + std::to_string(code));
  const auto found = vault::read_trial(pki::read_file(result));
  if (!found) throw Failure("the trial's result cannot be read");
  put(folder / "profile.trial.json", pki::read_file(result), folder);
  const bool passed = code == 0 && found->passed;
  std::printf("profile %u %s; the vault that runs tells the ledger\n", found->number,
              passed ? "passed its trial" : ("FAILED its trial: " + std::string{found->failed.view()}).c_str());
  return passed ? kGood : kFailed;
}

}  // namespace

int run_vault_profile(const station_file::File& file, Arguments arguments) {
  if (arguments.empty()) throw UsageError("say status, check, trial or install");
  const auto verb = arguments[0];
  arguments.erase(arguments.begin());
  if (verb == "status") {
    expect_no_more(arguments);
    return show(folder_of(file));
  }
  if (verb != "check" && verb != "trial" && verb != "install") throw UsageError("say status, check, trial or install");
  const auto given = read_handed_in(arguments);
  const auto endpoint = verb == "trial" ? option(arguments, "--endpoint") : std::string{};
  const auto trust = verb == "trial" ? option(arguments, "--trust") : std::string{};
  expect_no_more(arguments);
  if (verb == "check") return check(file, given);
  return verb == "install" ? hand_in(file, given) : try_out(file, given, endpoint, trust);
}

}  // namespace bulwatt::cli
