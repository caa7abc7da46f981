import type { ComponentType, ReactNode } from "react";
import { type Place, type PlaceOf, placeIf } from "../../store/screen.ts";
import type { BodyProps } from "../drawing/body.ts";
import { Fleet } from "./Fleet.tsx";

/** How a screen is drawn, while it is on screen. */
type Drawing<K extends Place["kind"]> = { readonly kind: K; readonly Body: (props: BodyProps) => ReactNode };

function drawnBy<K extends Place["kind"]>(
  kind: K,
  Component: ComponentType<BodyProps & { readonly place: PlaceOf<K> }>,
): Drawing<K> {
  return {
    kind,
    Body: (props) => {
      const place = placeIf(props.state.screen, kind);
      return place && <Component {...props} place={place} />;
    },
  };
}

/**
 * How every screen is drawn. The first frame shows the fleet: what others are drawn with is loaded when they are opened.
 * A kind of place without a drawing is a type error here.
 */
export const screenDrawings: { readonly [K in Place["kind"]]: Drawing<K> } = {
  fleet: drawnBy("fleet", Fleet),
  connections: drawnBy("connections", (props) => {
    const { Connections }: typeof import("./Connections.tsx") = require("./Connections.tsx");
    return <Connections {...props} />;
  }),
  node: drawnBy("node", (props) => {
    const { NodeDetail }: typeof import("./NodeDetail.tsx") = require("./NodeDetail.tsx");
    return <NodeDetail {...props} />;
  }),
  view: drawnBy("view", (props) => {
    const { ViewTable }: typeof import("./ViewTable.tsx") = require("./ViewTable.tsx");
    return <ViewTable {...props} />;
  }),
  row: drawnBy("row", (props) => {
    const { RowDetail }: typeof import("./RowDetail.tsx") = require("./RowDetail.tsx");
    return <RowDetail {...props} />;
  }),
  chart: drawnBy("chart", (props) => {
    const { Chart }: typeof import("./Chart.tsx") = require("./Chart.tsx");
    return <Chart {...props} />;
  }),
  plan: drawnBy("plan", (props) => {
    const { Plan }: typeof import("./Plan.tsx") = require("./Plan.tsx");
    return <Plan {...props} />;
  }),
};
