"""Proxies that stand for a network which can be broken, in a process of their own, until it is
ended. See Scripts/chaos.

    chaos_proxies.py PORT:TARGET...

Each listens on a port of 127.0.0.1 and leads to another one. A line on stdin, `MODE PORT...`, says
what proxies do from now on: the answer is a line with the same words.

    pass  what comes goes on
    hold  nothing goes on; all of it does later
    drop  what comes is lost, also of new connections, and nobody is told; later those are reset
    cut   all connections are reset, and new ones too
"""

import asyncio
import socket
import struct
import sys

CHUNK = 1 << 16
RESET = struct.pack("ii", 1, 0)


class Connection:
    """One connection to the proxy, and the one from it to the target."""

    def __init__(self, proxy: "Proxy"):
        self.proxy, self.has_lost, self.is_reset = proxy, False, False
        self.ends: list[asyncio.StreamWriter] = []

    async def run(self, reader, writer) -> None:
        self.ends.append(writer)
        try:
            if self.proxy.mode == "cut":
                self.reset()
                return
            while self.proxy.mode == "hold":
                await self.proxy.changed()
            there, here = await asyncio.open_connection("127.0.0.1", self.proxy.target)
            self.ends.append(here)
            both = [asyncio.create_task(self.pump(reader, here)),
                    asyncio.create_task(self.pump(there, writer))]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for one in both:
                one.cancel()
        except OSError:
            pass
        finally:
            # It may have been reset before it had both ends.
            if self.is_reset:
                self.reset()
            for one in self.ends:
                one.close()

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(CHUNK):
                while self.proxy.mode == "hold":
                    await self.proxy.changed()
                if self.proxy.mode == "drop":
                    self.has_lost = True
                    continue
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        # That it ends is lost, too.
        while self.proxy.mode in ("hold", "drop"):
            await self.proxy.changed()

    def reset(self) -> None:
        """Ends both without a farewell, as a firewall does."""
        self.is_reset = True
        for one in self.ends:
            if not one.is_closing():
                one.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                one.transport.abort()


class Proxy:
    def __init__(self, port: int, target: int):
        self.port, self.target, self.mode = port, target, "pass"
        self.open: set[Connection] = set()
        self._change = asyncio.Event()

    async def serve(self) -> None:
        await asyncio.start_server(self.take, "127.0.0.1", self.port)

    async def take(self, reader, writer) -> None:
        connection = Connection(self)
        self.open.add(connection)
        try:
            await connection.run(reader, writer)
        finally:
            self.open.discard(connection)

    async def changed(self) -> None:
        await self._change.wait()

    def turn(self, mode: str) -> None:
        self.mode = mode
        change, self._change = self._change, asyncio.Event()
        change.set()
        for one in list(self.open):
            if mode == "cut" or (mode != "drop" and one.has_lost):
                one.reset()


async def main() -> None:
    proxies = {}
    for pair in sys.argv[1:]:
        port, target = map(int, pair.split(":"))
        proxies[port] = Proxy(port, target)
        await proxies[port].serve()
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        mode, *ports = line.split()
        for port in ports:
            proxies[int(port)].turn(mode)
        print(line.strip(), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
