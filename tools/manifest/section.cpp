#include "tools/manifest/section.hpp"

namespace bulwatt::manifest {
namespace {

std::uint32_t line_at(const toml::node& node) { return node.source().begin.line; }

std::string_view kind_of(const toml::node& node) {
  if (node.is_string()) return "a text";
  if (node.is_integer()) return "a whole number";
  if (node.is_floating_point()) return "a fraction";
  if (node.is_boolean()) return "true or false";
  if (node.is_array()) return "a list";
  if (node.is_table()) return "a table";
  return "a date or time";
}

const toml::table kNothing;

}  // namespace

Section::Section(const toml::table& table, std::string where, Findings& findings, std::uint32_t line)
    : table_(table), where_(std::move(where)), findings_(findings), line_(line != 0 ? line : line_at(table)) {
  if (line_ == 0) line_ = 1;
}

std::uint32_t Section::line_of(std::string_view key) const {
  const auto* node = table_.get(key);
  return node != nullptr && line_at(*node) != 0 ? line_at(*node) : line_;
}

const toml::node* Section::find(std::string_view key) {
  known_.emplace(key);
  return table_.get(key);
}

const toml::node* Section::need(std::string_view key, std::string_view hint) {
  const auto* node = find(key);
  if (node == nullptr) missing_.push_back({std::string{key}, std::string{hint}});
  return node;
}

void Section::wrong(const toml::node& node, std::string_view key, std::string_view expected) {
  findings_.add(line_at(node), "\"", key, "\" of ", where_, " must be ", expected, ", not ", kind_of(node), ".");
}

Word Section::text(std::string_view key, std::string_view hint) {
  return need(key, hint) == nullptr ? Word{"", line_} : text_or(key, "");
}

Word Section::text_or(std::string_view key, std::string_view otherwise) {
  const auto* node = find(key);
  if (node == nullptr) return {std::string{otherwise}, line_};
  if (const auto* value = node->as_string()) return {value->get(), line_at(*node)};
  wrong(*node, key, "a text");
  return {std::string{otherwise}, line_at(*node)};
}

long long Section::in_range(const toml::node& node, std::string_view key, long long least, long long greatest,
                            std::string_view hint) {
  const auto* value = node.as_integer();
  if (value == nullptr) {
    wrong(node, key, "a whole number");
  } else if (value->get() < least || value->get() > greatest) {
    findings_.add(line_at(node), "\"", key, "\" of ", where_, " is ", value->get(), " but must be ", least, " to ",
                  greatest, "; write for example ", hint, ".");
  } else {
    return value->get();
  }
  return least;
}

long long Section::number(std::string_view key, long long least, long long greatest, std::string_view hint) {
  const auto* node = need(key, hint);
  return node == nullptr ? least : in_range(*node, key, least, greatest, hint);
}

bool Section::flag_or(std::string_view key, bool otherwise) {
  const auto* node = find(key);
  if (node == nullptr) return otherwise;
  if (const auto* value = node->as_boolean()) return value->get();
  wrong(*node, key, "true or false");
  return otherwise;
}

const toml::array* Section::list(std::string_view key, std::string_view of_what) {
  const auto* node = find(key);
  if (node == nullptr) return nullptr;
  if (const auto* value = node->as_array()) return value;
  wrong(*node, key, cat("a list of ", of_what));
  return nullptr;
}

std::vector<Word> Section::texts(std::string_view key) {
  std::vector<Word> out;
  const auto* values = list(key, "texts");
  if (values == nullptr) return out;
  for (const auto& value : *values) {
    if (const auto* word = value.as_string()) out.push_back({word->get(), line_at(value)});
    else wrong(value, key, "a list of texts");
  }
  return out;
}

std::vector<long long> Section::numbers(std::string_view key, long long least, long long greatest,
                                        std::string_view hint) {
  std::vector<long long> out;
  if (need(key, hint) == nullptr) return out;
  const auto* values = list(key, "whole numbers");
  if (values == nullptr) return out;
  for (const auto& value : *values) out.push_back(in_range(value, key, least, greatest, hint));
  return out;
}

Section Section::table(std::string_view key, std::string_view hint) {
  const auto* node = need(key, hint);
  auto name = cat("\"", key, "\" of ", where_);
  if (node != nullptr && node->is_table()) return {*node->as_table(), std::move(name), findings_, line_at(*node)};
  if (node != nullptr) wrong(*node, key, "a table");
  // The keys of a table that is not there need no findings of their own.
  static Findings unheard;
  return {kNothing, std::move(name), unheard, line_};
}

std::vector<Section> Section::tables(std::string_view key) {
  std::vector<Section> out;
  const auto* values = list(key, "tables");
  if (values == nullptr) return out;
  for (const auto& value : *values) {
    if (const auto* inner = value.as_table())
      out.emplace_back(*inner, cat("\"", key, "\" of ", where_), findings_, line_at(value));
    else wrong(value, key, "a list of tables");
  }
  return out;
}

std::vector<std::string> Section::names() {
  std::vector<std::pair<std::uint32_t, std::string>> found;
  for (const auto& [key, node] : table_) {
    known_.emplace(key.str());
    found.emplace_back(key.source().begin.line, key.str());
  }
  std::ranges::sort(found);
  std::vector<std::string> out;
  for (auto& [line, name] : found) out.push_back(std::move(name));
  return out;
}

void Section::done() {
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  std::set<std::string_view> mistyped;
  for (const auto& [key, node] : table_) {
    if (known_.contains(key.str())) continue;
    findings_.add(key.source().begin.line, where_, " has no key \"", key.str(), "\"", suggestion(key.str(), known));
    mistyped.insert(nearest(key.str(), known));
  }
  for (const auto& [key, hint] : missing_) {
    if (!mistyped.contains(key)) findings_.add(line_, where_, " has no \"", key, "\"; add ", hint, ".");
  }
}

}  // namespace bulwatt::manifest
