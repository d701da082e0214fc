"""A car nobody here wrote: the EVCC of the PyPI package iso15118, joined to the control pilot of the simulated world.

`car.py BUS CONFIG.json` with NETWORK_INTERFACE in the environment. Its own controller decides what the car does; here it is only told
when the car's switch is to be closed. Ends when its session has ended; the last line says how.
"""

import asyncio
import json
import sys

from iso15118.evcc import Config, EVCCHandler
from iso15118.evcc.controller.simulator import SimEVController
from iso15118.evcc.evcc_config import load_from_file
from iso15118.shared.exificient_exi_codec import ExificientEXICodec

LIMIT_MA = 16000
LOOP_S = 0.3
LOOP_DC_S = 0.1
TARGET_A = 20  # direct current
BELOW_TARGET_V = 20  # its battery, below the voltage it asks for
NEAR_V = 20
PRECHARGE_S = 0.1


class Switch:
    """What bulwatt-ev hears of a communication controller."""

    def __init__(self, path):
        self._path = path
        self._writer = None

    async def open(self):
        self._reader, self._writer = await asyncio.open_unix_connection(self._path)
        self._say({"hello": "evcc"})
        self._listener = asyncio.create_task(self._answer())

    async def _answer(self):
        """Nothing is asked of this participant."""
        while line := await self._reader.readline():
            asked = json.loads(line)
            if "command" in asked and "id" in asked:
                self._say({"id": asked["id"], "pass": True})

    def _say(self, line):
        self._writer.write(json.dumps(line).encode() + b"\n")

    def set(self, closed, battery_mv=None):
        """`battery_mv`: behind the car's own contactors, where they are closed."""
        self._say({"event": "evcc", "speaks": True, "ready": closed, "limit_ma": LIMIT_MA if closed else 0, "battery_mv": battery_mv, "step": "foreign"})


class Controller(SimEVController):
    """The simulated car of the package, with a switch, and with a charging loop that takes its time."""

    def __init__(self, config, switch):
        super().__init__(config)
        self._switch = switch
        self._loop_s = LOOP_S if config.energy_transfer_mode.startswith("AC") else LOOP_DC_S
        self.dc_ev_charge_params.dc_target_current.value = TARGET_A

    async def is_precharged(self, present_voltage_evse):
        """The simulated car of the package goes on after five questions; this one joins its battery when the outlet has its voltage."""
        target = self.dc_ev_charge_params.dc_target_voltage.get_decimal_value()
        if abs(present_voltage_evse.get_decimal_value() - target) > NEAR_V:
            await asyncio.sleep(PRECHARGE_S)
            return False
        self._switch.set(True, int((target - BELOW_TARGET_V) * 1000))
        return True

    async def enable_charging(self, enabled):
        self._switch.set(enabled)
        await super().enable_charging(enabled)
        await asyncio.sleep(0.1)  # the pilot has changed when the request says so

    async def continue_charging(self):
        await asyncio.sleep(self._loop_s)
        goes_on = await super().continue_charging()
        if not goes_on:  # it sends PowerDeliveryReq(Stop) at once, and never says when it opens its switch
            self._opening = asyncio.create_task(self._open_soon())
        return goes_on

    async def _open_soon(self):
        await asyncio.sleep(0.2)
        self._switch.set(False)


async def main():
    config = Config()
    config.load_envs()
    car = await load_from_file(sys.argv[2])
    switch = Switch(sys.argv[1])
    await switch.open()
    await EVCCHandler(evcc_config=car, iface=config.iface, exi_codec=ExificientEXICodec(), ev_controller=Controller(car, switch)).start()
    print("the session has ended well")


if __name__ == "__main__":
    asyncio.run(main())
