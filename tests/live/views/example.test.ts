import { expect, test } from "bun:test";
import { archiver } from "../../../docs/examples/archiver.ts";
import { declared } from "../../support/house/declared-columns.ts";
import { newest } from "../../support/servers/majors.ts";
import { serversForTests } from "../../support/servers/servers.ts";
import { statementOf, withClient } from "../../support/servers/view-contract.ts";

const servers = serversForTests();

test("the example of an asked view answers with what it declares", async () => {
  const { primary } = await servers.cluster("example");
  await withClient(primary, async (client) => {
    const { columns, unreadable } = await statementOf(client, archiver, newest);
    expect(columns).toEqual(declared(archiver, newest));
    expect(unreadable).toEqual([]);
  });
});
