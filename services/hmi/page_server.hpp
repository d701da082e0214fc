// The local page over HTTP: a few fixed resources and one stream of events. Pure: bytes in, bytes out, per connection.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "libs/http/head.hpp"

namespace bulwatt::hmi {

inline constexpr std::size_t kMostOutput = 256 * 1024;  ///< bytes one slow browser may have waiting

/// What the program carries in itself.
struct Asset {
  std::string_view path;
  std::string_view type;
  std::string_view body;
};

/// What can be asked for. Texts are JSON and stay valid until the next call.
class Resources {
 public:
  virtual std::span<const Asset> assets() const = 0;
  virtual std::string_view station() = 0;                                  ///< StationView
  virtual std::optional<std::string_view> state(std::uint8_t evse) = 0;    ///< View; nothing: there is no such EVSE
  virtual std::optional<std::string_view> history(std::uint8_t evse) = 0;  ///< History, likewise
  virtual std::optional<std::string_view> receipt(std::uint8_t evse) = 0;  ///< ReceiptView; nothing: there is none
  virtual std::optional<std::string_view> meter_key() = 0;                 ///< KeyView; nothing: nothing is signed
  virtual std::uint16_t port() const = 0;                                  ///< for the check of Host

 protected:
  ~Resources() = default;
};

/// One browser.
class Connection {
 public:
  /// Bytes from the browser. False: close once output() is empty.
  bool feed(std::string_view bytes, Resources& resources);
  /// Sends one event to a browser that follows the stream; others ignore it. A browser that does not read is dropped.
  void event(std::string_view state);
  bool streaming() const { return streaming_; }
  bool finished() const { return closing_ && output().empty(); }
  std::string_view output() const { return std::string_view{out_}.substr(sent_); }
  void consume(std::size_t count);

 private:
  void answer(const http::Request& request, Resources& resources);
  void answer_data(const http::Request& request, Resources& resources, bool head_only);
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

/// The EVSE that a query names ("evse=2"); 1 where it names none, nothing where it is no number of an EVSE.
std::optional<std::uint8_t> evse_of(std::string_view query);

}  // namespace bulwatt::hmi
