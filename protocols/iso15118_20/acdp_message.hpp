// ISO 15118-20, schema set of charging by an automatic connection device: any of its messages.
#pragma once
#include "protocols/iso15118_20/acdp.hpp"

namespace bulwatt::iso20 {

using AcdpMessage =
    std::variant<AcdpConnectReq, AcdpConnectRes, AcdpDisconnectReq, AcdpDisconnectRes, AcdpSystemStatusReq,
                 AcdpSystemStatusRes, AcdpVehiclePositioningReq, AcdpVehiclePositioningRes>;

}  // namespace bulwatt::iso20
