// Flags of Node with which Berth's processes run. Plain JavaScript, since an older Node may read it.
//
// Most of what a request or an event leaves behind is garbage at once. Young space of 16 MiB (the default) is collected so
// often that what is just in use survives and is copied: with 64 MiB the burst of `npm run bench` took 86 in place of 104 ms
// of CPU per pod, and the slowest of a hundred admissions half as long (docs/adr/0009-young-space.md).
export const NODE_FLAGS = ['--max-semi-space-size=64'];
