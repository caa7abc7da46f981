import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { freePorts } from "../../src/services/throwaway/free-port.ts";

test("ports are different, outside the range of outgoing connections, and can be listened on", async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) {
    expect(port).toBeGreaterThan(1023);
    expect(port).toBeLessThan(32_768);
  }
  const server = createServer().listen(ports[0], "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  server.close();
});

test("a port is not given twice, though nothing listens on it yet", async () => {
  const ports = await freePorts(500);
  const later = await freePorts(500);
  expect(new Set([...ports, ...later]).size).toBe(1000);
});
