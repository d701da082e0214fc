#include "tools/manifest/findings.hpp"

#include <numeric>

namespace bulwatt::manifest {
namespace {

// Levenshtein distance, ignoring case.
std::size_t distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

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

}  // namespace bulwatt::manifest
