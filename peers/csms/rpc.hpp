// OCPP-J frames: reading strictly, writing, and what a payload may never contain.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace bulwatt::csms {

using Json = nlohmann::json;

inline constexpr std::size_t kMessageIdMax = 36;
inline constexpr std::size_t kErrorTextMax = 255;
inline constexpr int kDepthMax = 24;

struct Call {
  std::string id;
  std::string action;
  Json payload;
};
struct CallResult {
  std::string id;
  Json payload;
};
struct CallError {
  std::string id;
  std::string code;
  std::string text;
  Json details = Json::object();
};
/// A frame that cannot be taken: what to answer (nothing when the kind of message is not known), and why.
struct BadFrame {
  std::optional<CallError> answer;
  std::string why;
};
using Frame = std::variant<Call, CallResult, CallError, BadFrame>;

Frame parse_frame(std::string_view text);

std::string to_text(const Call& call);
std::string to_text(const CallResult& result);
/// Cuts the text to what OCPP allows.
std::string to_text(const CallError& error);

/// The path of the first null, empty object or empty list inside a payload; OCPP wants these left out.
std::optional<std::string> find_empty(const Json& payload);

}  // namespace bulwatt::csms
