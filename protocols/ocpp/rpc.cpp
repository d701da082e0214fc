// Error codes and building of RPC frames.
#include "protocols/ocpp/rpc.hpp"

#include <algorithm>

#include "libs/json/output.hpp"
#include "libs/json/scanner.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr std::string_view kFormatViolation16 = "FormationViolation";
constexpr std::string_view kOccurrenceViolation16 = "OccurenceConstraintViolation";

json::Error full(const json::Output& out) {
  return {json::ErrorKind::output_full, {}, static_cast<std::uint32_t>(out.size())};
}

// Everything of a CALL before its payload.
std::expected<void, json::Error> begin_call(json::Output& out, std::string_view id, std::string_view action) {
  if (out.put("[2,") && out.string(id) && out.put(',') && out.string(action) && out.put(',')) return {};
  return std::unexpected(full(out));
}

std::expected<std::string_view, json::Error> finish(json::Output& out, const Shape& shape, const void* value,
                                                    Version version) {
  const auto payload = json::encode(shape, value, out.rest(), payload_options(version));
  if (!payload) return std::unexpected(payload.error());
  out.advance(payload->size());
  if (!out.put(']')) return std::unexpected(full(out));
  return out.written();
}

}  // namespace

std::string_view code_text(ErrorCode code, Version version) {
  if (version == Version::v16) {
    switch (code) {
      case ErrorCode::format_violation: return kFormatViolation16;
      case ErrorCode::occurrence_constraint_violation: return kOccurrenceViolation16;
      case ErrorCode::message_type_not_supported:
      case ErrorCode::rpc_framework_error: return enum_text(ErrorCode::generic_error);
      default: break;
    }
  }
  return enum_text(code);
}

ErrorCode code_from_text(std::string_view text) {
  if (text == kFormatViolation16) return ErrorCode::format_violation;
  if (text == kOccurrenceViolation16) return ErrorCode::occurrence_constraint_violation;
  return enum_from_text<ErrorCode>(text).value_or(ErrorCode::generic_error);
}

ErrorCode code_for(json::ErrorKind kind) {
  using enum json::ErrorKind;
  switch (kind) {
    case syntax:
    case too_deep:
    case too_large:
    case bad_utf8:
    case bad_escape:
    case trailing_text:
    case duplicate_member:
    case unknown_member: return ErrorCode::format_violation;
    case missing_member:
    case too_many:
    case too_few: return ErrorCode::occurrence_constraint_violation;
    case wrong_type:
    case null_value:
    case bad_timestamp:
    case bad_octets: return ErrorCode::type_constraint_violation;
    case bad_character:
    case out_of_range:
    case too_long:
    case too_short:
    case unknown_value:
    case no_room: return ErrorCode::property_constraint_violation;
    case output_full:
    case unsupported: break;
  }
  return ErrorCode::internal_error;
}

json::Options payload_options(Version version) {
  return {.unknown = json::UnknownMembers::refuse,
          .skipped = "customData",
          .version = static_cast<std::uint8_t>(version),
          .max_bytes = kMaxFrameBytes};
}

json::Options answer_options(Version version) {
  auto options = payload_options(version);
  options.unknown = json::UnknownMembers::ignore;
  return options;
}

std::expected<std::string_view, json::Error> write_call(std::span<char> out, std::string_view id,
                                                        std::string_view action, const Shape& shape,
                                                        const void* request, Version version) {
  json::Output frame{out};
  if (auto begun = begin_call(frame, id, action); !begun) return std::unexpected(begun.error());
  return finish(frame, shape, request, version);
}

std::expected<std::string_view, json::Error> write_call_around(std::span<char> out, std::string_view id,
                                                               std::string_view action, std::string_view payload) {
  json::Scanner check{payload};
  std::string_view whole;
  if (check.peek() != '{' || !check.skip(whole, json::kMaxDepth) || !check.done()) {
    return std::unexpected(json::Error{check.error(), {}, static_cast<std::uint32_t>(check.offset())});
  }
  json::Output frame{out};
  if (auto begun = begin_call(frame, id, action); !begun) return std::unexpected(begun.error());
  if (!frame.put(whole) || !frame.put(']')) return std::unexpected(full(frame));
  return frame.written();
}

std::expected<std::string_view, json::Error> write_result(std::span<char> out, std::string_view id, const Shape& shape,
                                                          const void* response, Version version) {
  json::Output frame{out};
  if (!frame.put("[3,") || !frame.string(id) || !frame.put(',')) return std::unexpected(full(frame));
  return finish(frame, shape, response, version);
}

std::string_view write_error(std::span<char> out, std::string_view id, ErrorCode code, std::string_view description,
                             Version version) {
  std::size_t size = std::min(description.size(), kMaxErrorDescription);
  while (size > 0 && size < description.size() && (description[size] & 0xc0) == 0x80) --size;
  const auto shown = valid_utf8(description.substr(0, size)) ? description.substr(0, size) : std::string_view{};
  json::Output frame{out};
  const bool fits = frame.put("[4,") && frame.string(id) && frame.put(',') && frame.string(code_text(code, version)) &&
                    frame.put(',') && frame.string(shown) && frame.put(",{}]");
  return fits ? frame.written() : std::string_view{};
}

}  // namespace bulwatt::ocpp
