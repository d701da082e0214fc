// Output: JSON text into a buffer of fixed size. Once something does not fit, nothing more is written.
#pragma once
#include <cstring>
#include <span>
#include <string_view>

namespace bulwatt::json {

class Output {
 public:
  explicit Output(std::span<char> out) : out_(out) {}

  /// False when the buffer is full; the text is then cut and worthless.
  bool put(char c) {
    if (used_ == out_.size()) return false;
    out_.data()[used_++] = c;
    return true;
  }
  bool put(std::string_view text) {
    if (text.size() > out_.size() - used_) return false;
    if (!text.empty()) std::memcpy(out_.data() + used_, text.data(), text.size());
    used_ += text.size();
    return true;
  }
  /// With quotes and escapes. `text` must be UTF-8.
  bool string(std::string_view text);

  std::size_t size() const { return used_; }
  std::string_view written() const { return {out_.data(), used_}; }
  /// The unused rest; `advance` takes what was written there.
  std::span<char> rest() const { return out_.subspan(used_); }
  void advance(std::size_t n) { used_ += n; }

 private:
  bool escaped(char c);

  std::span<char> out_;
  std::size_t used_ = 0;
};

}  // namespace bulwatt::json
