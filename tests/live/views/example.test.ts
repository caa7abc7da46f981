import { expect, test } from "bun:test";
import { bgwriter } from "../../../docs/examples/bgwriter.ts";
import { declared } from "../../support/house/declared-columns.ts";
import { newest } from "../../support/servers/majors.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { statementOf, withClient } from "../../support/servers/view-contract.ts";

const servers = serversForTests();

test("the example of an asked view answers with what it declares", async () => {
  const { primary } = await servers.cluster("example");
  await withClient(primary, async (client) => {
    const { columns, unreadable } = await statementOf(client, bgwriter, newest);
    expect(columns).toEqual(declared(bgwriter, newest));
    expect(unreadable).toEqual([]);
  });
});
