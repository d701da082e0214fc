// The local page over HTTP: a few fixed resources and one stream of events. Pure: bytes in, bytes out, per connection.
#pragma once
#include <string>

#include "libs/http/head.hpp"

namespace bulwatt::hmi {

inline constexpr std::size_t kMostOutput = 256 * 1024;  ///< bytes one slow browser may have waiting

/// What can be asked for, as text; refreshed by the shell.
struct Resources {
  std::string_view page;
  std::string_view style;
  std::string_view script;
  std::string_view state;    ///< JSON of the View
  std::string_view history;  ///< JSON of the History
  std::uint16_t port = 0;    ///< for the check of Host
};

/// One browser.
class Connection {
 public:
  /// Bytes from the browser. False: close once output() is empty.
  bool feed(std::string_view bytes, const Resources& resources);
  /// Sends one event to a browser that follows the stream; others ignore it. A browser that does not read is dropped.
  void event(std::string_view state);
  bool streaming() const { return streaming_; }
  bool finished() const { return closing_ && output().empty(); }
  std::string_view output() const { return std::string_view{out_}.substr(sent_); }
  void consume(std::size_t count);

 private:
  void answer(const http::Request& request, const Resources& resources);
  void respond(int status, std::string_view type, std::string_view body, bool head_only = false);
  void start_stream(std::string_view state);

  http::HeadReader head_{};
  std::string out_{};
  std::size_t sent_ = 0;
  bool closing_ = false;
  bool streaming_ = false;
};

/// Whether a browser that was asked for this host may see the page: only the loopback names at our port, so that a page
/// from elsewhere can't reach it by a name of its own (DNS rebinding).
bool host_allowed(std::string_view host, std::uint16_t port);

}  // namespace bulwatt::hmi
