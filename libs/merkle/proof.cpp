#include "libs/merkle/proof.hpp"

#include <charconv>

namespace bulwatt::merkle {
namespace {

constexpr std::string_view kFirst = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

bool take_line(std::string_view& rest, std::string_view& line) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

}  // namespace

std::string write_proof(const CarriedProof& proof) {
  std::string out{kFirst};
  if (!proof.extra.empty()) out.append("\n").append(kExtra).append(proof.extra);
  out += "\nindex " + std::to_string(proof.index) + "\n";
  for (const auto& hash : proof.hashes) out += write_hash(hash) + "\n";
  return out.append("\n").append(proof.checkpoint);
}

std::optional<CarriedProof> parse_proof(std::string_view text) {
  std::string_view line;
  if (text.size() > 2 * kMaxNote || !take_line(text, line) || line != kFirst || !take_line(text, line))
    return std::nullopt;
  CarriedProof out;
  if (line.starts_with(kExtra)) {
    out.extra = line.substr(kExtra.size());
    if (!take_line(text, line)) return std::nullopt;
  }
  if (!line.starts_with(kIndex)) return std::nullopt;
  line.remove_prefix(kIndex.size());
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), out.index);
  if (error != std::errc{} || end != line.data() + line.size() || std::to_string(out.index) != line)
    return std::nullopt;
  while (take_line(text, line)) {
    if (line.empty()) {
      out.checkpoint = text;
      return out;
    }
    const auto hash = parse_hash(line);
    if (!hash || !out.hashes.push_back(*hash)) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace bulwatt::merkle
