// Pages of the activity list, fetched as they come into view. Pages count from the newest record at the time of
// the first look, so that rows stay in place while new ones arrive; those are counted, and shown on demand or to whoever
// looks at the newest.
//
// Totals don't tell what is new: once the list is as long as it may be, each new record drives out the oldest.
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

type Fetched = StoredActivity[] | "under way" | "failed";

export interface Fresh {
  count: number;
  /** All that were looked at are new, and there may be more. */
  more: boolean;
}

/** How many of the newest records came after one of them; later records have higher ids. */
export function freshOf(records: Pick<StoredActivity, "id">[], newest: number): Fresh {
  const count = records.filter(({ id }) => id > newest).length;
  return { count, more: count === PAGE };
}

export function usePages(search: ActivitySearch) {
  // The head is kept fresh by events; it says what is new.
  const head = useCall("find-activity", { ...search, limit: PAGE });
  const [anchored, setAnchored] = useState<Anchored>();
  const pages = useRef(new Map<number, Fetched>());
  const [, redraw] = useState(0);
  const [failed, setFailed] = useState<{ error: unknown }>();

  const showFresh = useCallback(() => {
    if (head.data !== undefined) {
      pages.current = new Map([[0, head.data.records]]);
      setAnchored({ newest: head.data.records[0]?.id ?? 0, total: head.data.total });
      setFailed(undefined);
    }
  }, [head.data]);

  useEffect(() => {
    // The first look, and a list that was empty.
    if (head.data !== undefined && (anchored === undefined || (anchored.total === 0 && head.data.total > 0))) {
      showFresh();
    }
  }, [head.data, anchored, showFresh]);

  const newest = anchored?.newest;
  const need = useCallback(
    (first: number, last: number) => {
      if (newest === undefined) {
        return;
      }
      const asked = pages.current;
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page += 1) {
        if (asked.has(page)) {
          continue;
        }
        asked.set(page, "under way");
        call("find-activity", { ...search, newest, offset: page * PAGE, limit: PAGE }).then(
          (found) => {
            asked.set(page, found.records);
            if (asked.size > KEPT) {
              const [oldest] = asked.keys();
              asked.delete(oldest ?? page);
            }
            if (asked === pages.current) {
              // The list is as much shorter as the oldest have gone.
              setAnchored((old) => (old === undefined || old.total === found.total ? old : { ...old, total: found.total }));
              redraw((times) => times + 1);
            }
          },
          (error: unknown) => {
            asked.set(page, "failed");
            if (asked === pages.current) {
              setFailed({ error });
            }
          },
        );
      }
    },
    // What failed is fetched again when that was asked for.
    [newest, search, failed],
  );

  const retry = () => {
    for (const [page, fetched] of pages.current) {
      if (fetched === "failed") {
        pages.current.delete(page);
      }
    }
    setFailed(undefined);
    if (head.isError) {
      void head.refetch();
    }
  };

  const row = (index: number): StoredActivity | undefined => {
    const page = pages.current.get(Math.floor(index / PAGE));
    return Array.isArray(page) ? page[index % PAGE] : undefined;
  };
  const fresh = newest === undefined || head.data === undefined ? { count: 0, more: false } : freshOf(head.data.records, newest);
  return { total: anchored?.total, fresh, failed: head.isError ? { error: head.error } : failed, retry, row, need, showFresh };
}
