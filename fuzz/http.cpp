// Any bytes as a request and a response head: any split gives the same answer, and what parses can be written again.
#include <cstdlib>
#include <string_view>

#include "libs/http/encoding.hpp"
#include "libs/http/writer.hpp"

using namespace bulwatt::http;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  static HeadReader whole, split;
  whole.reset(), split.reset();
  const auto once = whole.feed(text);
  std::size_t used = 0;
  auto pieces = split.feed({});
  for (std::size_t i = 0; i < size && pieces && !split.complete(); ++i) {
    pieces = split.feed(text.substr(i, 1));
    if (pieces) used += pieces->consumed;
  }
  if (once.has_value() != pieces.has_value() || (once && once->consumed != used)) std::abort();
  static char buffer[kHeadLimit];
  if (const auto request = parse_request(whole.head())) {
    HeadWriter writer{buffer};
    writer.request(request->method, request->target);
    for (const auto& header : request->headers.all()) writer.header(header.name, header.value);
    if (const auto head = writer.finish(); head && parse_request(*head)->target != request->target) std::abort();
  }
  static_cast<void>(parse_response(whole.head()));
  static_cast<void>(parse_basic(text));
  static_cast<void>(percent_decode(text, buffer));
  return 0;
}
