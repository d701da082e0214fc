#include "tools/sandbox_probe/proof.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "libs/sandbox/landlock.hpp"
#include "probe_expectations.hpp"
#include "services/supervisor/assurance.hpp"
#include "system_table.hpp"
#include "tools/sandbox_probe/stand.hpp"

namespace bulwatt::probe {
namespace {

constexpr std::string_view kHelp = R"(Usage: bulwatt-sandbox-proof [options]

Starts bulwatt-sandbox-probe under the exact entry of every service of the authority graph, lets it try everything that
a service could try, and compares what happened with what the authority graph says. Needs nothing of a running station.

  --mode root|rootless       one user per service, or one user namespace per service (default: root if this is root)
  --profile production|developer   which missing layers keep the probe from being started (default: production)
  --golden FILE              compare with this matrix too
  --print                    print the matrix
  --service NAME             only this service
  --stage launch|steady|unfiltered   only this stage
  --probe FILE               the probe (default: beside this program)
  --help                     this text

Exit code: 0 proved, 1 differences (one line each), 2 wrong command line, 3 not possible here.
)";

constexpr auto kPatience = std::chrono::seconds{10};

struct Options {
  StandOptions stand;
  std::string golden;
  std::string service;
  std::optional<Stage> stage;
  bool print = false;
};

/// One process of the probe.
class Probe {
 public:
  Probe(Stand& stand, supervisor::Index service, Stage stage, Stand::Launched launched)
      : stand_(stand), service_(service), stage_(stage), launched_(launched) {}
  ~Probe() {
    os::kill(launched_.process);
    ending();
    os::close(launched_.control);
    if (launched_.report != os::kNoHandle) os::close(launched_.report);
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  /// Empty: it ended; see ending().
  std::optional<Answer> ask(const Question& question) {
    wire::Buffer<Ask> frame{};
    const auto size = wire::encode(Ask{question}, frame);
    if (os::send(launched_.control, std::span{frame}.first(size)) != os::Sent::ok) return {};
    if (!os::wait_readable(launched_.control, os::now() + kPatience)) return {};
    wire::Buffer<Answer> reply{};
    const auto got = os::receive(launched_.control, reply);
    if (got.arrival != os::Arrival::frame) return {};
    const auto answer = wire::decode<Answer>(std::span<const std::byte>{reply}.first(got.size));
    return answer ? std::optional{*answer} : std::nullopt;
  }
  /// The world, and the lock-down in the steady stage. Empty text: ready to try.
  std::string prepare() {
    const auto looked = ask(stand_.facts(service_));
    const auto report = os::read_report(launched_.report);
    if (report && report->failed != os::Step::done)
      return "could not " + std::string{os::step_text(report->failed)} + ": " + std::strerror(report->error);
    if (!looked) return "it ended before the first question";
    constexpr auto kOwn = sandbox::bits(sandbox::Layer::descriptors_checked);
    layers_ = (report ? report->layers : 0) | (looked->layers & kOwn);
    if (stage_ != Stage::steady) return "";
    const auto locked = ask(LockDown{});
    if (!locked || locked->outcome != 0) return "it could not lock down";
    layers_ |= locked->layers;
    return "";
  }
  Outcome try_one(std::size_t operation) {
    if (const auto answer = ask(Try{static_cast<std::uint16_t>(operation)})) return answer->outcome;
    const auto how = ending();
    return how && how->by_signal && how->code == SIGSYS ? kKilled : kDied;
  }
  sandbox::Layers layers() const { return layers_; }
  int pid() const { return launched_.process.pid; }

 private:
  std::optional<os::Ending> ending() {
    if (launched_.process.watch == os::kNoHandle) return {};
    if (!os::wait_readable(launched_.process.watch, os::now() + kPatience)) os::kill(launched_.process);
    os::wait_readable(launched_.process.watch, os::now() + kPatience);
    return os::reap(launched_.process);
  }
  Stand& stand_;
  supervisor::Index service_;
  Stage stage_;
  Stand::Launched launched_;
  sandbox::Layers layers_ = 0;
};

class Proof {
 public:
  Proof(Stand& stand, const Options& options) : stand_(stand), options_(options) {}

