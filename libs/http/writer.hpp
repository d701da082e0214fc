// HTTP/1.1 message heads: writing into a buffer of the caller. A value that would break out of its line is refused.
//
//   HeadWriter out{buffer};
//   out.status(200).header("Content-Type", "application/json").header("Content-Length", 42);
//   auto bytes = out.finish();   // the whole head with its empty line, or the first error
#pragma once
#include "libs/http/head.hpp"

namespace bulwatt::http {

class HeadWriter {
 public:
  explicit HeadWriter(std::span<char> buffer) : buffer_(buffer.first(std::min(buffer.size(), kHeadLimit))) {}

  /// `target` in origin form, already percent-encoded.
  HeadWriter& request(std::string_view method, std::string_view target);
  /// Status line with the registered reason phrase.
  HeadWriter& status(int code);
  HeadWriter& header(std::string_view name, std::string_view value);
  HeadWriter& header(std::string_view name, std::uint64_t value);
  std::expected<std::string_view, Error> finish();

 private:
  void put(std::string_view text);
  void fail(Error error);

  std::span<char> buffer_;
  std::size_t size_ = 0;
  std::size_t headers_ = 0;
  std::optional<Error> failed_;
};

/// "Not Found" for 404; "Unknown" for a code this library has no phrase for.
std::string_view reason_phrase(int status);

}  // namespace bulwatt::http
