#include "mcu/logic/rcd_proof.hpp"

namespace bulwatt::mcu {

RcdTest::Result RcdTest::step(bool tripped, std::uint32_t elapsed_us, const Config& config) {
  if (!running()) return Result::nothing;
  const bool driving = phase == Phase::driving;
  if (tripped == driving) {
    *this = {driving ? Phase::releasing : Phase::passed, 0};
    return driving ? Result::nothing : Result::passed;
  }
  age_us += elapsed_us;
  if (age_us < (driving ? config.rcd_response_us : config.rcd_release_us)) return Result::nothing;
  *this = {};
  return Result::failed;
}

}  // namespace bulwatt::mcu
