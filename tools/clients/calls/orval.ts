import { changes, me, milestonesDetail, milestonesList, root, summary } from "../orval/client";
import { address, look } from "./expected";

const plain = globalThis.fetch;
globalThis.fetch = (path, options) => plain(`${address}${String(path)}`, options);

async function main(): Promise<void> {
  const start = await root();
  const list = await milestonesList({ series: ["AF-FORUM"], lang: "en" });
  const one = await milestonesDetail("AF-03");
  const none = await milestonesDetail("NO-1");
  const numbers = await summary();
  const log = await changes({ limit: 1 });
  const who = await me();
  const listed = list.status === 200 && typeof list.data !== "string" && "results" in list.data ? list.data : undefined;
  look("orval", {
    position: start.status === 200 ? start.data.position : 0,
    count: listed?.count ?? 0,
    titles: listed?.results.map((milestone) => milestone.title) ?? [],
    precision: one.status === 200 ? one.data.baseline_due?.precision : undefined,
    missing: none.status === 404 ? none.data.status : 0,
    milestones: numbers.status === 200 ? numbers.data.counts.milestones : 0,
    event: log.status === 200 ? log.data.results[0]?.type : undefined,
    me: who.status === 401 ? who.data.status : 0,
  });
}

void main();