  Matrix run() {
    for (supervisor::Index i = 0; i < stand_.table().services.size(); ++i) {
      const std::string name{stand_.table().services[i].name};
      if (!options_.service.empty() && options_.service != name) continue;
      Column column{name, {}};
      for (std::size_t stage = 0; stage < kStages; ++stage) {
        column.at[stage].fill(kNotSaid);
        if (!options_.stage || *options_.stage == static_cast<Stage>(stage))
          run_stage(column, i, static_cast<Stage>(stage));
      }
      matrix_.push_back(std::move(column));
    }
    return std::move(matrix_);
  }
  const std::vector<std::string>& troubles() const { return troubles_; }
  const std::vector<std::string>& notes() const { return notes_; }
  std::size_t launches() const { return launches_; }

 private:
  std::unique_ptr<Probe> start(supervisor::Index service, Stage stage) {
    const std::string where = std::string{stand_.table().services[service].name} + " " +
                              std::string{kStageNames[static_cast<std::size_t>(stage)]};
    auto launched = stand_.launch(service, stage != Stage::unfiltered);
    ++launches_;
    if (!launched) {
      troubles_.push_back(where + ": not started: " + launched.error());
      return nullptr;
    }
    auto probe = std::make_unique<Probe>(stand_, service, stage, *launched);
    if (const auto problem = probe->prepare(); !problem.empty()) {
      troubles_.push_back(where + ": not started: " + problem);
      return nullptr;
    }
    return probe;
  }

  void run_stage(Column& column, supervisor::Index service, Stage stage) {
    auto& outcomes = column.at[static_cast<std::size_t>(stage)];
    const auto expected = std::ranges::find(kExpectations, column.service, &ExpectedService::service);
    std::unique_ptr<Probe> probe = start(service, stage);
    if (probe != nullptr && stage == Stage::steady) look_from_outside(service, *probe);
    for (std::size_t i = 0; i < kOperationCount && (probe != nullptr || (probe = start(service, stage)) != nullptr);
         ++i) {
      if (expected->rows[i].at[static_cast<std::size_t>(stage)] == kNotSaid) continue;
      outcomes[i] = probe->try_one(i);
      if (outcomes[i] == kKilled || outcomes[i] == kDied) probe.reset();
    }
  }

  void look_from_outside(supervisor::Index service, const Probe& probe);

  Stand& stand_;
  const Options& options_;
  Matrix matrix_;
  std::vector<std::string> troubles_;
  std::vector<std::string> notes_;
  std::size_t launches_ = 0;
};

void Proof::look_from_outside(supervisor::Index service, const Probe& probe) {
  const auto& entry = stand_.table().services[service];
  const auto claimed = probe.layers() & applicable(entry);
  const auto seen = supervisor::look_at(probe.pid(), {claimed, entry, stand_.places(service), options_.stand.mode});
  if (seen.denial.layers != 0)
    troubles_.push_back(std::string{entry.name} + " seen from outside: " + std::string{seen.denial.sentence});
  else if (!seen.everything) notes_.push_back(std::string{entry.name} + ": not everything could be seen from outside");
}

KernelGaps find_gaps() {
  const auto offered = sandbox::landlock::handled(sandbox::landlock::version());
  KernelGaps gaps{offered.network == 0, offered.scopes == 0, false};
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) return gaps;
  const int off = 0;
  gaps.sealed_sockets =
      ::setsockopt(pair[0], SOL_SOCKET, static_cast<int>(detail::kSealedOption), &off, sizeof off) != 0;
  for (const int end : pair) ::close(end);
  return gaps;
}

struct WrongUse : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <std::size_t N>
std::size_t one_of(std::string_view word, const std::array<std::string_view, N>& choices) {
  for (std::size_t i = 0; i < N; ++i) {
    if (choices[i] == word) return i;
  }
  throw WrongUse("there is no choice \"" + std::string{word} + "\"");
}

Options parse(const std::vector<std::string_view>& arguments) {
  Options options;
  options.stand.mode = ::geteuid() == 0 ? os::Mode::root : os::Mode::rootless;
  options.stand.probe = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bulwatt-sandbox-probe";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto name = arguments[i];
    if (name == "--print") {
      options.print = true;
      continue;
    }
    if (++i == arguments.size()) throw WrongUse(std::string{name} + " is unknown or needs a value");
    const auto value = arguments[i];
    if (name == "--mode") options.stand.mode = static_cast<os::Mode>(one_of(value, enum_names(os::Mode{})));
    else if (name == "--profile")
      options.stand.profile = static_cast<sandbox::Profile>(one_of(value, enum_names(sandbox::Profile{})));
    else if (name == "--stage") options.stage = static_cast<Stage>(one_of(value, kStageNames));
    else if (name == "--golden") options.golden = value;
    else if (name == "--service") options.service = value;
    else if (name == "--probe") options.stand.probe = value;
    else throw WrongUse("there is no option " + std::string{name});
  }
  return options;
}

