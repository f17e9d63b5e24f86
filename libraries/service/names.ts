/** Names that people give to things: the same rule for projects, nodes, networks, images and the rest. */
import { z } from 'zod';

/** 1 to 63 characters: letters, digits, `.`, `_`, `-`; begins and ends with a letter or a digit. Fits in a host name. */
export const NameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    'must be 1 to 63 letters, digits, ".", "_" or "-", beginning and ending with a letter or a digit',
  )
  .describe('A name: 1 to 63 letters, digits, ".", "_" or "-"');

/** Six octets in lower-case hex with colons. Upper case and dashes are accepted and normalised. */
export const MacSchema = z
  .string()
  .transform((text) => text.toLowerCase().replaceAll('-', ':'))
  .pipe(
    z.string().regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/, 'must be a MAC address such as 52:54:00:12:34:56'),
  );
