// What is wrong with a manifest: one sentence per fault, with the line, for people.
#pragma once
#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace bulwatt::manifest {

/// Joins anything printable into one text.
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

struct Finding {
  std::uint32_t line{};  ///< from 1
  std::string text;
};

class Findings {
 public:
  template <class... Parts>
  void add(std::uint32_t line, const Parts&... parts) {
    list_.push_back({line, cat(parts...)});
  }
  bool empty() const { return list_.empty(); }
  /// In the order of the file.
  std::vector<Finding> sorted() const;

 private:
  std::vector<Finding> list_;
};

/// "system/bulwatt.toml:12: …", one line each, in the order of the file; empty when all is well.
std::string refusals(std::string_view path, const Findings& findings);

/// Of `known`, the word that `word` was probably meant to be; empty when nothing is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);
/// "; did you mean "x"?" or ", known are x, y and z."
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);
/// "a, b and c"
std::string enumerated(const std::vector<std::string_view>& words);
/// "0x0123456789abcdef"
std::string hexadecimal(std::uint64_t number);

}  // namespace bulwatt::manifest
