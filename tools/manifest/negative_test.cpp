// One file per rule: system/negative/<rule>.toml is sound.toml with one fault, <rule>.expected what must be said about it.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tools/manifest/model.hpp"

namespace bulwatt::manifest {
namespace {

const std::filesystem::path kRoot{BULWATT_SOURCE_DIR};
const auto kFolder = kRoot / "system/negative";

std::string content(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  REQUIRE_MESSAGE(in.good(), file.string());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::filesystem::path> negative_files() {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator{kFolder}) {
    const auto& path = entry.path();
    if (path.extension() == ".toml" && path.stem() != "sound") out.push_back(path);
  }
  std::ranges::sort(out);
  return out;
}

std::string refusals_of(const std::filesystem::path& file) {
  const auto result = read(file.lexically_relative(kRoot).string(), content(file));
  return result ? "" : result.error();
}

std::multiset<std::string> lines_of(const std::filesystem::path& file) {
  std::istringstream in{content(file)};
  std::multiset<std::string> out;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && !line.starts_with('#')) out.insert(line);
  }
  return out;
}

// Lines of a that b has not.
std::size_t extra_lines(const std::multiset<std::string>& a, const std::multiset<std::string>& b) {
  std::vector<std::string> out;
  std::ranges::set_difference(a, b, std::back_inserter(out));
  return out.size();
}

TEST_CASE("the manifest of the station and the sound example are accepted") {
  CHECK(refusals_of(kRoot / "system/bulwatt.toml").empty());
  CHECK(refusals_of(kFolder / "sound.toml").empty());
}

TEST_CASE("every faulty manifest is refused with exactly the sentence beside it") {
  const auto files = negative_files();
  CHECK(files.size() >= 75);
  for (const auto& file : files) {
    INFO(file.string());
    auto expected = file;
    CHECK(refusals_of(file) == content(expected.replace_extension(".expected")));
  }
}

TEST_CASE("a faulty manifest differs from the sound one by its fault only, so removing the fault removes the refusal") {
  constexpr std::size_t kMostLines = 10;  // a conduit more or less
  const auto sound = lines_of(kFolder / "sound.toml");
  for (const auto& file : negative_files()) {
    INFO(file.string());
    const auto faulty = lines_of(file);
    CHECK(faulty != sound);
    CHECK(extra_lines(faulty, sound) <= kMostLines);
    CHECK(extra_lines(sound, faulty) <= kMostLines);
  }
}

TEST_CASE("each fault has its own sentence, once names and numbers are left out") {
  const auto shape = [](const std::string& text) {
    std::string out;
    bool quoted = false;
    for (const char c : text.substr(text.find(": ") + 2)) {
      if (c == '"') quoted = !quoted;
      if (!quoted && (c < '0' || c > '9')) out += c;
    }
    return out;
  };
  std::map<std::string, std::filesystem::path> seen;
  for (const auto& file : negative_files()) {
    auto expected = file;
    const auto text = content(expected.replace_extension(".expected"));
    CHECK_MESSAGE(std::ranges::count(text, '\n') == 1, file.string());
    const auto [other, fresh] = seen.emplace(shape(text), file);
    CHECK_MESSAGE(fresh, file.string(), " says the same as ", other->second.string());
  }
}

}  // namespace
}  // namespace bulwatt::manifest
