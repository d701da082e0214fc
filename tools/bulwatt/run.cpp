// bulwatt run, config, provision: from the configuration file to the running station.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "system_table.hpp"
#include "tools/bulwatt/command.hpp"
#include "tools/bulwatt/station_file.hpp"

namespace bulwatt::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_with(const std::vector<settings::Finding>& findings) {
  std::string all;
  for (const auto& finding : findings) all += (all.empty() ? "" : "\n  ") + finding.text;
  throw Failure(std::to_string(findings.size()) + (findings.size() == 1 ? " thing is" : " things are") + " wrong:\n  " +
                all);
}

std::unique_ptr<station_file::File> load(const std::string& path) {
  auto file = station_file::load(path);
  if (!file) fail_with(file.error());
  return std::move(*file);
}

std::unique_ptr<supervisor::Station> checked_station(const station_file::File& file) {
  auto station = station_file::station_of(file);
  if (!station) fail_with(station.error());
  return std::move(*station);
}

void write_station(const supervisor::Station& station, const fs::path& path) {
  std::vector<std::byte> bytes(wire::max_size<supervisor::Station>());
  bytes.resize(wire::encode(station, bytes));
  const auto beside = path.string() + ".new";
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) throw Failure("cannot write " + beside + ": " + std::strerror(errno));
  const bool whole = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  ::close(fd);
  if (!whole) throw Failure("cannot write " + beside + ": the disk may be full");
  fs::rename(beside, path);
}

void make_folder(std::string_view path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw Failure("cannot make " + std::string{path} + ": " + error.message());
}

/// Started by root, in either mode, every service has a user of its own; what people or `provision` put into its state
/// folder becomes its.
void hand_over_state(const supervisor::Station& station) {
  if (::geteuid() != 0) return;
  for (std::size_t i = 0; i < kSystem.services.size(); ++i) {
    const auto folder = fs::path{station.state_folder.view()} / kSystem.services[i].name;
    if (!fs::is_directory(fs::symlink_status(folder))) continue;
    const auto user = static_cast<uid_t>(station.first_user + i);
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {  // goes into no folder behind a link
      if (::lchown(entry.path().c_str(), user, user) != 0)
        throw Failure("cannot give " + entry.path().string() + " to its service");
    }
    if (::lchown(folder.c_str(), user, user) != 0) throw Failure("cannot give " + folder.string() + " to its service");
  }
}

}  // namespace

int run_station(const Arguments& given) {
  auto arguments = given;
  const auto config = option(arguments, "--config");
  const auto profile = option(arguments, "--profile");
  const auto mode = option(arguments, "--mode");
  expect_no_more(arguments);
  if (config.empty()) throw UsageError("--config is missing; `bulwatt config example` prints one");
  const auto station = checked_station(*load(config));
  make_folder(station->run_folder.view());
  make_folder(station->state_folder.view());
  const auto binary = fs::path{station->run_folder.view()} / "station.bin";
  write_station(*station, binary);
  hand_over_state(*station);
  const auto program = (fs::path{station->program_folder.view()} / "bulwatt-supervisor").string();
  Arguments words{program, "--config", binary.string()};
  if (!profile.empty()) words.insert(words.end(), {"--profile", profile});
  if (!mode.empty()) words.insert(words.end(), {"--mode", mode});
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  throw Failure("cannot start " + program + ": " + std::strerror(errno) + "; is [station] program_folder right?");
}

int run_config(const Arguments& arguments) {
  if (arguments == Arguments{"example"}) {
    std::cout << station_file::example();
    return kGood;
  }
  if (arguments.size() != 2 || arguments[0] != "check") throw UsageError("say check FILE, or example");
  checked_station(*load(arguments[1]));
  std::cout << arguments[1] << ": good\n";
  return kGood;
}

int run_provision(const Arguments& given) {
  auto arguments = given;
  const auto config = option(arguments, "--config");
  const auto organization = option(arguments, "--organization");
  const bool accept_restored = flag(arguments, "--accept-restored");
  expect_no_more(arguments);
  if (config.empty()) throw UsageError("--config is missing");
  const auto file = load(config);
  const auto station = checked_station(*file);
  const auto folder = fs::path{station->state_folder.view()} / "vault";
  make_folder(folder.string());
  const auto program = (fs::path{station->program_folder.view()} / "bulwatt-vault").string();
  if (file->vault.keys.empty()) std::cerr << "bulwatt provision: [vault] names no keys, so there is nothing to make\n";
  for (const auto& key : file->vault.keys) {
    Arguments words{program,         "--provision",
                    "--folder",      folder.string(),
                    "--key",         std::string{key.name.view()},
                    "--purpose",     std::string{enum_text(key.purpose)},
                    "--algorithm",   std::string{enum_text(key.algorithm)},
                    "--common-name", std::string{file->ocpp.identity.view()}};
    words.insert(words.end(), {"--backend", std::string{enum_text(file->vault.backend)}});
    if (!file->devices.tpm.empty()) words.insert(words.end(), {"--tpm", std::string{file->devices.tpm.view()}});
    if (!file->vault.module.empty())
      words.insert(words.end(), {"--module", std::string{file->vault.module.view()}, "--token",
                                 std::string{file->vault.token.view()}, "--pin-file",
                                 (folder / file->vault.pin_file.view()).string()});
    if (accept_restored) words.insert(words.end(), {"--accept-restored", "yes"});
    if (!organization.empty()) words.insert(words.end(), {"--organization", organization});
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      ::execv(program.c_str(), argv.data());
      ::_exit(127);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      throw Failure("the vault program did not make key " + std::string{key.name.view()});
    }
  }
  std::cerr << "Have each request signed, then store the chain as <key>.pem and the CSMS's trust anchors as "
               "trust-csms.pem in\n"
            << folder.string() << '\n';
  return kGood;
}

}  // namespace bulwatt::cli
