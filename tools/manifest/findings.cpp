#include "tools/manifest/findings.hpp"

#include <map>

namespace bulwatt::manifest {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Edits that turn one word into the other: a letter more, less, different, or two swapped. Ignores case.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const auto x = lower(a[i - 1]);
      const auto y = lower(b[j - 1]);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (x == y ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y;
      if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::vector<Finding> Findings::sorted() const {
  std::multimap<std::uint32_t, std::string> by_line;  // keeps the order within a line
  for (const auto& finding : list_) by_line.emplace(finding.line, finding.text);
  std::vector<Finding> out;
  for (const auto& [line, text] : by_line) out.push_back({line, text});
  return out;
}

std::string refusals(std::string_view path, const Findings& findings) {
  std::string out;
  for (const auto& finding : findings.sorted()) out += cat(path, ":", finding.line, ": ", finding.text, "\n");
  return out;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  auto least = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const auto candidate : known) {
    const auto d = distance(word, candidate);
    if (d < least) std::tie(best, least) = std::tuple{candidate, d};
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  const auto meant = nearest(word, known);
  if (!meant.empty()) return cat("; did you mean \"", meant, "\"?");
  return known.empty() ? "; there are none." : cat("; known are ", enumerated(known), ".");
}

std::string enumerated(const std::vector<std::string_view>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) out += i + 1 == words.size() ? " and " : ", ";
    out += words[i];
  }
  return out;
}

std::string hexadecimal(std::uint64_t number) {
  std::ostringstream out;
  out << "0x" << std::hex;
  out.width(16);
  out.fill('0');
  out << number;
  return out.str();
}

}  // namespace bulwatt::manifest
