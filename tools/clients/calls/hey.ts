import { changes, me, milestonesDetail, milestonesList, root, summary } from "../hey-api";
import { client } from "../hey-api/client.gen";
import { address, look } from "./expected";

client.setConfig({ baseUrl: address });

async function main(): Promise<void> {
  const start = await root();
  const list = await milestonesList({ query: { series: ["AF-FORUM"], lang: "en" } });
  const one = await milestonesDetail({ path: { code: "AF-03" } });
  const none = await milestonesDetail({ path: { code: "NO-1" } });
  const numbers = await summary();
  const log = await changes({ query: { limit: 1 } });
  const who = await me();
  const listed = typeof list.data === "object" && "results" in list.data ? list.data : undefined;
  look("hey-api", {
    position: start.data?.position ?? 0,
    count: listed?.count ?? 0,
    titles: listed?.results.map((milestone) => milestone.title) ?? [],
    precision: one.data?.baseline_due?.precision,
    missing: none.error?.status ?? 0,
    milestones: numbers.data?.counts.milestones ?? 0,
    event: log.data?.results[0]?.type,
    me: who.error?.status ?? 0,
  });
}

void main();
