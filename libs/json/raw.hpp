// Raw: a member whose JSON value is kept as text, for what two parties agree on by themselves (OCPP DataTransfer).
#pragma once
#include "libs/fields/fields.hpp"

namespace bulwatt::json {

/// The name that marks the single field of Raw; no JSON member can be meant by it, because no codec looks it up.
inline constexpr std::string_view kRawName = "$json";

/// One complete JSON value of at most N bytes, exactly as it was written. Checked for grammar, depth and UTF-8 when it is
/// decoded and again when it is encoded; never interpreted. Empty text is not a JSON value: encode refuses it.
template <std::size_t N>
struct Raw {
  Text<N> text{};
  static constexpr auto fields() { return list(field<&Raw::text>(kRawName)); }
};

}  // namespace bulwatt::json
