// Something that has requests for the backend, one at a time. Outgoing asks its sources in their order whenever nothing is
// out, so a message is made at the moment it is sent and nothing queues up in memory.
#pragma once
#include <memory>

#include "protocols/ocpp/rpc.hpp"
#include "services/ocpp/base.hpp"

namespace bulwatt::ocpp {

/// Why a request has no good answer: CALLERROR or silence.
struct CallFailure {
  bool timed_out = false;
  ErrorCode code{};
  std::string_view description{};
};

class Source {
 public:
  /// `asked_only`: registration is pending; only what the backend asked for may be sent.
  virtual bool wants(Instant now, bool asked_only) const = 0;
  /// The next request as a CALL, or nothing after all.
  virtual std::optional<std::string_view> write(std::span<char> out, std::string_view id) = 0;
  /// Exactly one of these follows a request that was written.
  virtual void result(std::string_view payload) = 0;
  virtual void failed(const CallFailure& why) = 0;
  virtual void lost() {}
  /// When wants() may become true by time alone.
  virtual Instant due() const { return kNever; }

 protected:
  ~Source() = default;
};

template <class Request>
std::optional<std::string_view> written(std::span<char> out, std::string_view id, const Request& request) {
  const auto text = write_call(out, id, request, Version::v201);
  return text ? std::optional{*text} : std::nullopt;
}

/// Nothing when the payload is not what the standard says; members beyond it are dropped.
template <class Response>
std::unique_ptr<Response> understood(std::string_view payload) {
  auto response = std::make_unique<Response>();
  if (!json::decode_into(*response, payload, answer_options(Version::v201))) return nullptr;
  return response;
}

}  // namespace bulwatt::ocpp