std::string read_file(const std::string& path) {
  std::stringstream all;
  std::ifstream file{path};
  all << file.rdbuf();
  if (!file) throw CannotProve("cannot read " + path);
  return all.str();
}

int prove(const Options& options) {
  const auto golden = options.golden.empty() ? "" : read_file(options.golden);
  const auto gaps = find_gaps();
  Stand stand{kSystem, options.stand};
  Proof proof{stand, options};
  const auto matrix = proof.run();
  if (matrix.empty()) throw WrongUse("there is no service \"" + options.service + "\"");
  const auto judged = judge(matrix, kExpectations, gaps);
  const auto told = without_details(matrix, kExpectations);
  auto differences = proof.troubles();
  differences.insert(differences.end(), judged.differences.begin(), judged.differences.end());
  if (!options.golden.empty()) {
    auto lines = compare_with_text(told, golden, gaps);
    if (!lines.empty() && differences.empty())
      std::fprintf(stderr,
                   "All is as the authority graph says, but that is not what was reviewed. If the change is meant: "
                   "bulwatt-sandbox-proof --print > %s\n",
                   options.golden.c_str());
    for (auto& line : lines) differences.push_back(options.golden + ": " + std::move(line));
  }
  if (options.print) std::fputs(to_text(told).c_str(), stdout);
  for (const auto& line : proof.notes()) std::fprintf(stderr, "note: %s\n", line.c_str());
  for (const auto& line : judged.not_offered) std::fprintf(stderr, "weaker: %s\n", line.c_str());
  for (const auto& line : differences) std::fprintf(stderr, "different: %s\n", line.c_str());
  std::fprintf(stderr, "sandbox: mode=%s services=%zu operations=%zu compared=%zu processes=%zu differences=%zu\n",
               std::string{enum_text(options.stand.mode)}.c_str(), matrix.size(), kOperationCount, judged.compared,
               proof.launches(), differences.size());
  return differences.empty() ? kProved : kDifferences;
}

}  // namespace

int run_proof(std::vector<std::string_view> arguments) {
  if (std::ranges::find(arguments, "--help") != arguments.end()) {
    std::fputs(std::string{kHelp}.c_str(), stdout);
    return kProved;
  }
  try {
    return prove(parse(arguments));
  } catch (const WrongUse& error) {
    std::fprintf(stderr, "bulwatt-sandbox-proof: %s. See bulwatt-sandbox-proof --help.\n", error.what());
    return kWrongUse;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bulwatt-sandbox-proof: %s\n", error.what());
    return kNotPossible;
  }
}

}  // namespace bulwatt::probe
