#include "services/hmi/key_code.hpp"

#include <qrcodegen/qrcodegen.h>

#include "libs/ocmf/record.hpp"

namespace bulwatt::hmi {

bool show_keys(KeyView& view, const meter::GetKeys::Keys& keys) {
  constexpr auto kRoom = static_cast<std::size_t>(qrcodegen_BUFFER_LEN_FOR_VERSION(kLargestCode));
  view.key = std::string_view{ocmf::key_text(keys.classical.view())};
  view.twin = keys.twin;
  view.side = 0;
  view.modules.size = 0;
  if (view.key.empty()) return false;
  std::array<std::uint8_t, kRoom> scratch{}, code{};
  std::array<char, decltype(view.key)::kCapacity + 1> text{};  // the library wants a zero behind it
  std::ranges::copy(view.key.view(), text.begin());
  if (!qrcodegen_encodeText(text.data(), scratch.data(), code.data(), qrcodegen_Ecc_MEDIUM, 1, kLargestCode,
                            qrcodegen_Mask_AUTO, true))
    return false;
  const int side = qrcodegen_getSize(code.data());
  view.side = static_cast<std::uint16_t>(side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x)
      view.modules.data[view.modules.size++] = qrcodegen_getModule(code.data(), x, y) ? '1' : '0';
  }
  return true;
}

}  // namespace bulwatt::hmi
