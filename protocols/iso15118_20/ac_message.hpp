// ISO 15118-20, schema set of AC charging: any of its messages.
#pragma once
#include "protocols/iso15118_20/ac_loop.hpp"
#include "protocols/iso15118_20/ac_parameters.hpp"

namespace bulwatt::iso20 {

using AcMessage =
    std::variant<AcChargeLoopReq, AcChargeLoopRes, AcChargeParameterDiscoveryReq, AcChargeParameterDiscoveryRes>;

}  // namespace bulwatt::iso20
