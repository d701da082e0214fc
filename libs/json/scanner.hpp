// Scanner: pulls values out of a JSON text one by one, without building a tree. The decoder stands on it; the OCPP frame
// parser uses it to cut an RPC array into its parts. Strict RFC 8259 grammar; every text is checked to be UTF-8.
#pragma once
#include <span>
#include <string_view>

#include "libs/json/error.hpp"

namespace bulwatt::json {

/// A JSON text as it stands between its quotes, already checked.
struct String {
  std::string_view raw{};
  std::uint32_t bytes = 0;  ///< after unescaping
  std::uint32_t chars = 0;  ///< code points
  bool escaped = false;     ///< raw differs from the text it means
  bool has_nul = false;
};

/// The characters that such a text means, one after the other.
class Characters {
 public:
  explicit Characters(const String& text) : raw_(text.raw) {}
  bool more() const { return pos_ < raw_.size(); }
  /// The next character as UTF-8; the view holds until the next call.
  std::string_view next();

 private:
  std::uint32_t escaped();
  std::uint32_t four_digits();

  std::string_view raw_;
  std::size_t pos_ = 0;
  std::array<char, 4> bytes_{};
};

/// Writes the meaning of `text` to `out`: its bytes, or as many whole characters as fit. Returns the number written.
std::size_t unescape(const String& text, std::span<char> out);
/// Whether both mean the same text.
bool same_text(const String& a, const String& b);
bool same_escaped_text(const String& a, std::string_view b);
inline bool same_text(const String& a, std::string_view b) { return a.escaped ? same_escaped_text(a, b) : a.raw == b; }

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// The next character that is not white space, not consumed; '\0' at the end.
  char peek() {
    for (; pos_ < text_.size(); ++pos_) {
      const char c = text_[pos_];
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return c;
    }
    return '\0';
  }
  /// Consumes `c` if it is next.
  bool take(char c) {
    if (peek() != c || pos_ == text_.size()) return fail(ErrorKind::syntax);
    ++pos_;
    return true;
  }
  /// Each of these reads one value; false with error() set when it is not there or not well-formed.
  bool string(String& out);
  bool number(std::string_view& out);
  bool literal(std::string_view word);
  /// Any value, whole; `raw` is its text. Containers inside one another are bounded by `depth`.
  bool skip(std::string_view& raw, std::size_t depth);
  /// True when only white space is left; otherwise error() is trailing_text.
  bool done();

  ErrorKind error() const { return error_; }
  std::size_t offset() const { return pos_; }

 private:
  bool fail(ErrorKind kind) {
    error_ = kind;
    return false;
  }
  bool escape(String& out);
  bool hex4(std::uint32_t& code);
  bool multibyte(String& out);
  bool digits();
  bool scalar(char first);
  bool key();

  std::string_view text_;
  std::size_t pos_ = 0;
  ErrorKind error_ = ErrorKind::syntax;
};

}  // namespace bulwatt::json
