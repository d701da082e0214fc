// A short text built without allocation; what does not fit is cut. Always NUL-terminated.
#pragma once
#include <array>
#include <charconv>
#include <concepts>
#include <string_view>

namespace bulwatt {

template <std::size_t N>
class Line {
 public:
  Line() = default;
  template <class... Parts>
    requires(sizeof...(Parts) > 0)
  explicit Line(const Parts&... parts) {
    add(parts...);
  }
  template <class... Parts>
  Line& add(const Parts&... parts) {
    (put(parts), ...);
    return *this;
  }
  std::string_view view() const { return {text_.data(), size_}; }
  const char* c_str() const { return text_.data(); }
  bool cut() const { return cut_; }

 private:
  void put(std::string_view part) {
    const auto room = N - size_;
    if (part.size() > room) {
      part = part.substr(0, room);
      cut_ = true;
    }
    for (const char c : part) text_[size_++] = c;
    text_[size_] = '\0';
  }
  void put(char c) { put(std::string_view{&c, 1}); }
  void put(std::integral auto value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    put(std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  std::array<char, N + 1> text_{};
  std::size_t size_ = 0;
  bool cut_ = false;
};

}  // namespace bulwatt
