// Flags of Node with which Berth's processes run. Plain JavaScript, since an older Node may read it.
//
// Most of what a request or an event leaves behind is garbage at once. Young space of 16 MiB (the default) is collected so
// often that what is just in use survives and is copied: with 64 MiB a burst costs our processes a tenth less
// (docs/adr/0009-young-space.md).
export const NODE_FLAGS = ['--max-semi-space-size=64'];
