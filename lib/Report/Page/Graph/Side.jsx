// Search, and below it what was found or, without a search, the outline.

import { useMemo, useState } from "preact/hooks";
import { Finder, Results } from "./Finder.jsx";
import { Outline } from "./Outline.jsx";
import { countPassing, makeSearch } from "./Search.js";
import { childShown, sharedThing, thingOfChild } from "./Things.js";

/** `thing` is what is selected; onGo(thing) selects and reveals, onTurn(child)
 * opens or closes, onPoint(thing) points at one or, for null, at none. */
export function Side({
  data,
  hierarchy,
  opened,
  thing,
  onGo,
  onTurn,
  onPoint,
}) {
  const [query, setQuery] = useState("");
  const [filter, setFilter] = useState("all");
  const search = useMemo(() => makeSearch(data), [data]);
  const counts = useMemo(() => countPassing(data), [data]);
  const results = useMemo(() => search(query, filter), [search, query, filter]);
  const isSearching = query.trim() !== "" || filter !== "all";
  return (
    <>
      <Finder
        query={query}
        filter={filter}
        results={results}
        selection={thing}
        counts={counts}
        onQuery={setQuery}
        onFilter={setFilter}
        onPick={onGo}
      />
      {isSearching ? (
        <Results
          results={results}
          data={data}
          selection={thing}
          onPick={onGo}
          onPoint={onPoint}
        />
      ) : (
        <Outline
          hierarchy={hierarchy}
          opened={opened}
          selected={childShown(thing, hierarchy)}
          onPick={(child) => onGo(thingOfChild(child))}
          onTurn={onTurn}
          onPoint={(child) =>
            onPoint(
              child === undefined
                ? null
                : sharedThing(thingOfChild(child), hierarchy),
            )
          }
        />
      )}
    </>
  );
}
