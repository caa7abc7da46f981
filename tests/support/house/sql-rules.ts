import { type Literal, lineAt, type Problem, type Rule, takeApart } from "./source.ts";

/** Words before a parenthesis that are grammar and not a function, and type names that take a length. */
const grammar = new Set(
  (
    "all and any array as between bit by case cast char coalesce conflict cube decimal distinct else except exists extract " +
    "filter from full grouping group greatest having ilike in intersect interval is join lateral least like limit " +
    "materialized not nullif numeric offset on only or order over overlay partition position recursive returning rollup " +
    "row select sets some substring then time timestamp trim union using values varchar when where window with within " +
    "xmlelement xmlforest analyze buffers explain key references operator"
  ).split(" "),
);
const takesFrom = new Set([
  "extract",
  "substring",
  "trim",
  "overlay",
  "position",
  "both",
  "leading",
  "trailing",
]);
const endsRelations =
  /^(where|group|order|having|limit|offset|union|except|intersect|window|for|returning|select|set|when|then)$/;

const isStatement =
  /^\s*(?:select|with\s+\w+|explain|from\s+\w|(?:left |cross |inner |full )?join\s+[\w$(])[\s\S]/;

/** Text of a literal without SQL comments and constants, newlines kept. */
const bare = (text: string) =>
  text
    .replace(/--.*|\/\*[\s\S]*?\*\//g, (part) => part.replace(/[^\n]/g, " "))
    .replace(/'(?:''|[^'])*'/g, (part) => `'${part.slice(1, -1).replace(/[^\n]/g, " ")}'`);

const cteNames = (text: string) =>
  [...text.matchAll(/\b([a-z_]\w*)\s*(?:\([^()]*\)\s*)?as\s+(?:not\s+)?(?:materialized\s+)?\(/g)].map(
    (match) => match[1] ?? "",
  );

/**
 * SQL in views and services names every relation and function with its schema, and no `select *`: whoever may create
 * objects in a schema on the search path must not be able to have us run theirs (CVE-2018-1058).
 */
export const qualifiedSql: Rule = ({ path, text }) => {
  // The demo's workload and incidents play an application, on throw-away servers of its own.
  if (!/^src\/(views|services)\/(?!throwaway\/(?:(?:demo|workload)-|incidents\/))/.test(path)) return [];
  const statements = takeApart(text).literals.filter((literal) => isStatement.test(literal.text));
  const ctes = new Set(statements.flatMap((literal) => cteNames(bare(literal.text))));
  return statements.flatMap((literal) => inspect(literal, ctes).map((problem) => ({ path, ...problem })));
};

const textFunctions =
  /\bpg_catalog\.(?:left|right|lower|upper|initcap|reverse|[lr]pad|split_part|regexp_\w+|strpos|translate|replace|char_length|length|substring|substr)\((?!pg_catalog\.(?:textsend|btrim\(pg_catalog\.textsend|encode|pg_walfile_name)\()|\bilike\b|\bsimilar to\b/gi;

/**
 * Views walk no characters: text of other sessions is in the encoding of their databases, and one byte that is none in
 * ours fails the whole statement (22021).
 */
export const noCharactersOfOthers: Rule = ({ path, text }) => {
  if (!path.startsWith("src/views/")) return [];
  return takeApart(text).literals.flatMap((literal) =>
    [...literal.text.matchAll(textFunctions)].map(({ index }) => ({
      path,
      line: literal.line + lineAt(literal.text, index) - 1,
      message: "take text of others as bytes: substr(textsend(…))",
    })),
  );
};

type Level = { opener: string; relations: boolean };

function inspect({ text, line }: Literal, ctes: ReadonlySet<string>): Omit<Problem, "path">[] {
  const sql = bare(text).toLowerCase();
  const found: Omit<Problem, "path">[] = [];
  const tokens = [...sql.matchAll(/(?:[a-z_$][\w$]*|"[^"]*")(?:\.(?:[a-z_$][\w$]*|"[^"]*"))*|::|\S/g)];
  // `s.*` of a subquery or CTE repeats columns that are named in it.
  const named = new Set([
    ...ctes,
    ...[...sql.matchAll(/\)\s*(?:as\s+)?([a-z_]\w*)/g)].map((match) => match[1] ?? ""),
  ]);
  const levels: Level[] = [{ opener: "", relations: false }];
  let wantsRelation = false;
  for (const [n, match] of tokens.entries()) {
    const token = match[0];
    const before = tokens[n - 1]?.[0] ?? "";
    const beforeDot = tokens[n - 2]?.[0] ?? "";
    const next = tokens[n + 1]?.[0] ?? "";
    const level = levels.at(-1) ?? { opener: "", relations: false };
    const say = (message: string) => found.push({ line: line + lineAt(sql, match.index) - 1, message });
    const isWord = /^[a-z_"]/.test(token);
    const qualified = /[.$]/.test(token);

    if (
      token === "*" &&
      (/^(select|distinct|all)$/.test(before) || (before === "." && !named.has(beforeDot)))
    ) {
      say("name the columns: no select *");
    }
    if (wantsRelation && token !== "lateral" && token !== "only") {
      wantsRelation = false;
      const isRowsFrom = token === "rows" && next === "from";
      if (isWord && !qualified && !ctes.has(token) && !isRowsFrom) say(`${token} needs its schema`);
    } else if (isWord && next === "(" && !qualified && !grammar.has(token) && !ctes.has(token)) {
      const isAlias =
        before === "as" ||
        before === ")" ||
        (level.relations && /^[a-z_]/.test(before) && !grammar.has(before));
      if (!isAlias && before !== "::") say(`${token}() needs pg_catalog.`);
    }

    if (token === "(") levels.push({ opener: before, relations: false });
    else if (token === ")" && levels.length > 1) levels.pop();
    else if (
      token === "join" ||
      (token === "from" && before !== "distinct" && !takesFrom.has(level.opener))
    ) {
      level.relations = true;
      wantsRelation = true;
    } else if (token === "," && level.relations) wantsRelation = true;
    else if (endsRelations.test(token)) level.relations = false;
  }
  return found;
}
