import type { ComponentType, ReactNode } from "react";
import { type Place, type PlaceOf, placeIf } from "../../store/screen.ts";
import type { BodyProps } from "../drawing/body.ts";
import { Connections } from "./Connections.tsx";
import { Fleet } from "./Fleet.tsx";
import { NodeDetail } from "./NodeDetail.tsx";
import { RowDetail } from "./RowDetail.tsx";
import { ViewTable } from "./ViewTable.tsx";

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

/** How every screen is drawn. A kind of place without a drawing is a type error here. */
export const screenDrawings: { readonly [K in Place["kind"]]: Drawing<K> } = {
  fleet: drawnBy("fleet", Fleet),
  connections: drawnBy("connections", Connections),
  node: drawnBy("node", NodeDetail),
  view: drawnBy("view", ViewTable),
  row: drawnBy("row", RowDetail),
};
