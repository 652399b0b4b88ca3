"""A Modbus meter that is not ours: pymodbus, with the low word first and one register that fails.

Unit 9: energy at holding register 0 (float32, low word first), power at 2 (the same); register 40 is
not there. Prints its port, and answers until standard input ends.
"""

import asyncio
import struct
import sys

from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import ModbusTcpServer


def low_word_first(value):
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return [low, high]


async def main():
    # The block counts from 1: what it is told to begin with is register 0 on the wire.
    holding = ModbusSequentialDataBlock(1, low_word_first(1234.5) + low_word_first(-87.25))
    devices = {9: ModbusDeviceContext(hr=holding)}
    server = ModbusTcpServer(ModbusServerContext(devices=devices, single=False), address=("127.0.0.1", 0))
    await server.listen()
    print(server.transport.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.shutdown()


asyncio.run(main())
