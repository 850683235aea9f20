import createClient from "openapi-fetch";
import type { paths } from "../openapi-typescript/schema";
import { address, look } from "./expected";

const client = createClient<paths>({ baseUrl: address });

async function main(): Promise<void> {
  const root = await client.GET("/api/v1/");
  const list = await client.GET("/api/v1/milestones/", { params: { query: { series: ["AF-FORUM"], lang: "en" } } });
  const one = await client.GET("/api/v1/milestones/{code}/", { params: { path: { code: "AF-03" } } });
  const none = await client.GET("/api/v1/milestones/{code}/", { params: { path: { code: "NO-1" } } });
  const summary = await client.GET("/api/v1/summary/");
  const changes = await client.GET("/api/v1/changes/", { params: { query: { limit: 1 } } });
  const me = await client.GET("/api/v1/me/");
  const listed = typeof list.data === "object" ? list.data : undefined;
  look("openapi-fetch", {
    position: root.data?.position ?? 0,
    count: listed?.count ?? 0,
    titles: listed?.results.map((milestone) => milestone.title) ?? [],
    precision: one.data?.baseline_due?.precision,
    missing: none.error?.status ?? 0,
    milestones: summary.data?.counts.milestones ?? 0,
    event: changes.data?.results[0]?.type,
    me: me.error?.status ?? 0,
  });
}

void main();
