"""Block P: data transfer and custom data."""

from kit.failure import same
from kit.registry import case

CUSTOM = {"vendorId": "org.example.conformance", "anything": {"goes": [1, 2, 3]}}


@case("TC_P_01_CS", shows="P01.FR.05 P01.FR.06")
async def unknown_vendor(station):
    await station.ask("DataTransfer", ("UnknownVendorId", "UnknownMessageId", "Rejected"), vendorId="org.example.conformance",
                      messageId="no-such-message")


@case("TC_P_03_CS")
async def custom_data(station):
    data = {"component": {"name": "OCPPCommCtrlr", "customData": CUSTOM}, "variable": {"name": "OfflineThreshold", "customData": CUSTOM},
            "attributeValue": "200", "attributeType": "Actual", "customData": CUSTOM}
    answer = await station.call("SetVariables", setVariableData=[data], customData=CUSTOM)
    same("attributeStatus", answer["setVariableResult"][0]["attributeStatus"], "Accepted")
    result = await station.get("OCPPCommCtrlr", "OfflineThreshold", attributeType="Actual", customData=CUSTOM)
    same("attributeValue", result["attributeValue"], "200")
