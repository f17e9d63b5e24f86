/** What the Block Limits page promises (SBC-3 6.5.3), and the commands hold to. In logical blocks. */

/** 4 MiB: what one WRITE may move; it bounds the memory of a command. */
export const MAX_TRANSFER = 8192;
/**
 * What one READ may move, as much as READ (10) can say. It is more than the page promises: UEFI firmware reads a whole file by
 * one command without asking for the limit, and a read is streamed, so that its length takes no memory.
 */
export const MAX_READ = 65535;
/** 1 MiB. */
export const OPTIMAL_TRANSFER = 2048;
/** 256 KiB. */
export const MAX_ATOMIC_WRITE = 512;
/** Two bytes of length in its CDB, one of them reserved. */
export const MAX_COMPARE_AND_WRITE = 255;
export const MAX_UNMAP_BLOCKS = 1048576;
export const MAX_UNMAP_DESCRIPTORS = 256;
/** 16 MiB. */
export const MAX_WRITE_SAME = 32768;
/** The longest parameter list of any command here. */
export const MAX_PARAMETER_LIST = 65536;
