"""The meter service's reader against meters that are somebody else's Modbus: pymodbus, over TCP and on a serial line.

The registers are made here from the public lists, with Python's own encoders, and not from the station's maps.
"""

import asyncio
import json
import os
import pty
import struct
import tty

from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from process import Children, Failure

KWH_MWH = 1_000_000
READ_S = 4
BAUD = 19200


def floats(*values):
    return [word for value in values for word in struct.unpack(">HH", struct.pack(">f", value))]


def low_first(*values):
    """Signed 32 bits, the low word first."""
    return [word for value in values for word in struct.unpack(">HH", struct.pack(">i", value))[::-1]]


def text(value, words):
    raw = value.encode().ljust(2 * words, b"\0")
    return list(struct.unpack(f">{words}H", raw))


def sdm630(kwh, serial=1234567, volts=230.5):
    registers = {address: 0 for address in range(0x60)}
    place(registers, 0x00, floats(volts, 229.0, 231.0, 16.0, 15.5, 16.5, 3680.0, 3549.5, 3811.5))
    place(registers, 0x34, floats(11041.0))
    place(registers, 0x46, floats(49.98, kwh, 12.5))
    place(registers, 0xFC00, struct.unpack(">HH", struct.pack(">I", serial)))
    return registers


def em340(tenths_of_kwh, serial="KR0012345678"):
    registers = {address: 0 for address in range(0x52)}
    place(registers, 0x00, low_first(2305, 2290, 2310))
    place(registers, 0x0C, low_first(16000, 15500, -16500))
    place(registers, 0x12, low_first(36800, 35495, 38115))
    place(registers, 0x28, low_first(110410))
    registers[0x33] = 500
    place(registers, 0x34, low_first(tenths_of_kwh))
    place(registers, 0x4E, low_first(125))
    place(registers, 0x5000, text(serial, 7))
    return registers


def sunspec(model, wh, base=40000, serial="SN-77"):
    """An inverter with a meter behind it: the chain has models that are no meters."""
    common = [1, 66, *text("Somebody", 16), *text("Something", 16), *text("", 8), *text("1.0", 8), *text(serial, 16), 240, 0]
    inverter = [103, 50, *[0] * 50]
    registers = {}
    place(registers, base, [0x5375, 0x6E53, *common, *inverter, *meter_model(model, wh), 0xFFFF, 0])
    return registers


