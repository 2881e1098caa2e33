/** The one call used of dynalite, which brings no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';
  export default function dynalite(options: {
    createTableMs: number;
    deleteTableMs: number;
    maxItemSizeKb: number;
  }): Server;
}
