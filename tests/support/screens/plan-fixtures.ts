import type { Explainable, ExplainResult, PlanEntry } from "../../../src/store/actions/explain.ts";

/** What a server prints of a join. */
export const aPlan: ExplainResult = {
  kind: "plan",
  planner: { role: "monitor", isSuperuser: false },
  lines: [
    "Nested Loop  (cost=4.55..33.52 rows=100 width=8)",
    "  ->  Index Scan using orders_pkey on orders  (cost=0.29..8.30 rows=1 width=4)",
    "        Index Cond: (id = $1)",
    "        Filter: ((region = ANY ('{north,south,east,west}'::text[])) AND (placed > '2026-01-01'::date) AND open)",
    "  ->  Bitmap Heap Scan on items  (cost=4.26..24.22 rows=100 width=8)",
  ],
  isGeneric: true,
  schemas: ["app", "public"],
  pathFrom: "role",
};

const statement: Explainable = {
  node: "orders-1",
  database: "shop",
  role: "app",
  text: "select i.id\nfrom orders as o join items as i on i.order_id = o.id -- the items of one\nwhere o.id = $1",
  isWhole: true,
  source: null,
};

/** A plan with the number 1. */
export function planEntry(result: ExplainResult | null, more: Partial<Explainable> = {}): PlanEntry {
  return { id: 1, asked: { ...statement, ...more }, result, allowed: null };
}

const hostile = "\u001b[2J\u202e日本\u200d";

/** The same from a server and a role that mean harm. */
export const hostilePlan = planEntry(
  { ...aPlan, lines: [`${hostile}  (cost=${hostile})`, " ".repeat(500), `->  ${hostile.repeat(100)}`] },
  { database: hostile, role: hostile, text: `select '${hostile}'` },
);
