// One element as a stream of its own, as XML signatures see it: one event among all element names of the schema set, the
// element, the end. A fragment has no second level at its own events.
#include "libs/exi/decoder.hpp"
#include "libs/exi/encoder.hpp"

namespace bulwatt::exi {
namespace {

/// Events of a fragment: every element name, any other element, the end.
std::uint8_t fragment_width(const SchemaSet& set) { return index_width(set.elements.size() + 2); }
std::uint32_t fragment_end(const SchemaSet& set) { return static_cast<std::uint32_t>(set.elements.size() + 1); }
std::uint32_t fragment_code(const SchemaSet& set, std::string_view element) {
  return static_cast<std::uint32_t>(std::find(set.elements.begin(), set.elements.end(), element) -
                                    set.elements.begin());
}

/// Events of the relaxed grammar (EXI 8.5.3): every attribute, any attribute, every element, any element, the end, text.
struct RelaxedEvents {
  std::uint32_t text;
  std::uint8_t width;
  std::uint32_t end;  ///< behind the text: every element, any element, the end, text
  std::uint8_t end_width;

  explicit RelaxedEvents(const SchemaSet& set)
      : text(set.relaxed.attributes + static_cast<std::uint32_t>(set.elements.size()) + 3),
        width(event_width(text + 1)),
        end(static_cast<std::uint32_t>(set.elements.size()) + 1),
        end_width(event_width(end + 2)) {}
};

}  // namespace

// The element has one attribute and text, in this order.
std::size_t Decoder::relaxed(const Grammar& grammar, const Type& type, std::byte* to, std::size_t at) {
  const RelaxedEvents events{grammar.set()};
  for (const std::uint32_t expected : {std::uint32_t{grammar.set().relaxed.attribute}, events.text}) {
    const Row& row = type.rows[expected == events.text ? 1 : 0];
    if ((in_.window(at) >> (64 - events.width)) != expected) return fail(ErrorKind::unsupported, at, row.name);
    at = text(row, to + row.offset, at + events.width);
    if (at == kFailed) return at;
  }
  if ((in_.window(at) >> (64 - events.end_width)) != events.end) return fail(ErrorKind::unsupported, at, {});
  return at + events.end_width;
}

Cursor Encoder::relaxed(const Grammar& grammar, const Type& type, const std::byte* object, Cursor c) {
  const RelaxedEvents events{grammar.set()};
  c = out_.put(c, grammar.set().relaxed.attribute, events.width);
  c = text(type.rows[0], object + type.rows[0].offset, c);
  c = out_.put(c, events.text, events.width);
  c = text(type.rows[1], object + type.rows[1].offset, c);
  return out_.put(c, events.end, events.end_width);
}

std::expected<Work, Error> Decoder::fragment(const Grammar& grammar, const Shape& shape, std::byte* to) {
  const SchemaSet& set = grammar.set();
  const Type* const type = grammar.find(shape);
  if (type == nullptr) return std::unexpected(Error{ErrorKind::not_here, 0, shape.tag});
  if (!header()) return std::unexpected(error_);
  const std::uint8_t width = fragment_width(set);
  std::size_t at = 8;
  if ((in_.window(at) >> (64 - width)) != fragment_code(set, shape.tag)) at = fail(ErrorKind::not_here, at, shape.tag);
  if (at != kFailed) {
    at += width;
    at = set.relaxed.element == shape.tag ? relaxed(grammar, *type, to, at) : record(*type, to, at);
  }
  if (at != kFailed) {
    const bool ends = (in_.window(at) >> (64 - width)) == fragment_end(set);
    at = ends ? at + width : fail(ErrorKind::unknown_event, at, {});
  }
  return finish(at);
}

std::expected<std::size_t, Error> Encoder::fragment(const Grammar& grammar, const Shape& shape, const std::byte* from) {
  const SchemaSet& set = grammar.set();
  const Type* const type = grammar.find(shape);
  if (type == nullptr) return std::unexpected(Error{ErrorKind::not_here, 0, shape.tag});
  Cursor c = out_.put({}, 0x80, 8);
  c = out_.put(c, fragment_code(set, shape.tag), fragment_width(set));
  c = set.relaxed.element == shape.tag ? relaxed(grammar, *type, from, c) : record(*type, from, c);
  return finish(out_.put(c, fragment_end(set), fragment_width(set)));
}

std::expected<Work, Error> decode_fragment(const Grammar& grammar, const Shape& shape, std::span<const std::byte> in,
                                           void* value) {
  BULWATT_UNINITIALIZED Decoder decoder{in};
  return decoder.fragment(grammar, shape, static_cast<std::byte*>(value));
}

std::expected<std::size_t, Error> encode_fragment(const Grammar& grammar, const Shape& shape, const void* value,
                                                  std::span<std::byte> out) {
  return Encoder{out}.fragment(grammar, shape, static_cast<const std::byte*>(value));
}

}  // namespace bulwatt::exi
