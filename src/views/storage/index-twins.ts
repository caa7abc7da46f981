/** What one version has in pg_index and another lacks. */
type By = {
  /** Columns of the key of `b`, without those that INCLUDE adds (11). */
  readonly keysOfB: string;
  /** Whether NULLs are equal in a unique index (15). */
  readonly nulls: boolean;
};

/** An expression as the catalog has it, but for where it stood in its statement. To print it would take a lock. */
const treeOf = (tree: string) => `pg_catalog.regexp_replace(pg_catalog.encode(
      pg_catalog.textsend(${tree}::text), 'escape'), ' :location -?[0-9]+', '', 'g')`;

/** The expressions of `b` begin with those of `i`. */
const beginsWith = `pg_catalog.position(
        pg_catalog.textsend(${treeOf("b.indexprs")}), pg_catalog.textsend(pg_catalog.rtrim(${treeOf("i.indexprs")}, ')'))) = 1`;

/** Parameters of operator classes (13), which only others than btree have. */
const optionsOf = (index: string) => `(select pg_catalog.array_agg(a.attoptions::text order by a.attnum)
      from pg_catalog.pg_attribute as a where a.attrelid = ${index}.indexrelid)`;

/** Storage parameters that change only how an index is kept, not what it can do: others make two indexes of a kind differ. */
const upkeep = [
  "fillfactor",
  "deduplicate_items",
  "fastupdate",
  "gin_pending_list_limit",
  "buffering",
  "autosummarize",
];

const storageOf = (index: string) => `(select pg_catalog.array_agg(o.setting order by o.setting)
      from pg_catalog.pg_class as s cross join lateral pg_catalog.unnest(s.reloptions) as o (setting)
      where s.oid = ${index}.indexrelid
        and pg_catalog.encode(pg_catalog.textsend(o.setting), 'escape') !~ '^(${upkeep.join("|")})=')`;

/** A constraint or a partitioned index stands on it. */
const isHeld = (index: string, relispartition: string) => `(${relispartition} or exists (
      select from pg_catalog.pg_constraint as o
      where o.conrelid = ${index}.indrelid and o.conindid = ${index}.indexrelid and o.contype in ('p', 'u', 'x')))`;

/** The vector of `i` and of `b` begin with the same, as far as the key of `i` goes. A vector of the catalog begins at 0. */
const isSame = (vector: string, type: string) =>
  `(b.${vector}::${type}[])[0:i.indnkeyatts - 1] = (i.${vector}::${type}[])[0:i.indnkeyatts - 1]`;

/**
 * SQL for the index `b`, as relname and is_same, that does all that the index `i` does; no row where there is none. It has the
 * same key or, in a btree, one that begins with it: by columns, expressions, operator classes, collations, order and
 * predicate, and other access methods by storage parameters too. A primary key, an exclusion constraint and the identity of replication are replaced by nothing, and what is
 * unique by what is unique in the same way. Of two that do the same the one stays that a constraint stands on, or the older.
 */
export const twinOf = ({ keysOfB, nulls }: By): string => `
    select bc.relname, twin.is_same
    from pg_catalog.pg_index as b
    join pg_catalog.pg_class as bc on bc.oid = b.indexrelid
    cross join lateral (
      select ${keysOfB} = i.indnkeyatts and b.indnatts = i.indnatts and b.indkey::int2[] <@ i.indkey::int2[] as is_same
    ) as twin
    where b.indrelid = i.indrelid and b.indexrelid <> i.indexrelid and bc.relam = i.relam
      and b.indisvalid and b.indisready and b.indislive
      and not (i.indisprimary or i.indisexclusion or i.indisreplident)
      and (${keysOfB} = i.indnkeyatts or ${keysOfB} > i.indnkeyatts and i.amname = 'btree' and not i.indisunique)
      and (not i.indisunique
        or b.indisunique and b.indimmediate = i.indimmediate${nulls ? " and b.indnullsnotdistinct = i.indnullsnotdistinct" : ""})
      and ${isSame("indkey", "int2")} and ${isSame("indclass", "oid")}
      and ${isSame("indcollation", "oid")} and ${isSame("indoption", "int2")}
      and (i.indkey::int2[])[i.indnkeyatts:] <@ b.indkey::int2[]
      and ${treeOf("b.indpred")} is not distinct from ${treeOf("i.indpred")}
      and (i.indexprs is null or ${beginsWith})
      and (i.amname = 'btree' or ${optionsOf("b")} is not distinct from ${optionsOf("i")})
      and (i.amname in ('btree', 'hash') or ${storageOf("b")} is not distinct from ${storageOf("i")})
      and not (
        twin.is_same and i.indisvalid and i.indisready and i.indislive and b.indisunique = i.indisunique
        and not (b.indisprimary or b.indisexclusion or b.indisreplident)
        and (${isHeld("i", "i.relispartition")}, -i.indexrelid::int8) > (${isHeld("b", "bc.relispartition")}, -b.indexrelid::int8)
      )
    order by twin.is_same desc, b.indisprimary desc, b.indisunique desc, b.indexrelid
    limit 1`;
