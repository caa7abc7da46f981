import { Duplex } from "node:stream";

/** A channel of a tunnel in the manner of a socket that is about to connect: it emits `connect` once the channel is open. */
export class TunnelStream extends Duplex {
  #channel: Duplex | null = null;

  constructor(channel: Promise<Duplex>) {
    super();
    channel.then(
      (open) => this.#attach(open),
      (cause) => this.destroy(cause),
    );
  }

  #attach(channel: Duplex): void {
    // A login that was given up meanwhile leaves nothing open at the other end.
    channel.on("error", () => {});
    if (this.destroyed) return void channel.destroy();
    this.#channel = channel;
    channel.on("data", (bytes: Uint8Array) => {
      if (!this.push(bytes)) channel.pause();
    });
    let isOver = false;
    const over = () => {
      if (!isOver && !this.destroyed) this.push(null);
      isOver = true;
    };
    channel.on("end", over);
    channel.on("close", () => {
      over();
      // The last words of a server may still wait to be read.
      if (this.readableEnded) this.destroy();
      else this.once("end", () => this.destroy());
    });
    this.emit("connect");
  }

  override _read(): void {
    this.#channel?.resume();
  }

  override _write(bytes: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#channel?.write(bytes, done);
  }

  override _final(done: () => void): void {
    this.#channel?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#channel?.destroy();
    // A channel is closed only once its last bytes were taken.
    this.#channel?.resume();
    done(error);
  }

  /** The pool says so of sockets; what keeps the program running is the bastion's. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
