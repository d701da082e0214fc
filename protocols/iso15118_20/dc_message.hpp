// ISO 15118-20, schema set of DC charging: any of its messages.
#pragma once
#include "protocols/iso15118_20/dc_loop.hpp"
#include "protocols/iso15118_20/dc_parameters.hpp"

namespace bulwatt::iso20 {

using DcMessage = std::variant<DcCableCheckReq, DcCableCheckRes, DcChargeLoopReq, DcChargeLoopRes,
                               DcChargeParameterDiscoveryReq, DcChargeParameterDiscoveryRes, DcPreChargeReq,
                               DcPreChargeRes, DcWeldingDetectionReq, DcWeldingDetectionRes>;

}  // namespace bulwatt::iso20