def meter_model(model, wh):
    if model > 210:
        points = [0.0] * 62
        points[1:4] = [16.0, 15.5, 16.5]
        points[5:8] = [230.5, 229.0, 231.0]
        points[12:17] = [50.0, 11041.0, 3680.0, 3549.5, 3811.5]
        points[29], points[33] = 12500.0, wh
        return [model, 124, *floats(*points)]
    minus = [0x10000 - power for power in range(10)]
    body = [0] * 105
    body[0:5] = [480, 160, 155, 165, minus[1]]
    body[5:14] = [2302, 2305, 2290, 2310, 3980, 3980, 3980, 3980, minus[1]]
    body[14:16] = [5000, minus[2]]
    body[16:21] = [1104, 368, 355, 381, 1]
    body[36:38] = struct.unpack(">HH", struct.pack(">I", 1250))
    body[44:46] = struct.unpack(">HH", struct.pack(">I", wh // 10))
    body[52] = 1
    if model == 201:  # one phase: the others are not there
        for index in (2, 3, 7, 8, 18, 19):
            body[index] = 0x8000
    return [model, 105, *body]


def place(registers, address, words):
    for offset, word in enumerate(words):
        registers[address + offset] = word


def device(unit, registers):
    """pymodbus's device with these registers, read by functions 3 and 4, and everything else an exception."""
    runs = []
    for address in sorted(registers):
        if runs and address == runs[-1][0] + len(runs[-1][1]):
            runs[-1][1].append(registers[address])
        else:
            runs.append((address, [registers[address]]))

    async def refresh(_function, start, address, count, current, _values):
        for offset in range(count):
            if address + offset in registers:
                current[address - start + offset] = registers[address + offset]

    return SimDevice(id=unit, simdata=[SimData(a, values=words, datatype=DataType.REGISTERS) for a, words in runs], action=refresh)


class Line:
    """Two pseudo terminals with a wire between: the meters at one end, the reader at the other.

    What is asked of the `absent` units does not get through: pymodbus would answer for them with an exception.
    """

    def __init__(self, absent=()):
        self.masters, self.ends = [], []
        for _ in range(2):
            master, end = pty.openpty()
            tty.setraw(end)
            os.set_blocking(master, False)
            self.masters.append(master)
            self.ends.append(end)
        loop = asyncio.get_running_loop()
        for here, there, cut in ((*self.masters, ()), (*self.masters[::-1], absent)):
            loop.add_reader(here, self.carry, here, there, cut)

    @staticmethod
    def carry(here, there, cut):
        frame = os.read(here, 4096)
        if frame[0] not in cut:
            os.write(there, frame)

    def name(self, end):
        return os.ttyname(self.ends[end])

    def close(self):
        for master in self.masters:
            asyncio.get_running_loop().remove_reader(master)
        for fd in (*self.masters, *self.ends):
            os.close(fd)


class Bench:
    def __init__(self, binaries, folder):
        self.program = binaries / "bulwatt-meterread"
        self.children = Children(folder)

    async def over_tcp(self, registers, model, during=None):
        server = ModbusTcpServer([device(1, registers)], address=("127.0.0.1", 0))
        await server.listen()
        try:
            port = server.transport.sockets[0].getsockname()[1]
            return await self.read(["tcp", "127.0.0.1", port, f"1:{model}"], during)
        finally:
            await server.shutdown()

    async def on_line(self, meters, more=(), during=None):
        """`meters`: unit to (registers, model); `more`: units that nobody answers for."""
        line = Line([int(place.split(":")[0]) for place in more])
        server = ModbusSerialServer([device(unit, registers) for unit, (registers, _) in meters.items()], port=line.name(0), baudrate=BAUD)
        await server.listen()
        try:
            places = [f"{unit}:{model}" for unit, (_, model) in meters.items()] + list(more)
            return await self.read(["rtu", line.name(1), BAUD, *places], during)
        finally:
            await server.shutdown()
            line.close()

    async def read(self, words, during):
        child = await self.children.start("meterread", [self.program, *words, "--seconds", READ_S, "--poll-ms", 250], stdout=asyncio.subprocess.PIPE)
        if during:
            asyncio.get_running_loop().call_later(READ_S / 2, during)
        output, _ = await asyncio.wait_for(child.communicate(), READ_S + 10)
        self.children.children.remove(("meterread", child))
        return [json.loads(row) for row in output.decode().splitlines()]


def last(rows, unit):
    own = [row for row in rows if row["unit"] == unit]
    if not own:
        raise Failure(f"unit {unit} was not read at all")
    return own[-1]


def last_good(rows, unit):
    """The last reading: on a busy machine the other end may miss the patience of one poll."""
    return last([row for row in rows if row["health"] == "good"] or rows, unit)


def expect(row, health="good", **values):
    if row["health"] != health:
        raise Failure(f"the meter is {row['health']} instead of {health}: {row}")
    for name, value in values.items():
        if abs(row["reading"][name] - value) > abs(value) * 1e-6:
            raise Failure(f"{name} is {row['reading'][name]} instead of {value}: {row}")


def expect_lines(row, count=3):
    """All maps were given the same phases."""
    lines = row["reading"]["lines"]
    voltages, powers = [230_500, 229_000, 231_000], [3_680_000, 3_549_500, 3_811_500]
    if len(lines) != count:
        raise Failure(f"{len(lines)} phases instead of {count}: {row}")
    for line, voltage, power in zip(lines, voltages, powers):
        if line["voltage"] != voltage or abs(line["power"] - power) > 10_000:
            raise Failure(f"phase {line} instead of {voltage} mV and {power} mW")


async def over_tcp(bench):
    for model, registers, energy in (("sdm630", sdm630(2048.5), 2048.5), ("em340", em340(20485), 2048.5),
                                     ("sunspec", sunspec(203, 2_048_500), 2048.5), ("sunspec", sunspec(213, 2_048_500.0, base=50000), 2048.5),
                                     ("sunspec", sunspec(204, 70, base=0), 0.07)):
        row = last_good(await bench.over_tcp(registers, model), 1)
        expect(row, **{"import": energy * KWH_MWH, "export": 12.5 * KWH_MWH})
        expect_lines(row)
        if abs(row["reading"]["power"] - 11_041_000) > 10_000:
            raise Failure(f"power is {row['reading']['power']}")


async def one_phase(bench):
    row = last_good(await bench.over_tcp(sunspec(201, 1000), "sunspec"), 1)
    expect(row, **{"import": KWH_MWH})
    expect_lines(row, 1)


async def on_one_line(bench):
    """Three makes share a line with a unit that is not there; all three are read at their rate."""
    meters = {1: (sdm630(100.0), "sdm630"), 2: (em340(2000), "em340"), 3: (sunspec(203, 300_000), "sunspec")}
    rows = await bench.on_line(meters, more=["9:em340"])
    for unit, kwh in ((1, 100), (2, 200), (3, 300)):
        expect(last(rows, unit), **{"import": kwh * KWH_MWH})
        expect_lines(last(rows, unit))
        count = sum(row["unit"] == unit and row["health"] == "good" for row in rows)
        if count < READ_S * 1000 / 250 / 2:
            raise Failure(f"unit {unit} was read {count} times in {READ_S} s beside a silent one")
    expect(last(rows, 9), "silent")


async def rolls_over(bench):
    registers = sunspec(203, (2**32 - 10) * 10)
    at = 40000 + 2 + 68 + 52
    rows = await bench.over_tcp(registers, "sunspec", lambda: place(registers, at + 46, [0, 90]))
    expect(last(rows, 1), **{"import": (2**32 + 90) * 10_000, "register": 900_000, "rolled_over": 1, "replaced": 0})


async def replaced(bench):
    registers = em340(90_000)
    rows = await bench.on_line({5: (registers, "em340")}, during=lambda: (place(registers, 0x34, low_first(17)), place(registers, 0x5000, text("KR0099999999", 7))))
    expect(last(rows, 5), **{"import": 9000 * KWH_MWH, "register": 1.7 * KWH_MWH, "replaced": 1})


async def backwards(bench):
    registers = sdm630(5000.0)
    rows = await bench.over_tcp(registers, "sdm630", lambda: place(registers, 0x48, floats(4000.0)))
    expect(last(rows, 1), "backwards", **{"import": 5000 * KWH_MWH})


async def not_a_number(bench):
    registers = sdm630(5000.0)
    rows = await bench.over_tcp(registers, "sdm630", lambda: place(registers, 0x34, floats(float("nan"))))
    expect(last(rows, 1), "implausible")


async def refuses(bench):
    """Read as another model: the registers asked for are not there."""
    registers = {address: 0 for address in range(8)}
    expect_health(await bench.over_tcp(registers, "sdm630"), "refused")
    expect_health(await bench.over_tcp(em340(1), "sunspec"), "garbled")


def expect_health(rows, health):
    if last(rows, 1)["health"] != health:
        raise Failure(f"the meter is {last(rows, 1)['health']} instead of {health}")


ALL = {test.__name__: test for test in (over_tcp, one_phase, on_one_line, rolls_over, replaced, backwards, not_a_number, refuses)}
