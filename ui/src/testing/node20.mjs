// Vitest's report of failed tests groups by what Node.js has from version 21; the others may still be version 20.
Map.groupBy ??= (items, keyOf) => {
  const groups = new Map();
  let at = 0;
  for (const item of items) {
    const key = keyOf(item, at);
    groups.set(key, [...(groups.get(key) ?? []), item]);
    at += 1;
  }
  return groups;
};
