// Every vector of ../shared/data/exi/dev.jsonl: bytes that cars, stations and other codecs wrote, with the infoset and the
// verdict of EXIficient. The file is not part of the tree; without it the test says so and passes.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/exi/data.hpp"
#include "tests/exi/sets.hpp"
#include "tests/exi/xml.hpp"

using namespace bulwatt;
using namespace bulwatt::exi_test;
using nlohmann::json;

namespace {

struct Subject {
  const Set* set = nullptr;
  const Shape* shape = nullptr;  ///< of the document or the fragment
  void* value = nullptr;
  bool fragment = false;
};

std::expected<exi::Work, exi::Error> decode(const Subject& s, const Bytes& bytes) {
  if (s.fragment) return exi::decode_fragment(*s.set->grammar, *s.shape, bytes, s.value);
  return exi::decode_document(*s.set->grammar, bytes, s.value);
}

Bytes encode(const Subject& s) {
  static Bytes buffer(exi::kMaxBytes);
  const auto n = s.fragment ? exi::encode_fragment(*s.set->grammar, *s.shape, s.value, buffer)
                            : exi::encode_document(*s.set->grammar, s.value, buffer);
  if (!n) {
    FAIL_CHECK(error_text(n.error()));
    return {};
  }
  return {buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*n)};
}

// For fragments: the record whose element the infoset begins with, and storage for it.
bool prepare_fragment(Subject& s, const std::string& infoset) {
  static std::vector<std::max_align_t> storage;
  const std::string root = infoset.substr(1, infoset.find_first_of(" >") - 1);
  s.shape = s.set->grammar->find(std::string_view{root});
  if (s.shape == nullptr) return false;
  storage.assign(s.shape->size / sizeof(std::max_align_t) + 1, {});
  s.value = storage.data();
  s.shape->reset(s.value);
  return true;
}

void same_infoset(const Subject& s, const Bytes& bytes, const std::string& infoset) {
  const auto done = decode(s, bytes);
  if (!done) {
    FAIL_CHECK(error_text(done.error()));
    return;
  }
  CHECK(done->steps <= exi::kMaxStepsPerBit * (done->bits + 1));
  CHECK(to_xml(*s.shape, s.value) == infoset);
}

// Encoders differ in how they write an empty value, and some add a byte; the message is the same.
void differs(const Subject& s, const json& row, const std::string& infoset) {
  const Bytes theirs = from_hex(row["hex"].get<std::string>());
  Bytes trimmed = theirs;
  const Bytes oracle = from_hex(row["detail"].get<std::string>());
  if (theirs.size() > oracle.size() && std::equal(oracle.begin(), oracle.end(), theirs.begin()) &&
      theirs.back() != std::byte{0}) {
    const auto done = decode(s, theirs);  // something else than zeros behind a message: refused as a whole
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().kind == exi::ErrorKind::trailing_bytes);
    trimmed = oracle;
  }
  same_infoset(s, trimmed, infoset);
  const Bytes ours = encode(s);
  CHECK(ours.size() <= trimmed.size());
  CHECK(std::equal(ours.begin(), ours.end(), trimmed.begin()));
  same_infoset(s, oracle, infoset);
}

// Whether a document of the set may begin with the root of the infoset. A schema has many global elements; only messages are
// taken, so that no stream is a "valid" Entry or Signature.
bool is_message(const Subject& s, const std::string& infoset) {
  const std::string root = infoset.substr(1, infoset.find_first_of(" >") - 1);
  if (s.shape->kind == Kind::record) return s.shape->tag == root;
  return std::ranges::any_of(s.shape->options, [&](const Shape* option) { return option->tag == root; });
}

/// The verdict that counts in the summary.
std::string check(const json& row) {
  Subject s{find_set(row["set"].get<std::string>())};
  s.shape = s.set->grammar->set().document;
  s.value = s.set->document;
  s.fragment = row["mode"] == "fragment";
  const std::string verdict = row["verdict"];
  const Bytes bytes = from_hex(row["hex"].get<std::string>());
  if (verdict == "fail") {
    CHECK_FALSE(decode(s, bytes).has_value());
    return verdict;
  }
  const std::string infoset = canonical(row["xml"].get<std::string>());
  if (s.fragment) REQUIRE(prepare_fragment(s, infoset));
  if (!s.fragment && !is_message(s, infoset)) {
    const auto done = decode(s, bytes);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().kind == exi::ErrorKind::unsupported);
    return "no message";
  }
  if (verdict == "differs") {
    differs(s, row, infoset);
    return verdict;
  }
  same_infoset(s, bytes, infoset);
  if (verdict == "exact") {
    CHECK(to_hex(encode(s)) == to_hex(bytes));
    return verdict;
  }
  const Bytes ours = encode(s);  // theirs has references to earlier texts, which are read and never written
  CHECK(ours.size() > bytes.size());
  same_infoset(s, ours, infoset);
  return verdict;
}

}  // namespace

TEST_CASE("every vector decodes to its infoset and encodes to its bytes") {
  std::ifstream file{data_folder() / "dev.jsonl"};
  if (!file) {
    MESSAGE("no EXI vectors here (BULWATT_SHARED_DATA, ../shared/data); nothing compared");
    return;
  }
  std::map<std::string, int> count;
  for (std::string line; std::getline(file, line);) {
    const json row = json::parse(line);
    const std::string set = row["set"];
    if (find_set(set) == nullptr) {  // drafts of an amendment, whose schemas are guesses
      ++count["not ours"];
      continue;
    }
    CAPTURE(row["id"].get<std::string>());
    CAPTURE(set);
    ++count[check(row)];
  }
  std::string summary = "EXI vectors:";
  for (const auto& [verdict, n] : count) summary += " " + std::to_string(n) + " " + verdict + ",";
  summary.back() = '.';
  MESSAGE(summary);
  CHECK(count["exact"] > 0);
}

TEST_CASE(
    "the same vectors with every prefix and every flipped bit never break the decoder, and what decodes encodes") {
  std::ifstream file{data_folder() / "dev.jsonl"};
  std::size_t tried = 0;
  for (std::string line; std::getline(file, line);) {
    const json row = json::parse(line);
    Subject s{find_set(row["set"].get<std::string>())};
    if (s.set == nullptr || row["mode"] == "fragment") continue;
    s.shape = s.set->grammar->set().document;
    s.value = s.set->document;
    const Bytes whole = from_hex(row["hex"].get<std::string>());
    if (whole.size() > 120) continue;  // the long ones are certificates
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      Bytes mutant = whole;
      mutant[bit / 8] ^= std::byte{0x80} >> (bit % 8);
      if (const auto done = decode(s, mutant)) {
        CHECK(done->steps <= exi::kMaxStepsPerBit * (done->bits + 1));
        const std::string infoset = to_xml(*s.shape, s.value);
        same_infoset(s, encode(s), infoset);
      }
      ++tried;
    }
    for (std::size_t n = 0; n < whole.size(); ++n) {
      const auto done = decode(s, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)});
      if (!done) CHECK(done.error().bit <= n * 8);
    }
  }
  if (tried != 0) MESSAGE(tried, " mutants");
}
