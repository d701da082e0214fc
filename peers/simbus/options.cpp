#include "peers/simbus/options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <sstream>

namespace bulwatt::simbus {

Options::Options(std::string program, std::string summary, std::vector<Option> table)
    : program_(std::move(program)), summary_(std::move(summary)), table_(std::move(table)) {
  table_.push_back({.name = "help", .placeholder = "", .help = "show this and end"});
}

void Options::parse(const std::vector<std::string>& arguments) {
  wants_help_ = std::ranges::find(arguments, "--help") != arguments.end();
  if (wants_help_) return;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (!word.starts_with("--")) throw BadUsage("unexpected argument '" + word + "'; see --help");
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    const Option& option = find(name);
    if (option.placeholder.empty()) {
      if (equals != std::string::npos) throw BadUsage("--" + name + " takes no value");
      given_[name] = "yes";
    } else if (equals != std::string::npos) {
      given_[name] = word.substr(equals + 1);
    } else if (++i < arguments.size()) {
      given_[name] = arguments[i];
    } else {
      throw BadUsage("--" + name + " needs " + option.placeholder);
    }
  }
  for (const Option& option : table_) {
    if (option.required && !given_.contains(option.name))
      throw BadUsage("--" + option.name + " is missing; see --help");
  }
}

std::string Options::help() const {
  std::ostringstream out;
  out << "usage: " << program_ << " [options]\n" << summary_ << "\n\noptions:\n";
  for (const Option& option : table_) {
    std::string left = "  --" + option.name + (option.placeholder.empty() ? "" : " " + option.placeholder);
    left.resize(std::max<std::size_t>(left.size() + 2, 26), ' ');
    out << left << option.help;
    if (!option.fallback.empty()) out << " (default " << option.fallback << ")";
    if (option.required) out << " (required)";
    out << '\n';
  }
  return out.str();
}

const Option& Options::find(const std::string& name) const {
  const auto found = std::ranges::find(table_, name, &Option::name);
  if (found == table_.end()) throw BadUsage("unknown option --" + name + "; see --help");
  return *found;
}

std::string Options::text(const std::string& name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? find(name).fallback : found->second;
}

bool Options::flag(const std::string& name) const { return given_.contains(name); }

double Options::number(const std::string& name, double least, double most) const {
  return number_in("--" + name, text(name), least, most);
}

std::int64_t Options::integer(const std::string& name, std::int64_t least, std::int64_t most) const {
  const double value = number(name, static_cast<double>(least), static_cast<double>(most));
  if (value != std::floor(value)) throw BadUsage("--" + name + " must be a whole number, not '" + text(name) + "'");
  return static_cast<std::int64_t>(value);
}

double number_in(const std::string& what, const std::string& text, double least, double most) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || !(value >= least && value <= most)) {
    std::ostringstream sentence;
    sentence << what << " must be a number from " << least << " to " << most << ", not '" << text << "'";
    throw BadUsage(sentence.str());
  }
  return value;
}

int run_program(int argc, char** argv, Options options, void (*body)(const Options&)) {
  const std::string program = std::filesystem::path(argv[0]).filename().string();
  try {
    options.parse({argv + 1, argv + argc});
    if (options.wants_help()) {
      std::fputs(options.help().c_str(), stdout);
      return 0;
    }
    body(options);
    return 0;
  } catch (const BadUsage& mistake) {
    std::fprintf(stderr, "%s: %s\n", program.c_str(), mistake.what());
    return 2;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", program.c_str(), failure.what());
    return 1;
  }
}

}  // namespace bulwatt::simbus
