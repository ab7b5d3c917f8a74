import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { platform } from "node:os";
import { assertPortsAvailable, choosePorts, isFree, portNames, portsFrom } from "../../../sandbox/ports.ts";
import { listeningSockets, parseSocketTable, portHolder } from "../../../sandbox/sockets.ts";

describe("ports", () => {
  let servers: Server[] = [];

  const listen = async (host: string, port = 0): Promise<number> => {
    const server = createServer();
    servers.push(server);
    server.listen(port, host);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };

  afterEach(async () => {
    await Promise.all(
      servers.map((server) => {
        const closed = once(server, "close");
        server.close();
        return closed;
      }),
    );
    servers = [];
  });

  it("are fourteen different ones below those of outgoing connections", async () => {
    const ports = await choosePorts(() => Promise.resolve(true));
    assert.deepEqual(Object.keys(ports), portNames);
    const numbers: number[] = portNames.map((name) => ports[name]);
    assert.equal(new Set(numbers).size, 14);
    assert.ok(Math.min(...numbers) >= 20_000 && Math.max(...numbers) < 30_000);
  });

  it("are all free: a block with a taken port is not used", async () => {
    const asked: number[] = [];
    let refused: number | undefined;
    const ports = await choosePorts((port) => {
      asked.push(port);
      // The first block's last port is taken, whichever block that is.
      refused ??= port + 13;
      return Promise.resolve(port !== refused);
    });
    assert.equal(Object.values(ports).includes(refused ?? 0), false);
    assert.ok(asked.length >= 28);
  });

  it("are refused when there are none", async () => {
    await assert.rejects(choosePorts(() => Promise.resolve(false)), {
      name: "UserError",
      message:
        "There are no 14 free ports side by side on 127.0.0.1 between 20000 and 29999.\n" +
        "  End programs that listen there, then try again.",
    });
  });

  it("are free or taken as the system says", async () => {
    const port = await listen("127.0.0.1");
    assert.equal(await isFree(port), false);
    const everywhere = await listen("0.0.0.0");
    assert.equal(await isFree(everywhere), false);
  });

  it("that another program has taken are all named, with that program", async () => {
    const ports = await choosePorts();
    await assertPortsAvailable(ports, new Set());
    await listen("127.0.0.1", ports.hooks);
    await listen("127.0.0.1", ports.smtp);
    const who = platform() === "linux" ? `process ${process.pid} (node)` : "another program";
    await assert.rejects(assertPortsAvailable(ports, new Set()), (error: Error) => {
      assert.equal(error.name, "UserError");
      assert.equal(
        error.message.replaceAll(/\((node|MainThread)\)/g, "(node)"),
        `Port ${ports.hooks} on 127.0.0.1, which this sandbox uses (hooks), is taken by ${who}.\n` +
          `Port ${ports.smtp} on 127.0.0.1, which this sandbox uses (smtp), is taken by ${who}.\n` +
          "  End that program, or run `npm run sandbox:delete` and start again: a new sandbox takes other ports.",
      );
      return true;
    });
    await assertPortsAvailable(ports, new Set(["hooks", "smtp"]));
  });

  it("stand side by side", () => {
    assert.deepEqual([portsFrom(20_000).apiServer, portsFrom(20_000).charts], [20_000, 20_013]);
  });

  if (platform() === "linux") {
    it("on which this process listens are found with their addresses", async () => {
      const port = await listen("127.0.0.1");
      const open = await listen("0.0.0.0");
      const six = await listen("::1");
      const found = (await listeningSockets([process.pid])).filter((socket) => [port, open, six].includes(socket.port));
      assert.deepEqual(
        new Map(found.map((socket) => [socket.port, socket])),
        new Map([
          [port, { pid: process.pid, protocol: "tcp", address: "127.0.0.1", port }],
          [open, { pid: process.pid, protocol: "tcp", address: "0.0.0.0", port: open }],
          [six, { pid: process.pid, protocol: "tcp", address: "::1", port: six }],
        ]),
      );
      assert.equal((await portHolder(port))?.pid, process.pid);
    });

    it("that nobody listens on have no holder", async () => {
      assert.equal(await portHolder(1), undefined);
    });
  }

  it("are read from the kernel's tables", () => {
    const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
    const row = (local: string, state: string, inode: number) =>
      `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0 0 10 0\n`;
    assert.deepEqual(
      parseSocketTable("tcp", head + row("0100007F:4E84", "0A", 11) + row("0100007F:4E85", "01", 12) + row("00000000:0050", "0A", 13)),
      [
        { protocol: "tcp", address: "127.0.0.1", port: 20_100, inode: "11" },
        { protocol: "tcp", address: "0.0.0.0", port: 80, inode: "13" },
      ],
    );
    assert.deepEqual(
      parseSocketTable(
        "udp6",
        head +
          row("00000000000000000000000001000000:0035", "07", 21) +
          row("00000000000000000000000000000000:0035", "07", 22) +
          row("0000000000000000FFFF00000100007F:0035", "07", 23) +
          row("000080FE00000000000000000100007F:0035", "01", 24),
      ),
      [
        { protocol: "udp", address: "::1", port: 53, inode: "21" },
        { protocol: "udp", address: "::", port: 53, inode: "22" },
        { protocol: "udp", address: "0:0:0:0:0:ffff:7f00:1", port: 53, inode: "23" },
      ],
    );
  });
});
