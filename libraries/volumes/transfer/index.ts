export { TransferError, type TransferErrorCode } from './errors.ts';
export {
  type ExportOptions,
  exportQcow2,
  type ImageOrigin,
  type PushImageOptions,
  pushImage,
} from './export-image.ts';
export { FileSource } from './file-source.ts';
export type { Format } from './formats.ts';
export { HttpSource, type HttpSourceOptions } from './http-source.ts';
export { type ImageSink, type ImportImageOptions, importImage } from './import-image.ts';
export { type OciOptions, OciSource } from './oci/oci-source.ts';
export type { Phase, Prepared, PrepareOptions, Source, TransferProgress } from './source.ts';
