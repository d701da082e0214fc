// Infosets as text that can be compared: elements and attributes by local name, no white space, no namespaces.
#pragma once
#include <string>
#include <string_view>

#include "libs/fields/shape.hpp"

namespace bulwatt::exi_test {

/// A value as its schema's XML, in canonical form. `element` names the root; empty: the value's own kElement.
std::string to_xml(const Shape& shape, const void* value, std::string_view element = {});

/// The canonical form of an XML text as the vectors have it: no comments, processing instructions or CDATA.
std::string canonical(std::string_view xml);

}  // namespace bulwatt::exi_test
