#include "tools/bulwatt/settings.hpp"

#include <cmath>
#include <sstream>

#include "libs/fields/dump.hpp"

namespace bulwatt::settings {
namespace {

struct Place {
  const std::string& file;
  std::string where;
  std::vector<Finding>& findings;

  void complain(const toml::node& node, const std::string& sentence) const {
    std::ostringstream text;
    text << file << ':' << node.source().begin.line << ": " << where << (where.empty() ? "" : ": ") << sentence;
    findings.push_back({text.str()});
  }
  Place inside(const std::string& name) const { return {file, where.empty() ? name : where + "." + name, findings}; }
};

std::string list_of(std::span<const std::string_view> texts) {
  std::string out;
  for (const auto text : texts) out += (out.empty() ? "" : ", ") + std::string{text};
  return out;
}

void read_value(const toml::node& node, const Shape& shape, const Facts& facts, void* value, const Place& place);

void read_integer(const toml::node& node, const Shape& shape, const Facts& facts, void* value, const Place& place) {
  const auto number = node.value_exact<std::int64_t>();
  if (!number) return place.complain(node, "needs a whole number");
  if (integer_fits(shape, facts, *number)) return store_integer(shape, value, *number);
  std::ostringstream text;
  text << *number << " is out of range";
  if (facts.min != LLONG_MIN || facts.max != LLONG_MAX) {
    text << "; it must be ";
    if (facts.min != LLONG_MIN) text << "at least " << facts.min << (facts.max != LLONG_MAX ? " and " : "");
    if (facts.max != LLONG_MAX) text << "at most " << facts.max;
    text << facts.unit;
  }
  place.complain(node, text.str());
}

void read_text(const toml::node& node, const Shape& shape, const Facts& facts, void* value, const Place& place) {
  const auto text = node.value_exact<std::string>();
  if (!text) return place.complain(node, "needs a text in quotes");
  if (text->size() > shape.capacity)
    return place.complain(node, "is longer than " + std::to_string(shape.capacity) + " bytes");
  if (text->size() < facts.at_least)
    return place.complain(node, "must have at least " + std::to_string(facts.at_least) + " characters");
  shape.set_length(value, text->size());
  if (!text->empty()) std::copy(text->begin(), text->end(), static_cast<char*>(shape.at(value, 0)));
}

void read_decimal(const toml::node& node, void* value, const Place& place) {
  const auto number = node.value<double>();
  if (!number || !std::isfinite(*number) || std::abs(*number) > 1e9) return place.complain(node, "needs a number");
  *static_cast<Decimal*>(value) = {std::llround(*number * Decimal::kScale)};
}

void read_list(const toml::node& node, const Shape& shape, void* value, const Place& place) {
  const auto* array = node.as_array();
  if (array == nullptr) return place.complain(node, "needs a list in brackets");
  if (array->size() > shape.capacity)
    return place.complain(node, "has more than " + std::to_string(shape.capacity) + " entries");
  shape.set_length(value, array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    void* element = shape.at(value, i);
    shape.element->reset(element);
    read_value(*array->get(i), *shape.element, Facts{}, element, place);
  }
}

void read_enumeration(const toml::node& node, const Shape& shape, void* value, const Place& place) {
  const auto text = node.value_exact<std::string>();
  for (std::size_t i = 0; text && i < shape.texts.size(); ++i) {
    if (shape.texts[i] != *text) continue;
    *static_cast<std::uint8_t*>(value) = static_cast<std::uint8_t>(i);
    return;
  }
  place.complain(node, "is one of: " + list_of(shape.texts));
}

void read_record(const toml::table& table, const Shape& shape, void* value, const Place& place) {
  std::vector<std::string_view> known;
  for (const Row& row : shape.rows) known.push_back(row.name);
  for (const auto& [key, node] : table) {
    const auto row = std::ranges::find(shape.rows, std::string_view{key.str()}, &Row::name);
    if (row == shape.rows.end()) {
      const auto guess = nearest(key.str(), known);
      place.complain(node, "there is no key '" + std::string{key.str()} + "'" +
                               (guess.empty() ? "; keys: " + list_of(known) : "; did you mean '" + guess + "'?"));
      continue;
    }
    read_value(node, *row->shape, *row->facts, row->at(value), place.inside(std::string{key.str()}));
  }
}

void read_value(const toml::node& node, const Shape& shape, const Facts& facts, void* value, const Place& place) {
  switch (shape.kind) {
    case Kind::boolean:
      if (const auto flag = node.value_exact<bool>()) *static_cast<bool*>(value) = *flag;
      else place.complain(node, "is true or false");
      break;
    case Kind::integer: return read_integer(node, shape, facts, value, place);
    case Kind::enumeration: return read_enumeration(node, shape, value, place);
    case Kind::decimal: return read_decimal(node, value, place);
    case Kind::text: return read_text(node, shape, facts, value, place);
    case Kind::list: return read_list(node, shape, value, place);
    case Kind::optional:
      shape.set_length(value, 1);
      return read_value(node, *shape.element, facts, shape.at(value, 0), place);
    case Kind::record:
      if (const auto* table = node.as_table()) return read_record(*table, shape, value, place);
      return place.complain(node, "needs a table");
    case Kind::timestamp:
    case Kind::octets:
    case Kind::fixed_octets:
    case Kind::choice: return place.complain(node, "cannot be set in a configuration file");
  }
}

std::string list_text(const Shape& shape, const void* value) {
  std::string out;
  for (std::size_t i = 0; i < shape.length(value); ++i) {
    const auto* element = static_cast<const std::uint8_t*>(shape.at(const_cast<void*>(value), i));
    out += (out.empty() ? "\"" : ", \"") + std::string{shape.element->texts[*element]} + '"';
  }
  return '[' + out + ']';
}

std::string default_text(const Shape& shape, const void* value) {
  std::array<char, 512> buffer{};
  if (shape.kind == Kind::boolean) return *static_cast<const bool*>(value) ? "true" : "false";
  if (shape.kind == Kind::enumeration)
    return '"' + std::string{shape.texts[*static_cast<const std::uint8_t*>(value)]} + '"';
  if (shape.kind == Kind::list && shape.element->kind == Kind::enumeration) return list_text(shape, value);
  return std::string{dump(shape, value, buffer)};
}

std::string limits_text(const Shape& shape, const Facts& facts) {
  std::ostringstream out;
  if (shape.kind == Kind::integer && facts.min != LLONG_MIN && facts.max != LLONG_MAX)
    out << facts.min << " to " << facts.max;
  else if (shape.kind == Kind::integer && facts.min != LLONG_MIN) out << "at least " << facts.min;
  else if (shape.kind == Kind::integer && facts.max != LLONG_MAX) out << "at most " << facts.max;
  else if (shape.kind == Kind::enumeration) out << list_of(shape.texts);
  else if (shape.kind == Kind::list && shape.element->kind == Kind::enumeration)
    out << "some of " << list_of(shape.element->texts);
  else if (shape.kind == Kind::text) out << "at most " << shape.capacity << " bytes";
  if (!facts.unit.empty()) out << (out.str().empty() ? "" : " ") << facts.unit;
  return out.str();
}

/// How the head of a section is written: one of a list, and all inside it, is only an example.
enum class Head : std::uint8_t { table, listed, inside_listed };

void explain_rows(std::ostringstream& out, const Shape& shape, const void* defaults, const std::string& section,
                  Head head) {
  const bool example = head != Head::table;
  const char* comment = example ? "# " : "";
  out << '\n'
      << comment << (head == Head::listed ? "[[" : "[") << section << (head == Head::listed ? "]]" : "]") << '\n';
  std::vector<const Row*> tables;
  for (const Row& row : shape.rows) {
    const bool of_records = row.shape->kind == Kind::list && row.shape->element->kind == Kind::record;
    if (row.shape->kind == Kind::record || of_records) {
      tables.push_back(&row);
      continue;
    }
    const void* value = row.at(const_cast<void*>(defaults));
    const auto limits = limits_text(*row.shape, *row.facts);
    const bool absent = row.shape->kind == Kind::optional;
    out << comment << (absent && !example ? "# " : "") << row.name << " = "
        << (absent ? "…" : default_text(*row.shape, value)) << "  # " << row.facts->doc
        << (limits.empty() ? "" : " (" + limits + ")") << '\n';
  }
  for (const auto* row : tables) {
    const auto inner = section + "." + std::string{row->name};
    if (!row->facts->doc.empty()) out << "\n# " << row->facts->doc;
    if (row->shape->kind == Kind::record) {
      explain_rows(out, *row->shape, row->at(const_cast<void*>(defaults)), inner,
                   example ? Head::inside_listed : Head::table);
    } else {
      std::vector<std::uint64_t> storage(1024);  // one default element, for its texts only
      row->shape->element->reset(storage.data());
      explain_rows(out, *row->shape->element, storage.data(), inner, Head::listed);
    }
  }
}

}  // namespace

void read(const toml::table& table, const Shape& shape, void* value, const std::string& file, const std::string& where,
          std::vector<Finding>& findings) {
  read_record(table, shape, value, Place{file, where, findings});
}

std::string explain(const Shape& shape, const void* defaults, const std::string& section) {
  std::ostringstream out;
  explain_rows(out, shape, defaults, section, Head::table);
  return out.str();
}

std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  const auto distance = [](std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 0; i < a.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i + 1;
      for (std::size_t j = 0; j < b.size(); ++j) {
        const auto next = std::min({row[j + 1] + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
        diagonal = row[j + 1];
        row[j + 1] = next;
      }
    }
    return row[b.size()];
  };
  std::string best;
  std::size_t least = std::max<std::size_t>(word.size() / 2, 2);
  for (const auto candidate : candidates) {
    const auto d = distance(word, candidate);
    if (d <= least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace bulwatt::settings
