// Amounts and counts that are added up. Pure.

export function sumOf<Key extends string>(rows: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return rows.reduce((sum, row) => sum + row[key], 0);
}

/**
 * One row for each key, in the order of the keys: its `columns` are the sums of the rows that have
 * the key, and the rest is that of the first of them.
 */
export function sumsBy<Column extends string, Row extends Readonly<Record<Column, number>>>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  columns: readonly Column[],
): Row[] {
  const groups = [...Map.groupBy(rows, keyOf)].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return groups.flatMap(([, group]) => {
    const sums = Object.fromEntries(columns.map((column) => [column, sumOf(group, column)]));
    return group.slice(0, 1).map((first) => ({ ...first, ...sums }));
  });
}
