// bulwatt vault: what the vault says of itself, and whether its keys still work.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "services/vault/status.hpp"
#include "tools/bulwatt/command.hpp"
#include "tools/bulwatt/station_file.hpp"
#include "tools/bulwatt/vault_profile.hpp"

namespace bulwatt::cli {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<station_file::File> load(const std::string& path) {
  if (path.empty()) throw UsageError("--config is missing");
  auto file = station_file::load(path);
  if (file) return std::move(*file);
  std::string all;
  for (const auto& finding : file.error()) all += finding.text + "\n";
  throw Failure(all);
}

fs::path folder_of(const station_file::File& file) {
  return fs::absolute(fs::path{file.station.state_folder.view()}) / "vault";
}

vault::Status status_in(const fs::path& folder) {
  std::ifstream in{folder / vault::kStatusFile};
  std::stringstream text;
  text << in.rdbuf();
  const auto status = vault::read_status(text.str());
  if (!status)
    throw Failure("there is no readable " + (folder / vault::kStatusFile).string() +
                  "; has the vault run yet, and may you read its folder?");
  return *status;
}

int print_status(const vault::Status& status) {
  std::printf("%s\n",
              status.good ? "every key and device is there" : std::string{vault::first_trouble(status)}.c_str());
  std::printf("stored keys  %s\n", std::string{enum_text(status.age)}.c_str());
  for (const auto& backend : status.backends)
    std::printf("%-12s %s %s\n", std::string{enum_text(backend.kind)}.c_str(), backend.good ? "good" : "BAD ",
                std::string{backend.why.view()}.c_str());
  return status.good ? kGood : kFailed;
}

int print_keys(const vault::Status& status) {
  std::printf("%-16s %-14s %-12s %-10s %-9s %-12s %s\n", "name", "purpose", "algorithm", "user", "place", "certificate",
              "");
  bool good = true;
  for (const auto& key : status.keys) {
    good = good && key.available;
    std::printf("%-16s %-14s %-12s %-10s %-9s %-12s %s\n", std::string{key.name.view()}.c_str(),
                std::string{enum_text(key.purpose)}.c_str(), std::string{enum_text(key.algorithm)}.c_str(),
                std::string{key.user.view()}.c_str(), key.place.empty() ? "?" : std::string{key.place.view()}.c_str(),
                key.has_chain ? "yes" : "none yet",
                key.available ? "" : ("UNAVAILABLE: " + std::string{key.why.view()}).c_str());
  }
  return good ? kGood : kFailed;
}

/// In a vault program of its own, never in this one: it opens the keys.
int self_test(const station_file::File& file) {
  const auto station = station_file::station_of(file);
  if (!station) throw Failure("the configuration is not good; bulwatt config check says what is wrong");
  const auto program = (fs::path{(*station)->program_folder.view()} / "bulwatt-vault").string();
  bool good = run_to_end({program, "--self-test"}) == 0;
  for (const auto& key : file.vault.keys) {
    Arguments words{program,       "--self-test",
                    "--folder",    folder_of(file).string(),
                    "--key",       std::string{key.name.view()},
                    "--purpose",   std::string{enum_text(key.purpose)},
                    "--algorithm", std::string{enum_text(key.algorithm)},
                    "--backend",   std::string{enum_text(file.vault.backend)}};
    if (!file.devices.tpm.empty()) words.insert(words.end(), {"--tpm", std::string{file.devices.tpm.view()}});
    if (!file.vault.module.empty())
      words.insert(words.end(),
                   {"--module", std::string{file.vault.module.view()}, "--token", std::string{file.vault.token.view()},
                    "--pin-file", (folder_of(file) / file.vault.pin_file.view()).string()});
    good = run_to_end(std::move(words)) == 0 && good;
  }
  return good ? kGood : kFailed;
}

}  // namespace

int run_to_end(Arguments words) {
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int run_vault(const Arguments& given) {
  auto arguments = given;
  const auto config = option(arguments, "--config");
  if (arguments.empty()) throw UsageError("say status, keys, self-test or profile");
  const auto file = load(config);
  if (arguments[0] == "profile") return run_vault_profile(*file, {arguments.begin() + 1, arguments.end()});
  if (arguments.size() != 1) throw UsageError("say status, keys, self-test or profile");
  if (arguments[0] == "status") return print_status(status_in(folder_of(*file)));
  if (arguments[0] == "keys") return print_keys(status_in(folder_of(*file)));
  if (arguments[0] == "self-test") return self_test(*file);
  throw UsageError("say status, keys, self-test or profile");
}

}  // namespace bulwatt::cli
