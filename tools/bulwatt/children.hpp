// Programs the demo starts: each with its own log file, all ended when this object goes, or when this program dies.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bulwatt::cli {

class Children {
 public:
  explicit Children(std::filesystem::path log_folder);
  ~Children();
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  /// Starts `words[0]`; output goes to <log folder>/<name>.log.
  pid_t start(const std::string& name, const std::vector<std::string>& words);
  /// Runs a program to its end; its standard output is returned. Throws Failure with the end of its log when it fails.
  std::string run(const std::string& name, const std::vector<std::string>& words);
  /// Throws Failure with the end of the log of a child that ended by itself.
  void check();
  /// Asks everything to end, the latest first; kills what does not within some seconds.
  void stop();

 private:
  struct Child {
    std::string name;
    pid_t pid;
  };
  std::string end_of_log(const std::string& name) const;
  std::filesystem::path logs_;
  std::vector<Child> children_;
};

}  // namespace bulwatt::cli
