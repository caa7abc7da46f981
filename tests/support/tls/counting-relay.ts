/** A way to a server on which every TCP connection is counted; closed with `close`. */
export type CountingRelay = { readonly port: number; readonly connections: number; close(): void };

/** Runs in a thread of its own: libpq blocks ours while it connects. */
export async function countingRelayTo(port: number): Promise<CountingRelay> {
  const counter = new SharedArrayBuffer(4);
  const connections = new Int32Array(counter);
  const worker = new Worker(new URL("./counting-relay.fixture.ts", import.meta.url));
  const listening = Promise.withResolvers<number>();
  worker.onmessage = ({ data }: MessageEvent<number>) => listening.resolve(data);
  worker.onerror = (event) => listening.reject(new Error(event.message));
  worker.postMessage({ port, counter });
  const own = await listening.promise;
  return {
    port: own,
    get connections() {
      return Atomics.load(connections, 0);
    },
    close: () => worker.terminate(),
  };
}
