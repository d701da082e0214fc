// One verb of `bulwatt`. A verb is a file with a run function; the table in main.cpp names them all.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

namespace bulwatt::cli {

using Arguments = std::vector<std::string>;

inline constexpr int kGood = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;

/// A wrong command line; main prints the sentence and the verb's usage.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// Anything else that went wrong; main prints the sentence.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Verb {
  const char* name;
  const char* summary;
  const char* usage;
  std::vector<std::string> words;  ///< sub-verbs and options, for completion
  int (*run)(const Arguments& arguments);
};
const std::vector<Verb>& verbs();

int run_station(const Arguments& arguments);
int run_config(const Arguments& arguments);
int run_ps(const Arguments& arguments);
int run_doctor(const Arguments& arguments);
int run_manifest(const Arguments& arguments);
int run_sim(const Arguments& arguments);
int run_vault(const Arguments& arguments);
int run_provision(const Arguments& arguments);
int run_demo(const Arguments& arguments);
int run_log(const Arguments& arguments);
int run_meter(const Arguments& arguments);
int run_pki(const Arguments& arguments);
int run_completion(const Arguments& arguments);

/// Takes `--name VALUE` out of the arguments; `fallback` when it is not there.
std::string option(Arguments& arguments, const std::string& name, const std::string& fallback = {});
/// Takes `--name` out; whether it was there.
bool flag(Arguments& arguments, const std::string& name);
/// Runs a program to its end, with this one's output; its exit code.
int run_to_end(Arguments words);
/// Complains about what is left.
void expect_no_more(const Arguments& arguments);

}  // namespace bulwatt::cli
