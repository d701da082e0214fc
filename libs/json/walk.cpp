#include "libs/json/walk.hpp"

#include <algorithm>
#include <charconv>

namespace bulwatt::json::detail {
namespace {

struct Where {
  Text<Error::kWhereBytes> text{};
  void put(std::string_view part) {
    const std::size_t n = std::min(part.size(), text.data.size() - text.size);
    std::copy_n(part.begin(), n, text.data.begin() + text.size);
    text.size = static_cast<std::uint16_t>(text.size + n);
  }
};

}  // namespace

// Member names come from descriptions, never from the input, so cutting one cannot split a character.
Text<Error::kWhereBytes> Path::text() const {
  Where where;
  for (std::size_t i = 0; i < depth_; ++i) {
    const Step& step = steps_[i];
    if (!step.name.empty()) {
      if (!where.text.empty()) where.put(".");
      where.put(step.name);
    } else if (step.index != 0) {
      std::array<char, 20> digits{};
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), step.index - 1);
      where.put("[");
      where.put({digits.data(), end.ptr});
      where.put("]");
    }
  }
  return where.text;
}

}  // namespace bulwatt::json::detail
