import { keepToPart } from "../../src/services/throwaway/free-port.ts";

/** More than run at once. */
const workers = 4;

// A worker of `bun test --parallel` cannot know which ports another chose for servers that do not listen yet.
const worker = Number(process.env["BUN_TEST_WORKER_ID"] ?? 0);
if (worker > 0) keepToPart(worker % workers, workers);
