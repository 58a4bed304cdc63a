// Pages of the activity list, fetched as they come into view. Pages count from the newest record at the time of
// the first look, so that rows stay in place while new ones arrive; those are counted, and shown on demand.
import { useCallback, useEffect, useRef, useState } from "react";
import { call } from "../../api/bridge";
import type { ActivitySearch, StoredActivity } from "../../api/generated";
import { useCall } from "../../api/queries";

export const PAGE = 200;
/** Pages kept. */
const KEPT = 60;

interface Anchored {
  newest: number;
  total: number;
}

export function usePages(search: ActivitySearch) {
  // The head is kept fresh by events; it says what is new.
  const head = useCall("find-activity", { ...search, limit: PAGE });
  const [anchored, setAnchored] = useState<Anchored>();
  const pages = useRef(new Map<number, StoredActivity[] | "under way">());
  const [, redraw] = useState(0);

  const showFresh = useCallback(() => {
    if (head.data !== undefined) {
      pages.current = new Map([[0, head.data.records]]);
      setAnchored({ newest: head.data.records[0]?.id ?? 0, total: head.data.total });
    }
  }, [head.data]);

  useEffect(() => {
    // The first look, and a list that was empty.
    if (head.data !== undefined && (anchored === undefined || anchored.total === 0)) {
      showFresh();
    }
  }, [head.data, anchored, showFresh]);

  const need = useCallback(
    (first: number, last: number) => {
      if (anchored === undefined) {
        return;
      }
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page += 1) {
        if (pages.current.has(page)) {
          continue;
        }
        const asked = pages.current;
        asked.set(page, "under way");
        call("find-activity", { ...search, newest: anchored.newest, offset: page * PAGE, limit: PAGE }).then(
          (found) => {
            asked.set(page, found.records);
            if (asked.size > KEPT) {
              const [oldest] = asked.keys();
              asked.delete(oldest ?? page);
            }
            redraw((times) => times + 1);
          },
          () => asked.delete(page),
        );
      }
    },
    [anchored, search],
  );

  const row = (index: number): StoredActivity | undefined => {
    const page = pages.current.get(Math.floor(index / PAGE));
    return page === undefined || page === "under way" ? undefined : page[index % PAGE];
  };
  const fresh = anchored === undefined || head.data === undefined ? 0 : Math.max(0, head.data.total - anchored.total);
  return { total: anchored?.total, fresh, error: head.isError ? head.error : null, row, need, showFresh };
}
