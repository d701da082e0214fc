// Command lines of the simulated peers: `--name VALUE` and `--flag`, --help from the same table, one sentence per
// mistake.
#pragma once
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace bulwatt::simbus {

struct Option {
  std::string name;         // without the dashes
  std::string placeholder;  // empty for a flag
  std::string help;
  std::string fallback = {};
  bool required = false;
};

/// A mistake on the command line; what() is the sentence to show.
struct BadUsage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Options {
 public:
  Options(std::string program, std::string summary, std::vector<Option> table);

  /// Throws BadUsage. After `--help`, wants_help() is true and nothing else is checked.
  void parse(const std::vector<std::string>& arguments);

  bool wants_help() const { return wants_help_; }
  std::string help() const;

  std::string text(const std::string& name) const;
  bool flag(const std::string& name) const;
  /// Throws BadUsage unless the value is a number within [least, most].
  double number(const std::string& name, double least, double most) const;
  std::int64_t integer(const std::string& name, std::int64_t least, std::int64_t most) const;

 private:
  const Option& find(const std::string& name) const;

  std::string program_;
  std::string summary_;
  std::vector<Option> table_;
  std::map<std::string, std::string> given_;
  bool wants_help_ = false;
};

/// Runs `body`; shows help (exit 0), a usage mistake (exit 2) or any other failure (exit 1) as `program: sentence`.
int run_program(int argc, char** argv, Options options, void (*body)(const Options&));

/// The whole text as a number; throws BadUsage "<what> must be a number from … to …, not '…'".
double number_in(const std::string& what, const std::string& text, double least, double most);

}  // namespace bulwatt::simbus
