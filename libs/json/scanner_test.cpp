#include "libs/json/scanner.hpp"

#include <doctest/doctest.h>

#include <string>

#include "libs/json/json.hpp"

namespace bulwatt::json {
namespace {

bool skips(std::string_view text, std::size_t depth = kMaxDepth) {
  Scanner in{text};
  std::string_view raw;
  return in.skip(raw, depth) && in.done();
}

std::string meaning(std::string_view literal) {
  Scanner in{literal};
  String found;
  REQUIRE(in.string(found));
  std::string out(found.bytes, '\0');
  CHECK(unescape(found, out) == found.bytes);
  return out;
}

ErrorKind string_error(std::string_view literal) {
  Scanner in{literal};
  String found;
  REQUIRE_FALSE(in.string(found));
  return in.error();
}

}  // namespace

TEST_CASE("every well-formed value is skipped whole") {
  for (const char* text :
       {"0", "-0", "-0.5e+10", "1E5", "true", "false", "null", "\"\"", "[]", "{}", " [ ] ", "[1,2 , 3]", "[[],{}]",
        "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"}\"}", "\t\r\n 1 \n", "[\"\\ud83d\\ude00\"]"}) {
    CAPTURE(text);
    CHECK(skips(text));
  }
}

TEST_CASE("nothing else is skipped") {
  for (const char* text : {"",          " ",
                           "01",        "-",
                           "+1",        ".5",
                           "1.",        "1e",
                           "1e+",       "0x1",
                           "NaN",       "Infinity",
                           "-Infinity", "nul",
                           "True",      "'a'",
                           "\"a",       "\"\t\"",
                           "[",         "]",
                           "[1",        "[1,",
                           "[1,]",      "[,1]",
                           "[1 2]",     "{",
                           "{\"a\"",    "{\"a\":",
                           "{\"a\":1",  "{\"a\":1,}",
                           "{a:1}",     "{1:1}",
                           "{\"a\" 1}", "{\"a\":1 \"b\":2}",
                           "[}",        "{]",
                           "[1}",       "1 1",
                           "[] []",     "// a\n1",
                           "\"\xff\""}) {
    CAPTURE(text);
    CHECK_FALSE(skips(text));
  }
  CHECK_FALSE(skips(std::string_view{"1\0", 2}));
  CHECK_FALSE(skips(std::string_view{"\0", 1}));
}

TEST_CASE("depth is bounded without recursion") {
  for (std::size_t depth : {std::size_t{0}, std::size_t{1}, std::size_t{16}, std::size_t{64}}) {
    const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
    if (depth > 0) CHECK(skips(nested(depth), depth));
    CHECK_FALSE(skips(nested(depth + 1), depth));
  }
  CHECK_FALSE(skips(std::string(1'000'000, '['), 1000));
  std::string objects;
  for (int i = 0; i < 17; ++i) objects += "{\"a\":";
  Scanner in{objects};
  std::string_view raw;
  CHECK_FALSE(in.skip(raw, kMaxDepth));
  CHECK(in.error() == ErrorKind::too_deep);
}

TEST_CASE("escapes mean what RFC 8259 says") {
  CHECK(meaning(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(meaning(R"("\u0041\u00e4\u20ac\uD83D\uDE00")") == "A\u00e4\u20ac\U0001F600");
  CHECK(meaning("\"\u00e4\u20ac\U0001F600\"") == "\u00e4\u20ac\U0001F600");
  CHECK(meaning(R"("a\u0000b")") == std::string("a\0b", 3));
  CHECK(meaning("\"\x7f\"") == "\x7f");
}

TEST_CASE("a text counts its bytes and its characters") {
  Scanner in{R"("aä\u20ac\ud83d\ude00")"};
  String found;
  REQUIRE(in.string(found));
  CHECK(found.chars == 4);
  CHECK(found.bytes == 1 + 2 + 3 + 4);
  std::array<char, 5> small{};
  CHECK(unescape(found, small) == 3);
}

TEST_CASE("broken escapes and broken UTF-8 are told apart") {
  for (const char* text : {R"("\a")", R"("\u12")", R"("\u12g4")", R"("\ud800")", R"("\ud800x")", R"("\ud800\n")",
                           R"("\ud800\u0041")", R"("\udc00")", R"("\ud800\ud800")", R"("\U0041")"}) {
    CAPTURE(text);
    CHECK(string_error(text) == ErrorKind::bad_escape);
  }
  for (const char* text : {"\"\x80\"", "\"\xc0\x80\"", "\"\xc3\"", "\"\xe0\x80\x80\"", "\"\xed\xa0\x80\"",
                           "\"\xf4\x90\x80\x80\"", "\"\xf8\x88\x80\x80\x80\"", "\"\xf0\x9f\x98"}) {
    CAPTURE(text);
    CHECK(string_error(text) == ErrorKind::bad_utf8);
  }
  for (const char* text : {"\"", "\"\\", "\"\n\"", "x", ""}) {
    CAPTURE(text);
    CHECK(string_error(text) == ErrorKind::syntax);
  }
}

TEST_CASE("two spellings of one text are the same text") {
  const auto read = [](std::string_view literal) {
    Scanner in{literal};
    String found;
    REQUIRE(in.string(found));
    return found;
  };
  CHECK(same_text(read(R"("type")"), read(R"("\u0074ype")")));
  CHECK(same_text(read(R"("\u00e4")"), "ä"));
  CHECK(same_text(read(R"("type")"), "type"));
  CHECK_FALSE(same_text(read(R"("\u0074yp")"), "type"));
  CHECK_FALSE(same_text(read(R"("typf")"), read(R"("\u0074ype")")));
  CHECK_FALSE(same_text(read(R"("\u0074ypes")"), "type"));
}

}  // namespace bulwatt::json
