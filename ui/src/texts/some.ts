// "1 file", "3 files": both languages count alike.
export const some = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
