import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operationNamed } from "../../../src/commands/operations/all.ts";
import { argumentKnown, type PlanOutcome, planOf } from "../../../src/commands/operations/operation.ts";
import type { NodeSettings } from "../../../src/config/settings.ts";
import { askRight } from "../../../src/services/actions/ask-right.ts";
import { AuditFile } from "../../../src/services/actions/audit-file.ts";
import { runOperation } from "../../../src/services/actions/run-operation.ts";
import type { OperationOutcome, OperationPlan, RightFound } from "../../../src/store/actions/operation.ts";
import type { RowId } from "../../../src/views/row-id.ts";
import { until } from "../servers/servers.ts";
import { type Watched, watch } from "../servers/watched.ts";

/** A user of operations without a screen. Closed by `await using`. */
export type Operating = {
  readonly watched: Watched;
  readonly audit: AuditFile;
  /** What would be asked now. */
  plan(name: string, on: string | RowId, argument?: string): PlanOutcome;
  /** What stands in the field of the argument before anything is typed. */
  argument(name: string, on: RowId): string;
  /** What the dialog would say of the role's right now. */
  right(name: string, on: string | RowId, argument?: string): Promise<RightFound>;
  /** Asks, and says yes. Throws where it is refused before it is asked. */
  run(name: string, on: string | RowId, argument?: string): Promise<OperationOutcome>;
  /** A yes to what was asked earlier. */
  send(plan: OperationPlan): Promise<OperationOutcome>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** @param refusal what the config says at the moment of the yes */
export async function operating(
  nodes: readonly NodeSettings[],
  refusal: (node: string) => string | null = () => null,
): Promise<Operating> {
  const watched = watch(nodes, { refreshMs: 200 });
  const home = await mkdtemp(join(tmpdir(), "pgparade-operations-"));
  const audit = new AuditFile(join(home, "state"));
  await until(() => nodes.every(({ name }) => watched.node(name).pulseAtMs !== null));
  const plan = (name: string, on: string | RowId, argument = ""): PlanOutcome => {
    const operation = operationNamed(name);
    if (!operation) throw new Error(`no operation ${name}`);
    const subject = typeof on === "string" ? { node: on, row: null } : { node: on.node, row: on };
    return planOf(operation, watched.store.getState(), subject, argument);
  };
  const send = async (planned: OperationPlan) => {
    if (planned.kind !== "sql") throw new Error(`${planned.operation} is no statement`);
    const { outcome } = await runOperation({ manager: watched.manager, audit, refusal }, planned);
    return outcome;
  };
  return {
    watched,
    audit,
    plan,
    send,
    argument: (name, on) => {
      const operation = operationNamed(name);
      if (!operation) throw new Error(`no operation ${name}`);
      return argumentKnown(operation, watched.store.getState(), { node: on.node, row: on });
    },
    right: async (name, on, argument) => {
      const planned = plan(name, on, argument);
      if (!planned.ok || planned.plan.kind !== "sql") throw new Error(`${name} is not planned`);
      return askRight(watched.manager, planned.plan);
    },
    run: async (name, on, argument) => {
      const planned = plan(name, on, argument);
      if (!planned.ok) throw new Error(`${name}: ${planned.why}`);
      return send(planned.plan);
    },
    async [Symbol.asyncDispose]() {
      await watched[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** A row of a view by the values of its key. */
export const rowOf = (node: string, view: string, ...key: readonly string[]): RowId => ({
  node,
  view,
  key: key.join("\u0000"),
});
