// OCPP-J framing: a WebSocket text message is one JSON array. Parsing cuts it into its parts without copying the
// payload; building writes into the caller's buffer. Pure: no I/O, no clock, no allocation.
//
//   CALL            [2, "id", "Action", {request}]
//   CALLRESULT      [3, "id", {response}]
//   CALLERROR       [4, "id", "Code", "description", {details}]
//   CALLRESULTERROR [5, ...as 4]                 from 2.1
//   SEND            [6, "id", "Action", {request}] from 2.1, never answered
#pragma once
#include <expected>
#include <span>
#include <string_view>

#include "libs/json/json.hpp"
#include "protocols/ocpp/version.hpp"

namespace bulwatt::ocpp {

/// Longest WebSocket message that is accepted or built.
inline constexpr std::size_t kMaxFrameBytes = 128 * 1024;
inline constexpr std::size_t kMaxIdChars = 36;
inline constexpr std::size_t kMaxErrorDescription = 255;
/// A buffer of this size holds every CALLERROR.
inline constexpr std::size_t kMaxErrorFrameBytes = 2048;
/// The id of an answer to what could not be read.
inline constexpr std::string_view kUnknownId = "-1";

/// kMaxIdChars characters of up to four bytes.
using MessageId = Text<4 * kMaxIdChars>;
/// Longer than any action; a longer name is cut and so is unknown.
using ActionName = Text<64>;

enum class MessageType : std::uint8_t { call = 2, result = 3, error = 4, result_error = 5, send = 6 };

enum class ErrorCode : std::uint8_t {
  format_violation,
  generic_error,
  internal_error,
  message_type_not_supported,
  not_implemented,  ///< the action is not known
  not_supported,    ///< the action is known but not supported
  occurrence_constraint_violation,
  property_constraint_violation,
  protocol_error,
  rpc_framework_error,
  security_error,
  type_constraint_violation,
};
constexpr auto enum_names(ErrorCode) {
  return names("FormatViolation", "GenericError", "InternalError", "MessageTypeNotSupported", "NotImplemented",
               "NotSupported", "OccurrenceConstraintViolation", "PropertyConstraintViolation", "ProtocolError",
               "RpcFrameworkError", "SecurityError", "TypeConstraintViolation");
}
/// How the code is written in that version. OCPP 1.6 has its own spelling for two and lacks two (GenericError instead).
std::string_view code_text(ErrorCode code, Version version);
/// Understands every version's spelling; an unknown code is a generic_error.
ErrorCode code_from_text(std::string_view text);
/// The code that answers a payload which the JSON decoder refused.
ErrorCode code_for(json::ErrorKind kind);

/// One well-formed frame. `payload` points into the parsed text.
struct Frame {
  MessageType type{};
  MessageId id{};
  ActionName action{};                       ///< call, send
  std::string_view payload{};                ///< the JSON object; of error and result_error: the details
  ErrorCode code{};                          ///< error, result_error
  Text<kMaxErrorDescription> description{};  ///< error, result_error; cut when longer
};

enum class FrameFault : std::uint8_t {
  too_large,
  not_json,  ///< outside the payload
  not_an_array,
  bad_type,      ///< the message type is no integer
  unknown_type,  ///< an integer that no version knows, or not this version
  bad_id,        ///< no text of 1 to 36 characters
  bad_elements,  ///< too few, too many or of the wrong kind
  bad_payload,   ///< the payload is no JSON object
};
constexpr auto enum_names(FrameFault) {
  return names("too_large", "not_json", "not_an_array", "bad_type", "unknown_type", "bad_id", "bad_elements",
               "bad_payload");
}

/// A frame that cannot be used. When `answer` is set the peer is told by write_error(id, code); otherwise it is dropped
/// in silence. When `type` is a kind of answer and `id` is the outstanding call's, that call has failed.
struct FrameError {
  FrameFault fault{};
  std::optional<MessageType> type{};
  MessageId id{kUnknownId};  ///< kUnknownId when it could not be read
  ErrorCode code = ErrorCode::rpc_framework_error;
  bool answer = false;
};

std::expected<Frame, FrameError> parse_frame(std::string_view text, Version version);

/// How payloads are decoded and encoded: unknown members refused, customData dropped.
json::Options payload_options(Version version);
/// How the other side's answers are decoded: as above, but members that nobody described are dropped. A request with one
/// is refused, for it may ask for what would then not be done; an answer cannot be sent back, and dropping it whole would
/// lose the verdict in it.
json::Options answer_options(Version version);

/// Builders return the frame written into `out`. `id` is UTF-8 of at most kMaxIdChars characters.
std::expected<std::string_view, json::Error> write_call(std::span<char> out, std::string_view id,
                                                        std::string_view action, const Shape& shape,
                                                        const void* request, Version version);
std::expected<std::string_view, json::Error> write_result(std::span<char> out, std::string_view id, const Shape& shape,
                                                          const void* response, Version version);
/// A CALL around a request that is JSON already, for instance out of a queue on disk.
std::expected<std::string_view, json::Error> write_call_around(std::span<char> out, std::string_view id,
                                                               std::string_view action, std::string_view payload);
/// `description` is cut to kMaxErrorDescription bytes at a character; what is not UTF-8 is left out.
/// Needs kMaxErrorFrameBytes at most.
std::string_view write_error(std::span<char> out, std::string_view id, ErrorCode code, std::string_view description,
                             Version version);

/// Request types name their action (kAction) and their response (Response).
template <class Request>
std::expected<std::string_view, json::Error> write_call(std::span<char> out, std::string_view id,
                                                        const Request& request, Version version) {
  return write_call(out, id, Request::kAction, shape_of<Request>(), &request, version);
}
template <json::Message Response>
std::expected<std::string_view, json::Error> write_result(std::span<char> out, std::string_view id,
                                                          const Response& response, Version version) {
  return write_result(out, id, shape_of<Response>(), &response, version);
}

}  // namespace bulwatt::ocpp
