#include "peers/csms/rpc.hpp"

#include <set>
#include <vector>

namespace bulwatt::csms {
namespace {

constexpr int kCall = 2;
constexpr int kCallResult = 3;
constexpr int kCallError = 4;

/// Deepest nesting; the parser must not be asked to build what nobody will read.
int depth_of(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') ++i;
    if (c == '"') in_string = !in_string;
    if (in_string) continue;
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return deepest;
}

/// nullopt when the text is not JSON, is too deep, or names a member twice.
std::optional<Json> parse_json(std::string_view text) {
  if (depth_of(text) > kDepthMax) return std::nullopt;
  bool repeated = false;
  std::vector<std::set<std::string>> open;
  const auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key) repeated |= !open.back().insert(value.get<std::string>()).second;
    return true;
  };
  Json parsed = Json::parse(text, watch, false);
  if (parsed.is_discarded() || repeated) return std::nullopt;
  return parsed;
}

BadFrame framework_error(std::string why) { return {CallError{"-1", "RpcFrameworkError", why, Json::object()}, why}; }

Frame parse_call(const Json& frame, const std::string& id) {
  if (frame.size() != 4 || !frame[2].is_string() || !frame[3].is_object())
    return BadFrame{CallError{id, "FormatViolation", "a CALL is [2, id, action, payload]", Json::object()},
                    "CALL without action or payload"};
  return Call{id, frame[2], frame[3]};
}

Frame parse_error(const Json& frame, const std::string& id) {
  if (frame.size() != 5 || !frame[2].is_string() || !frame[3].is_string() || !frame[4].is_object())
    return BadFrame{std::nullopt, "CALLERROR that is not [4, id, code, text, details]"};
  if (frame[3].get<std::string>().size() > kErrorTextMax)
    return BadFrame{std::nullopt, "CALLERROR with a text of more than 255 characters"};
  return CallError{id, frame[2], frame[3], frame[4]};
}

bool find_empty_in(const Json& value, std::string& path, bool root) {
  if (value.is_null() || (!root && value.is_structured() && value.empty())) return true;
  const std::size_t length = path.size();
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      path += "/" + name;
      if (find_empty_in(member, path, false)) return true;
      path.resize(length);
    }
  }
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      path += "/" + std::to_string(i);
      if (find_empty_in(value[i], path, false)) return true;
      path.resize(length);
    }
  }
  return false;
}

}  // namespace

Frame parse_frame(std::string_view text) {
  const auto frame = parse_json(text);
  if (!frame || !frame->is_array() || frame->size() < 3 || !(*frame)[0].is_number_integer())
    return framework_error("not an OCPP-J message");
  if (!(*frame)[1].is_string()) return framework_error("the message id is no text");
  const std::string id = (*frame)[1];
  if (id.empty() || id.size() > kMessageIdMax) return framework_error("the message id is empty or too long");
  switch ((*frame)[0].get<int>()) {
    case kCall: return parse_call(*frame, id);
    case kCallResult:
      if (frame->size() != 3 || !(*frame)[2].is_object())
        return BadFrame{std::nullopt, "CALLRESULT that is not [3, id, payload]"};
      return CallResult{id, (*frame)[2]};
    case kCallError: return parse_error(*frame, id);
    default: return BadFrame{std::nullopt, "message type that OCPP 2.0.1 does not have"};
  }
}

std::string to_text(const Call& call) { return Json::array({kCall, call.id, call.action, call.payload}).dump(); }
std::string to_text(const CallResult& result) { return Json::array({kCallResult, result.id, result.payload}).dump(); }
std::string to_text(const CallError& error) {
  return Json::array({kCallError, error.id, error.code, error.text.substr(0, kErrorTextMax), error.details})
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<std::string> find_empty(const Json& payload) {
  std::string path;
  if (find_empty_in(payload, path, true)) return path.empty() ? "/" : path;
  return std::nullopt;
}

}  // namespace bulwatt::csms
