import { createRequire } from "node:module";

/**
 * Started from another directory than this project's, Bun compiles JSX to calls of `jsxDEV`, which React's
 * production build does not have. Here it is the production function, whose first three arguments are the same.
 */
const require = createRequire(import.meta.url);
const development: { jsxDEV?: unknown } = require("react/jsx-dev-runtime");
const {
  jsx,
}: { jsx: (type: unknown, props: unknown, key: unknown) => unknown } = require("react/jsx-runtime");
development.jsxDEV ??= (type: unknown, props: unknown, key: unknown) => jsx(type, props, key);
