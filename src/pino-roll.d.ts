declare module "pino-roll" {
  import type { SonicBoom } from "pino";

  type Options = {
    readonly file: string;
    readonly extension?: string;
    readonly size?: string;
    readonly limit?: { readonly count: number };
    readonly mkdir?: boolean;
    readonly mode?: number;
    readonly sync?: boolean;
  };

  /** A pino destination that goes on in a new file when one is full. */
  export default function roll(options: Options): Promise<SonicBoom>;
}
