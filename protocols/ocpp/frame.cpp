// Parsing of RPC frames.
#include "libs/json/scalars.hpp"
#include "libs/json/scanner.hpp"
#include "protocols/ocpp/rpc.hpp"

namespace bulwatt::ocpp {
namespace {

// Cuts a frame into its parts, remembering what is known of it when something is wrong.
class FrameReader {
 public:
  FrameReader(std::string_view text, Version version) : in_(text), version_(version) {}

  bool read() {
    if (in_.peek() != '[') return fail(valid_json() ? FrameFault::not_an_array : FrameFault::not_json);
    in_.take('[');
    if (!type() || !id()) return false;
    switch (frame_.type) {
      case MessageType::call:
      case MessageType::send:
        if (!action()) return false;
        break;
      case MessageType::error:
      case MessageType::result_error:
        if (!code() || !description()) return false;
        break;
      case MessageType::result: break;
    }
    return payload() && end();
  }
  const Frame& frame() const { return frame_; }

  //= OCPP-2.0.1 FR.03
  // A broken CALL is answered, and so is what cannot be told from one. Answers and SENDs never are: two peers could
  // otherwise answer each other's errors for ever.
  FrameError error() const {
    FrameError e{.fault = fault_, .type = type_, .id = kUnknownId};
    if (id_known_) e.id = frame_.id;
    e.answer = fault_ != FrameFault::unknown_type && (!type_ || *type_ == MessageType::call);
    if (fault_ == FrameFault::bad_payload) e.code = ErrorCode::format_violation;
    if (fault_ == FrameFault::unknown_type) e.code = ErrorCode::message_type_not_supported;
    return e;
  }

 private:
  bool fail(FrameFault fault) {
    fault_ = fault;
    return false;
  }
  bool valid_json() {
    std::string_view whole;
    return in_.skip(whole, json::kMaxDepth) && in_.done();
  }
  bool type() {
    std::string_view numeral;
    if (!in_.number(numeral)) return fail(FrameFault::bad_type);
    const auto number = json::scaled(numeral, 0);
    if (!number || !number->exact) return fail(FrameFault::bad_type);
    const auto last = version_ == Version::v21 ? MessageType::send : MessageType::error;
    if (number->value < static_cast<int>(MessageType::call) || number->value > static_cast<int>(last)) {
      return fail(FrameFault::unknown_type);
    }
    frame_.type = static_cast<MessageType>(number->value);
    type_ = frame_.type;
    return true;
  }
  bool text(json::String& out) { return in_.take(',') && in_.peek() == '"' && in_.string(out); }
  bool id() {
    json::String found;
    if (!text(found) || found.has_nul || found.chars == 0 || found.chars > kMaxIdChars) {
      return fail(FrameFault::bad_id);
    }
    frame_.id.size = static_cast<std::uint16_t>(json::unescape(found, frame_.id.data));
    id_known_ = true;
    return true;
  }
  bool action() {
    json::String found;
    if (!text(found) || found.has_nul) return fail(FrameFault::bad_elements);
    frame_.action.size = static_cast<std::uint16_t>(json::unescape(found, frame_.action.data));
    return true;
  }
  bool code() {
    json::String found;
    if (!text(found) || found.has_nul) return fail(FrameFault::bad_elements);
    ActionName name;  // no code is longer
    name.size = static_cast<std::uint16_t>(json::unescape(found, name.data));
    frame_.code = code_from_text(name.view());
    return true;
  }
  bool description() {
    json::String found;
    if (!text(found) || found.has_nul) return fail(FrameFault::bad_elements);
    frame_.description.size = static_cast<std::uint16_t>(json::unescape(found, frame_.description.data));
    return true;
  }
  bool payload() {
    if (!in_.take(',')) return fail(FrameFault::bad_elements);
    if (in_.peek() != '{') return fail(FrameFault::bad_payload);
    return in_.skip(frame_.payload, json::kMaxDepth) || fail(FrameFault::bad_payload);
  }
  bool end() { return (in_.take(']') && in_.done()) || fail(FrameFault::bad_elements); }

  json::Scanner in_;
  Version version_;
  Frame frame_{};
  std::optional<MessageType> type_{};
  bool id_known_ = false;
  FrameFault fault_{};
};

}  // namespace

std::expected<Frame, FrameError> parse_frame(std::string_view text, Version version) {
  if (text.size() > kMaxFrameBytes) {
    return std::unexpected(FrameError{.fault = FrameFault::too_large, .type = {}, .id = kUnknownId, .answer = true});
  }
  FrameReader reader{text, version};
  if (!reader.read()) return std::unexpected(reader.error());
  return reader.frame();
}

}  // namespace bulwatt::ocpp
