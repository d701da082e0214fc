#include "peers/simbus/lines.hpp"

namespace bulwatt::simbus {

void LineBuffer::push(std::string_view bytes) {
  if (!overflowed_) bytes_.append(bytes);
}

std::optional<std::string> LineBuffer::next() {
  const std::size_t end = bytes_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = bytes_.size();
    overflowed_ = overflowed_ || bytes_.size() > kLineMax;
    return std::nullopt;
  }
  if (end > kLineMax) {
    overflowed_ = true;
    return std::nullopt;
  }
  std::string line = bytes_.substr(0, end);
  bytes_.erase(0, end + 1);
  scanned_ = 0;
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

void LineBuffer::clear() { *this = LineBuffer{}; }

std::optional<Json> parse_object(std::string_view line) {
  bool too_deep = false;
  const auto watch_depth = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kDepthMax;
    return !too_deep;
  };
  Json object = Json::parse(line, watch_depth, false);
  if (too_deep || !object.is_object()) return std::nullopt;
  return object;
}

std::string to_line(const Json& object) { return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n'; }

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace bulwatt::simbus
