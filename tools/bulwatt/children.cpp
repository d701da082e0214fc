#include "tools/bulwatt/children.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "tools/bulwatt/command.hpp"

namespace bulwatt::cli {
namespace {

constexpr int kStopPatienceMs = 8000;

[[noreturn]] void become(const std::vector<std::string>& words, int output, int errors, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::setpgid(0, 0);  // Ctrl-C is for us; we end the others in order
  ::execv(argv[0], argv.data());
  const auto text = std::string{"cannot start "} + argv[0] + ": " + std::strerror(errno) + "\n";
  [[maybe_unused]] const auto n = ::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(127);
}

pid_t spawn(const std::vector<std::string>& words, int output, int errors) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become(words, output, errors, parent);
  if (child < 0) throw Failure(std::string{"cannot start a program: "} + std::strerror(errno));
  return child;
}

bool ended_within(pid_t pid, int ms) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return true;
  pollfd p{fd, POLLIN, 0};
  const bool ended = ::poll(&p, 1, ms) > 0;
  ::close(fd);
  return ended;
}

}  // namespace

Children::Children(std::filesystem::path log_folder) : logs_(std::move(log_folder)) {
  std::filesystem::create_directories(logs_);
}

Children::~Children() { stop(); }

pid_t Children::start(const std::string& name, const std::vector<std::string>& words) {
  const int log = ::open((logs_ / (name + ".log")).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const pid_t pid = spawn(words, log, log);
  ::close(log);
  children_.push_back({name, pid});
  return pid;
}

std::string Children::run(const std::string& name, const std::vector<std::string>& words) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw Failure("cannot make a pipe");
  const int log = ::open((logs_ / (name + ".log")).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const pid_t pid = spawn(words, pipe[1], log);
  ::close(log);
  ::close(pipe[1]);
  std::string output;
  std::array<char, 4096> buffer{};
  ssize_t n = 0;
  while ((n = ::read(pipe[0], buffer.data(), buffer.size())) > 0)
    output.append(buffer.data(), static_cast<std::size_t>(n));
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw Failure(name + " failed:\n" + end_of_log(name));
  return output;
}

void Children::check() {
  for (auto& child : children_) {
    int status = 0;
    if (child.pid <= 0 || ::waitpid(child.pid, &status, WNOHANG) != child.pid) continue;
    child.pid = 0;
    throw Failure(child.name + " ended by itself; the end of its log:\n" + end_of_log(child.name));
  }
}

void Children::stop() {
  for (auto child = children_.rbegin(); child != children_.rend(); ++child) {
    if (child->pid <= 0) continue;
    ::kill(child->pid, SIGTERM);
    if (!ended_within(child->pid, kStopPatienceMs)) ::kill(child->pid, SIGKILL);
    ::waitpid(child->pid, nullptr, 0);
    child->pid = 0;
  }
  children_.clear();
}

std::string Children::end_of_log(const std::string& name) const {
  constexpr std::size_t kLines = 12;
  std::ifstream file{logs_ / (name + ".log")};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back("  " + line);
  std::ostringstream out;
  for (std::size_t i = lines.size() > kLines ? lines.size() - kLines : 0; i < lines.size(); ++i)
    out << lines[i] << '\n';
  return out.str();
}

}  // namespace bulwatt::cli
