// Strict reading of one TOML table: every key is asked for by name, wrong kinds and missing keys become findings, and
// whatever was not asked for is a typing mistake.
#pragma once
#include <optional>
#include <set>

#include "tools/manifest/findings.hpp"
#include "tools/manifest/toml.hpp"

namespace bulwatt::manifest {

/// A word with the line it stands on.
struct Word {
  std::string text;
  std::uint32_t line{};
};

class Section {
 public:
  /// `where` is how people call the table: "service power".
  Section(const toml::table& table, std::string where, Findings& findings, std::uint32_t line = 0);

  std::uint32_t line() const { return line_; }
  std::uint32_t line_of(std::string_view key) const;
  const std::string& where() const { return where_; }
  /// The same table under another name.
  Section called(std::string where) const { return {table_, std::move(where), findings_, line_}; }
  /// A text of the table without taking note of it, for such a name.
  std::string_view peek(std::string_view key) const { return table_[key].value_or(std::string_view{"?"}); }
  bool has(std::string_view key) const { return table_.contains(key); }

  /// Required values; `hint` is what one would write, for the finding when the key is missing.
  Word text(std::string_view key, std::string_view hint);
  long long number(std::string_view key, long long least, long long greatest, std::string_view hint);
  Section table(std::string_view key, std::string_view hint);

  /// Values that may be absent.
  Word text_or(std::string_view key, std::string_view otherwise);
  bool flag_or(std::string_view key, bool otherwise);
  std::vector<Word> texts(std::string_view key);
  std::vector<long long> numbers(std::string_view key, long long least, long long greatest, std::string_view hint);
  std::vector<Section> tables(std::string_view key);
  /// Keys of the table in the order of the file, each taken as known.
  std::vector<std::string> names();

  /// Reports the keys nobody asked for and those that are missing; a mistyped key is said once.
  void done();

 private:
  const toml::node* find(std::string_view key);
  const toml::node* need(std::string_view key, std::string_view hint);
  const toml::array* list(std::string_view key, std::string_view of_what);
  void wrong(const toml::node& node, std::string_view key, std::string_view expected);
  long long in_range(const toml::node& node, std::string_view key, long long least, long long greatest,
                     std::string_view hint);

  const toml::table& table_;
  std::string where_;
  Findings& findings_;
  std::uint32_t line_;
  struct Missing {
    std::string key;
    std::string hint;
  };
  std::set<std::string, std::less<>> known_;
  std::vector<Missing> missing_;
};

}  // namespace bulwatt::manifest
