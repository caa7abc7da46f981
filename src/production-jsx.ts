/**
 * Started from another directory than this project's, Bun compiles JSX to calls of `jsxDEV`, which React's
 * production build does not have. Here it is the production function, whose first three arguments are the same.
 * By `require`, since a module's exports cannot be added to, and by the plain one, which the bundler follows.
 */
const development: object = require("react/jsx-dev-runtime");
const {
  jsx,
}: { jsx: (type: unknown, props: unknown, key: unknown) => unknown } = require("react/jsx-runtime");
const jsxDEV = (type: unknown, props: unknown, key: unknown) => jsx(type, props, key);
if (!Reflect.get(development, "jsxDEV")) Object.assign(development, { jsxDEV });
